"""The value axis of a chart: its limits, on which rows and round numbers meet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from tuirisk.state import Missing, Number

_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """What the bottom and the top of a chart stand for, and the round numbers between."""

    low: float
    high: float
    marks: tuple[float, ...] = ()
    step: float = 0.0
    """From one mark to the next."""

    def share(self, value: float) -> float:
        """Where ``value`` lies, 0 at the bottom and 1 at the top; clipped."""
        if self.high <= self.low:
            return 0.5
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def known(values: Iterable[Number]) -> list[float]:
    """The values that are numbers."""
    return [value for value in values if not isinstance(value, Missing)]


def rounded(low: float, high: float, rows: int) -> Scale:
    """A scale of ``rows`` rows that holds ``low`` to ``high``, with marks a whole number of rows
    apart.

    A row stands for a round amount and zero, if it is inside, falls between two rows. What is
    equal gets a scale around it that does not make it look different from what it is.
    """
    if high <= low:
        margin = abs(low) * 0.05 or 1.0
        low, high = low - margin, high + margin
    size = 10.0 ** math.floor(math.log10((high - low) / rows))
    apart = (2, 3, 4) if rows > 4 else (1, 2, 3)
    candidates = sorted(
        (step * size * ten / count, step * size * ten)
        for ten, step, count in product((1, 10, 100), _STEPS, apart)
    )
    for unit, step in candidates:
        first, last = math.floor(low / unit + 1e-9), math.ceil(high / unit - 1e-9)
        if last - first > rows:
            continue
        if high <= 0:
            first = last - rows
        else:
            last = first + rows
        bottom, top = first * unit, last * unit
        begin, end = math.ceil(bottom / step - 1e-9), math.floor(top / step + 1e-9)
        return Scale(bottom, top, tuple(i * step for i in range(begin, end + 1)), step)
    return Scale(low, high)
