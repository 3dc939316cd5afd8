"""Make the figures of the score's scale: quantiles of the raw score over past hours.

    python .ci/score_scale.py ../shared/data > tuirisk/analytics/score/scale.json

Reads the 15m bars and settlements of ``SERIES`` and, where there is a file of them, daily bars.
The score is taken at every full hour from ``WARM_UP_DAYS`` after the first bar. Past hours have no
order book: for the set of all inputs the liquidity of each hour is drawn from the points that the
books of ``BOOKS`` had, every five seconds.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tuirisk.analytics.liquidity.depth import BookContext, liquidity_state, sample_percentiles
from tuirisk.analytics.score.components import liquidity
from tuirisk.analytics.score.scale import PERCENTILES
from tuirisk.backtest.score_series import score_series, weighted_mean
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import DAY_MS, HOUR_MS, INTERVAL_MS
from tuirisk.feed.clock import WallClock
from tuirisk.feed.files.model import Settlements, SymbolHistory
from tuirisk.feed.replay import ReplaySource
from tuirisk.market.candles import Bars
from tuirisk.market.market import Market
from tuirisk.market.samples import SAMPLE_NS
from tuirisk.state import NOT_YET, Missing

Floats = NDArray[np.float64]
SERIES = (
    "BTCUSDT 2023_2024",
    "ETHUSDT 2023_2024",
    "ETHUSDT 2025_spring",
    "SOLUSDT 2025_spring",
    "BNBUSDT 2025_spring",
)
BOOKS = ("btcusdt_depth0ms_2024-07-18T2357", "ethusdt_depth0ms_2024-08-08T2354")
WARM_UP_DAYS = 30
SEED = 1
RISK = RiskConfig()


def table(path: Path) -> Floats:
    with gzip.open(path) as file:
        found: Floats = np.loadtxt(file, delimiter=",", skiprows=1, ndmin=2)
    return found


def bars_of(rows: Floats, interval: str) -> Bars:
    opened, high, low, close, volume = np.ascontiguousarray(rows[:, 1:6].T)
    times = rows[:, 0].astype(np.int64)
    return Bars(INTERVAL_MS[interval], times, opened, high, low, close, volume, volume * close)


def longer(bars: Bars, interval: str) -> Bars:
    """Bars of ``interval`` from those of their 15m bars that are all there."""
    span = INTERVAL_MS[interval]
    starts, first = np.unique(bars.open_time // span, return_index=True)
    ends = np.append(first[1:], len(bars))
    whole = ends - first == span // bars.interval_ms
    high = np.maximum.reduceat(bars.high, first)[whole]
    low = np.minimum.reduceat(bars.low, first)[whole]
    times, first, ends = starts[whole] * span, first[whole], ends[whole]
    close, ones = bars.close[ends - 1], np.ones(first.size)
    return Bars(span, times, bars.open[first], high, low, close, ones, ones)


def history_of(data: Path, name: str) -> SymbolHistory:
    symbol, period = name.split()
    fine = bars_of(table(data / "klines" / f"{symbol}_15m_{period}.csv.gz"), "15m")
    daily = sorted((data / "klines").glob(f"{symbol}_1d_*.csv.gz"))
    days = bars_of(table(daily[0])[:-1], "1d") if daily else longer(fine, "1d")
    paid = table(data / "funding" / f"{symbol}_funding_{period}.csv.gz")
    return SymbolHistory(
        symbol,
        "perpetual",
        {"15m": fine, "1h": longer(fine, "1h"), "1d": days},
        funding=Settlements(paid[:, 0].astype(np.int64), paid[:, 1].copy()),
    )


def hours_of(history: SymbolHistory) -> NDArray[np.int64]:
    times = history.bars["15m"].open_time
    first = (int(times[0]) + WARM_UP_DAYS * DAY_MS) // HOUR_MS + 1
    return np.arange(first * HOUR_MS, int(times[-1]) + INTERVAL_MS["15m"] + 1, HOUR_MS)


async def liquidity_points(path: Path) -> list[float]:
    """The points of the component in a recording, every five seconds once there is a rank."""
    source, market, points, due = ReplaySource(path, clock=WallClock()), Market(), [], 0
    async for batch in source.batches():
        for event in batch.events:
            market.apply(event)
        market.sample(batch.now)
        if batch.now < due:
            continue
        due = batch.now + SAMPLE_NS
        for symbol in market.symbols.values():
            ranks = sample_percentiles(symbol.samples)
            context = BookContext(*ranks, NOT_YET)
            part = liquidity_state(symbol.book, False, RISK, None, context)
            value, _ = liquidity(part, None)
            if not isinstance(value, Missing) and not isinstance(ranks[0], Missing):
                points.append(value)
    return points


def main(folder: str) -> None:
    data = Path(folder)
    books = [asyncio.run(liquidity_points(data / "depth" / f"{name}.raw.gz")) for name in BOOKS]
    points, drawn = np.concatenate(books), np.random.default_rng(SEED)
    weights = {name: getattr(RISK.weights, name) for name in ("market", "funding", "correlation")}
    candles = weights | {"funding": 0.0}
    everything = weights | {"liquidity": RISK.weights.liquidity}
    raw: dict[str, list[Floats]] = {"all": [], "candles_and_funding": [], "candles": []}
    for name in SERIES:
        history = history_of(data, name)
        series = score_series(history, hours_of(history))
        columns = {part: getattr(series, part) for part in weights}
        columns["liquidity"] = drawn.choice(points, series.raw.size)
        for key, kept in (
            ("all", everything),
            ("candles_and_funding", weights),
            ("candles", candles),
        ):
            of_set = {part: columns[part] for part in kept}
            mean = weighted_mean(of_set, kept, RISK.thresholds.minimum_coverage)
            raw[key].append(mean[np.isfinite(mean)])
    pooled = {key: np.concatenate(parts) for key, parts in raw.items()}
    figures = {
        "series": SERIES,
        "books": BOOKS,
        "hours": pooled["all"].size,
        "seed": SEED,
        "raw": {
            key: [round(value, 2) for value in np.percentile(values, PERCENTILES).tolist()]
            for key, values in pooled.items()
        },
    }
    json.dump(figures, sys.stdout)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
