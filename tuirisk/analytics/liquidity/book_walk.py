"""The walk of one market order through one side of the order book.

A sell consumes bids and a buy consumes asks, best first, until the order is filled or the known
book ends. Slippage is a fraction of mid (or of the touch), positive when it costs. A book thinner
than the order does not fill it: the walk is ``exhausted`` and its slippage only a lower bound.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache
from math import inf

import numpy as np

from tuirisk.events import Level
from tuirisk.language.reason import Reason
from tuirisk.market.book import BookSide
from tuirisk.market.series import Column
from tuirisk.state import Fill, Judgement, LevelRule, Missing, Severity
from tuirisk.state.codes import SlippageLevel

FIRST_CHUNK = 1_024
"""Levels that are taken at once: to total some more of them costs less than to begin again."""
UNBOUNDED = (0.0, inf)
"""The bounds of bids and of asks that are known whole."""
FULL = 1 - 1e-12
"""An order this close to the whole of the known book is filled: the rest is rounding."""
NAMES: dict[Severity, SlippageLevel] = {"ok": "low", "caution": "medium", "critical": "high"}
"""What a slippage of a level is called."""


class Levels:
    """Levels of one side, best first, with running totals of notional and quantity.

    ``sign`` is +1 for bids, −1 for asks; ``whole`` says that nothing lies behind the last level of
    the side that they are taken of. All columns are of one length.
    """

    __slots__ = ("notional", "prices", "quantities", "quantity", "sign", "whole")

    def __init__(self, sign: int, prices: Column, quantities: Column, whole: bool = True) -> None:
        self.sign = sign
        self.whole = whole
        self.prices = prices
        """Quote asset."""
        self.quantities = quantities
        """Base asset."""
        self.notional: Column = np.add.accumulate(prices * quantities)
        """Running total up to and including each level, quote asset."""
        self.quantity: Column = np.add.accumulate(quantities)
        """Running total up to and including each level, base asset."""

    def __len__(self) -> int:
        return int(self.prices.size)

    @classmethod
    def of_pairs(cls, sign: int, levels: Iterable[Level], whole: bool = True) -> Levels:
        """Of (price, quantity), best first."""
        table = np.array(list(levels), dtype=np.float64).reshape(-1, 2)
        return cls(sign, table[:, 0], table[:, 1], whole)

    @classmethod
    def of(
        cls, side: BookSide, bound: float, notional: float, quantity: float, price: float
    ) -> Levels:
        """The best levels of ``side``: none beyond ``bound``, and only as many as are needed.

        Enough are taken to fill ``notional`` and ``quantity`` and to reach the price ``price``.
        """
        keys, sign = side.keys, side.sign
        end = len(keys)
        known = end - bisect_left(keys, sign * bound)
        count = min(known, max(FIRST_CHUNK, end - bisect_left(keys, sign * price)))
        while True:
            # Slices are copies: the book's own arrays must stay free to grow.
            levels = cls(
                sign,
                sign * np.frombuffer(keys[end - count : end])[::-1],
                np.frombuffer(side.quantities[end - count : end])[::-1],
                bound in UNBOUNDED,
            )
            if count == known or (
                levels.notional[-1] >= notional and levels.quantity[-1] >= quantity
            ):
                return levels
            count = min(known, 2 * count)

    def notional_to(self, prices: Sequence[float]) -> list[float]:
        """Notional of the levels up to and including each of ``prices``."""
        order = self.prices if self.sign < 0 else -self.prices
        counts = order.searchsorted([-self.sign * price for price in prices], side="right")
        return [self.notional.item(count - 1) if count else 0.0 for count in counts.tolist()]


def no_fill(reason: Reason) -> Fill:
    """The fill of an order that could not be walked."""
    missing = Missing.because(reason)
    return Fill(
        missing, missing, missing, missing, missing, missing, missing, missing, whole_side=missing
    )


def walk(
    levels: Levels,
    mid: float,
    *,
    notional: float | None = None,
    quantity: float | None = None,
    medium: float = 0.002,
    high: float = 0.005,
) -> Fill:
    """Fill an order of ``notional`` (quote asset) or else of ``quantity`` (base asset).

    ``filled`` and ``unfilled`` are notional; what is left of an order given by quantity is valued
    at ``mid``. ``level`` is ``low``, ``medium`` above the slippage ``medium``, ``high`` above
    ``high`` or when the book is exhausted.
    """
    order = notional if notional is not None else quantity
    if not len(levels):
        return no_fill(Reason("empty_order_book"))
    if order is None or not order > 0:
        return no_fill(Reason("order_of_zero"))
    totals = levels.notional if notional is not None else levels.quantity
    total = totals.item(-1)
    exhausted = order * FULL > total
    row = min(int(totals.searchsorted(order)), len(totals) - 1)
    worst = levels.prices.item(row)
    before_notional = levels.notional.item(row - 1) if row else 0.0
    before_quantity = levels.quantity.item(row - 1) if row else 0.0
    rest = min(order, total) - (before_notional if notional is not None else before_quantity)
    if notional is not None:
        filled, bought = before_notional + rest, before_quantity + rest / worst
        unfilled = notional - filled if exhausted else 0.0
    else:
        filled, bought = before_notional + rest * worst, before_quantity + rest
        unfilled = (order - bought) * mid if exhausted else 0.0
    vwap = filled / bought
    slippage = max(0.0, levels.sign * (mid - vwap) / mid)
    touch = levels.prices.item(0)
    level = slippage_rule(medium, high).judge(slippage)
    if exhausted:
        level = Judgement("critical", "exhausted", filled)
    return Fill(
        vwap=vwap,
        slippage=slippage,
        slippage_touch=max(0.0, levels.sign * (touch - vwap) / touch),
        worst=worst,
        filled=filled,
        unfilled=unfilled,
        exhausted=exhausted,
        level=NAMES[level.level],
        levels={"slippage": level},
        whole_side=levels.whole,
    )


@cache
def slippage_rule(medium: float, high: float) -> LevelRule:
    """The rule of a slippage; ``medium`` and ``high`` are fractions."""
    return LevelRule("slippage", (("critical", high), ("caution", medium)))
