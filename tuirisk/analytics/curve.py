"""Piecewise linear maps between a number and points."""

from __future__ import annotations

from collections.abc import Sequence

Curve = tuple[tuple[float, float], ...]
"""Knots (x, y), x ascending."""


def interpolate(x: float, curve: Sequence[tuple[float, float]]) -> float:
    """Piecewise linear through ``curve``, flat outside it."""
    before_x, before_y = curve[0]
    if x <= before_x:
        return before_y
    for at_x, at_y in curve[1:]:
        if x <= at_x:
            return before_y + (at_y - before_y) * (x - before_x) / (at_x - before_x)
        before_x, before_y = at_x, at_y
    return before_y


def inverse(y: float, curve: Sequence[tuple[float, float]]) -> float:
    """The x at which a rising ``curve`` reaches ``y``; its ends beyond them."""
    return interpolate(y, [(points, value) for value, points in curve])
