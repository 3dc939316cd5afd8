"""What drives a symbol's score: each component, and the input that weighs most in it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tuirisk.state import Missing, ScoreInput, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row
from tuirisk.ui.view.held import component_age
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import cells

BAR = 8
ROOMY = 56
"""From this width on each component has its weight and a bar."""


def drivers(view: View, symbol: SymbolState, width: int) -> list[Line]:
    """One row a component, in the order of the weights."""
    words = view.words
    parts = cells.components(view, symbol)
    label = max(cell_len(words(f"component.{name}")) for name, _, _ in parts)
    rows = []
    for name, value, stale in parts:
        row = Row(width).add(" ").cell(words(f"component.{name}"), label, "quiet", "<")
        role = view.role_of(value, "text")
        cells.add_steady(row, cells.value_cell(value, fmt.score(value), stale, role), 6)
        if width >= ROOMY:
            share = (value or 0.0) / 100
            row.add(" ")
            cells.meter(row, share, BAR, "stale" if stale else view.role_of(value))
            row.add(" ").cell(f"x {symbol.score.weights.get(name, 0.0):g}", 6, "faint", "<")
        age = component_age(view, symbol, name)
        term = strongest(symbol.score.terms.get(name, ()))
        if age:
            row.add(" ").add(words("held.age", age=age), "stale")
        elif term is not None:
            text = f"{words.code('driver', term.name)} {driver_value(term)}"
            row.add(" ").add(text, "stale" if stale else "quiet")
        rows.append(row.line())
    return rows


def strongest(terms: Sequence[ScoreInput]) -> ScoreInput | None:
    """The input that gives the most points, weighted where the component is a sum."""
    measured = [(term.points, term) for term in terms if not isinstance(term.points, Missing)]
    if not measured:
        return None
    return max(measured, key=lambda pair: pair[0] * (pair[1].weight or 1.0))[1]


def driver_value(term: ScoreInput) -> str:
    """The value of an input of the score, in its unit."""
    value = term.value
    if term.name.endswith("slippage"):
        return f"{fmt.slippage_bps(value)} bp"
    if term.name == "rate_8h":
        return fmt.percent(value, 4, signed=True)
    if term.name == "cumulative_3d_annualised":
        return fmt.percent(value, 0, signed=True)
    if term.name == "limit_used" or term.name.startswith("drawdown"):
        return fmt.percent(value, 0)
    if term.name in ("divergence", "breakdown"):
        return fmt.decimal(value, 2)
    return fmt.score(value)
