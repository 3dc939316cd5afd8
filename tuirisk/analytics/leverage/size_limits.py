"""What limits the size of a position: each limit by itself, as the largest quantity it allows.

docs/metrics.md, Sizing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from tuirisk.analytics.leverage.margin import margin_excess
from tuirisk.analytics.leverage.margin_balance import cross_margin
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.safe_distance import (
    SafeDistances,
    largest_quantity,
    safe_distances,
)
from tuirisk.analytics.liquidity.slippage_points import slippage_at
from tuirisk.config.model import Thresholds
from tuirisk.events import Bracket
from tuirisk.language.reason import Reason
from tuirisk.market.book import BookSide, OrderBook
from tuirisk.state import DailyRisk, Missing, Number
from tuirisk.state.codes import LimitCode

VAR_BUDGET: Final = "var_budget"
EXIT_SLIPPAGE: Final = "exit_slippage"
BOOK_DEPTH: Final = "book_depth"
LEVERAGE_BRACKET: Final = "leverage_bracket"
MARGIN: Final = "margin"
DISTANCE: Final = "liquidation_distance"
CHANCE_24H: Final = "p_liquidation_24h"
CHANCE_7D: Final = "p_liquidation_7d"
HAIR = 1e-9
STEPS = 64

VarOfSize = Callable[[float], float]
"""Quantity (base asset) → the account's one-day VaR (quote asset) with a position of that size."""


@dataclass(frozen=True, slots=True)
class SizingInputs:
    """What a position is sized by.

    ``position`` is of any quantity, opened at the mark price; an isolated one has the margin that
    its leverage asks for. ``held`` is the position on its side that it adds to, at the same
    leverage from then on; sizes are of what is added. ``portfolio`` holds everything else, and the
    contract of its symbol. ``var`` is the account's VaR by the size, ``held`` counted; ``budget``
    what a day may lose, ``free`` what may be the margin of what is added in isolated margin, of
    the whole position in cross margin (quote asset).
    """

    position: OpenPosition
    portfolio: Portfolio
    daily: DailyRisk
    thresholds: Thresholds
    var: VarOfSize | Missing
    budget: Number
    free: Number
    step: float = 0.0
    held: OpenPosition | None = None

    @property
    def price(self) -> Number:
        return self.portfolio.contracts[self.position.symbol].mark

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        return self.portfolio.contracts[self.position.symbol].brackets

    @property
    def held_quantity(self) -> float:
        return self.held.quantity if self.held is not None else 0.0

    def sized(self, quantity: float) -> OpenPosition:
        """The position once ``quantity`` is added to it at the mark price."""
        price, leverage = self.price or 0.0, max(self.position.leverage, 1.0)
        isolated, held = self.position.isolated, self.held
        wallet = quantity * price / leverage if isolated else 0.0
        if held is None:
            return replace(self.position, quantity=quantity, entry_price=price, wallet=wallet)
        total = held.quantity + quantity
        entry = (held.quantity * held.entry_price + quantity * price) / total
        return replace(
            self.position,
            quantity=total,
            entry_price=entry if held.entry_price > 0 else held.entry_price,
            wallet=held.wallet + wallet if isolated else 0.0,
        )


def budget_used(inputs: SizingInputs) -> Number:
    """The account's VaR with nothing added, over the budget; infinite where that is 0."""
    if isinstance(inputs.var, Missing):
        return inputs.var
    if isinstance(inputs.budget, Missing):
        return inputs.budget
    held = inputs.var(0.0)
    return held / inputs.budget if inputs.budget > 0 else inf if held > 0 else 0.0


def var_limit(inputs: SizingInputs, most: float) -> Number:
    """The largest quantity up to ``most`` below which the VaR stays within the budget."""
    used, var, budget = budget_used(inputs), inputs.var, inputs.budget
    if isinstance(used, Missing) or isinstance(var, Missing) or isinstance(budget, Missing):
        return used
    if used > 1.0 or budget <= 0.0:
        return 0.0
    # The first size that is too large, so that a hedge's second crossing is not taken for it.
    low, spare = 0.0, budget - var(0.0)
    for size in (most * 8.0**-power for power in range(10, -1, -1)):
        left = budget - var(size)
        if left < 0.0:
            return _crossing(lambda size: budget - var(size), (low, spare), (size, left))
        low, spare = size, left
    return inf


def _crossing(
    left: Callable[[float], float], low: tuple[float, float], high: tuple[float, float]
) -> float:
    """The largest size found at which ``left`` is not negative, between two sizes with its values.

    False position, the value of an end that stays twice halved (the Illinois rule), and every
    fourth step a bisection: far fewer evaluations than by bisection alone.
    """
    (a, of_a), (b, of_b), moved = low, high, ""
    for step in range(STEPS):
        if b - a <= HAIR * b:
            break
        share = 0.5 if step % 4 == 3 else of_a / (of_a - of_b)
        # A little to the side of the farther end, so that both ends close in on the crossing.
        margin = 0.25 * HAIR
        middle = a + (b - a) * min(max(share, margin), 1.0 - margin)
        value = left(middle)
        if value < 0.0:
            b, of_b, of_a, moved = middle, value, of_a / (2 if moved == "b" else 1), "b"
        else:
            a, of_a, of_b, moved = middle, value, of_b / (2 if moved == "a" else 1), "a"
    return a


def exit_limits(
    inputs: SizingInputs, book: OrderBook, unusable: Reason | None
) -> Mapping[LimitCode, Number]:
    """The largest quantity whose exit the rule on liquidity allows, by what ends it."""
    if unusable is not None:
        return {EXIT_SLIPPAGE: Missing.because(unusable)}
    long, most = inputs.position.sign > 0, slippage_at(inputs.thresholds.reduce_size)
    side, bound = (book.bids, book.bid_floor) if long else (book.asks, book.ask_ceiling)
    mid = (_best(book.bids) + _best(book.asks)) / 2
    quantity, ended = exit_limit(side, bound, mid, most * (1 - HAIR))
    return {BOOK_DEPTH if ended else EXIT_SLIPPAGE: max(0.0, quantity - inputs.held_quantity)}


def _best(side: BookSide) -> float:
    return side.sign * side.keys[-1]


def margin_limit(inputs: SizingInputs, price: float) -> Number:
    """The largest quantity that ``free`` is margin enough for."""
    if isinstance(inputs.free, Missing):
        return inputs.free
    most = max(0.0, inputs.free) * max(inputs.position.leverage, 1.0) / price
    return most if inputs.position.isolated else max(0.0, most - inputs.held_quantity)


def liquidation_limits(inputs: SizingInputs, price: float) -> dict[LimitCode, Number]:
    """The largest quantities at which liquidation is as far as each rule asks."""
    position = inputs.position
    safe: SafeDistances = safe_distances(position.sign, inputs.daily, inputs.thresholds)
    distances: dict[LimitCode, Number] = {
        DISTANCE: safe.sigmas,
        CHANCE_24H: safe.day,
        CHANCE_7D: safe.week,
    }
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
        shared = cross_margin(inputs.portfolio, position)
        outside = shared.outside
        if isinstance(outside, Missing):
            return outside
        others = inputs.portfolio.open_positions.of(position.symbol)
        legs = [leg for leg in others if not leg.isolated]
        left, margin = margin_excess(legs, inputs.brackets, outside, at, shared.terms), 0.0
    gain = margin + position.sign * (at - price)
    held = inputs.held
    if held is None:
        return largest_quantity(left, gain, at, inputs.brackets)
    left += held.profit(at) - held.quantity * gain + (held.wallet if held.isolated else 0.0)
    total = largest_quantity(left, gain, at, inputs.brackets, held.quantity)
    return total - held.quantity


def exit_limit(side: BookSide, bound: float, mid: float, slippage: float) -> tuple[float, bool]:
    """The largest quantity (base asset) whose walk slips ``slippage`` of mid at most.

    Also whether the levels up to ``bound`` ended before that. The mean price only gets worse with
    the quantity: each level better than the allowed mean adds to what is spared, each worse one
    uses it up, and the level that would use more than is left holds the answer.
    """
    sign = side.sign
    allowed = sign * mid * (1 - sign * slippage)
    floor_key = sign * bound
    total = spared = 0.0
    for key, quantity in zip(reversed(side.keys), reversed(side.quantities), strict=True):
        if key < floor_key:
            break
        gain = (key - allowed) * quantity
        if spared + gain < 0:
            return total + spared / (allowed - key), False
        spared += gain
        total += quantity
    return total, True
