"""The watchlist as a table: one row a symbol, as many columns as fit."""

from __future__ import annotations

from rich.cells import cell_len

from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit, measure
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.table_columns import Column, chosen_columns, stretched

_SORT_OF = {"risk": "score", "change": "change", "funding": "funding", "position": "distance"}
"""The sort that goes by a column."""


def _last(view: View) -> int:
    """Cells of the widest price, stale or not."""
    shown = (view.symbol(name) for name in view.symbols)
    prices = (fmt.price(s.price.last, s.tick_size) for s in shown if s is not None)
    return max([len(view.words("table.last")) * 2, *(cell_len(text) + 1 for text in prices)])


def draw_table(view: View, width: int, height: int, *, headed: bool = False) -> list[Line]:
    """A heading and the rows around the chosen symbol.

    ``headed``: the header above says how the connection is, so that the heading need not.
    """
    symbols = view.symbols
    first = first_row(view, height)
    if not symbols:
        none = Row(width).add(f" {fit(view.words('filter.none'), width - 2)}", "quiet")
        rows = [Row(width, "title").line(), none.line()]
        return [*rows, _hidden(view, 0, (), width)] if view.watched and height > 2 else rows
    names = max(cell_len(name) for name in (view.words("table.symbol"), *symbols))
    size = min(names, max(4, width - 6))
    states = (view.symbol(name) for name in symbols)
    legs = max((len(symbol.legs) for symbol in states if symbol is not None), default=0)
    columns = stretched(chosen_columns(width - size - 2, legs, _last(view)), width - size - 2)
    rows = [_heading(view, columns, size, width, headed)]
    shown = symbols_shown(view, height)
    rows += [_row(view, name, columns, size, width) for name in shown]
    if len(shown) < len(view.watched) and len(rows) < height:
        rows.append(_hidden(view, first, shown, width))
    return rows


def symbols_shown(view: View, height: int) -> tuple[str, ...]:
    """The symbols that have a row in a table of ``height`` rows."""
    first = first_row(view, height)
    return view.symbols[first : first + _rows(view, height)]


def first_row(view: View, height: int) -> int:
    """Index of the first symbol shown: the first of all, or such that the chosen one is shown."""
    symbols = view.symbols
    if not view.follow_chosen:
        return 0
    index = symbols.index(view.chosen) if view.chosen in symbols else 0
    count = _rows(view, height)
    return max(0, min(index - count // 2, len(symbols) - count))


def _rows(view: View, height: int) -> int:
    """Rows for symbols under the heading; where some have none, the last row tells of them."""
    room = max(1, height - 1)
    return room if len(view.symbols) <= room else max(1, room - 1)


def _hidden(view: View, first: int, shown: tuple[str, ...], width: int) -> Line:
    """``▲1  7 more ▼  worst hidden APTUSDT !! CRITICAL``; shorter where there is less room.

    Symbols that the filter hides are counted apart: ``4 filtered out``.
    """
    below = len(view.symbols) - first - len(shown)
    hidden = view.hidden(shown)
    mark, word, role = view.badge(view.symbol(hidden[0]))
    row = Row(width).add(" ")
    filtered = len(view.hidden(view.symbols))
    if first:
        row.add(view.words("table.above", value=first) + "  ", "quiet")
    if below:
        row.add(view.words("table.below", value=below) + "  ", "quiet")
    if filtered:
        row.add(view.words("table.filtered", value=filtered) + "  ", "quiet")
    named = Span(f"{hidden[0]} {mark} {word}", role)
    label = Span(view.words("table.worst_hidden") + " ", "quiet")
    for spans in ((label, named), (named,), (Span(f"{short_name(hidden[0])} {mark}", role),)):
        if measure(spans) < row.room:
            return row.extend(spans).line()
    return row.line()


def short_name(name: str) -> str:
    """The base asset, for where the whole symbol does not fit."""
    return next((name[: -len(q)] for q in ("USDT", "USDC") if name.endswith(q)), name)


def _heading(view: View, columns: list[Column], size: int, width: int, headed: bool) -> Line:
    """Column names; while not live and not ``headed``, the status stands over the symbols, and
    over as many columns as it needs: no column moves for it.
    """
    row = Row(width, "title").add(" ")
    if headed:
        row.cell(view.words("table.symbol"), size, "title", "<")
    elif view.frozen:
        row.add(view.words("header.frozen"), "warning-fill")
    elif view.playback is not None and view.playback.paused:
        row.add(view.words("playback.paused"), "warning-fill")
    elif view.connection == "live":
        row.cell(view.words("table.symbol"), size, "title", "<")
    else:
        row.add(view.words(f"connection.{view.connection}"), "warning")
    start = 1 + size
    for column in columns:
        text, start = view.words(f"table.{column.key}"), start + 1
        if column.align == ">" and cell_len(text) < column.width:
            text += " "
        if row.used < start:
            role = "accent" if view.sort == _SORT_OF.get(column.key) else "title"
            row.pad_to(start).cell(text, column.width, role, column.align)
        start += column.width
    return row.line()


def _row(view: View, name: str, columns: list[Column], size: int, width: int) -> Line:
    symbol = view.symbol(name)
    row = Row(width, "chosen" if name == view.chosen else "")
    row.add(glyphs.POINTER if name == view.chosen else " ", "accent")
    label = name if cell_len(name) <= size else name[: size - 1] + "."
    row.cell(label, size, "strong", "<")
    for column in columns:
        row.add(" ")
        if symbol is None:
            mark, word, role = view.badge(None)
            text = f"{mark:>2} {word}" if column.key == "severity" else ""
            row.cell(text, column.width, role, "<")
            continue
        spans = column.draw(view, symbol, column.width)
        gap = column.width - measure(spans)
        if gap < 0:
            spans, gap = (), column.width
        after = gap
        if column.align == ">":
            # The mark of staleness has a cell of its own, so that it moves no digit.
            after = min(gap, 0 if spans and spans[-1].text.endswith(glyphs.STALE) else 1)
        row.add(" " * (gap - after)).extend(spans).add(" " * after)
    return row.line()
