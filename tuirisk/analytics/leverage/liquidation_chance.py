"""P(liquidation) of a position: the simulation and the closed form, whichever the market allows.

Within 24 h it is the mean of the simulation and of the share of past days that went as far
(:mod:`~tuirisk.analytics.forecast.daily_extremes`), within 7 d the simulation. The closed form
costs microseconds and stands alone until a simulation of these positions has run, and where the
mark price has moved by more than a quarter of the distance since. docs/metrics.md, P(liquidation).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from tuirisk.analytics.forecast.daily_extremes import WEEK, p_touch, p_touch_brownian
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.state import SIMULATING, ChanceModel, DailyRisk, MaybeText, Missing, Number
from tuirisk.state.codec import iso

NO_LIQUIDATION = Missing("no_liquidation_price")
NO_OTHER = Missing("no_other_liquidation_price")
NEARER = 0.25
"""A mark price that moved by this share of the distance outdates a simulation."""


@dataclass(frozen=True, slots=True)
class Barriers:
    """The liquidation prices of a position (quote asset), and whether liquidation is due."""

    near: Number
    far: Number
    due: bool


@dataclass(frozen=True, slots=True)
class LiquidationChance:
    """Probabilities 0–1 within 24 h and 7 d, their model, and when the simulation ran (ISO)."""

    day: Number
    week: Number
    model: ChanceModel | Missing
    time: MaybeText


def liquidation_chance(
    position: OpenPosition, portfolio: Portfolio, daily: DailyRisk, barriers: Barriers
) -> LiquidationChance:
    """P(liquidation) of ``position`` at its mark price of now."""
    mark = portfolio.contracts[position.symbol].mark
    day, week, model = closed_form(mark, daily, barriers)
    result = _simulated(portfolio, position)
    if result is None:
        return LiquidationChance(day, week, model, SIMULATING)
    time = iso(result.time_ms)
    simulated_day, simulated_week = result.chances.get(position, (SIMULATING, SIMULATING))
    if isinstance(simulated_day, Missing):
        if isinstance(day, Missing):
            return LiquidationChance(simulated_day, simulated_week, simulated_day, simulated_day)
        return LiquidationChance(day, week, model, simulated_day)
    if isinstance(day, Missing):
        return LiquidationChance(simulated_day, simulated_week, "simulation", time)
    if barriers.due or _outdated(result, position.symbol, mark, barriers.near):
        return LiquidationChance(day, week, model, time)
    if _shares_margin(portfolio, position):
        # The closed form is of one price; this margin hangs on several.
        return LiquidationChance(simulated_day, simulated_week, "simulation", time)
    if isinstance(simulated_week, Missing):
        simulated_week = week
    mean, longer = combined_chances(day, simulated_day, simulated_week)
    return LiquidationChance(mean, longer, "simulation_and_extremes", time)


def combined_chances(
    closed_day: float, simulated_day: float, simulated_week: Number
) -> tuple[float, Number]:
    """P(liquidation) within 24 h, the mean of both estimates, and within 7 d: at least as much."""
    mean = (simulated_day + closed_day) / 2.0
    return mean, simulated_week if isinstance(simulated_week, Missing) else max(
        mean, simulated_week
    )


def closed_form(
    mark: Number, daily: DailyRisk, barriers: Barriers
) -> tuple[Number, Number, ChanceModel | Missing]:
    """P(liquidation) within 24 h and 7 d without a simulation, and the model that it is from.

    Past days' extremes; where the daily history is too short Brownian reflection with ``daily``'s
    σ, over 7 d σ·√7. 0 where no price can cause a liquidation, 1 where it is due.
    """
    extremes = daily.extremes
    model: ChanceModel = "brownian" if isinstance(extremes.sigma, Missing) else "daily_extremes"
    if barriers.due:
        return 1.0, 1.0, model
    if isinstance(mark, Missing):
        return mark, mark, mark
    if isinstance(barriers.near, Missing) and barriers.near != NO_LIQUIDATION:
        return barriers.near, barriers.near, barriers.near
    sigma = daily.sigma if isinstance(extremes.sigma, Missing) else extremes.sigma
    longer = extremes.week_sigma
    levels = [p for p in (barriers.near, barriers.far) if not isinstance(p, Missing)]
    if levels and (isinstance(sigma, Missing) or not sigma > 0.0):
        reason = sigma if isinstance(sigma, Missing) else Missing("price_does_not_move")
        return reason, reason, reason
    day = week = 0.0
    for level in levels:
        assert not isinstance(sigma, Missing)
        distance = level / mark - 1.0
        if isinstance(longer, Missing):
            day += p_touch_brownian(distance, sigma)
            week += p_touch_brownian(distance, sigma * sqrt(WEEK))
        else:
            down = distance < 0.0
            day += p_touch(distance, sigma, extremes.day_down if down else extremes.day_up)
            week += p_touch(distance, longer, extremes.week_down if down else extremes.week_up)
    return min(day, 1.0), min(max(day, week), 1.0), model


def _simulated(portfolio: Portfolio, position: OpenPosition) -> StressResult | None:
    result = portfolio.stress
    if result is None or not result.is_of(portfolio.open_positions, position.symbol):
        return None
    return result


def _outdated(result: StressResult, symbol: str, mark: Number, level: Number) -> bool:
    """Whether the mark moved by more than a quarter of the distance since the simulation."""
    start = result.marks.get(symbol)
    if start is None or isinstance(mark, Missing) or isinstance(level, Missing):
        return False
    return abs(mark - start) > NEARER * abs(level - start)


def _shares_margin(portfolio: Portfolio, position: OpenPosition) -> bool:
    """Whether positions of other symbols share the margin balance."""
    cross = portfolio.open_positions.cross
    return not position.isolated and any(p.symbol != position.symbol for p in cross)
