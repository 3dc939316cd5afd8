"""The account in an explanation: its chance follows from its parts, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.build import NOW_NS, ready_market
from support.positions import BTC, ETH, SHORT, given

from tuirisk.alerts.message import body
from tuirisk.analytics.assess import assess
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.portfolio.account_inputs import account_inputs
from tuirisk.analytics.portfolio.simulation import simulate_account
from tuirisk.cli.log_line import log_line
from tuirisk.config.model import PositionConfig
from tuirisk.events import ConnectionReport
from tuirisk.explain.account import account
from tuirisk.explain.node import Node, plain
from tuirisk.explain.wording import Wording
from tuirisk.language.words import Words
from tuirisk.state import LogEntry, RiskState
from tuirisk.state.account_sentence import account_sentence, liquidated_by

LONG = PositionConfig(BTC, "long", 1.0, 66_000.0, 20.0, "cross", 5_000.0)


@pytest.fixture(scope="module")
def held() -> RiskState:
    config, market = given(LONG, SHORT), ready_market((BTC, ETH))
    inputs = account_inputs(market, open_positions(None, config), config, NOW_NS)
    return assess(
        market, config, NOW_NS, connection=ConnectionReport("live"), source="simulator",
        simulated=simulate_account(inputs, 400),
    )  # fmt: skip


def every(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from every(child)


def test_the_chance_is_the_mean_of_its_parts(held: RiskState) -> None:
    (tree,) = account(held)
    (chance,) = (one for one in every(tree) if one.code == "p_account_24h")
    parts = [child.value for child in chance.children]
    assert all(isinstance(part, float) for part in parts)
    assert chance.value == pytest.approx(sum(parts) / 2)  # type: ignore[arg-type]
    assert held.account is not None
    assert chance.value == held.account.p_liquidation_24h


def test_shares_and_moves_are_those_of_the_state(held: RiskState) -> None:
    (tree,) = account(held)
    shares = [one.value for one in every(tree) if one.code == "contribution"]
    assert sum(shares) == pytest.approx(1.0)  # type: ignore[arg-type]
    assert held.account is not None
    parts = {one.args[0]: one.value for one in every(tree) if one.code == "deadly_part"}
    assert parts == held.account.reverse_stress.moves
    rules = [one.args[0] for one in every(tree) if one.code == "rule"]
    assert rules == ["liquidation_due", "add_margin_or_reduce", "watch_margin",
                     "account_over_budget"]  # fmt: skip
    assert plain(tree)["children"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_node_has_words(held: RiskState, language: str) -> None:
    words = Words(language)
    wording = Wording(words, lambda value, node: f"{value:g}", str)
    (tree,) = account(held)
    for node in every(tree):
        assert node.code in ("rule", "contribution") or words.has(f"explain.{node.code}")
        assert "_" not in wording.label(node)


def test_nothing_is_said_of_an_account_that_holds_nothing() -> None:
    market = ready_market((BTC,))
    state = assess(market, given(), NOW_NS, connection=ConnectionReport("live"), source="simulator")
    assert account(state) == ()


def test_an_alert_of_the_account_says_in_both_languages_which_move_liquidates_it(
    held: RiskState,
) -> None:
    entry = LogEntry(
        0, "account", "severity", "ok", "critical", cause="add_margin_or_reduce",
        text=f"Add margin or reduce now. {liquidated_by(-0.0779)}",
    )  # fmt: skip
    assert str(liquidated_by(-0.0779)) == "The account is liquidated by BTC −7.8 %"
    english, chinese = (body([entry], Words(language)) for language in ("en", "zh"))
    assert english.endswith("Add margin or reduce now. The account is liquidated by BTC −7.8 %")
    assert chinese.startswith("账户 ")
    assert "BTC −7.8 % 时账户强平" in chinese
    assert "−7.8 %" in log_line(entry, Words("zh"))
    assert account_sentence(LogEntry(0, "account", "severity", "ok", "critical")) is None
