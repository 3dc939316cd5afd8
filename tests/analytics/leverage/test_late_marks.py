"""With the mark stream dead, positions are valued at the worst price that is known."""

from __future__ import annotations

import pytest
from support.build import NOW_NS, assess_market, depth_snapshot, mark_price, ready_market

from tuirisk import events as ev
from tuirisk.config.model import AccountConfig, Config, PositionConfig
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


def with_index(index: float, *positions: PositionConfig) -> RiskState:
    """The mark stream is dead and nothing else comes; the index came with the last mark price."""
    market = ready_market()
    config = Config(account=AccountConfig(equity=1_000.0), positions=positions)
    market.apply(ev.MarkPrice(BTC, NOW_NS, NOW_NS // 10**6, 67_000.0, index, 0.0001, 0))
    state = assess_market(market, NOW_NS, config)
    assert not state.symbols[BTC].positions[0].liquidation_due
    return assess_market(market, NOW_NS + 6 * SECOND, config, state)


def position(
    side: str, mode: str, quantity: float = 0.1, entry: float = 67_000.0
) -> PositionConfig:
    return PositionConfig(BTC, side, quantity, entry, 10.0, mode)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["isolated", "cross"])
@pytest.mark.parametrize(("side", "index"), [("long", 55_000.0), ("short", 80_000.0)])
def test_the_index_alone_beyond_the_liquidation_price_is_critical(
    side: str, index: float, mode: str
) -> None:
    symbol = with_index(index, position(side, mode)).symbols[BTC]
    assert symbol.positions[0].liquidation_due
    assert symbol.severity.level == "critical"
    assert "mark_price_substituted" in symbol.recommendation.notes


@pytest.mark.parametrize("witness", ["trade", "book"])
@pytest.mark.parametrize("mode", ["isolated", "cross"])
@pytest.mark.parametrize(("side", "price"), [("long", 55_000.0), ("short", 80_000.0)])
def test_one_witness_beyond_the_liquidation_price_is_critical(
    side: str, price: float, mode: str, witness: str
) -> None:
    market = ready_market()
    config = Config(account=AccountConfig(equity=1_000.0), positions=(position(side, mode),))
    state = assess_market(market, NOW_NS, config)
    now = NOW_NS + 6 * SECOND
    (trade if witness == "trade" else book)(market, price, now)
    symbol = assess_market(market, now, config, state).symbols[BTC]
    assert symbol.positions[0].liquidation_due
    assert (symbol.severity.level, symbol.severity.rule) == ("critical", "liquidation_due")


@pytest.mark.parametrize("price", [55_000.0, 80_000.0])
def test_the_smaller_leg_of_a_hedge_is_liquidated_too(price: float) -> None:
    """Whatever the net position, the price counts that is worst for either leg."""
    market = ready_market()
    small, large = ("long", "short") if price < 67_000.0 else ("short", "long")
    config = Config(
        account=AccountConfig(equity=100_000.0),
        positions=(position(small, "isolated"), position(large, "isolated", 0.5)),
    )
    state = assess_market(market, NOW_NS, config)
    now = NOW_NS + 6 * SECOND
    trade(market, price, now)
    symbol = assess_market(market, now, config, state).symbols[BTC]
    assert {p.side for p in symbol.positions if p.liquidation_due} == {small}
    assert symbol.severity.level == "critical"
