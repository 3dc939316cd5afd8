"""Signals without a probability: regime, volatility divergence, funding; with what followed."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from tuirisk.analytics.derivatives.funding import (
    HISTORY_DAYS,
    MIN_SETTLEMENTS,
    rate_percentile,
    signal,
)
from tuirisk.analytics.derivatives.funding_interval import rates_8h
from tuirisk.analytics.market_risk.cone import rolling_volatility
from tuirisk.analytics.market_risk.regime import HISTORY, MINIMUM_HISTORY, WINDOW, states
from tuirisk.analytics.market_risk.returns import prices
from tuirisk.analytics.market_risk.rolling import rolling_max, rolling_percentile_rank
from tuirisk.analytics.market_risk.volatility_divergence import HIGH_WINDOW
from tuirisk.backtest.what_followed import WhatFollowed
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import DAY_MS, HOUR_MS
from tuirisk.feed.files.model import Settlements
from tuirisk.market.candles import Bars
from tuirisk.market.series import Times

Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class SignalRow(NamedTuple):
    """One value of a signal, and the 24 h after it (fractions)."""

    time_ms: int
    signal: str
    value: str
    change: float
    fall: float
    volatility_ratio: float
    """Volatility of the 24 h after over that of the 24 h before."""


def regime_rows(bars: Bars, followed: WhatFollowed) -> list[SignalRow]:
    """The volatility regime at each full hour."""
    rolling = rolling_volatility(bars, WINDOW)
    ranks = rolling_percentile_rank(rolling, HISTORY, MINIMUM_HISTORY)
    times = bars.open_time[WINDOW:] + bars.interval_ms
    hourly: list[tuple[int, str]] = [
        (time, state)
        for time, rank, state in zip(
            times.tolist(), ranks.tolist(), states(ranks.tolist()), strict=True
        )
        if time % HOUR_MS == 0 and rank == rank
    ]
    return _rows("regime", hourly, followed)


def divergence_rows(bars: Bars, followed: WhatFollowed) -> list[SignalRow]:
    """At each new 96-bar high whether volatility diverges from it."""
    places, flags = divergences(bars)
    times = (bars.open_time[places] + bars.interval_ms).tolist()
    values = ["divergence" if flag else "new_high" for flag in flags.tolist()]
    return _rows("volatility_divergence", list(zip(times, values, strict=True)), followed)


def divergences(bars: Bars) -> tuple[Times, Flags]:
    """The places of new 96-bar highs, and whether volatility is lower there and falling.

    As :func:`~tuirisk.analytics.market_risk.volatility_divergence.volatility_divergence` of the
    bars up to each.
    """
    close = prices(bars.close)
    volatility = np.full(close.size, np.nan)
    rolling = rolling_volatility(bars, WINDOW)
    volatility[close.size - rolling.size :] = rolling
    if close.size < HIGH_WINDOW:
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    span = (HIGH_WINDOW - 1) * bars.interval_ms
    before = rolling_max(close, HIGH_WINDOW - 1)[:-1]
    last = np.arange(HIGH_WINDOW - 1, close.size)
    whole = bars.open_time[last] - bars.open_time[last - HIGH_WINDOW + 1] == span
    high = last[(close[last] > before)]
    there = high[np.isfinite(volatility[high])]
    whole_at = dict(zip(last.tolist(), whole.tolist(), strict=True))
    places, flags = [], []
    for earlier, now in zip(there[:-1].tolist(), there[1:].tolist(), strict=True):
        if whole_at[now] and np.isfinite(volatility[now - 1]):
            places.append(now)
            flags.append(
                bool(
                    volatility[now] < volatility[earlier] and volatility[now] < volatility[now - 1]
                )
            )
    return np.array(places, np.int64), np.array(flags, np.bool_)


def funding_rows(funding: Settlements, risk: RiskConfig, followed: WhatFollowed) -> list[SignalRow]:
    """The funding signal at each settlement, by the rate settled then and the 90 days before."""
    history = tuple(zip(funding.time.tolist(), funding.rate.tolist(), strict=True))
    recent: deque[tuple[int, float]] = deque()
    found = []
    for (time, _), rate in zip(history, rates_8h(history), strict=True):
        while recent and recent[0][0] <= time - HISTORY_DAYS * DAY_MS:
            recent.popleft()
        if len(recent) >= MIN_SETTLEMENTS:
            percentile = rate_percentile(rate, [paid for _, paid in recent])
            quarter = HOUR_MS // 4
            value = signal(rate, percentile, risk)
            found.append((round(time / quarter) * quarter, str(value)))
        recent.append((time, rate))
    return _rows("funding_signal", found, followed)


def _rows(name: str, found: list[tuple[int, str]], followed: WhatFollowed) -> list[SignalRow]:
    times = np.array([time for time, _ in found], np.int64)
    ratio = followed.at(followed.volatility / followed.volatility_before, times)
    change, fall = (followed.at(column, times) for column in (followed.change, followed.fall))
    return [
        SignalRow(time, name, value, *numbers)
        for (time, value), *numbers in zip(
            found, change.tolist(), fall.tolist(), ratio.tolist(), strict=True
        )
        if numbers[0] == numbers[0] and numbers[2] == numbers[2]
    ]
