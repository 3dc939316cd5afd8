"""Metrics for Prometheus: base units, and nothing in place of what is missing or stale."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support import symbol_states, ui_states

from tuirisk.serve.address import Address
from tuirisk.serve.hub import Hub
from tuirisk.serve.prometheus import STALE_S, exposition, metrics_answer
from tuirisk.serve.requests import Requests
from tuirisk.serve.server import listening
from tuirisk.serve.tokens import Tokens
from tuirisk.state import AccountState, Missing, RiskState

BTC = "BTCUSDT"
ROOT = Path(__file__).resolve().parents[2]


def samples(state: RiskState | None, age: float = 0.0) -> dict[tuple[str, ...], float]:
    """(name, label values …) → value."""
    text = exposition(state, age, 2).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_numbers_are_in_base_units() -> None:
    state = symbol_states.rich()
    symbol = state.symbols[BTC]
    made = samples(state)
    assert made["tuirisk_mark_price_quote", BTC] == symbol.price.mark
    assert made["tuirisk_spread_ratio", BTC] == pytest.approx(symbol.liquidity.spread_bps / 1e4)
    assert made["tuirisk_score_ratio", BTC] == pytest.approx(symbol.score.total / 100)
    assert made["tuirisk_data_age_seconds", BTC] == pytest.approx(symbol.age_ms / 1000)
    assert made["tuirisk_viewers",] == 2
    levels = [made["tuirisk_severity", level, BTC] for level in ("ok", "unknown", "critical")]
    assert sum(levels) <= 1


@pytest.mark.parametrize("state", [ui_states.loading(), ui_states.offline(), symbol_states.rich()])
def test_what_is_missing_or_stale_has_no_sample(state: RiskState) -> None:
    made = samples(state)
    for name, symbol in state.symbols.items():
        mark = symbol.freshness.get("mark")
        there = ("tuirisk_mark_price_quote", name) in made
        known = not isinstance(symbol.price.mark, Missing)
        assert there == (known and not (mark is not None and mark.stale))


def test_an_old_state_exports_its_age_alone() -> None:
    made = samples(symbol_states.rich(), STALE_S + 1)
    assert made["tuirisk_state_age_seconds",] == STALE_S + 1
    assert made["tuirisk_connection_status", "offline"] == 1
    assert not any(name.startswith(("tuirisk_mark", "tuirisk_score")) for name, *_ in made)
    assert samples(None)["tuirisk_viewers",] == 2


def test_a_position_is_exported_with_its_side() -> None:
    state = ui_states.critical()
    position = state.symbols[BTC].position
    assert position is not None
    made = samples(state)
    key = ("tuirisk_position_liquidation_price_quote", position.side, BTC)
    assert made.get(key, made.get((key[0], BTC, position.side))) == position.liquidation_price


async def test_metrics_need_a_token_where_there_are_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("market-token-0123456\naccount-token-012345 account\n")
    tokens = Tokens.read(path)
    hub = Hub(tokens, Requests(cast(Any, object())), lambda: 0.0)
    nothing = {
        n: replace(s, position=None, positions=()) for n, s in ui_states.ready().symbols.items()
    }
    hub.publish(ui_states.critical(), replace(ui_states.ready(), account=None, symbols=nothing))
    async with (
        listening(metrics_answer(hub, tokens), Address("127.0.0.1", 0)) as at,
        aiohttp.ClientSession() as session,
    ):

        async def scrape(token: str) -> tuple[int, str]:
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get(f"http://{at}/metrics", headers=headers) as answer:
                return answer.status, await answer.text()

        assert (await scrape("wrong"))[0] == 401
        status, market = await scrape("market-token-0123456")
        assert (status, "tuirisk_position_notional_quote{" in market) == (200, False)
        _, account = await scrape("account-token-012345")
        assert "tuirisk_position_notional_quote{" in account


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard = json.loads((ROOT / "docs/grafana-dashboard.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"tuirisk_\w+", target["expr"])
    }
    account = AccountState(1_000.0, 20.0, 30.0, True, margin_ratio=0.1)
    text = exposition(replace(ui_states.critical(), account=account), 0.0, 1).decode()
    there = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    assert asked
    assert asked <= there


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing() -> None:
    text = exposition(symbol_states.rich(), 0.0, 1)
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")
