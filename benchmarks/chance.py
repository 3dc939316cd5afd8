"""How well P(liquidation, 24 h) forecasts: Brier scores of the models on a year of real bars.

    python -m benchmarks.chance [days]

Walk-forward on BTC and ETH 2023–24 (``../shared/data/klines``, 15m), both sides, five leverages, at
00:00 UTC of evenly spaced days: each forecast sees only earlier bars, the outcome is whether the
low (long) or high (short) of the next 24 h reached the liquidation price. *before* is a bootstrap
of raw 15m returns with their trend, looked at once a bar.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.forecast.daily_extremes import daily_extremes, p_touch
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.stress.block_length import expected_block
from tuirisk.analytics.stress.filtered import DAY_STEPS, filtered_moves
from tuirisk.analytics.stress.return_models import BarMoves, MakeWalk, blocks
from tuirisk.events.intervals import DAY_MS, INTERVAL_MS
from tuirisk.market.candles import Bars

Floats = NDArray[np.float64]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "klines"
LEVERAGES = (10, 20, 25, 50, 100)
MAINTENANCE = 0.004
PATHS = 2_000
BARS = 3_072
FIRST_DAY = 240
"""Days of history before the first forecast."""
MODELS = ("before", "no drift", "bar extremes", "filtered", "daily extremes", "mean of both")


def read(symbol: str) -> Bars:
    """The 15m bars of ``symbol`` from the first midnight on."""
    with gzip.open(DATA / f"{symbol}_15m_2023_2024.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    time = table[:, 0].astype(np.int64)
    table = table[int(np.flatnonzero(time % DAY_MS == 0)[0]) :]
    opened, high, low, close, volume = np.ascontiguousarray(table[:, 1:6].T)
    times = table[:, 0].astype(np.int64)
    return Bars(INTERVAL_MS["15m"], times, opened, high, low, close, volume, volume * close)


def daily(bars: Bars) -> Bars:
    """The daily bars of 15m ``bars`` without a hole."""
    days = len(bars) // DAY_STEPS
    shape = (days, DAY_STEPS)
    rows = slice(0, days * DAY_STEPS)
    high, low = bars.high[rows].reshape(shape).max(1), bars.low[rows].reshape(shape).min(1)
    opened, close = bars.open[rows].reshape(shape)[:, 0], bars.close[rows].reshape(shape)[:, -1]
    time = bars.open_time[rows].reshape(shape)[:, 0]
    return Bars(DAY_MS, time, opened, high, low, close, np.ones(days), np.ones(days))


def until(bars: Bars, last: int, first: int = 0) -> Bars:
    """The rows from ``first`` to before ``last``."""
    rows = slice(first, last)
    return Bars(
        bars.interval_ms,
        bars.open_time[rows],
        bars.open[rows],
        bars.high[rows],
        bars.low[rows],
        bars.close[rows],
        bars.volume[rows],
        bars.quote_volume[rows],
    )


def raw_blocks(returns: Floats, block: float) -> MakeWalk:
    """The bootstrap with the trend of the returns: its normalisation is undone."""
    trend = np.exp(returns).mean(axis=1, keepdims=True)
    normalised = blocks(BarMoves.of_closes(returns), block)

    class _Drifting:
        def __init__(self, rng: np.random.Generator, paths: int, steps: int) -> None:
            self._walk = normalised(rng, paths, steps)

        def advance(self, prices: Floats) -> None:
            self._walk.advance(prices)
            prices *= trend

        def low(self, row: int, price: Floats) -> Floats:
            return price

        def high(self, row: int, price: Floats) -> Floats:
            return price

    return _Drifting


def reached(make: MakeWalk) -> tuple[Floats, Floats]:
    """The lowest and the highest price, from 1, of each path within 24 h."""
    walk = make(np.random.default_rng(1), PATHS, DAY_STEPS)
    prices, low, high = np.ones((1, PATHS)), np.ones(PATHS), np.ones(PATHS)
    for _ in range(DAY_STEPS):
        walk.advance(prices)
        np.minimum(low, walk.low(0, prices[0]), out=low)
        np.maximum(high, walk.high(0, prices[0]), out=high)
    return low, high


def moves_of(bars: Bars) -> BarMoves:
    close = bars.close[1:]
    columns = (
        np.diff(np.log(bars.close)),
        np.log(bars.low[1:] / close),
        np.log(bars.high[1:] / close),
    )
    return BarMoves(*(column[np.newaxis] for column in columns))


def levels() -> list[tuple[int, float]]:
    """(side, distance as a fraction) of each leverage."""
    found = []
    for leverage in LEVERAGES:
        found.append((1, (1 - 1 / leverage) / (1 - MAINTENANCE) - 1.0))
        found.append((-1, (1 + 1 / leverage) / (1 + MAINTENANCE) - 1.0))
    return found


def forecasts(bars: Bars, days: Bars, day: int) -> dict[str, list[float]]:
    """P of each level by each model, from what is known at the beginning of ``day``."""
    now = day * DAY_STEPS
    moves = moves_of(until(bars, now, now - BARS))
    past = until(days, day)
    extremes = daily_extremes(past, volatility_forecast(until(bars, now, now - BARS), past))
    sigma = extremes.sigma
    assert isinstance(sigma, float)
    block = expected_block(moves.returns)
    scaled = filtered_moves(moves, np.array([sigma]))
    walks = {
        "before": raw_blocks(moves.returns, block),
        "no drift": blocks(BarMoves.of_closes(moves.returns), block),
        "bar extremes": blocks(moves, block),
        "filtered": blocks(scaled, block),
    }
    paths = {name: reached(make) for name, make in walks.items()}
    found: dict[str, list[float]] = {name: [] for name in MODELS}
    for side, distance in levels():
        price = 1.0 + distance
        for name, (low, high) in paths.items():
            touched = low <= price if side > 0 else high >= price
            found[name].append(float(touched.mean()))
        share = p_touch(distance, sigma, extremes.day_down if side > 0 else extremes.day_up)
        found["daily extremes"].append(share)
        found["mean of both"].append((share + found["filtered"][-1]) / 2)
    return found


def outcomes(bars: Bars, day: int) -> list[bool]:
    now = day * DAY_STEPS
    start = bars.close[now - 1]
    low, high = bars.low[now : now + DAY_STEPS].min(), bars.high[now : now + DAY_STEPS].max()
    return [
        bool(low <= start * (1 + d)) if side > 0 else bool(high >= start * (1 + d))
        for side, d in levels()
    ]


def main(count: int) -> None:
    predicted: dict[str, list[float]] = {name: [] for name in MODELS}
    realised: list[bool] = []
    for symbol in ("BTCUSDT", "ETHUSDT"):
        bars = read(symbol)
        assert (np.diff(bars.open_time) == bars.interval_ms).all(), "a hole in the bars"
        days = daily(bars)
        for day in np.linspace(FIRST_DAY, len(days) - 1, count).astype(int).tolist():
            for name, chances in forecasts(bars, days, day).items():
                predicted[name] += chances
            realised += outcomes(bars, day)
    happened = np.array(realised, dtype=float)
    base = happened.mean()
    print(
        f"{happened.size} forecasts, {base:.1%} liquidated; a constant scores "
        f"{np.square(happened - base).mean():.4f}"
    )
    print(f"{'model':<18}{'Brier':>8}{'mean':>9}")
    for name in MODELS:
        given = np.array(predicted[name])
        print(f"{name:<18}{np.square(given - happened).mean():8.4f}{given.mean():9.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
