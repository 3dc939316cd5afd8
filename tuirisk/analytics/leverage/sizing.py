"""The largest position that every limit allows, and the limit that binds.

What it allows is, held, ok by every rule on the position: the account's VaR budget, the distance
to liquidation and its chance, and the exit. docs/metrics.md, Sizing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import floor, inf

from tuirisk.analytics.leverage.brackets import UNKNOWN, largest_notional
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.liquidation_chance import NO_LIQUIDATION, Barriers, closed_form
from tuirisk.analytics.leverage.margin import margin_excess
from tuirisk.analytics.leverage.margin_balance import cross_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.safe_distance import (
    DAY_CHANCE,
    SIGMAS,
    WEEK_CHANCE,
    SafeDistances,
    largest_quantity,
    safe_distances,
)
from tuirisk.config.model import Thresholds
from tuirisk.events.events import Bracket
from tuirisk.language.reason import Reason
from tuirisk.market.book import BookSide, OrderBook
from tuirisk.state import DailyRisk, MaybeByName, MaybeText, Missing, Number, Position

VAR_BUDGET = "var_budget"
EXIT_SLIPPAGE = "exit_slippage"
BOOK_DEPTH = "book_depth"
LEVERAGE_BRACKET = "leverage_bracket"
MARGIN = "margin"
DISTANCE = "liquidation_distance"
CHANCE_24H = "p_liquidation_24h"
CHANCE_7D = "p_liquidation_7d"
SLIPPAGE = 0.004
"""The most that the exit may cost, a fraction of mid: 70 points of liquidity."""
HAIR = 1e-9
STEPS = 32

VarOfSize = Callable[[float], float]
"""Quantity (base asset) → the account's one-day VaR (quote asset) with a position of that size."""


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """``quantity`` in the base asset, the code of the limit that binds, and all limits.

    The limits stand with the one that binds first. ``budget_used`` is the account's VaR without
    the position over its budget.
    """

    quantity: Number
    limit: MaybeText
    limits: MaybeByName
    budget_used: Number = 0.0


@dataclass(frozen=True, slots=True)
class SizingInputs:
    """What a position is sized by.

    ``position`` is of any quantity, opened at the mark price; an isolated one has the margin that
    its leverage asks for. ``portfolio`` holds everything else, and the contract of its symbol.
    ``var`` is the account's VaR by its size, ``budget`` what a day may lose, ``free`` what may be
    its margin (quote asset).
    """

    position: OpenPosition
    portfolio: Portfolio
    daily: DailyRisk
    thresholds: Thresholds
    var: VarOfSize | Missing
    budget: Number
    free: Number
    step: float = 0.0

    @property
    def price(self) -> Number:
        return self.portfolio.contracts[self.position.symbol].mark

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        return self.portfolio.contracts[self.position.symbol].brackets

    def sized(self, quantity: float) -> OpenPosition:
        """The position of that size, opened at the mark price."""
        price = self.price or 0.0
        wallet = quantity * price / max(self.position.leverage, 1.0)
        return replace(
            self.position,
            quantity=quantity,
            entry_price=price,
            wallet=wallet if self.position.isolated else 0.0,
        )


def largest_size(inputs: SizingInputs, book: OrderBook, unusable: Reason | None) -> SizeLimit:
    """The least of the limits, floored to the lot ``step``; Missing while one is unknown.

    A limit that no size reaches is left out.
    """
    used = _budget_used(inputs)
    contract = inputs.portfolio.contracts[inputs.position.symbol]
    if not contract.known:
        return SizeLimit(UNKNOWN, UNKNOWN, {LEVERAGE_BRACKET: UNKNOWN}, used)
    price = inputs.price
    if isinstance(price, Missing):
        return SizeLimit(price, price, {}, used)
    bracket = largest_notional(inputs.brackets, inputs.position.leverage) / price
    by_code: dict[str, Number] = {
        VAR_BUDGET: _var_limit(inputs, bracket),
        **_exit(inputs, book, unusable),
        LEVERAGE_BRACKET: bracket,
        MARGIN: _margin_limit(inputs, price),
        **_liquidation_limits(inputs, price),
    }
    limits = _ordered({code: limit for code, limit in by_code.items() if limit != inf})
    missing = next((limit for limit in limits.values() if isinstance(limit, Missing)), None)
    if missing is not None:
        return SizeLimit(missing, missing, limits, used)
    binding, least = next(iter(limits.items()))
    quantity = _checked(inputs, whole_lots(least or 0.0, inputs.step))
    return SizeLimit(quantity, binding, limits, used)


def exit_limit(side: BookSide, bound: float, mid: float, slippage: float) -> tuple[float, bool]:
    """The largest quantity (base asset) whose walk slips ``slippage`` of mid at most.

    Also whether the levels up to ``bound`` ended before that. The mean price only gets worse with
    the quantity: each level better than the allowed mean adds to what is spared, each worse one
    uses it up, and the level that would use more than is left holds the answer.
    """
    sign, quantities = side.sign, side.quantities
    allowed = sign * mid * (1 - sign * slippage)
    floor_key = sign * bound
    total = spared = 0.0
    for key in reversed(side.keys):
        if key < floor_key:
            break
        quantity = quantities[key]
        gain = (key - allowed) * quantity
        if spared + gain < 0:
            return total + spared / (allowed - key), False
        spared += gain
        total += quantity
    return total, True


def passes(inputs: SizingInputs, quantity: float) -> bool:
    """Whether no rule on the position holds at that size, by the closed form of its chance."""
    if quantity <= 0.0:
        return True
    sized = inputs.sized(quantity)
    others = inputs.portfolio.open_positions
    held = replace(others, positions=(*others.positions, sized))
    liquidation = liquidation_of(sized, replace(inputs.portfolio, open_positions=held))
    near, price, sigma = liquidation.near, inputs.price, inputs.daily.sigma
    barriers = Barriers(near, liquidation.far, liquidation.due)
    day, week, _ = closed_form(price, inputs.daily, barriers)
    if isinstance(day, Missing) or isinstance(week, Missing) or liquidation.due:
        return False
    if day > DAY_CHANCE or week > WEEK_CHANCE:
        return False
    if not isinstance(inputs.var, Missing) and inputs.var(quantity) > (inputs.budget or 0.0):
        return False
    if isinstance(near, Missing):
        return near == NO_LIQUIDATION
    if isinstance(price, Missing) or isinstance(sigma, Missing):
        return False
    return abs(near / price - 1.0) >= SIGMAS * inputs.thresholds.liquidation_sigmas * sigma


def _checked(inputs: SizingInputs, quantity: float) -> float:
    """``quantity`` where it passes: else (a hedge in cross margin) the largest below that does."""
    if passes(inputs, quantity):
        return quantity
    low, high = 0.0, quantity
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if passes(inputs, middle) else (low, middle)
    return whole_lots(low, inputs.step)


def _ordered(limits: Mapping[str, Number]) -> dict[str, Number]:
    """The least first, what is not known last."""

    def key(item: tuple[str, Number]) -> tuple[bool, float]:
        value = item[1]
        return (True, 0.0) if isinstance(value, Missing) else (False, value)

    return dict(sorted(limits.items(), key=key))


def _budget_used(inputs: SizingInputs) -> Number:
    if isinstance(inputs.var, Missing):
        return inputs.var
    if isinstance(inputs.budget, Missing):
        return inputs.budget
    held = inputs.var(0.0)
    return held / inputs.budget if inputs.budget > 0 else inf if held > 0 else 0.0


def _var_limit(inputs: SizingInputs, most: float) -> Number:
    """The largest quantity up to ``most`` below which the VaR stays within the budget."""
    used, var, budget = _budget_used(inputs), inputs.var, inputs.budget
    if isinstance(used, Missing) or isinstance(var, Missing) or isinstance(budget, Missing):
        return used
    if used > 1.0 or budget <= 0.0:
        return 0.0
    high = most
    # The first size that is too large, so that a hedge's second crossing is not taken for it.
    low = 0.0
    for size in (most * 8.0**-power for power in range(10, -1, -1)):
        if var(size) > budget:
            high = size
            break
        low = size
    else:
        return inf
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if var(middle) > budget else (middle, high)
    return low


def _exit(inputs: SizingInputs, book: OrderBook, unusable: Reason | None) -> MaybeByName:
    if unusable is not None:
        return {EXIT_SLIPPAGE: Missing.because(unusable)}
    long = inputs.position.sign > 0
    side, bound = (book.bids, book.bid_floor) if long else (book.asks, book.ask_ceiling)
    mid = (_best(book.bids) + _best(book.asks)) / 2
    quantity, ended = exit_limit(side, bound, mid, SLIPPAGE * (1 - HAIR))
    return {BOOK_DEPTH if ended else EXIT_SLIPPAGE: quantity}


def _best(side: BookSide) -> float:
    return side.sign * side.keys[-1]


def _margin_limit(inputs: SizingInputs, price: float) -> Number:
    if isinstance(inputs.free, Missing):
        return inputs.free
    return max(0.0, inputs.free) * max(inputs.position.leverage, 1.0) / price


def _liquidation_limits(inputs: SizingInputs, price: float) -> dict[str, Number]:
    """The largest quantities at which liquidation is as far as each rule asks."""
    position = inputs.position
    safe: SafeDistances = safe_distances(position.sign, inputs.daily, inputs.thresholds)
    distances = {DISTANCE: safe.sigmas, CHANCE_24H: safe.day, CHANCE_7D: safe.week}
    return {code: _at_distance(inputs, distance, price) for code, distance in distances.items()}


def _at_distance(inputs: SizingInputs, distance: Number, price: float) -> Number:
    if isinstance(distance, Missing):
        return distance
    position = inputs.position
    if distance == inf:
        return 0.0
    at = price * (1 - position.sign * distance * (1 + HAIR))
    left, margin = 0.0, price / max(position.leverage, 1.0)
    if not position.isolated:
        outside = cross_margin(inputs.portfolio, position.symbol).outside
        if isinstance(outside, Missing):
            return outside
        held = inputs.portfolio.open_positions.of(position.symbol)
        legs = [leg for leg in held if not leg.isolated]
        left, margin = margin_excess(legs, inputs.brackets, outside, at), 0.0
    gain = margin + position.sign * (at - price)
    return largest_quantity(left, gain, at, inputs.brackets)


def whole_lots(quantity: float, step: float) -> float:
    """``quantity`` in whole lots of ``step`` (0: any quantity), never more."""
    # A hair more, or a quantity of exactly n lots would lose one to rounding.
    return round(floor(quantity / step + 1e-9) * step, 12) if step > 0 else quantity


def exceeded_chance(position: Position) -> str:
    """The limit that the simulated chances of ``position`` exceed; empty where none is exceeded."""
    if (position.p_liquidation_24h or 0.0) > DAY_CHANCE:
        return CHANCE_24H
    return CHANCE_7D if (position.p_liquidation_7d or 0.0) > WEEK_CHANCE else ""
