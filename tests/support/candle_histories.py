"""Small synthetic histories of one symbol, for the backtest."""

from __future__ import annotations

import dataclasses

import numpy as np

from support.bars import START, from_columns, resampled
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.feed.files.model import Settlements, SymbolHistory
from tuirisk.market.candles import Bars

STEPS = 96


def history_of(days: int, seed: int = 1, symbol: str = "BTCUSDT") -> SymbolHistory:
    """A random walk of ``days`` days of 15m bars, with mark-price bars of 8h and funding."""
    rng = np.random.default_rng(seed)
    level = np.repeat(np.exp(rng.normal(0.0, 0.4, days)), STEPS)
    close = 100.0 * np.exp(np.cumsum(rng.standard_t(5, days * STEPS) * 0.003 * level))
    opened = np.concatenate(([100.0], close[:-1]))
    spread = np.abs(rng.normal(0.0, 0.001, (2, close.size)))
    high = np.maximum(opened, close) * (1.0 + spread[0])
    low = np.minimum(opened, close) * (1.0 - spread[1])
    bars = from_columns(opened, high, low, close, "15m")
    times = START + np.arange(days * 3) * 8 * HOUR_MS
    return SymbolHistory(
        symbol,
        "perpetual",
        {"15m": bars, "1h": resampled(bars, HOUR_MS), "1d": resampled(bars, DAY_MS)},
        mark={"8h": resampled(bars, 8 * HOUR_MS)},
        funding=Settlements(times, rng.normal(1e-4, 1e-4, times.size)),
    )


def day_ms(day: int) -> int:
    """Midnight of the ``day``-th day of such a history."""
    return START + day * DAY_MS


def changed_after(history: SymbolHistory, time_ms: int, seed: int = 9) -> SymbolHistory:
    """The same up to ``time_ms``; what follows is shuffled: bars among bars, rates among rates."""
    rng = np.random.default_rng(seed)

    def bars(rows: Bars) -> Bars:
        later = np.flatnonzero(rows.open_time >= time_ms)
        order = np.arange(len(rows))
        order[later] = rng.permutation(later)
        names = [field.name for field in dataclasses.fields(Bars)[2:]]
        return Bars(
            rows.interval_ms, rows.open_time, *(getattr(rows, name)[order] for name in names)
        )

    rate = history.funding.rate.copy()
    later = history.funding.time > time_ms
    rate[later] = rng.permutation(rate[later]) * 5.0
    return dataclasses.replace(
        history,
        bars={name: bars(rows) for name, rows in history.bars.items()},
        mark={name: bars(rows) for name, rows in history.mark.items()},
        funding=Settlements(history.funding.time, rate),
    )
