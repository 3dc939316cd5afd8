"""The move of five minutes against the whole stream of prices, and its price when that is young."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt

import numpy as np
import pytest
from support.build import NOW_NS, assess_market, candle, mark_price, ready_market

from tuirisk import events as ev
from tuirisk.analytics.market_risk.fast_move import NO_EARLIER_PRICE, move_5m
from tuirisk.events.intervals import MINUTE_MS, SECOND_NS
from tuirisk.market.candles import CandleRing
from tuirisk.market.recent_prices import STEP_MS, RecentPrices
from tuirisk.state import Missing

NOW_MS = NOW_NS // 1_000_000
BTC = "BTCUSDT"
SIGMA = 0.03
NO_BARS = CandleRing("15m")
NOTHING = Missing("no_trade_or_bar")


def recorded(times: list[int], prices: list[float], kind: str = "last") -> RecentPrices:
    made = RecentPrices()
    for time, price in zip(times, prices, strict=True):
        getattr(made, kind).record(time, price)
    return made


def seconds(count: int) -> list[int]:
    return [NOW_MS - 1_000 * (count - 1 - i) for i in range(count)]


def test_the_move_is_the_newest_price_over_that_of_five_minutes_ago() -> None:
    rng = np.random.default_rng(3)
    times = seconds(4_000)
    prices = (100 * np.exp(np.cumsum(rng.normal(0, 1e-4, len(times))))).tolist()
    move, sigmas = move_5m(recorded(times, prices), NO_BARS, NOTHING, SIGMA, NOW_MS)
    steps = {p for t, p in zip(times, prices, strict=True)
             if t % STEP_MS == 0 and 0 <= NOW_MS - 5 * MINUTE_MS - t < STEP_MS}  # fmt: skip
    (before,) = steps
    assert move == pytest.approx(prices[-1] / before - 1, rel=1e-12)
    assert sigmas == pytest.approx(log(prices[-1] / before) / (SIGMA * sqrt(5 / 1440)), rel=1e-12)


def test_a_fall_of_eight_percent_in_three_minutes_is_many_sigmas_down() -> None:
    prices = [100.0] * 420 + np.linspace(100.0, 92.0, 180).tolist()
    move, sigmas = move_5m(recorded(seconds(600), prices), NO_BARS, NOTHING, SIGMA, NOW_MS)
    assert move == pytest.approx(-0.08)
    assert sigmas == pytest.approx(log(0.92) / (SIGMA * sqrt(5 / 1440)))
    assert not isinstance(sigmas, Missing)
    assert sigmas < -40


def test_the_mark_price_is_used_where_the_last_price_is_stale_or_missing() -> None:
    mark = recorded(seconds(600), np.linspace(100.0, 90.0, 600).tolist(), "mark")
    expected = move_5m(mark, NO_BARS, NOTHING, SIGMA, NOW_MS)
    assert not isinstance(expected[0], Missing)
    assert expected[0] < -0.04
    for age_s, count in ((61, 500), (0, 200)):
        for i in range(count):
            mark.last.record(NOW_MS - 1_000 * (age_s + count - 1 - i), 100.0)
        assert move_5m(mark, NO_BARS, NOTHING, SIGMA, NOW_MS) == expected
        mark.last = RecentPrices().last


def test_less_than_five_minutes_of_prices_are_missing() -> None:
    young = recorded(seconds(299), [100.0] * 299)
    assert move_5m(young, NO_BARS, 100.0, SIGMA, NOW_MS) == (NO_EARLIER_PRICE, NO_EARLIER_PRICE)


@pytest.mark.parametrize(("age", "known"), [(4.9, False), (5.0, True), (14.0, True), (21.0, False)])
def test_a_bar_that_covers_five_minutes_stands_in(age: float, known: bool) -> None:
    opened = int(NOW_MS - age * MINUTE_MS)
    ring = CandleRing("15m")
    ring.set_forming(candle(opened, "15m", 100.0, 97.0), NOW_NS)
    move, sigmas = move_5m(RecentPrices(), ring, 96.0, SIGMA, NOW_MS)
    if not known:
        assert (move, sigmas) == (NO_EARLIER_PRICE, NO_EARLIER_PRICE)
        return
    assert move == pytest.approx(-0.04)
    assert sigmas == pytest.approx(log(0.96) / (SIGMA * sqrt(age / 1440)))


def test_without_a_daily_sigma_the_move_stands_alone() -> None:
    reason = Missing("no_volatility_in_cone")
    prices = recorded(seconds(600), [100.0] * 599 + [101.0])
    move, sigmas = move_5m(prices, NO_BARS, NOTHING, reason, NOW_MS)
    assert (move, sigmas) == (101.0 / 100.0 - 1, reason)


def trade(now_ns: int, number: int, price: float) -> ev.Event:
    return ev.Trade(BTC, now_ns, number, now_ns // 1_000_000, price, 1.0, True)


def forming(now_ns: int, number: int, price: float) -> ev.Event:
    opened = now_ns // 1_000_000 // 900_000 * 900_000
    return ev.CandleForming(BTC, now_ns, "15m", candle(opened, "15m", price, price, closed=False))


def marked(now_ns: int, number: int, price: float) -> ev.Event:
    return mark_price(BTC, price, now_ns)


@pytest.mark.parametrize("kind", [trade, forming, marked])
def test_every_stream_of_prices_shows_the_move(kind: Callable[[int, int, float], ev.Event]) -> None:
    market = ready_market()
    made = assess_market(market)
    start = made.symbols[BTC].price.last
    assert not isinstance(start, Missing)
    now = NOW_NS + 20 * 60 * SECOND_NS
    for i in range(601):
        price = start * (1 - 0.04 * max(0, i - 400) / 200)
        at = now + (i - 600) * SECOND_NS
        market.apply(kind(at, 1_000_000 + i, price))
    part = assess_market(market, now).symbols[BTC]
    assert part.price.move_5m == pytest.approx(-0.04, abs=1e-4)
    assert not isinstance(part.daily.sigma, Missing)
    assert part.price.move_5m_sigmas == pytest.approx(
        log(0.96) / (part.daily.sigma * sqrt(5 / 1440)), rel=1e-3
    )
