"""A position that is not held: what is set, and what would follow from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rich.cells import cell_len

from tuirisk.state import AccountRisk, Missing, Number, Position
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.layout import (
    Page,
    fact_rows,
    heading,
    in_columns,
    missing_reason,
    paragraph,
)
from tuirisk.ui.screens.leverage import distance_role
from tuirisk.ui.screens.what_if_form import FIELDS, WhatIfForm
from tuirisk.ui.view.view import level_role
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell


def _sigmas(value: Number) -> str:
    return fmt.DASH if isinstance(value, Missing) else f"{fmt.decimal(value, 1)}σ"


ACCOUNT_FACES: tuple[tuple[str, str, Callable[[Number], str]], ...] = (
    ("p_liquidation_24h", "p_liquidation_24h", fmt.chance),
    ("p_liquidation_7d", "p_liquidation_7d", fmt.chance),
    ("p_any_liquidation_24h", "p_any_liquidation_24h", fmt.chance),
    ("var_1d_95", "var_1d_95", fmt.compact),
    ("margin_ratio", "margin_ratio", partial(fmt.percent, places=1)),
    (
        "sigmas",
        "reverse_stress",
        _sigmas,
    ),
    ("btc_down", "reverse_stress", partial(fmt.percent, places=1, signed=True)),
    ("btc_up", "reverse_stress", partial(fmt.percent, places=1, signed=True)),
)
"""What is said of the account: a field of it, the number that is judged, and how it is written."""
ACCOUNT_WORDS = {"var_1d_95": "var"}
"""Fields whose words have another key."""


def what_if_block(page: Page) -> list[Line]:
    """What is set, on the left; what would follow, beside what is held, on the right."""
    title = heading(page, page.words("what_if"), Span(page.words("what_if_keys"), "faint"))
    form = page.what_if
    if form is None:
        return [title, *missing_reason(page, page.symbol.price.mark)]
    return [
        title,
        *in_columns(page, 30, partial(_form_block, form=form), partial(_answer_block, form=form)),
    ]


def _form_block(page: Page, form: WhatIfForm) -> list[Line]:
    hypothetical, words = form.hypothetical, page.view.words
    shown = {
        "quantity": fmt.compact(hypothetical.quantity),
        "leverage": f"{hypothetical.leverage:g}x",
        "entry_price": fmt.price(hypothetical.entry_price, page.symbol.tick_size),
        "side": words.code("side", hypothetical.side),
        "margin_mode": page.code("mode", hypothetical.margin_mode),
    }
    lines = []
    label = max(cell_len(page.words(f"field_{name}")) for name in FIELDS)
    for name in FIELDS:
        chosen = name == form.field
        row = Row(page.width, "chosen" if chosen else "").add(" > " if chosen else "   ", "accent")
        row.cell(page.words(f"field_{name}"), label, "quiet", "<").add("  ")
        lines.append(row.add(shown[name], "strong" if chosen else "text").line())
    mark = page.symbol.price.mark
    if mark:
        notional = page.words("worth", value=fmt.compact(hypothetical.quantity * mark))
        lines += paragraph(page, notional, "faint", 1)
    return lines


def _answer_block(page: Page, form: WhatIfForm) -> list[Line]:
    """Each number as it would be; as it is, after it, where that differs."""
    answer, position = form.answer, page.symbol.position
    if answer is None:
        silent = form.answered == form.hypothetical
        return paragraph(page, page.words("no_answer" if silent else "asking"))
    late = form.answered != form.hypothetical
    near = distance_role(answer)
    rows = []
    for key, of, shown in _faces(page.symbol.tick_size):
        value = of(answer)
        role = near if key in ("liquidation_price", "unit_distance", "unit_sigmas") else "text"
        chance = key in ("chance_24h", "chance_7d")
        text = cells.chance_text(answer, value) if chance else shown(value)
        parts = [cells.value_cell(value, text, late, role)]
        before = None if position is None else of(position)
        if isinstance(before, float) and shown(before) != shown(value):
            parts.append(ValueCell(page.words("now_it_is", value=shown(before)), "faint"))
        rows.append((page.words(key), parts))
    lines = fact_rows(page, rows)
    most = answer.max_leverage
    if most and form.hypothetical.leverage > most:
        lines += paragraph(page, page.words("too_much", value=f"{most:g}"), "critical", 2)
    lines += missing_reason(page, answer.liquidation_price, answer.p_liquidation_24h)
    return [*lines, *_account_block(page, form.account, late)]


def _account_block(page: Page, after: AccountRisk | None, late: bool) -> list[Line]:
    """The account with the position; as it is, after each number, where that differs."""
    if after is None:
        return []
    state, words = page.view.state, page.view.words
    held = state.account if state is not None else None
    before = None if held is None else AccountRisk.of(held)
    rows = []
    for name, level, shown in ACCOUNT_FACES:
        value: Number = getattr(after, name)
        text = shown(value)
        if name.startswith("p_") and not after.simulated and not isinstance(value, Missing):
            text = f"{cells.ESTIMATE}{text}"
        parts = [cells.value_cell(value, text, late, level_role(after.levels.get(level)))]
        # An estimate beside a simulation would show a difference that is none of the position's.
        alike = before is not None and (
            not name.startswith("p_") or before.simulated == after.simulated
        )
        now = getattr(before, name) if alike else None
        if isinstance(now, float) and shown(now) != shown(value):
            parts.append(ValueCell(page.words("now_it_is", value=shown(now)), "faint"))
        rows.append((words(f"account.{ACCOUNT_WORDS.get(name, name)}"), parts))
    return [*paragraph(page, page.words("account_after"), "strong", 1), *fact_rows(page, rows)]


def _faces(
    tick: float,
) -> tuple[tuple[str, Callable[[Position], Number], Callable[[Number], str]], ...]:
    """What is answered: its word, where it stands in a position, and how it is written."""
    return (
        ("liquidation_price", lambda p: p.liquidation_price, lambda n: fmt.price(n, tick)),
        ("unit_distance", lambda p: p.distance, lambda n: fmt.percent(n, 1, signed=True)),
        ("unit_sigmas", lambda p: p.distance_sigmas, lambda n: fmt.decimal(n, 1, signed=True)),
        ("chance_24h", lambda p: p.p_liquidation_24h, fmt.chance),
        ("chance_7d", lambda p: p.p_liquidation_7d, fmt.chance),
        ("initial", lambda p: p.initial_margin, fmt.compact),
    )
