"""VaR and expected shortfall of a normal quantile corrected for skewness and kurtosis.

z′ = z + (z² - 1)S/6 + (z³ - 3z)K/24 - (2z³ - 5z)S²/36, with S the skewness and K the excess
kurtosis (as ``scipy.stats.skew`` and ``kurtosis``), is a quantile only where it rises with z, that
is S²/9 ≤ 4 (K/8 - S²/6)(1 - K/8 + 5S²/36); outside of it the numbers would be wrong, and are
Missing. Maillard, "A User's Guide to the Cornish Fisher Expansion", 2012.
"""

from __future__ import annotations

from math import exp, pi, sqrt
from statistics import NormalDist

from tuirisk.analytics.market_risk.returns import number
from tuirisk.market.candles import Column
from tuirisk.state import Missing, Number


def cornish_fisher_var(returns: Column, confidence: float) -> Number:
    """-(μ + z′σ), σ with ddof 1: a positive loss."""
    moments = _moments(returns)
    if isinstance(moments, Missing):
        return moments
    z = NormalDist().inv_cdf(1.0 - confidence)
    corrected = _corrected(moments, 1.0, z, z**2, z**3)
    return number(0.0 - (returns.mean() + corrected * returns.std(ddof=1)))


def cornish_fisher_es(returns: Column, confidence: float) -> Number:
    """-(μ + σ E[z′ | z below its quantile]), a positive loss.

    z′ is a polynomial, so its mean is made of the truncated normal's moments ∫ zᵏφ up to z:
    α, -φ, α - zφ, -(z² + 2)φ.
    """
    moments = _moments(returns)
    if isinstance(moments, Missing):
        return moments
    tail = 1.0 - confidence
    z = NormalDist().inv_cdf(tail)
    density = exp(-0.5 * z * z) / sqrt(2.0 * pi)
    corrected = _corrected(moments, tail, -density, tail - z * density, -(z**2 + 2.0) * density)
    return number(0.0 - (returns.mean() + corrected / tail * returns.std(ddof=1)))


def _corrected(
    moments: tuple[float, float], one: float, z: float, square: float, cube: float
) -> float:
    """z′ of the powers of z, or of their means."""
    skew, kurtosis = moments
    corrected = z + (square - one) * skew / 6.0 + (cube - 3.0 * z) * kurtosis / 24.0
    return corrected - (2.0 * cube - 5.0 * z) * skew**2 / 36.0


def _moments(returns: Column) -> tuple[float, float] | Missing:
    """Skewness and excess kurtosis, where the expansion is a quantile."""
    centred = returns - returns.mean()
    squares = centred * centred
    variance = squares.mean()
    skew = float((squares @ centred) / returns.size / variance**1.5)
    kurtosis = float((squares @ squares) / returns.size / variance**2) - 3.0
    curvature = kurtosis / 8.0 - skew**2 / 6.0
    slope = 1.0 - kurtosis / 8.0 + 5.0 * skew**2 / 36.0
    if curvature < 0.0 or slope <= 0.0 or skew**2 / 9.0 > 4.0 * curvature * slope:
        return Missing("not_monotone", skew=round(skew, 2), kurtosis=round(kurtosis, 2))
    return skew, kurtosis
