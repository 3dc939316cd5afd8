"""Why the chosen symbol scores as it does: advice, position, what is awaited, missing or old."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from rich.cells import cell_len

from tuirisk.state import Missing, SymbolState
from tuirisk.ui import format as fmt
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.lines import Line, Row, Span, fit, wrap
from tuirisk.ui.view import View
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.facts import Fact, facts
from tuirisk.ui.widgets.table import advice


class Detail(Canvas, can_focus=True):
    DEFAULT_CLASSES = "panel"
    pace = 0.5
    panel_title = "detail.title"

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        symbol = view.symbol(view.chosen)
        rows = [self.heading(view, width, Span(view.chosen, "strong"))]
        if symbol is None:
            return [*rows, *_text(view.words("tile.awaiting"), width, "quiet", 2)]
        rows += _advice(view, symbol, width)
        tail = _missing(view, symbol, width)
        ages = _ages(view, symbol, width)
        label = max(cell_len(fact.label) for fact in facts(view, symbol))
        for fact in facts(view, symbol):
            if len(rows) + len(ages) + min(len(tail), 2) >= height:
                break
            rows.append(_fact(fact, label, width))
        rows += [*ages, *tail]
        return rows + _chart(view, symbol, width, height - len(rows))


class StatusLine(Canvas):
    """The chosen symbol's advice, and the reason of its first missing number, in one row."""

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        symbol = view.symbol(view.chosen)
        mark, word, role = view.badge(symbol)
        row = Row(width, "title").add(f" {view.chosen} ", "strong").add(f"{mark} ", role)
        if symbol is None:
            return [row.add(word, role).line()]
        text = (
            advice(view, symbol)
            if symbol.status == "ready"
            else f"{word} {view.words.message(symbol.message)}"
        )
        row.add(fit(text, row.room - 1), role)
        missing = next(reasons(symbol), None)
        if missing is not None and row.room > 16:
            why = view.words.reason(missing[1])
            reason = f"{missing[0]}: {why}"
            if cell_len(reason) > row.room - 5:
                reason = fit(why, row.room - 5)
            row.add(f"  {fmt.DASH} {reason}" if reason else "", "quiet")
        return [row.line()]


def _text(text: str, width: int, role: str, limit: int) -> list[Line]:
    return [Row(width).add(f" {part}", role).line() for part in wrap(text, width - 2, limit)]


def _advice(view: View, symbol: SymbolState, width: int) -> list[Line]:
    if symbol.status != "ready":
        mark, word, role = view.badge(symbol)
        rows = _text(f"{mark} {word}", width, role, 1)
        return rows + _text(view.words.message(symbol.message), width, "text", 3)
    role = view.badge(symbol)[2]
    rows = _text(advice(view, symbol), width, role, 2)
    for note in symbol.recommendation.notes:
        rows += _text(view.words.code("note", note), width, "quiet", 2)
    return rows


def _fact(fact: Fact, label: int, width: int) -> Line:
    row = Row(width).add(" ").cell(fact.label, label, "quiet", "<").add(" ")
    for text, role in fact.cells:
        row.add(" ").add(text, role)
    return row.line()


def _chart(view: View, symbol: SymbolState, width: int, height: int) -> list[Line]:
    """15m volatility in what room is left, with the range it is drawn in."""
    rows = min(8, height - 2)
    if rows < 3 or not symbol.volatility.spark:
        return []
    low, high = (fmt.percent(limit, 0) for limit in cells.spark_limits(symbol))
    text = view.words("detail.chart", low=low, high=high)
    head = Row(width).add(f" {fit(text, width - 2)}", "faint").line()
    chart = cells.chart(view, symbol, width - 2, rows)
    return [Row(width).line(), head, *(Row(width).add(" ").extend([p]).line() for p in chart)]


def _ages(view: View, symbol: SymbolState, width: int) -> list[Line]:
    """The age of every family of data, those past their limit marked."""
    words, rows = view.words, [Row(width)]
    for name, fresh in symbol.freshness.items():
        text, role = cells.cell(
            fresh.age_ms, fmt.age(fresh.age_ms), view.lost or fresh.stale, "text"
        )
        part = [Span(" "), Span(f"{words(f'family.{name}')} ", "quiet"), Span(text, role)]
        if sum(cell_len(span.text) for span in part) > rows[-1].room:
            rows.append(Row(width))
        rows[-1].extend(part)
    return [row.line() for row in rows if row.used]


def _missing(view: View, symbol: SymbolState, width: int) -> list[Line]:
    rows: list[Line] = []
    for name, reason in reasons(symbol):
        rows += _text(f"{fmt.DASH} {name}: {view.words.reason(reason)}", width, "quiet", 2)
    return rows


def reasons(symbol: SymbolState) -> Iterator[tuple[str, str]]:
    """(field, reason) of the numbers that are missing, one for each distinct reason."""
    seen: set[str] = set()
    for part in ("score", "price", "liquidity", "funding", "volatility", "open_interest",
                 "flow", "liquidations", "position", "performance", "value_at_risk"):  # fmt: skip
        for name, reason in _walk((part,), getattr(symbol, part)):
            if reason not in seen:
                seen.add(reason)
                yield name.replace("_", " "), reason


def _walk(path: tuple[str, ...], value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Missing):
        yield " ".join(path[-2:]), value.reason
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.metadata.get("published", True):
                yield from _walk((*path, field.name), getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            label = f"±{float(key) * 100:g}%" if path[-1] == "depth" else key
            yield from _walk((*path, label), item)
