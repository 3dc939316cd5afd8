"""The largest position that every limit allows, and the limit that binds.

What it allows is, held, ok by every rule on the position: the account's VaR budget, the distance
to liquidation and its chance, and the exit. docs/metrics.md, Sizing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import floor, inf

from tuirisk.analytics.leverage.brackets import UNKNOWN, largest_notional
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.liquidation_chance import NO_LIQUIDATION, Barriers, closed_form
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.safe_distance import SIGMAS, WEEK_CHANCE, day_chance
from tuirisk.analytics.leverage.size_limits import (
    LEVERAGE_BRACKET,
    MARGIN,
    STEPS,
    VAR_BUDGET,
    SizingInputs,
    budget_used,
    exit_limits,
    liquidation_limits,
    margin_limit,
    var_limit,
)
from tuirisk.analytics.reasons import NEVER
from tuirisk.config.model import Thresholds
from tuirisk.language.reason import Reason
from tuirisk.market.book import OrderBook
from tuirisk.state import DailyRisk, Missing, Number
from tuirisk.state.codes import LimitCode


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """``quantity`` in the base asset, the code of the limit that binds, and all limits.

    The limits stand with the one that binds first. ``budget_used`` is the account's VaR without
    the position over its budget.
    """

    quantity: Number
    limit: LimitCode | Missing
    limits: Mapping[LimitCode, Number]
    budget_used: Number = 0.0


def largest_size(inputs: SizingInputs, book: OrderBook, unusable: Reason | None) -> SizeLimit:
    """The least of the limits, floored to the lot ``step``; Missing while one is unknown.

    A limit that no size reaches is left out, and none binds that the source can never tell.
    """
    used = budget_used(inputs)
    contract = inputs.portfolio.contracts[inputs.position.symbol]
    if not contract.brackets_known:
        return SizeLimit(UNKNOWN, UNKNOWN, {LEVERAGE_BRACKET: UNKNOWN}, used)
    price = inputs.price
    if isinstance(price, Missing):
        return SizeLimit(price, price, {}, used)
    bracket = largest_notional(inputs.brackets, inputs.position.leverage) / price
    by_code: dict[LimitCode, Number] = {
        VAR_BUDGET: var_limit(inputs, bracket),
        **exit_limits(inputs, book, unusable),
        LEVERAGE_BRACKET: max(0.0, bracket - inputs.held_quantity),
        MARGIN: margin_limit(inputs, price),
        **liquidation_limits(inputs, price),
    }
    limits = _ordered({code: limit for code, limit in by_code.items() if limit != inf})
    missing = next((limit for limit in limits.values() if _unknown(limit)), None)
    if isinstance(missing, Missing):
        return SizeLimit(missing, missing, limits, used)
    binding, least = next(iter(limits.items()))
    quantity = _checked(inputs, whole_lots(least or 0.0, inputs.step))
    return SizeLimit(quantity, binding, limits, used)


def _unknown(limit: Number) -> bool:
    """Whether it may yet be known: what the source never has limits nothing that it can tell."""
    return isinstance(limit, Missing) and limit != NEVER


def passes(inputs: SizingInputs, quantity: float) -> bool:
    """Whether no rule on the position holds at that size, by the closed form of its chance."""
    if quantity <= 0.0:
        return True
    sized = inputs.sized(quantity)
    others = inputs.portfolio.open_positions
    open_positions = replace(others, positions=(*others.positions, sized))
    if not isinstance(inputs.var, Missing) and inputs.var(quantity) > (inputs.budget or 0.0):
        return False
    portfolio = replace(inputs.portfolio, open_positions=open_positions)
    return position_passes(sized, portfolio, inputs.daily, inputs.thresholds)


def position_passes(
    position: OpenPosition, portfolio: Portfolio, daily: DailyRisk, thresholds: Thresholds
) -> bool:
    """Whether no rule on leverage holds of ``position``, by the closed form of its chance."""
    liquidation = liquidation_of(position, portfolio)
    near, sigma = liquidation.near, daily.sigma
    price = portfolio.contracts[position.symbol].mark
    barriers = Barriers(near, liquidation.far, liquidation.due)
    day, week, _ = closed_form(price, daily, barriers)
    if isinstance(day, Missing) or isinstance(week, Missing) or liquidation.due:
        return False
    if day > day_chance(thresholds) or week > WEEK_CHANCE:
        return False
    if isinstance(near, Missing):
        return near == NO_LIQUIDATION
    if isinstance(price, Missing) or isinstance(sigma, Missing):
        return False
    return abs(near / price - 1.0) >= SIGMAS * thresholds.liquidation_sigmas * sigma


def _checked(inputs: SizingInputs, quantity: float) -> float:
    """``quantity`` where it passes: else (a hedge in cross margin) the largest below that does."""
    if passes(inputs, quantity):
        return quantity
    low, high = 0.0, quantity
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if passes(inputs, middle) else (low, middle)
    return whole_lots(low, inputs.step)


def _ordered(limits: Mapping[LimitCode, Number]) -> dict[LimitCode, Number]:
    """The least first, what is not known last."""

    def key(item: tuple[LimitCode, Number]) -> tuple[bool, float]:
        value = item[1]
        return (True, 0.0) if isinstance(value, Missing) else (False, value)

    return dict(sorted(limits.items(), key=key))


def whole_lots(quantity: float, step: float) -> float:
    """``quantity`` in whole lots of ``step`` (0: any quantity), never more."""
    # A hair more, or a quantity of exactly n lots would lose one to rounding.
    return round(floor(quantity / step + 1e-9) * step, 12) if step > 0 else quantity
