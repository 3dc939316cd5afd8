"""The watchlist as a table: one row a symbol, as many columns as fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rich.cells import cell_len

from tuirisk.state import Missing, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit, measure
from tuirisk.ui.view.held import held_text
from tuirisk.ui.view.view import FILLED, View
from tuirisk.ui.widgets import cells, positions, spark

Draw = Callable[[View, SymbolState, int], tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading's key, its rank (the highest gives way first), how it is drawn."""

    key: str
    rank: int
    width: int
    draw: Draw
    align: str = ">"


def _one(cell: cells.ValueCell) -> tuple[Span, ...]:
    return (Span(*cell),)


def _total(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    total, role = symbol.score.total, view.badge(symbol)[2]
    stale = view.stale(symbol) or bool(symbol.score.carried)
    role = "text" if role == "unknown" else role
    return _one(cells.value_cell(total, fmt.score(total), stale, role))


def _severity(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    mark, word, role = view.badge(symbol)
    text = f"{mark:>2} {word}"
    if cell_len(text) > width:
        text = f"{mark:>2}{word}"
    if role in FILLED:
        return (Span(text + " " * (width - cell_len(text)), f"{role}-fill"),)
    return (Span(text, role),)


def _components(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    return tuple(
        Span(glyphs.GAP, "quiet")
        if isinstance(value, Missing)
        else Span(glyphs.level(value / 100), "stale" if stale else view.role_of(value))
        for _, value, stale in cells.components(view, symbol)
    )


def _regime(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    state = symbol.volatility.regime.state
    text = view.words.code("regime", state)
    return _one(cells.value_cell(state, text, view.stale(symbol, "candles")))


def _spread(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    value = symbol.liquidity.spread_bps
    text = fmt.basis_points(value) + "bp"
    return _one(cells.value_cell(value, text, view.stale(symbol, "depth")))


def _slippage(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """The worse side of the reference order, or of the position's exit."""
    impact = symbol.liquidity.impact
    sides = [impact.sell, impact.buy]
    if symbol.position is not None:
        sides = [impact.sell if symbol.position.side == "long" else impact.buy]
    worst = max(sides, key=lambda f: -1.0 if isinstance(f.slippage, Missing) else f.slippage)
    sign = ">" if worst.exhausted is True else ""
    text = f"{sign}{fmt.slippage_bps(worst.slippage)}bp"
    role = "critical" if worst.exhausted is True else "text"
    return _one(cells.value_cell(worst.slippage, text, view.stale(symbol, "depth"), role))


def _interest(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    value = symbol.open_interest.change_24h
    text = fmt.percent(value, 1, signed=True)
    return _one(cells.value_cell(value, text, view.stale(symbol, "open_interest")))


def _position(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """Side of the leg nearest to liquidation, how many more there are, and how far that is."""
    if not symbol.legs:
        return ()
    held, more = symbol.legs[0], len(symbol.legs) - 1
    row = Row(width).extend([positions.side(view, symbol, held)])
    row.add(f"+{more}" if more else "", "strong")
    return cells.add_steady(row, positions.distance(view, symbol, held), row.room).line()


def _pnl(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """The P&L of all legs together."""
    return _one(positions.summed(view, symbol)) if symbol.legs else ()


def _chance(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """P(liquidation) within 24 h of the leg nearest to liquidation."""
    if not symbol.legs:
        return ()
    held = symbol.legs[0]
    return _one(cells.chance_cell(view, symbol, held, held.p_liquidation_24h))


def _leverage(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """The effective leverage of the leg nearest to liquidation."""
    if not symbol.legs:
        return ()
    leverage = symbol.legs[0].leverage
    text = fmt.leverage(leverage)
    return _one(cells.value_cell(leverage, text, view.stale(symbol, "mark", "account")))


def _legs(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """The legs beside the nearest one."""
    return positions.other_legs(view, symbol, width)


def _fresh(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    return _one(cells.freshness(view, symbol, width))


def _advice(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    if not view.judged(symbol):
        return (Span(fit(view.words.reason(symbol.message), width), "quiet"),)
    said, role = advice(view, symbol), view.badge(symbol)[2]
    row = Row(width).add(fit(said, width), role)
    return row.add("  ").add(held_text(view, symbol, row.room), "text").line()


def advice(view: View, symbol: SymbolState) -> str:
    """The sentence of the rule that decided the severity, in the screen's language; the state's
    own text for an unknown code.
    """
    key = f"code.{symbol.severity.rule}"
    text = symbol.severity.text or symbol.recommendation.text
    return view.words(key) if view.words.has(key) else text


def row_text(view: View, name: str) -> str:
    """A symbol's row for the clipboard: every column that has one, tab-separated."""
    symbol = view.symbol(name)
    if symbol is None:
        return name
    kept = [c for c in COLUMNS if c.key not in ("components", "spark")]
    texts = ("".join(span.text for span in column.draw(view, symbol, 60)) for column in kept)
    return "\t".join([name, *(" ".join(text.split()) for text in texts)])


LAST = 11
POSITION = 13
HEDGED = 15
"""Cells of the position; of one with another leg beside it."""
SPARK = 4
MORE_SPARK = 7
NARROW_SPARK = 13
"""Least cells of the sparkline, and by how many it grows before columns of a rank above this."""
COLUMNS = (
    Column("risk", 0, 4, _total),
    Column("severity", 1, 11, _severity, "<"),
    Column("last", 2, LAST, lambda v, s, w: _one(cells.last_price(v, s))),
    Column("change", 3, 8, lambda v, s, w: _one(cells.change_24h(v, s))),
    Column("components", 6, 4, _components, "<"),
    Column("spark", 7, SPARK, lambda v, s, w: tuple(spark.spark(v, s, w)[0]), "<"),
    Column("regime", 14, 10, _regime, "<"),
    Column("funding", 4, 9, lambda v, s, w: _one(cells.funding_rate(v, s))),
    Column("position", 5, POSITION, _position, "<"),
    Column("pnl", 8, 8, _pnl),
    Column("chance", 9, 8, _chance),
    Column("legs", 10, 17, _legs, "<"),
    Column("leverage", 15, 7, _leverage),
    Column("next", 13, 6, lambda v, s, w: _one(cells.funding_countdown(v, s))),
    Column("spread", 17, 8, _spread),
    Column("slippage", 12, 8, _slippage),
    Column("open_interest", 16, 8, _interest),
    Column("fresh", 11, 7, _fresh, "<"),
    Column("advice", 18, 30, _advice, "<"),
)
NEEDED_LEGS = {"position": 1, "pnl": 1, "chance": 1, "leverage": 1, "legs": 2}
"""How many positions any symbol has at least where a column is of use."""


_SORT_OF = {"risk": "score", "change": "change", "funding": "funding", "position": "distance"}
"""The sort that goes by a column."""


def _last(view: View) -> int:
    """Cells of the widest price, stale or not."""
    shown = (view.symbol(name) for name in view.symbols)
    prices = (fmt.price(s.price.last, s.tick_size) for s in shown if s is not None)
    return max([len(view.words("table.last")) * 2, *(cell_len(text) + 1 for text in prices)])


def chosen_columns(width: int, legs: int = 1, last: int = LAST) -> list[Column]:
    """The columns that fit in ``width`` cells, in their order on the screen.

    ``legs``: the most positions that one symbol has; ``last``: cells of the widest price.
    """
    kept: list[Column] = []
    room = width
    widths = {"last": last, "position": HEDGED if legs > 1 else POSITION}
    by_rank = sorted(COLUMNS, key=lambda c: c.rank)
    for column in (replace(c, width=widths.get(c.key, c.width)) for c in by_rank):
        if column.rank > NARROW_SPARK and room >= MORE_SPARK:
            for i, before in enumerate(kept):
                if before.key == "spark" and before.width == SPARK:
                    kept[i] = replace(before, width=SPARK + MORE_SPARK)
                    room -= MORE_SPARK
        if legs < NEEDED_LEGS.get(column.key, 0):
            continue
        if column.width + 1 > room:
            break
        room -= column.width + 1
        kept.append(column)
    place = {column.key: i for i, column in enumerate(COLUMNS)}
    return sorted(kept, key=lambda column: place[column.key])


def _stretched(columns: list[Column], width: int) -> list[Column]:
    """The last of advice and sparkline takes what is left over."""
    rest = width - sum(column.width + 1 for column in columns)
    for key in ("advice", "spark"):
        for index, column in enumerate(columns):
            if column.key == key:
                columns[index] = replace(column, width=column.width + rest)
                return columns
    return columns


def draw_table(view: View, width: int, height: int) -> list[Line]:
    """A heading and the rows around the chosen symbol."""
    symbols = view.symbols
    first = first_row(view, height)
    if not symbols:
        none = Row(width).add(f" {fit(view.words('filter.none'), width - 2)}", "quiet")
        rows = [Row(width, "title").line(), none.line()]
        return [*rows, _hidden(view, 0, (), width)] if view.watched and height > 2 else rows
    names = max(cell_len(name) for name in (view.words("table.symbol"), *symbols))
    size = min(names, max(4, width - 6))
    held = (view.symbol(name) for name in symbols)
    legs = max((len(symbol.legs) for symbol in held if symbol is not None), default=0)
    columns = _stretched(chosen_columns(width - size - 2, legs, _last(view)), width - size - 2)
    rows = [_heading(view, columns, size, width)]
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


def _heading(view: View, columns: list[Column], size: int, width: int) -> Line:
    """Column names; while not live, the status stands over the symbols, and over as many columns
    as it needs: no column moves for it.
    """
    row = Row(width, "title").add(" ")
    if view.frozen:
        row.add(view.words("header.frozen"), "warning-fill")
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
