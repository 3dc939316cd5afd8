"""Odd symbols through the real path: nulls with reasons where due, and nobody else is touched."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest
from bars import leaves
from build import (
    BARS,
    HOUR_MS,
    NOW_NS,
    assess_market,
    candles_from,
    depth_snapshot,
    events_of,
    mark_price,
    open_interest_history,
    walk_to,
)
from msgspec import structs

from tuirisk import events as ev
from tuirisk.analytics.funding import PUBLISHING_MS
from tuirisk.analytics.score import cumulative_points, rate_points
from tuirisk.config import Config, PositionConfig
from tuirisk.market.market import Market
from tuirisk.state import Missing, RiskState, SymbolState, to_json

ODD, OTHER = "ODDUSDT", "BTCUSDT"
SECOND = 1_000_000_000
DAY_MS = 24 * HOUR_MS
NOW_MS = NOW_NS // 1_000_000

Events = list[ev.Event]
Change = Callable[[Events], Events]


def market_of(events: Iterable[ev.Event], now_ns: int = NOW_NS) -> Market:
    market = Market()
    market.apply(ev.ServerTime("", now_ns, now_ns // 1_000_000))
    for event in events:
        market.apply(event)
    market.sample(now_ns)
    return market


def assessed(change: Change, config: Config | None = None) -> RiskState:
    """The state of an ordinary symbol and of one whose events were changed."""
    return assess_market(market_of([*events_of(OTHER), *change(events_of(ODD))]), config=config)


def other_is_untouched(made: RiskState) -> None:
    alone = assess_market(market_of(events_of(OTHER)))
    one = replace(made, symbols={OTHER: made.symbols[OTHER]}, watchlist=alone.watchlist)
    assert to_json(one) == to_json(alone)


def sound(symbol: SymbolState) -> None:
    """Every number is finite, every gap has a reason of its own."""
    for path, value in leaves(symbol):
        if isinstance(value, Missing):
            assert value.reason, path
            assert "nan" not in value.reason.lower(), path
        else:
            assert not isinstance(value, float) or math.isfinite(value), path


def without(events: Events, *kinds: type[ev.Event]) -> Events:
    return [event for event in events if not isinstance(event, kinds)]


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
    assert odd.volatility.cone["1d"]["7"].current == Missing("insufficient history: 1 of 8 bars")
    assert odd.volatility.regime.state == Missing("insufficient history: 96 of 732 bars")
    assert odd.drawdown["1h"].current == Missing("insufficient history: 24 of 168 bars")
    assert odd.timeframes.correlation == Missing("insufficient history: 96 of 768 bars")
    assert odd.performance.sharpe == Missing("insufficient history: 0 of 30 returns")
    assert odd.value_at_risk.historical_95 == Missing("insufficient history: 0 of 100 returns")
    record = odd.value_at_risk.backtest_filtered_95
    assert record.light == Missing("insufficient history: 0 of 380 returns")
    assert odd.funding.percentile == Missing("insufficient history: 3 of 30 settlements")
    assert odd.funding.cumulative_3d == Missing("settlements do not cover the last 3 days")
    assert odd.open_interest.change_24h == Missing("no open interest 24 h before")
    assert isinstance(odd.open_interest.change_1h, float)
    assert isinstance(odd.score.total, float)
    matrix = made.watchlist.correlation
    assert not isinstance(matrix, Missing)
    assert matrix[0] == (1.0, Missing("insufficient history: 23 of 168 bars"))


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
    odd, still = made.symbols[ODD], Missing("zero variance")
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


def paid_every(hours: int, rate: float = 0.0002) -> Change:
    """The same yearly funding, paid every ``hours`` hours."""

    def change(events: Events) -> Events:
        kept = without(events, ev.FundingHistory, ev.FundingTerms, ev.MarkPrice)
        step = hours * HOUR_MS
        newest = NOW_MS // step * step
        share = rate * hours / 8
        rows = tuple(
            (newest - i * step, share * (1 + 0.1 * math.sin(i)), True)
            for i in reversed(range(30 * 24 // hours))
        )
        kept.append(ev.FundingTerms(ODD, NOW_NS, hours, 0.02, -0.02))
        kept.append(ev.FundingHistory(ODD, NOW_NS, rows))
        kept.append(mark_price(ODD, 100.0, rate=share))
        return kept

    return change


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_funding_is_measured_by_the_symbols_own_interval(hours: int) -> None:
    made = assessed(paid_every(hours))
    other_is_untouched(made)
    odd = made.symbols[ODD]
    sound(odd)
    part = odd.funding
    assert part.interval_hours == hours
    assert part.rate_8h == pytest.approx(0.0002)
    assert part.annualised == pytest.approx(0.0002 * 3 * 365)
    assert part.cumulative_3d == pytest.approx(9 * 0.0002, rel=0.05)
    assert odd.freshness["funding"].budget_ms == hours * HOUR_MS + PUBLISHING_MS
    assert isinstance(part.cumulative_3d_annualised, float)
    points = cumulative_points(part.cumulative_3d_annualised)
    assert odd.score.components.funding == points > rate_points(0.0002)


def test_one_watchlist_with_three_intervals() -> None:
    names = {f"H{hours}USDT": hours for hours in (1, 4, 8)}
    told: Events = []
    for name, hours in names.items():
        told += [structs.replace(e, symbol=name) for e in paid_every(hours)(events_of(ODD))]
    made = assess_market(market_of(told))
    rates = [made.symbols[name].funding.rate_8h for name in names]
    assert rates == pytest.approx([0.0002] * 3)
    assert len({made.symbols[name].funding.rate for name in names}) == 3


def special(events: Events) -> Events:
    """A ``Special`` settlement of ten times the usual, an hour before the newest."""
    (history,) = (event for event in events if isinstance(event, ev.FundingHistory))
    rows = (*history.rows, (history.rows[-1][0] - HOUR_MS, 0.02, False))
    return [*without(events, ev.FundingHistory), ev.FundingHistory(ODD, NOW_NS, rows)]


def test_special_settlements_are_no_history() -> None:
    made, plain = assessed(special), assessed(list)
    other_is_untouched(made)
    assert made.symbols[ODD].funding == plain.symbols[ODD].funding
    assert made.symbols[ODD].score == plain.symbols[ODD].score


def open_interest_without(gone: Callable[[int], bool]) -> Change:
    """Points whose age (5-minute steps, the newest is 0) is ``gone`` never came."""

    def change(events: Events) -> Events:
        (history,) = (event for event in events if isinstance(event, ev.OpenInterestHistory))
        n = len(history.rows)
        rows = tuple(row for i, row in enumerate(history.rows) if not gone(n - 1 - i))
        kept = without(events, ev.OpenInterestHistory)
        return [*kept, ev.OpenInterestHistory(ODD, NOW_NS, "5m", rows)]

    return change


def test_open_interest_with_holes() -> None:
    made = assessed(open_interest_without(lambda age: age % 7 == 3 or 400 < age < 500))
    other_is_untouched(made)
    odd = made.symbols[ODD]
    sound(odd)
    assert isinstance(odd.open_interest.change_1h, float)
    assert isinstance(odd.open_interest.zscore, float)
    assert not isinstance(odd.liquidations.clusters, Missing)


def test_open_interest_with_the_hour_before_missing() -> None:
    part = assessed(open_interest_without(lambda age: 8 <= age <= 16)).symbols[ODD].open_interest
    assert part.change_1h == Missing("no open interest 1 h before")
    assert part.zscore == Missing("no open interest 1 h before the newest point")
    assert part.quadrant == part.change_1h
    assert isinstance(part.change_24h, float)
    assert isinstance(part.value, float)


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
    assert to_json(replace(made, time_ms=true.time_ms)) == to_json(true)


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
