"""A position that is not held: what the person sets, what is asked, and how the answer is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from rich.cells import cell_len

from tuirisk.state import SIMULATING, Missing, Number, Position, SymbolState, Wish
from tuirisk.ui import format as fmt
from tuirisk.ui.lines import Line, Row, Span
from tuirisk.ui.screens.blocks import Page, facts, heading, in_columns, text, why
from tuirisk.ui.screens.leverage import chance_text, distance_role
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import Cell

FIELDS = ("quantity", "leverage", "entry_price", "side", "margin_mode")
DEFAULT_LEVERAGE = 10.0
STEP = 0.1
"""Share by which a key changes the quantity."""
PRICE_STEP = 0.005
COARSE = 20.0
"""Leverage from which on a key changes it by five."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is set, which part of it the keys change, and the newest answer."""

    wish: Wish
    field: str = FIELDS[0]
    answer: Position | None = None
    answered: Wish | None = None
    """What the answer is about."""

    def with_answer(self, wish: Wish, answer: Position | None) -> WhatIf:
        """Chances that are being simulated again are those of before until they are there."""
        old = self.answer
        if answer is not None and old is not None and wish == self.answered:
            if answer.p_liquidation_24h == SIMULATING:
                answer = replace(answer, p_liquidation_24h=old.p_liquidation_24h)
            if answer.p_liquidation_7d == SIMULATING:
                answer = replace(answer, p_liquidation_7d=old.p_liquidation_7d)
        return replace(self, answer=answer, answered=wish)

    def next_field(self) -> WhatIf:
        return replace(self, field=FIELDS[(FIELDS.index(self.field) + 1) % len(FIELDS)])

    def changed(self, step: int, tick_size: float) -> WhatIf:
        """One key press more (``step`` 1) or less (−1) of the field."""
        wish = self.wish
        if self.field == "side":
            wish = replace(wish, side="short" if wish.side == "long" else "long")
        elif self.field == "margin_mode":
            mode = "cross" if wish.margin_mode == "isolated" else "isolated"
            wish = replace(wish, margin_mode=mode)
        elif self.field == "leverage":
            wish = replace(wish, leverage=_leverage(wish.leverage, step))
        elif self.field == "quantity":
            wish = replace(wish, quantity=_rounded(wish.quantity * (1 + STEP) ** step))
        else:
            price = wish.entry_price * (1 + PRICE_STEP) ** step
            wish = replace(wish, entry_price=_on_tick(price, tick_size))
        return replace(self, wish=wish)


def starting(name: str, symbol: SymbolState, reference: float) -> WhatIf | None:
    """What is held now, or ``reference`` (quote asset) bought at the mark; None without a mark."""
    held = symbol.position
    if held is not None:
        chosen = held.leverage_setting
        leverage = DEFAULT_LEVERAGE if isinstance(chosen, Missing) else max(1.0, chosen)
        return WhatIf(
            Wish(name, held.side, held.quantity, held.entry_price, leverage, held.margin_mode)
        )
    mark = symbol.price.mark
    if isinstance(mark, Missing) or mark <= 0:
        return None
    quantity, price = _rounded(reference / mark), _on_tick(mark, symbol.tick_size)
    return WhatIf(Wish(name, "long", quantity, price, DEFAULT_LEVERAGE, "isolated"))


def _leverage(now: float, step: int) -> float:
    size = 5 if now > COARSE or (now == COARSE and step > 0) else 1
    return float(min(125, max(1, round(now) + step * size)))


def _rounded(quantity: float) -> float:
    """Three significant digits."""
    return float(f"{quantity:.3g}")


def _on_tick(price: float, tick_size: float) -> float:
    return float(fmt.price(price, tick_size).replace(",", ""))


def what_if_block(page: Page) -> list[Line]:
    """What is set, on the left; what would follow, beside what is held, on the right."""
    title = heading(page, page.words("what_if"), Span(page.words("what_if_keys"), "faint"))
    asked = page.what_if
    if asked is None:
        return [title, *why(page, page.symbol.price.mark)]
    return [
        title,
        *in_columns(page, 30, partial(_wish, asked=asked), partial(_answer, asked=asked)),
    ]


def _wish(page: Page, asked: WhatIf) -> list[Line]:
    wish, words = asked.wish, page.view.words
    shown = {
        "quantity": fmt.compact(wish.quantity),
        "leverage": f"{wish.leverage:g}x",
        "entry_price": fmt.price(wish.entry_price, page.symbol.tick_size),
        "side": words.code("side", wish.side),
        "margin_mode": page.code("mode", wish.margin_mode),
    }
    lines = []
    label = max(cell_len(page.words(f"field_{name}")) for name in FIELDS)
    for name in FIELDS:
        chosen = name == asked.field
        row = Row(page.width, "chosen" if chosen else "").add(" > " if chosen else "   ", "accent")
        row.cell(page.words(f"field_{name}"), label, "quiet", "<").add("  ")
        lines.append(row.add(shown[name], "strong" if chosen else "text").line())
    mark = page.symbol.price.mark
    if not isinstance(mark, Missing):
        notional = page.words("worth", value=fmt.compact(wish.quantity * mark))
        lines += text(page, notional, "faint", 1)
    return lines


def _answer(page: Page, asked: WhatIf) -> list[Line]:
    """Each number as it would be; as it is, after it, where that differs."""
    answer, held = asked.answer, page.symbol.position
    if answer is None:
        silent = asked.answered == asked.wish
        return text(page, page.words("no_answer" if silent else "asking"))
    late = asked.answered != asked.wish
    near = distance_role(answer.distance_sigmas)
    rows = []
    for key, of, shown in _faces(page.symbol.tick_size):
        value = of(answer)
        role = near if key in ("liquidation_price", "unit_distance", "unit_sigmas") else "text"
        parts = [cells.cell(value, shown(value), late, role)]
        before = None if held is None else of(held)
        if isinstance(before, float) and shown(before) != shown(value):
            parts.append(Cell(page.words("now_it_is", value=shown(before)), "faint"))
        rows.append((page.words(key), parts))
    lines = facts(page, rows)
    most = answer.max_leverage
    if not isinstance(most, Missing) and asked.wish.leverage > most:
        lines += text(page, page.words("too_much", value=f"{most:g}"), "critical", 2)
    return [*lines, *why(page, answer.liquidation_price, answer.p_liquidation_24h)]


def _faces(
    tick: float,
) -> tuple[tuple[str, Callable[[Position], Number], Callable[[Number], str]], ...]:
    """What is answered: its word, where it stands in a position, and how it is written."""
    return (
        ("liquidation_price", lambda p: p.liquidation_price, lambda n: fmt.price(n, tick)),
        ("unit_distance", lambda p: p.distance, lambda n: fmt.percent(n, 1, signed=True)),
        ("unit_sigmas", lambda p: p.distance_sigmas, lambda n: fmt.decimal(n, 1, signed=True)),
        ("chance_24h", lambda p: p.p_liquidation_24h, chance_text),
        ("chance_7d", lambda p: p.p_liquidation_7d, chance_text),
        ("initial", lambda p: p.initial_margin, fmt.compact),
    )
