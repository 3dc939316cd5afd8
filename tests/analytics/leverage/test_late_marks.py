"""With the mark stream dead, positions are valued at the worst price that is known."""

from __future__ import annotations

import pytest
from support.build import NOW_NS, assess_market, depth_snapshot, mark_price, ready_market

from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.events import events as ev
from tuirisk.market.market import Market
from tuirisk.state import RiskState

BTC = "BTCUSDT"
SECOND = 1_000_000_000


def holding(side: str) -> Config:
    held = PositionConfig(BTC, side, 0.1, 67_000.0, 10.0)  # type: ignore[arg-type]
    return Config(account=AccountConfig(equity=10_000.0), positions=(held,))


def trade(market: Market, price: float, now: int) -> None:
    last = market.symbols[BTC].tape.last_id + 1
    market.apply(ev.Trade(BTC, now, last, now // 10**6, price, 0.01, True))


def book(market: Market, price: float, now: int) -> None:
    market.apply(
        depth_snapshot(
            BTC,
            [(price - 0.5 - i, 50.0) for i in range(1_000)],
            [(price + 0.5 + i, 50.0) for i in range(1_000)],
            now_ns=now,
            update_id=now,
        )
    )


def blind(side: str, last: float, seconds: int = 30, mark: bool = False) -> RiskState:
    """Trades and book go to ``last`` in so many seconds; the mark stream ends before them."""
    market, config = ready_market(), holding(side)
    state = assess_market(market, NOW_NS, config)
    for second in range(1, seconds + 1):
        now = NOW_NS + second * SECOND
        price = 67_000.0 + (last - 67_000.0) * second / seconds
        trade(market, price, now)
        book(market, price, now)
        if mark:
            market.apply(mark_price(BTC, price, now))
        state = assess_market(market, now, config, state)
    return state


@pytest.mark.parametrize(("side", "last"), [("long", 58_000.0), ("short", 76_000.0)])
def test_trades_beyond_the_liquidation_price_are_critical(side: str, last: float) -> None:
    symbol = blind(side, last).symbols[BTC]
    assert symbol.freshness["mark"].stale
    (position,) = symbol.positions
    assert position.liquidation_due
    assert symbol.recommendation.code == "liquidation_due"
    assert symbol.severity.level == "critical"
    assert "mark_price_substituted" in symbol.recommendation.notes


def test_a_better_price_does_not_help_and_nothing_is_under_control() -> None:
    symbol = blind("long", 70_000.0).symbols[BTC]
    (position,) = symbol.positions
    assert position.notional == pytest.approx(0.1 * 67_000.0 / 1.0002)
    assert symbol.severity.level != "ok"
    assert symbol.recommendation.code != "under_control"


def test_a_mark_price_that_comes_counts_alone() -> None:
    symbol = blind("long", 66_900.0, mark=True).symbols[BTC]
    assert symbol.positions[0].notional == pytest.approx(6_690.0)
    assert "mark_price_substituted" not in symbol.recommendation.notes
