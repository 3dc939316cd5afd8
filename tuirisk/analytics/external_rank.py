"""The rank of a value among the days that a provider gives."""

from __future__ import annotations

from collections.abc import Iterable

from tuirisk.state import Missing, Number

LEAST_RANKED = 90
"""Days below which there is no rank."""
YEAR = 365


def rank_of(value: float, history: Iterable[float]) -> Number:
    """Percentile, 0–100, of ``value`` among ``history``; ties count half."""
    rows = list(history)[-YEAR:]
    if len(rows) < LEAST_RANKED:
        return Missing("few_days_of_provider", have=len(rows), need=LEAST_RANKED)
    below = sum(row < value for row in rows)
    same = sum(row == value for row in rows)
    return 100.0 * (below + same / 2) / len(rows)
