"""How far liquidation must be for no rule on leverage to hold, and what margin that takes.

The rules look at the distance in daily σ and at the chance of touching it within 24 h and 7 d
(the closed form of docs/metrics.md, P(liquidation)). Each gives the least distance at which it is
clear. At the price that far away the margin must still exceed the maintenance margin: as a
function of the quantity q of a position opened at the mark price M that excess is

    K + q·(margin − side·(M − P)) − MM(q·P)

with K what the balance and the symbol's other legs leave at P; where q adds to a held position, K
also has what that one gained or lost before M. It is concave and piecewise linear,
so the largest q is found exactly, bracket by bracket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt

from tuirisk.analytics.forecast.daily_extremes import WEEK, p_touch, p_touch_brownian
from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.config.model import Thresholds
from tuirisk.events import Bracket
from tuirisk.state import DailyRisk, Missing, Number

SIGMAS = 2.0
"""Times ``liquidation_sigmas``: the distance below which a position is watched."""
DAY_CHANCE = 0.01
"""P(liquidation, 24 h) above which a position is watched."""
WEEK_CHANCE = 0.20
"""P(liquidation, 7 d) above which a position is watched."""
HAIR = 1e-9
STEPS = 60


def day_chance(thresholds: Thresholds) -> float:
    """P(liquidation, 24 h) above which some rule holds."""
    return min(DAY_CHANCE, thresholds.liquidation_probability)


@dataclass(frozen=True, slots=True)
class SafeDistances:
    """The least distances (fractions of the mark price, positive) at which each rule is clear.

    Infinite where no distance is enough.
    """

    sigmas: Number
    day: Number
    week: Number

    @property
    def farthest(self) -> Number:
        """The distance at which all are clear."""
        for value in (self.sigmas, self.day, self.week):
            if isinstance(value, Missing):
                return value
        return max(self.sigmas or 0.0, self.day or 0.0, self.week or 0.0)


def safe_distances(
    sign: int, daily: DailyRisk, thresholds: Thresholds, slack: float = 0.0
) -> SafeDistances:
    """The distances for a long (``sign`` 1) or a short (−1).

    ``slack`` is how far beyond its threshold (a fraction) a rule is released that held.
    """
    sigma = daily.sigma
    if isinstance(sigma, Missing):
        return SafeDistances(sigma, sigma, sigma)
    near = SIGMAS * thresholds.liquidation_sigmas * (1 + slack) * sigma * (1 + HAIR)
    day, week = chances(sign, daily, sigma)
    return SafeDistances(
        inf if sign > 0 and near >= 1.0 else near,
        _least(sign, day, day_chance(thresholds) * (1 - slack)),
        _least(sign, week, WEEK_CHANCE * (1 - slack)),
    )


def chances(
    sign: int, daily: DailyRisk, sigma: float
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """P(touch) within 24 h and 7 d of a level at a distance (a positive fraction)."""
    extremes = daily.extremes
    if isinstance(extremes.sigma, Missing) or isinstance(extremes.week_sigma, Missing):
        return (
            lambda distance: p_touch_brownian(-sign * distance, sigma),
            lambda distance: p_touch_brownian(-sign * distance, sigma * sqrt(WEEK)),
        )
    own, longer = extremes.sigma, extremes.week_sigma
    day = extremes.day_down if sign > 0 else extremes.day_up
    week = extremes.week_down if sign > 0 else extremes.week_up
    return (
        lambda distance: p_touch(-sign * distance, own, day),
        lambda distance: p_touch(-sign * distance, longer, week),
    )


def _least(sign: int, chance: Callable[[float], float], most: float) -> float:
    """The least distance whose chance is at most ``most``, by bisection."""
    low, high = 0.0, 1.0 - HAIR if sign > 0 else 100.0
    if chance(high) > most:
        return inf
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) > most else (low, middle)
    return high


def largest_quantity(
    left: float, gain: float, price: float, brackets: tuple[Bracket, ...], held: float = 0.0
) -> float:
    """The largest q ≥ ``held`` with ``left + q·gain − MM(q·price)`` above 0 all the way; may be ∞.

    ``held`` itself where nothing is left at that quantity.
    """
    if price <= 0.0:
        return inf
    if left + held * gain - maintenance_margin(brackets, held * price) < 0.0:
        return held
    for bracket in brackets:
        slope = gain - bracket.maintenance_rate * price
        level = left + bracket.cumulative
        edge = bracket.notional_cap / price
        if bracket is brackets[-1]:
            edge = inf
        if slope >= 0.0 or edge < held:
            continue
        root = -level / slope
        if root <= edge:
            return max(held, root)
    return inf
