"""An account that is not read, and a mark price of another symbol, are inputs that are missing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.build import LIVE, NOW_NS, assess_market, mark_price, ready_market, touch_book

from tuirisk import events as ev
from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.state import EarlierRuns, RiskState

BTC, ETH = "BTCUSDT", "ETHUSDT"
SECOND = 1_000_000_000
AWAITED = replace(LIVE, account=ev.AccountReading("awaited"))
CROSS = Config(
    account=AccountConfig(equity=1_000_000.0),
    positions=(
        PositionConfig(BTC, "long", 0.1, 67_000.0, 2.0, "cross"),
        PositionConfig(ETH, "short", 1.0, 3_500.0, 2.0, "cross"),
    ),
)


def after(seconds: int, *, account_s: int) -> RiskState:
    """BTC with fresh prices and book every five seconds, the account read for ``account_s``."""
    market = ready_market()
    market.apply(ev.AccountReport("", NOW_NS, 10_000.0, False, ()))
    state = assess_market(market, NOW_NS, connection=AWAITED)
    for second in range(5, seconds + 1, 5):
        now = NOW_NS + second * SECOND
        market.apply(mark_price(BTC, 67_000.0, now))
        touch_book(market, BTC, now)
        if second <= account_s:
            market.apply(ev.AccountReport("", now, 10_000.0, False, ()))
        state = assess_market(market, now, None, state, connection=AWAITED)
    return state


@pytest.mark.parametrize(("account_s", "level"), [(100, "ok"), (0, "unknown")])
def test_without_the_account_no_symbol_is_under_control(account_s: int, level: str) -> None:
    symbol = after(100, account_s=account_s).symbols[BTC]
    assert symbol.severity.level == level
    assert symbol.recommendation.severity == level
    assert ("account_late" in symbol.recommendation.notes) == (level == "unknown")


@pytest.mark.parametrize(("connection", "level"), [(AWAITED, "critical"), (LIVE, "ok")])
def test_what_an_earlier_run_knew_stands_until_the_account_is_read(
    connection: ev.ConnectionReport, level: str
) -> None:
    earlier = EarlierRuns({BTC: "critical"})
    state = assess_market(ready_market(), earlier=earlier, connection=connection)
    assert state.symbols[BTC].severity.level == level
    assert (state.log == ()) == (level == "critical")


def test_an_ok_of_an_earlier_run_is_none_while_an_input_is_missing() -> None:
    earlier = EarlierRuns({BTC: "ok"})
    state = assess_market(ready_market(), earlier=earlier, connection=AWAITED)
    assert state.symbols[BTC].severity.level == "unknown"


@pytest.mark.parametrize("late", [BTC, ETH])
def test_a_late_mark_price_is_missing_for_all_that_share_the_margin(late: str) -> None:
    market = ready_market((BTC, ETH))
    state = assess_market(market, NOW_NS, CROSS)
    assert {s.recommendation.severity for s in state.symbols.values()} == {"ok"}
    now = NOW_NS + 6 * SECOND
    for name, price in ((BTC, 67_000.0), (ETH, 3_500.0)):
        touch_book(market, name, now)
        if name != late:
            market.apply(mark_price(name, price, now))
    state = assess_market(market, now, CROSS, state)
    assert {s.recommendation.severity for s in state.symbols.values()} == {"unknown"}


@pytest.mark.parametrize("ever_read", [True, False])
def test_an_account_without_positions_that_is_not_read_alerts(ever_read: bool) -> None:
    market = ready_market()
    if ever_read:
        market.apply(ev.AccountReport("", NOW_NS, 10_000.0, False, ()))
    state, kinds = None, []
    for second in range(0, 121, 10):
        now = NOW_NS + second * SECOND
        if second > 100:
            market.apply(ev.AccountReport("", now, 10_000.0, False, ()))
        state = assess_market(market, now, None, state, connection=AWAITED)
        kinds.append([e.kind for e in state.log if e.cause == "account_late"])
    assert kinds[8] == []
    assert kinds[9] == ["blind"]
    assert state is not None
    assert kinds[-1] == ["blind", "sighted"]
    assert state.alerts


def test_without_a_key_no_account_is_awaited() -> None:
    market, state = ready_market(), None
    for second in (0, 60, 120):
        state = assess_market(market, NOW_NS + second * SECOND, None, state)
    assert state is not None
    assert [e for e in state.log if e.cause == "account_late"] == []
