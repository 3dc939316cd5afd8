"""The order size of the impact panel: parsing, formatting, and its impact in the state."""

from __future__ import annotations

import re
import unicodedata

from tuirisk.events.contract_names import base_and_quote
from tuirisk.state import Impact, Missing, OrderSize, SymbolState
from tuirisk.ui.view.view import View

EXITS = ("", "exit", "position", "平仓", "仓位")
"""Input for the user's exit, or the reference order where there is no position."""
LARGEST = 1e15
LARGEST_SHARE = 10.0
PENDING = Missing("being_computed")
_POWERS = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12, "万": 1e4, "亿": 1e8}
_WRITTEN = re.compile(
    r"\$?\s*(\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(e[+-]?\d{1,2})?(|\s+.*|\D.*)",
    re.IGNORECASE | re.ASCII,
)


class InvalidOrderSize(ValueError):
    """Text that is no order size; ``str`` is the locale key of the message."""


def parse_order(text: str, name: str) -> OrderSize | None:
    """Parse an order size typed while the symbol ``name`` is chosen; None is the user's exit.

    ``250k``, ``1.5M`` and ``1,000,000 usdt`` are of the quote asset and ``50%`` is of the
    position, both of whatever symbol is looked at; ``0.3 btc`` is of that symbol alone.

    Raises:
        InvalidOrderSize: the text has none of these forms.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if text.lower() in EXITS:
        return None
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise InvalidOrderSize("size.wrong")
    digits, power, unit = match[1], match[2] or "", match[3].strip().upper()
    amount = float(re.sub("[, ]", "", digits) + power)
    base, quote = base_and_quote(name)
    for written, factor in _POWERS.items():
        rest = unit.removeprefix(written.upper()).strip()
        if unit not in (base, quote) and unit != rest and rest in ("", base, quote):
            amount, unit = amount * factor, rest
            break
    if not 0 < amount <= LARGEST:
        raise InvalidOrderSize("size.range")
    if unit == "%":
        if amount > 100 * LARGEST_SHARE:
            raise InvalidOrderSize("size.range")
        return OrderSize("share", amount / 100)
    if unit and unit == base:
        return OrderSize("quantity", amount, name)
    if unit in ("", quote, "$"):
        return OrderSize("notional", amount)
    raise InvalidOrderSize("size.unit")


def order_input(order: OrderSize | None) -> str:
    """The order as text that ``parse_order`` reads; empty for the exit."""
    if order is None:
        return ""
    if order.measure == "share":
        return f"{order.amount * 100:.10g}%"
    if order.measure == "quantity":
        return f"{order.amount:.15g} {base_and_quote(order.symbol)[0]}"
    for power, size in (("M", 1e6), ("k", 1e3)):
        digits = f"{order.amount / size:.6g}"
        if order.amount >= size and float(digits) * size == order.amount:
            return digits + power
    return f"{order.amount:.15g}"


def order_label(view: View) -> str:
    """The label of the view's order on its chosen symbol; empty for the exit."""
    order = view.order_size
    if order is None or order.symbol not in ("", view.chosen):
        return ""
    if order.measure == "share":
        return view.words("size.share", value=order_input(order))
    if order.measure == "quantity":
        return order_input(order)
    return f"{order_input(order)} {base_and_quote(view.chosen)[1]}".strip()


def ladder(symbol: SymbolState) -> tuple[OrderSize | None, ...]:
    """The order sizes reached without typing: the exit, then each size of the impact curve."""
    return (None, *(OrderSize("notional", impact.notional) for impact in symbol.liquidity.curve))


def next_rung(order: OrderSize | None, symbol: SymbolState, step: int) -> OrderSize | None:
    """The next rung of the ladder (``step`` 1) or the previous one (−1), wrapping around."""
    rungs = ladder(symbol)
    if order in rungs:
        return rungs[(rungs.index(order) + step) % len(rungs)]
    return rungs[step if step > 0 else -1] if len(rungs) > 1 else None


def chosen_impact(view: View, symbol: SymbolState) -> Impact | Missing:
    """The impact of the view's order on its chosen symbol; looked up, never computed."""
    order = view.order_size
    if order is None or order.symbol not in ("", view.chosen):
        return symbol.liquidity.impact
    for impact in symbol.liquidity.curve:
        if order.measure == "notional" and impact.notional == order.amount:
            return impact
    answer = view.state.order_impacts.get(view.chosen) if view.state is not None else None
    return answer.impact if answer is not None and answer.order == order else PENDING
