"""What a component of the score counts as while its data are missing, and its smoothing."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from tuirisk.state import Missing, Number, ScoreMemory

CARRY_MS = 300_000
"""How long a component keeps its last points."""
LEAST_AFTER = 50.0
"""Points that it counts as at least after that."""
SMOOTHING_MS = 5_000
"""Liquidity enters as the median of so long: a book that flickers is no change."""


def smoothed(
    values: Mapping[str, Number], past: ScoreMemory, time_ms: int
) -> tuple[dict[str, Number], ScoreMemory]:
    """``values`` with the median of the last 5 s as liquidity, and the memory for the next score.

    The memory has the newest points of each component that has a number.
    """
    values = dict(values)
    samples = tuple(s for s in past.liquidity if 0 < time_ms - s[0] < SMOOTHING_MS)
    liquidity = values["liquidity"]
    if not isinstance(liquidity, Missing):
        samples = (*samples, (time_ms, liquidity))
        values["liquidity"] = median(points for _, points in samples)
    own = {
        name: (value, time_ms) for name, value in values.items() if not isinstance(value, Missing)
    }
    return values, ScoreMemory({**past.components, **own}, samples)


def carried(
    values: Mapping[str, Number], memory: ScoreMemory, time_ms: int
) -> tuple[dict[str, Number], tuple[str, ...], frozenset[str]]:
    """``values`` with the carried points of those missing, their names, and which are too old.

    A component known less than 5 min ago keeps its last points; after that it counts as those or
    as 50, the larger. One never known stays missing.
    """
    values, names, old = dict(values), [], set()
    for name, value in values.items():
        last = memory.components.get(name)
        if isinstance(value, Missing) and last is not None:
            points, known_ms = last
            names.append(name)
            if time_ms - known_ms >= CARRY_MS:
                old.add(name)
                points = max(points, LEAST_AFTER)
            values[name] = points
    return values, tuple(names), frozenset(old)
