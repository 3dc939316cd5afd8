"""Points of the liquidity component by the slippage of an exit, a fraction of mid."""

from __future__ import annotations

from tuirisk.analytics.curve import Curve, interpolate, inverse

SLIPPAGE_CURVE: Curve = ((0.0, 0.0), (0.002, 50.0), (0.005, 80.0), (0.01, 100.0))


def liquidity_points(slippage: float) -> float:
    """0 → 0, 0.2 % → 50, 0.5 % → 80, 1 % → 100."""
    return interpolate(slippage, SLIPPAGE_CURVE)


def slippage_at(points: float) -> float:
    """The slippage that gives ``points``, at most 1 %."""
    return inverse(points, SLIPPAGE_CURVE)
