"""Closed bars for tests: made of closes, random, or real."""

from __future__ import annotations

import dataclasses
import gzip
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuirisk.events.intervals import INTERVAL_MS
from tuirisk.market.candles import Bars
from tuirisk.state import Missing

START = 1_767_225_600_000
"""2026-01-01 00:00 UTC, ms."""
Floats = NDArray[np.float64]

REAL = {
    ("SOL", "15m"): "SOLUSDT_15m_2025_spring.csv.gz",
    ("BTC", "15m"): "BTCUSDT_15m_2023_2024.csv.gz",
    ("SOL", "1h"): "SOLUSDT_1h_to_2026-03-19.csv.gz",
    ("BNB", "1h"): "BNBUSDT_1h_to_2026-03-19.csv.gz",
    ("SOL", "1d"): "SOLUSDT_1d_to_2026-03-19.csv.gz",
    ("BNB", "1d"): "BNBUSDT_1d_to_2026-03-19.csv.gz",
}


def from_closes(closes: ArrayLike, interval: str = "1d", holes: Sequence[int] = ()) -> Bars:
    """Bars with these closes; ``holes`` names the rows before which one bar is missing."""
    close = np.asarray(closes, dtype=np.float64)
    opened = np.concatenate((close[:1], close[:-1]))
    high, low = np.fmax(opened, close), np.fmin(opened, close)
    return from_columns(opened, high, low, close, interval, holes)


def from_columns(
    opened: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    interval: str = "1d",
    holes: Sequence[int] = (),
) -> Bars:
    step = INTERVAL_MS[interval]
    rows = np.arange(close.size, dtype=np.int64)
    for hole in holes:
        rows[hole:] += 1
    volume = np.ones(close.size)
    return Bars(step, START + rows * step, opened, high, low, close, volume, volume * close)


def random_closes(n: int, seed: int = 1, scale: float = 0.02, price: float = 100.0) -> Floats:
    """A Student-t random walk of ``n`` closes."""
    steps = np.random.default_rng(seed).standard_t(4, n) * scale
    return price * np.exp(np.cumsum(steps))


def real(shared_data: Path, symbol: str, interval: str, rows: int | None = None) -> Bars:
    """The last ``rows`` closed bars of a recorded series."""
    with gzip.open(shared_data / "klines" / REAL[symbol, interval]) as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)[:-1]
    return _bars(table if rows is None else table[-rows:], interval, 1)


def crash_of_2020(shared_data: Path) -> Bars:
    """BTC spot, 15m, February to April 2020: the crash of 12 March and real holes."""
    with gzip.open(shared_data / "klines" / "spot_BTCUSDT_15m_2020H1.csv.gz") as file:
        table = np.genfromtxt(file, delimiter=",")
    return _bars(table[4_000:11_000], "15m", 1_000)


def _bars(table: Floats, interval: str, milliseconds: int) -> Bars:
    times = (table[:, 0] * milliseconds).astype(np.int64)
    opened, high, low, close, volume = np.ascontiguousarray(table[:, 1:6].T)
    step = INTERVAL_MS[interval]
    return Bars(step, times, opened, high, low, close, volume, volume * close)


def cut(bars: Bars, rows: slice | NDArray[np.bool_]) -> Bars:
    """Some of the rows of ``bars``."""
    names = [field.name for field in dataclasses.fields(Bars)[1:]]
    return Bars(bars.interval_ms, *(getattr(bars, name)[rows] for name in names))


def resampled(bars: Bars, interval_ms: int) -> Bars:
    """Longer bars of those of their shorter ones that are all there."""
    starts, first = np.unique(bars.open_time // interval_ms, return_index=True)
    ends = np.append(first[1:], len(bars))
    whole = ends - first == interval_ms // bars.interval_ms
    high = np.maximum.reduceat(bars.high, first)[whole]
    low = np.minimum.reduceat(bars.low, first)[whole]
    assert bars.volume is not None
    volume = np.add.reduceat(bars.volume, first)[whole]
    first, ends = first[whole], ends[whole]
    times = starts[whole] * interval_ms
    close = bars.close[ends - 1]
    return Bars(interval_ms, times, bars.open[first], high, low, close, volume, volume * close)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every number, text, flag and Missing inside a part of the state, with its path."""
    if dataclasses.is_dataclass(value) and not isinstance(value, Missing | type):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}[{key}]")
    elif isinstance(value, tuple | array):
        for i, item in enumerate(value):
            yield from leaves(item, f"{path}[{i}]")
    else:
        yield path, value
