"""The value axis of a chart: its limits, on which rows and round numbers meet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product

_STEPS = (1.0, 2.0, 5.0)
_DECADES = (
    (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 2.0, 5.0),
    (1.0, 3.0),
    (1.0,),
)
"""Round numbers of a decade, in ever wider steps."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What the bottom and the top of a chart stand for, and the round numbers between."""

    low: float
    high: float
    marks: tuple[float, ...] = ()
    step: float = 0.0
    """From one mark to the next; of logarithms, between the two nearest."""
    log: bool = False
    """Whether heights are logarithms: equal ratios are equally high. Both limits are above 0."""

    def share(self, value: float) -> float:
        """Where ``value`` lies, 0 at the bottom and 1 at the top; clipped."""
        low, high = self.low, self.high
        if high <= low:
            return 0.5
        if self.log:
            value = max(value, low)
            value, low, high = math.log(value), math.log(low), math.log(high)
        return min(1.0, max(0.0, (value - low) / (high - low)))


def linear_scale(low: float, high: float, rows: int) -> Scale:
    """A scale of ``rows`` rows that holds ``low`` to ``high``, with marks a whole number of rows
    apart.

    A row stands for a round amount and zero, if it is inside, falls between two rows. What is
    equal gets a scale around it that does not make it look different from what it is.
    """
    if high <= low:
        margin = abs(low) * 0.05 or 1.0
        low, high = low - margin, high + margin
    size = 10.0 ** math.floor(math.log10((high - low) / rows))
    apart = (2, 3, 4, 5, 6) if rows > 6 else (2, 3, 4) if rows > 4 else (1, 2, 3)
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


def log_scale(low: float, high: float, rows: int) -> Scale:
    """A logarithmic scale that holds ``low`` to ``high``, both above 0, with round limits.

    Marks are at least a row and a half apart; each is labelled on the row that is nearest to it.
    """
    limits = _round_numbers(low, high, _DECADES[0])
    scale = Scale(limits[0], limits[-1], log=True)
    for steps in _DECADES:
        marks = [n for n in _round_numbers(low, high, steps) if scale.low <= n <= scale.high]
        shares = [scale.share(mark) for mark in marks]
        if all((b - a) * rows >= 1.5 for a, b in pairwise(shares)):
            step = min((b - a for a, b in pairwise(marks)), default=marks[0] if marks else 0.0)
            return Scale(scale.low, scale.high, tuple(marks), step, log=True)
    return scale


def _round_numbers(low: float, high: float, steps: tuple[float, ...]) -> list[float]:
    """The round numbers from the last one up to ``low`` to the first one from ``high`` on."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1
    every = [n * 10.0**power for power in range(first, last + 1) for n in steps]
    begin = max((n for n in every if n <= low * (1 + 1e-9)), default=every[0])
    end = min((n for n in every if n >= high * (1 - 1e-9) and n > begin), default=every[-1])
    return [n for n in every if begin <= n <= end]
