"""The walk of one market order through one side of the order book.

A sell consumes bids and a buy consumes asks, best first, until the order is filled or the known
book ends. Slippage is a fraction of mid (or of the touch), positive when it costs. A book thinner
than the order does not fill it: the walk is ``exhausted`` and its slippage only a lower bound.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from math import inf
from operator import mul

from tuirisk.events import Level
from tuirisk.language.reason import Reason
from tuirisk.market.book import BookSide
from tuirisk.state import Fill, Judgement, LevelRule, Missing, Severity
from tuirisk.state.codes import SlippageLevel

FIRST_CHUNK = 64
UNBOUNDED = (0.0, inf)
"""The bounds of bids and of asks that are known whole."""
FULL = 1 - 1e-12
"""An order this close to the whole of the known book is filled: the rest is rounding."""
NAMES: dict[Severity, SlippageLevel] = {"ok": "low", "caution": "medium", "critical": "high"}
"""What a slippage of a level is called."""


class Levels:
    """Levels of one side, best first, with running totals of notional and quantity.

    ``sign`` is +1 for bids, −1 for asks; ``whole`` says that nothing lies behind the last level of
    the side that they are taken of.
    """

    __slots__ = ("notional", "prices", "quantities", "quantity", "sign", "whole")

    def __init__(self, sign: int, levels: Iterable[Level] = (), whole: bool = True) -> None:
        self.sign = sign
        self.whole = whole
        self.prices: list[float] = []
        self.quantities: list[float] = []
        self.notional: list[float] = []
        """Running total up to and including each level, quote asset."""
        self.quantity: list[float] = []
        """Running total up to and including each level, base asset."""
        pairs = list(levels)
        self._extend([price for price, _ in pairs], [quantity for _, quantity in pairs])

    def __len__(self) -> int:
        return len(self.prices)

    @classmethod
    def of(
        cls, side: BookSide, bound: float, notional: float, quantity: float, price: float
    ) -> Levels:
        """The best levels of ``side``: none beyond ``bound``, and only as many as are needed.

        Enough are taken to fill ``notional`` and ``quantity`` and to reach the price ``price``.
        """
        levels = cls(side.sign, whole=bound in UNBOUNDED)
        keys = side.keys
        first = bisect_left(keys, side.sign * bound)
        end = len(keys)
        chunk = max(FIRST_CHUNK, end - bisect_left(keys, side.sign * price))
        while end > first:
            start = max(first, end - chunk)
            keys_walked = keys[start:end]
            keys_walked.reverse()
            quantities = list(map(side.quantities.__getitem__, keys_walked))
            levels._extend(
                keys_walked if side.sign > 0 else [-key for key in keys_walked], quantities
            )
            end, chunk = start, 2 * chunk
            if levels.notional[-1] >= notional and levels.quantity[-1] >= quantity:
                break
        return levels

    def notional_to(self, price: float) -> float:
        """Notional of the levels up to and including ``price``."""
        low, high = 0, len(self.prices)
        while low < high:
            middle = (low + high) // 2
            if self.sign * self.prices[middle] >= self.sign * price:
                low = middle + 1
            else:
                high = middle
        return self.notional[low - 1] if low else 0.0

    def _extend(self, prices: list[float], quantities: list[float]) -> None:
        values = list(map(mul, prices, quantities))
        if self.prices:
            values[0] += self.notional[-1]
        self.prices += prices
        self.notional += accumulate(values)
        running = quantities.copy()
        if self.quantities and running:
            running[0] += self.quantity[-1]
        self.quantities += quantities
        self.quantity += accumulate(running)


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
    if not levels.prices:
        return no_fill(Reason("empty_order_book"))
    if order is None or not order > 0:
        return no_fill(Reason("order_of_zero"))
    totals = levels.notional if notional is not None else levels.quantity
    exhausted = order * FULL > totals[-1]
    row = min(bisect_left(totals, order), len(totals) - 1)
    rest = min(order, totals[-1]) - (totals[row - 1] if row else 0.0)
    worst = levels.prices[row]
    before_notional = levels.notional[row - 1] if row else 0.0
    before_quantity = levels.quantity[row - 1] if row else 0.0
    if notional is not None:
        filled, bought = before_notional + rest, before_quantity + rest / worst
        unfilled = notional - filled if exhausted else 0.0
    else:
        filled, bought = before_notional + rest * worst, before_quantity + rest
        unfilled = (order - bought) * mid if exhausted else 0.0
    vwap = filled / bought
    slippage = max(0.0, levels.sign * (mid - vwap) / mid)
    touch = levels.prices[0]
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
