"""Odd symbols through the real path: nulls with reasons where due, and nobody else is touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from support.build import (
    BARS,
    NOW_NS,
    assess_market,
    candles_from,
    depth_snapshot,
    events_of,
    open_interest_history,
    walk_to,
)
from support.odd_symbol import (
    ODD,
    OTHER,
    Change,
    Events,
    assessed,
    market_of,
    open_interest_without,
    other_is_untouched,
    paid_every,
    sound,
    special,
    without,
)

from tuirisk import events as ev
from tuirisk.config.model import Config, PositionConfig
from tuirisk.events.intervals import HOUR_MS
from tuirisk.market.market import Market
from tuirisk.state import Missing, to_json

SECOND = 1_000_000_000
NOW_MS = NOW_NS // 1_000_000


def listed_yesterday(events: Events) -> Events:
    """A day of bars, three settlements, a day of open interest."""
    rng = np.random.default_rng(5)
    lengths = {"15m": 96, "1h": 24, "1d": 1}
    kept = without(events, ev.CandleHistory, ev.FundingHistory, ev.OpenInterestHistory)
    for interval, n in lengths.items():
        bars = candles_from(walk_to(100.0, n, 0.01, rng), interval, NOW_MS)
        kept.append(ev.CandleHistory(ODD, NOW_NS, interval, bars))
    newest = NOW_MS // (8 * HOUR_MS) * 8 * HOUR_MS
    rows = tuple((newest - i * 8 * HOUR_MS, 0.0003, True) for i in (2, 1, 0))
    kept.append(ev.FundingHistory(ODD, NOW_NS, rows))
    kept.append(open_interest_history(ODD, 100.0, rng, points=280))
    return kept


def test_a_coin_listed_yesterday() -> None:
    made = assessed(listed_yesterday)
    other_is_untouched(made)
    odd = made.symbols[ODD]
    sound(odd)
    assert odd.status == "ready"
    assert isinstance(odd.volatility.cone["15m"]["7"].percentile, float)
    assert odd.volatility.cone["1d"]["7"].current == Missing("few_bars", have=1, need=8)
    assert odd.volatility.regime.state == Missing("few_bars", have=96, need=732)
    assert odd.drawdown["1h"].current == Missing("few_bars", have=24, need=168)
    assert odd.timeframes.correlation == Missing("few_bars", have=96, need=768)
    assert odd.performance.sharpe == Missing("few_returns", have=0, need=30)
    assert odd.value_at_risk.historical_95 == Missing("few_returns", have=0, need=100)
    record = odd.value_at_risk.backtest_filtered_95
    assert record.light == Missing("few_returns", have=0, need=380)
    assert odd.funding.percentile == Missing("few_settlements", have=3, need=30)
    assert odd.funding.cumulative_3d == Missing("settlements_too_short", days=3)
    assert odd.open_interest.change_24h == Missing("no_open_interest_before", hours=24)
    assert isinstance(odd.open_interest.change_1h, float)
    assert isinstance(odd.score.total, float)
    matrix = made.watchlist.correlation
    assert not isinstance(matrix, Missing)
    assert matrix[0] == (1.0, Missing("few_bars", have=23, need=168))


def never_moves(events: Events) -> Events:
    kept = without(events, ev.CandleHistory)
    for interval, n in BARS.items():
        bars = tuple(
            structs.replace(bar, high=100.0, low=100.0)
            for bar in candles_from([100.0] * n, interval, NOW_MS)
        )
        kept.append(ev.CandleHistory(ODD, NOW_NS, interval, bars))
    return kept


def test_a_coin_that_never_moves() -> None:
    made = assessed(never_moves)
    other_is_untouched(made)
    odd, still = made.symbols[ODD], Missing("zero_variance")
    sound(odd)
    for row in odd.volatility.cone.values():
        for cell in row.values():
            assert (cell.current, cell.percentile, cell.level) == (0.0, still, still)
    assert odd.volatility.estimators["1d"].yang_zhang["60"] == 0.0
    assert odd.volatility.regime.state == odd.timeframes.correlation == still
    assert odd.drawdown["1d"].current == 0.0
    assert odd.performance.sharpe == odd.value_at_risk.historical_95 == still
    assert odd.value_at_risk.backtest_filtered_95.light == still
    assert odd.liquidity.metaorder_cost == 0.0
    for component in (odd.score.components.market, odd.score.components.correlation):
        assert isinstance(component, Missing)
    assert odd.score.coverage == 0.5


def thin_book(events: Events) -> Events:
    bids, asks = [(99.9, 10.0), (99.8, 5.0)], [(100.1, 3.0), (100.3, 4.0)]
    return [*without(events, ev.DepthSnapshot), depth_snapshot(ODD, bids, asks)]


def test_a_book_thinner_than_the_order() -> None:
    made = assessed(thin_book)
    other_is_untouched(made)
    odd = made.symbols[ODD]
    sound(odd)
    sell, buy = odd.liquidity.impact.sell, odd.liquidity.impact.buy
    assert (sell.exhausted, sell.level, buy.exhausted, buy.level) == (True, "high", True, "high")
    assert sell.filled == pytest.approx(99.9 * 10 + 99.8 * 5)
    assert sell.unfilled == pytest.approx(100_000 - 99.9 * 10 - 99.8 * 5)
    assert odd.score.components.liquidity == 100.0
    assert "book_exhausted" in odd.recommendation.notes
    assert all(impact.sell.exhausted for impact in odd.liquidity.curve)


def test_a_position_larger_than_its_side_of_the_book() -> None:
    config = Config(positions=(PositionConfig(ODD, "short", 8.0, 100.0),))
    odd = assessed(thin_book, config).symbols[ODD]
    assert odd.liquidity.impact.buy.exhausted is True
    assert odd.liquidity.impact.sell.exhausted is False
    assert odd.score.components.liquidity == 100.0


@pytest.mark.parametrize("off_seconds", [90, -90])
def test_a_clock_that_is_90_seconds_off(off_seconds: int) -> None:
    """The local clock reads ``off_seconds`` more than the exchange's."""
    true = assess_market(market_of(events_of(OTHER)))
    local = NOW_NS + off_seconds * SECOND
    told = [
        structs.replace(event, received=event.received + off_seconds * SECOND)
        for event in events_of(OTHER)
    ]
    market = Market()
    market.apply(ev.ServerTime("", local, NOW_MS))
    for event in told:
        market.apply(event)
    market.sample(local)
    made = assess_market(market, local)
    off, right = made.symbols[OTHER], true.symbols[OTHER]
    assert (off.status, off.score, off.recommendation) == (
        "ready",
        right.score,
        right.recommendation,
    )
    assert off.freshness == right.freshness
    since = {
        name: replace(symbol, severity=replace(symbol.severity, since_ms=true.time_ms))
        for name, symbol in made.symbols.items()
    }
    assert to_json(replace(made, time_ms=true.time_ms, symbols=since)) == to_json(true)


def test_without_the_exchanges_time_the_messages_tell_it() -> None:
    local = NOW_NS - 90 * SECOND
    market = Market()
    for event in events_of(OTHER):
        market.apply(structs.replace(event, received=event.received - 90 * SECOND))
    odd = assess_market(market, local).symbols[OTHER]
    assert odd.status == "ready"
    assert odd.score.coverage == 1.0
    assert odd.freshness["candles"].age_ms == 0.0


def test_all_of_them_at_once_leave_the_ordinary_one_alone() -> None:
    changes: dict[str, Change] = {
        "NEWUSDT": listed_yesterday,
        "FLATUSDT": never_moves,
        "THINUSDT": thin_book,
        "HOURUSDT": paid_every(1),
        "SPECIALUSDT": special,
        "HOLESUSDT": open_interest_without(lambda age: age % 3 == 1),
    }
    told = events_of(OTHER)
    for name, change in changes.items():
        told += [structs.replace(event, symbol=name) for event in change(events_of(ODD))]
    made = assess_market(market_of(told))
    other_is_untouched(made)
    for symbol in made.symbols.values():
        sound(symbol)
    assert set(made.symbols) == {OTHER, *changes}
    assert isinstance(made.watchlist.mean_correlation, float)
