"""The columns of the watchlist's table: what each shows of a symbol, and which of them fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rich.cells import cell_len

from tuirisk.state import Missing, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Row, Span, fit
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
    position, more = symbol.legs[0], len(symbol.legs) - 1
    row = Row(width).extend([positions.side(view, symbol, position)])
    row.add(f"+{more}" if more else "", "strong")
    return cells.add_steady(row, positions.distance(view, symbol, position), row.room).line()


def _pnl(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """The P&L of all legs together."""
    return _one(positions.summed(view, symbol)) if symbol.legs else ()


def _chance(view: View, symbol: SymbolState, width: int) -> tuple[Span, ...]:
    """P(liquidation) within 24 h of the leg nearest to liquidation."""
    if not symbol.legs:
        return ()
    position = symbol.legs[0]
    return _one(cells.chance_cell(view, symbol, position))


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
    sentence, role = advice(view, symbol), view.badge(symbol)[2]
    row = Row(width).add(fit(sentence, width), role)
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
    columns = [c for c in COLUMNS if c.key not in ("components", "spark")]
    texts = ("".join(span.text for span in column.draw(view, symbol, 60)) for column in columns)
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


def chosen_columns(width: int, legs: int = 1, last: int = LAST) -> list[Column]:
    """The columns that fit in ``width`` cells, in their order on the screen.

    ``legs``: the most positions that one symbol has; ``last``: cells of the widest price.
    """
    columns: list[Column] = []
    room = width
    widths = {"last": last, "position": HEDGED if legs > 1 else POSITION}
    by_rank = sorted(COLUMNS, key=lambda c: c.rank)
    for column in (replace(c, width=widths.get(c.key, c.width)) for c in by_rank):
        if column.rank > NARROW_SPARK and room >= MORE_SPARK:
            for i, before in enumerate(columns):
                if before.key == "spark" and before.width == SPARK:
                    columns[i] = replace(before, width=SPARK + MORE_SPARK)
                    room -= MORE_SPARK
        if legs < NEEDED_LEGS.get(column.key, 0):
            continue
        if column.width + 1 > room:
            break
        room -= column.width + 1
        columns.append(column)
    index = {column.key: i for i, column in enumerate(COLUMNS)}
    return sorted(columns, key=lambda column: index[column.key])


def stretched(columns: list[Column], width: int) -> list[Column]:
    """The last of advice and sparkline takes what is left over."""
    rest = width - sum(column.width + 1 for column in columns)
    for key in ("advice", "spark"):
        for index, column in enumerate(columns):
            if column.key == key:
                columns[index] = replace(column, width=column.width + rest)
                return columns
    return columns
