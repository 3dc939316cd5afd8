"""The score of past hours is what analytics gives on the bars of each hour."""

from __future__ import annotations

import gzip
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from support.bars import cut, from_columns, random_closes, real, resampled

from tuirisk.analytics.derivatives.funding import funding_past, funding_state, settlements
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.market_risk.drawdown import drawdowns
from tuirisk.analytics.market_risk.timeframes import timeframes_state
from tuirisk.analytics.market_risk.volatility import volatility_state
from tuirisk.analytics.score.components import correlation, funding, market
from tuirisk.analytics.score.composite import combine
from tuirisk.backtest.funding_series import derivatives_at
from tuirisk.backtest.score_series import score_series
from tuirisk.config.model import RiskConfig
from tuirisk.events import FundingHistory
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.feed.files.model import Settlements, SymbolHistory
from tuirisk.market.candles import CAPACITY, Bars
from tuirisk.state import Missing, Number

RISK = RiskConfig()
NAMES = ("market", "funding", "correlation")


def known_at(bars: Bars, interval: str, time_ms: int) -> Bars:
    closed = np.flatnonzero(bars.open_time + bars.interval_ms <= time_ms)
    return cut(bars, slice(max(closed.size - CAPACITY[interval], 0), closed.size))


def by_analytics(history: SymbolHistory, time_ms: int) -> dict[str, Number]:
    """Every column of the series at one time, from the functions that the monitor uses."""
    bars = {name: known_at(rows, name, time_ms) for name, rows in history.bars.items()}
    forecast = volatility_forecast(bars["15m"], bars["1d"])
    volatility = volatility_state(bars, RISK.windows)
    end = int(np.searchsorted(history.funding.time, time_ms, side="right"))
    rates: Number = Missing("no_funding_rate")
    if end:
        derivatives = derivatives_at(history.funding, end)
        rows = zip(history.funding.time[:end].tolist(), history.funding.rate[:end], strict=True)
        events = tuple((time, float(rate), True) for time, rate in rows)
        derivatives.merge_funding(FundingHistory("", 0, events))
        paid = settlements(derivatives, time_ms)
        state = funding_state(derivatives, funding_past(derivatives, paid, time_ms), RISK, time_ms)
        rates = funding(state, RISK)[0]
    found = {
        "market": market(volatility, drawdowns(bars), forecast.rank_1y)[0],
        "funding": rates,
        "correlation": correlation(timeframes_state(bars["15m"], bars))[0],
    }
    weights = {"market": 0.3, "funding": 0.2 if end else 0.0, "correlation": 0.2}
    raw, _ = combine(found, weights, RISK.thresholds.minimum_coverage)
    return found | {
        "raw": raw,
        "volatility_24h": forecast.sigma_24h,
        "volatility_rank_1y": forecast.rank_1y,
    }


def assert_same(history: SymbolHistory, times: list[int]) -> None:
    series = score_series(history, times)
    for row, time_ms in enumerate(times):
        for name, value in by_analytics(history, time_ms).items():
            own = float(getattr(series, name)[row])
            if isinstance(value, Missing):
                assert isnan(own), (time_ms, name, value)
            else:
                assert own == pytest.approx(value, rel=1e-9, abs=1e-9), (time_ms, name)


def random_history(holes: tuple[int, ...] = ()) -> SymbolHistory:
    """70 days of 15m bars, the 330 days before them as daily ones, funding every 4 hours."""
    closes = random_closes(96 * 400, seed=5, scale=0.002)
    rng = np.random.default_rng(6)
    opened = np.concatenate((closes[:1], closes[:-1]))
    wick = 1 + 0.001 * rng.random(closes.size)
    high, low = np.fmax(opened, closes) * wick, np.fmin(opened, closes) / wick
    whole = from_columns(opened, high, low, closes, "15m")
    fine = cut(whole, slice(96 * 330, None))
    kept = np.ones(len(fine), dtype=np.bool_)
    kept[list(holes)] = False
    fine = cut(fine, kept)
    times = np.arange(fine.open_time[0], fine.open_time[-1], 4 * HOUR_MS)
    rates = 0.00005 + 0.0001 * rng.standard_normal(times.size)
    return SymbolHistory(
        "BTCUSDT",
        "perpetual",
        {"15m": fine, "1h": resampled(whole, HOUR_MS), "1d": resampled(whole, DAY_MS)},
        funding=Settlements(times + 3, rates),
    )


def hours(history: SymbolHistory, *steps: float) -> list[int]:
    """Times so many hours after the first 15m bar."""
    first = int(history.bars["15m"].open_time[0])
    return [first + int(step * HOUR_MS) for step in steps]


def test_each_hour_has_the_values_of_analytics() -> None:
    history = random_history()
    early = (1, 6.25, 25, 191, 192, 193)
    full = (768, 769, 770, 771, 772, 775, 791.75, 792, 800, 1_100, 1_500, 1_679)
    assert_same(history, hours(history, *early, *full))


def test_holes_in_the_bars_are_holes_in_the_series_of_analytics() -> None:
    history = random_history(holes=(700, 701, 2_900, *range(3_400, 3_420), 4_799))
    assert_same(history, hours(history, 200, 740, 769, 792, 875, 900, 1_128.25, 1_201, 1_400))


def test_a_time_without_its_newest_bar_has_no_number() -> None:
    history = random_history(holes=(3_999,))
    late, next_one = score_series(history, hours(history, 1_000, 1_000.25)).raw.tolist()
    assert isnan(late)
    assert not isnan(next_one)


def test_the_future_changes_nothing() -> None:
    history = random_history()
    times = hours(history, *range(760, 1_000, 7))
    before = score_series(history, times)
    rng = np.random.default_rng(0)

    def other(bars: Bars) -> Bars:
        later = bars.open_time + bars.interval_ms > times[-1]
        drawn = np.exp(rng.normal(0.0, 0.3, int(later.sum())))
        columns = {}
        for name in ("open", "high", "low", "close"):
            columns[name] = getattr(bars, name).copy()
            columns[name][later] *= drawn
        return replace(bars, **columns)

    rates = history.funding.rate.copy()
    rates[history.funding.time > times[-1]] = 0.01
    shuffled = replace(
        history,
        bars={name: other(bars) for name, bars in history.bars.items()},
        funding=Settlements(history.funding.time, rates),
    )
    after = score_series(shuffled, times)
    for name in (*NAMES, "raw", "volatility_24h", "volatility_rank_1y"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name), rtol=1e-9)


def test_without_settlements_the_funding_is_not_in_the_score() -> None:
    history = replace(random_history(), funding=Settlements())
    times = hours(history, 800, 1_000)
    assert_same(history, times)
    series = score_series(history, times)
    np.testing.assert_allclose(series.raw, 0.6 * series.market + 0.4 * series.correlation)


def test_real_hours_have_the_values_of_analytics(shared_data: Path) -> None:
    bars = real(shared_data, "BTC", "15m")
    with gzip.open(shared_data / "funding" / "BTCUSDT_funding_2023_2024.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    history = SymbolHistory(
        "BTCUSDT",
        "perpetual",
        {"15m": bars, "1h": resampled(bars, HOUR_MS), "1d": resampled(bars, DAY_MS)},
        funding=Settlements(table[:, 0].astype(np.int64), table[:, 1].copy()),
    )
    assert_same(history, hours(history, 100, 2_000, 5_000, 5_473, 9_000, 11_001, 11_970))
