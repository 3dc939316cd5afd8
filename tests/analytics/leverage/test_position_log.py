"""Position events in the state: entries of the log with their sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.build import NOW_NS, assess_market
from support.positions import BTC, ETH, told

from tuirisk import events as ev
from tuirisk.analytics.leverage.position_log import unacknowledged_liquidations
from tuirisk.config.model import Config
from tuirisk.language.reason import sentence
from tuirisk.market.market import Market
from tuirisk.state import EarlierRuns, LogEntry, RiskState
from tuirisk.state.alert import AlertKind
from tuirisk.state.codes import AlertCause
from tuirisk.state.position_ledger import PositionLedger
from tuirisk.state.position_text import forced_by_exchange, position_sentence

SECOND = 1_000_000_000
LONG = ev.AccountPosition(BTC, "long", 0.5, 66_000.0, 20.0, "isolated", 1_600.0)
SHORT = ev.AccountPosition(ETH, "short", 2.0, 3_400.0, 10.0, "cross", 0.0)


def entry(
    kind: AlertKind, before: str, after: str, cause: AlertCause = "user", pnl: float | None = None
) -> LogEntry:
    made = LogEntry(1, BTC, kind, before, after, cause=cause, price=67_436.125)
    return made if pnl is None else replace(made, pnl=pnl)


@pytest.mark.parametrize(
    ("of", "english", "chinese"),
    [
        (
            entry("opened", "", "long 0.52"),
            "long 0.52 opened at 67,436.12",
            "开仓 多 0.52，价格 67,436.12",
        ),
        (
            entry("increased", "short 1", "short 1.5"),
            "short 1 increased to 1.5 at 67,436.12",
            "空 1 加仓至 1.5，价格 67,436.12",
        ),
        (
            entry("reduced", "long 0.5", "long 0.2", pnl=-31.5),
            "long 0.5 reduced to 0.2, P&L -31.50 at 67,436.12",
            "多 0.5 减仓至 0.2，盈亏 -31.50，价格 67,436.12",
        ),
        (
            entry("flipped", "long 0.5", "short 0.2", pnl=1_200.0),
            "long 0.5 turned short 0.2, P&L +1,200.00 at 67,436.12",
            "多 0.5 反手为 空 0.2，盈亏 +1,200.00，价格 67,436.12",
        ),
        (
            entry("liquidated", "long 0.5", "", "liquidation", -1_500.0),
            "long 0.5 liquidated, P&L -1,500.00 at 67,436.12",
            "多 0.5 被强平，盈亏 -1,500.00，价格 67,436.12",
        ),
        (
            entry("liquidated", "long 0.5", "long 0.3", "liquidation", -500.0),
            "long 0.5 liquidated in part, 0.3 left, P&L -500.00 at 67,436.12",
            "多 0.5 部分强平，剩余 0.3，盈亏 -500.00，价格 67,436.12",
        ),
        (
            entry("reduced", "short 0.5", "short 0.3", "adl", 80.0),
            "short 0.5 reduced to 0.3 by automatic deleveraging (ADL), P&L +80.00 at 67,436.12",
            "空 0.5 被自动减仓（ADL）至 0.3，盈亏 +80.00，价格 67,436.12",
        ),
        (
            entry("closed", "long 0.5", "", "settlement", 0.0),
            "long 0.5 settled by the exchange, P&L +0.00 at 67,436.12",
            "多 0.5 由交易所结算，盈亏 +0.00，价格 67,436.12",
        ),
    ],
)
def test_an_entry_is_a_sentence_in_both_languages(of: LogEntry, english: str, chinese: str) -> None:
    assert sentence(position_sentence(of), "en") == english
    assert sentence(position_sentence(of), "zh") == chinese
    assert forced_by_exchange(of) == (of.cause != "user")


def after(
    market: Market, first: RiskState, positions: tuple[ev.AccountPosition, ...], wallet: float
) -> list[RiskState]:
    """Four states a second for four seconds after the account was reported again."""
    market.apply(ev.AccountReport("", NOW_NS + SECOND, wallet, True, positions))
    states = [first]
    for step in range(16):
        now = NOW_NS + SECOND + step * SECOND // 4
        states.append(assess_market(market, now, Config(), states[-1]))
    return states[1:]


def entries(state: RiskState) -> list[LogEntry]:
    return [entry for entry in state.log if entry.kind != "severity"]


def test_the_positions_a_run_begins_with_are_not_logged() -> None:
    market = told(LONG, SHORT)
    first = assess_market(market)
    assert entries(first) == []
    assert entries(after(market, first, (LONG, SHORT), 5_000.0)[-1]) == []


def test_a_liquidation_order_is_logged_and_alerts_in_the_same_state() -> None:
    market = told(LONG, SHORT)
    first = assess_market(market)
    market.apply(
        ev.OrderFill(
            BTC, NOW_NS + SECOND, 7, "long", "SELL", "liquidation", 0.5, 64_000.0, -1_600.0
        )
    )
    state = after(market, first, (SHORT,), 5_000.0)[0]
    (found,) = entries(state)
    assert (found.symbol, found.kind, found.cause) == (BTC, "liquidated", "liquidation")
    assert found.text == "long 0.5 liquidated, P&L -1,600.00 at 64,000"
    assert (found.pnl, found.quantity, found.price) == (-1_600.0, 0.5, 64_000.0)
    assert found in state.alerts


def test_a_change_during_an_outage_is_logged_once_the_account_is_read_again() -> None:
    market = told(LONG, SHORT)
    first = assess_market(market)
    states = after(market, first, (LONG, replace_quantity(SHORT, 1.0)), 5_000.0)
    (found,) = entries(states[-1])
    assert (found.kind, found.before, found.after) == ("reduced", "short 2", "short 1")
    assert found.pnl == pytest.approx(1.0 * (3_400.0 - 3_500.0))
    assert entries(states[3]) == [], "while its trades may still come"


def replace_quantity(position: ev.AccountPosition, quantity: float) -> ev.AccountPosition:
    return ev.AccountPosition(
        position.symbol,
        position.side,
        quantity,
        position.entry_price,
        position.leverage,
        position.margin_mode,
        position.isolated_wallet,
    )


def test_a_liquidation_of_an_earlier_run_is_remembered_for_its_time() -> None:
    market = told(SHORT)
    time_ms = NOW_NS // 1_000_000

    def first(minutes_ago: int) -> RiskState:
        old = LogEntry(
            time_ms - minutes_ago * 60_000, BTC, "liquidated", "long 0.5", "", cause="liquidation"
        )
        return assess_market(market, earlier=EarlierRuns({}, (old,)))

    ledgers = [first(minutes).position_ledger for minutes in (5, 16)]
    assert [dict(ledger.liquidated) for ledger in ledgers if ledger] == [
        {BTC: time_ms - 5 * 60_000},
        {},
    ]


def test_a_liquidation_counts_until_it_is_acknowledged() -> None:
    old = LogEntry(7, BTC, "liquidated", "long 0.5", "", cause="liquidation")
    ledger = PositionLedger("account", 0.0, 9, {}, 0, {}, {BTC: 8, ETH: 9})
    newer = replace(old, time_ms=8)
    assert unacknowledged_liquidations(ledger, (old, newer)) == {BTC, ETH}
    seen = tuple(replace(entry, acknowledged=True) for entry in (old, newer))
    assert unacknowledged_liquidations(ledger, seen[:1]) == {BTC, ETH}, "an earlier one"
    assert unacknowledged_liquidations(ledger, seen) == {ETH}


def test_a_position_that_comes_and_goes_does_not_hide_the_severity_logged_before() -> None:
    market = told(LONG, SHORT)
    first = assess_market(market)
    market.apply(
        ev.OrderFill(BTC, NOW_NS + SECOND, 7, "long", "SELL", "user", 0.5, 67_000.0, 500.0)
    )
    states = after(market, first, (SHORT,), 5_500.0)
    assert [entry.kind for entry in entries(states[-1])] == ["closed"]
    listed = market.symbols[BTC].listed
    market.apply(ev.SymbolRemoved(BTC, NOW_NS + 9 * SECOND))
    market.apply(listed)
    again = assess_market(market, NOW_NS + 10 * SECOND, Config(), states[-1])
    assert BTC in again.symbols
