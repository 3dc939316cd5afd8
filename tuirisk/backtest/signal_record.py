"""The record of signals without a probability: what followed each value, and what otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.backtest.score_record import FALL
from tuirisk.backtest.scoring import Estimate, mean_by_day
from tuirisk.backtest.signals import SignalRow


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The 24 h after some moments."""

    moments: int
    change: Estimate
    """Mean return."""
    falls: Estimate
    """Share with a fall of 5 % or more."""
    volatility_ratio: float
    """Median of the volatility after over the volatility of the 24 h before."""


@dataclass(frozen=True, slots=True)
class SignalRecord:
    """One value of a signal: what followed it, beside what followed its other values."""

    signal: str
    value: str
    share: float
    """Of all moments of the signal."""
    followed: Aftermath
    otherwise: Aftermath | None
    """None where the signal has no other value."""


def signal_records(rows: Sequence[SignalRow]) -> tuple[SignalRecord, ...]:
    """A record of each signal and value in ``rows``."""
    found = []
    for signal in dict.fromkeys(row.signal for row in rows):
        every = [row for row in rows if row.signal == signal]
        for value in sorted({row.value for row in every}):
            those = [row for row in every if row.value == value]
            others = [row for row in every if row.value != value]
            found.append(
                SignalRecord(
                    signal,
                    value,
                    len(those) / len(every),
                    _aftermath(those),
                    _aftermath(others) if others else None,
                )
            )
    return tuple(found)


def _aftermath(rows: Sequence[SignalRow]) -> Aftermath:
    times = np.array([row.time_ms for row in rows], np.int64)
    change = np.array([row.change for row in rows])
    fell = np.array([row.fall >= FALL for row in rows], dtype=float)
    ratio = np.array([row.volatility_ratio for row in rows])
    return Aftermath(
        len(rows),
        mean_by_day(change, times, 2),
        mean_by_day(fell, times, 2),
        float(np.median(ratio[np.isfinite(ratio)])) if np.isfinite(ratio).any() else np.nan,
    )
