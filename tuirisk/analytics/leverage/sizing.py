"""The largest position that every limit allows, and the limit that binds."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf

from tuirisk.analytics.leverage.brackets import UNKNOWN, largest_notional
from tuirisk.events.events import Bracket
from tuirisk.language.reason import Reason
from tuirisk.market.book import BookSide, OrderBook
from tuirisk.state import MaybeByName, MaybeText, Missing, Number

VAR_BUDGET = "var_budget"
EXIT_SLIPPAGE = "exit_slippage"
BOOK_DEPTH = "book_depth"
LEVERAGE_BRACKET = "leverage_bracket"
MARGIN = "margin"


@dataclass(frozen=True, slots=True)
class SizeLimit:
    """``quantity`` in the base asset, the code of the limit that binds, and all limits."""

    quantity: Number
    limit: MaybeText
    limits: MaybeByName


@dataclass(frozen=True, slots=True)
class SizingInputs:
    """What a position is sized by. ``free`` is the equity that may be its margin (quote asset).

    ``var`` is the side's one-day VaR as a fraction of the value held, ``budget`` what a day may
    lose, ``slippage`` the most that the exit may cost (a fraction of mid).
    """

    sign: int
    leverage: float
    price: Number
    var: Number
    budget: Number
    free: Number
    slippage: float
    step: float = 0.0


def largest_size(
    inputs: SizingInputs, brackets: tuple[Bracket, ...], book: OrderBook, unusable: Reason | None
) -> SizeLimit:
    """The least of the limits, floored to the lot ``step``; Missing while one is unknown.

    ``var_budget``: VaR × value ≤ budget. ``exit_slippage``: the exit's slippage against mid stays
    at or under ``slippage``; ``book_depth`` in its place where the known book ends before that.
    ``leverage_bracket``: the highest notional that may be held at ``leverage``. ``margin``: value
    / leverage ≤ free equity. ``brackets`` are empty where they are not known.
    """
    by_code: dict[str, Number] = {
        VAR_BUDGET: _of_value(_var_value(inputs), inputs.price),
        **_exit(inputs, book, unusable),
        LEVERAGE_BRACKET: _of_value(_bracket_value(inputs, brackets), inputs.price),
        MARGIN: _of_value(_margin_value(inputs), inputs.price),
    }
    limits = {code: limit for code, limit in by_code.items() if limit != inf}
    least, binding = inf, ""
    for code, limit in limits.items():
        if isinstance(limit, Missing):
            return SizeLimit(limit, limit, limits)
        if limit < least:
            least, binding = limit, code
    return SizeLimit(_floored(least, inputs.step), binding, limits)


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


def _exit(inputs: SizingInputs, book: OrderBook, unusable: Reason | None) -> MaybeByName:
    if unusable:
        return {EXIT_SLIPPAGE: Missing.because(unusable)}
    side, bound = (book.bids, book.bid_floor) if inputs.sign > 0 else (book.asks, book.ask_ceiling)
    mid = (_best(book.bids) + _best(book.asks)) / 2
    quantity, ended = exit_limit(side, bound, mid, inputs.slippage)
    return {BOOK_DEPTH if ended else EXIT_SLIPPAGE: quantity}


def _best(side: BookSide) -> float:
    return side.sign * side.keys[-1]


def _var_value(inputs: SizingInputs) -> Number:
    if isinstance(inputs.var, Missing):
        return inputs.var
    if isinstance(inputs.budget, Missing):
        return inputs.budget
    if inputs.var <= 0:
        return inf
    return max(0.0, inputs.budget) / inputs.var


def _margin_value(inputs: SizingInputs) -> Number:
    if isinstance(inputs.free, Missing):
        return inputs.free
    return max(0.0, inputs.free) * max(inputs.leverage, 1.0)


def _bracket_value(inputs: SizingInputs, brackets: tuple[Bracket, ...]) -> Number:
    return largest_notional(brackets, inputs.leverage) if brackets else UNKNOWN


def _of_value(value: Number, price: Number) -> Number:
    """Quantity worth ``value``."""
    if isinstance(value, Missing):
        return value
    return price if isinstance(price, Missing) else value / price


def _floored(quantity: float, step: float) -> float:
    # A hair more, or a quantity of exactly n lots would lose one to rounding.
    return round(floor(quantity / step + 1e-9) * step, 12) if step > 0 else quantity
