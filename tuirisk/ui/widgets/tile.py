"""One symbol's risk tile.

Every field has its place in a tile of a given size, whatever the numbers are and whether or not
this symbol has a position: tiles beside each other read as rows of a table.
"""

from __future__ import annotations

from rich.cells import cell_len

from tuirisk.state import NO_EXTERNAL, Missing, Position, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit, wrap
from tuirisk.ui.view.held import held_text
from tuirisk.ui.view.view import FILLED, View, level_role
from tuirisk.ui.widgets import cells, positions, spark
from tuirisk.ui.widgets.table import short_name

TILE_HEIGHT = 10
TILE_HEIGHTS = (16, 14, 12, TILE_HEIGHT)
"""Taller ones have volatility as a chart, and two rows for a position."""
FIGURE = 9
"""Cells of the score's figure: two big digits and the mark of staleness, or a hundred."""
RATE = 9
COUNTDOWN = 7
DISTANCE = 8
"""Cells of a funding rate, the time to it, and a distance to liquidation, with their marks."""
TILE_WIDTH = 23
"""The least width that holds every field whole."""
ROOMY = 34
"""From this width on the components have their names."""
CHANCE_HEIGHT = 14
"""Rows from which on a tile has P(liquidation)."""
AGE = 5
"""Cells of an age, with a blank on either side."""
INPUTS = 4
"""How many things a symbol waits for before it is ready."""


def draw_tile(view: View, name: str, width: int, height: int = TILE_HEIGHT) -> list[Line]:
    """The ``height`` rows of one symbol."""
    symbol = view.symbol(name)
    ground = "chosen" if name == view.chosen else "tile"
    rows = [_name(view, name, symbol, width, ground), _severity(view, symbol, width, ground)]
    if symbol is not None and symbol.status not in ("warming", "error"):
        return rows + _numbers(view, name, symbol, width, ground, height)
    tail = [] if symbol is None else [_funding(view, symbol, width, ground)]
    blank = Row(width, ground).line()
    if symbol is not None and symbol.status == "warming":
        rows.append(_progress(view, symbol, width, ground))
    rows += [blank, *_awaiting(view, symbol, width, height - len(rows) - 2, ground)]
    if symbol is not None and symbol.volatility.spark:
        tail += _regime(view, symbol, width, ground, 0)
    return rows + [blank] * (height - len(rows) - len(tail)) + tail


def _name(view: View, name: str, symbol: SymbolState | None, width: int, ground: str) -> Line:
    row = Row(width, ground)
    row.add(glyphs.POINTER if name == view.chosen else " ", "accent")
    price = cells.ValueCell(fmt.DASH, "quiet") if symbol is None else cells.last_price(view, symbol)
    size = cell_len(price.text.rstrip(glyphs.STALE)) + 1
    long = cell_len(name) + size + 1 > row.room
    row.add(short_name(name) if long else name, "strong")
    return cells.add_steady(row.pad_to(width - size), price, size).line()


def _severity(view: View, symbol: SymbolState | None, width: int, ground: str) -> Line:
    mark, word, role = view.badge(symbol)
    row = Row(width, ground)
    change = None if symbol is None else cells.change_24h(view, symbol)
    if role in FILLED:
        row = Row(width, "")
        row.add(f" {mark} {word}", f"{role}-fill")
        shown = cells.ValueCell("" if change is None else change.text, f"{role}-fill")
        return cells.add_steady(row, shown, row.room).line()
    row.add(f" {mark} {word}", role)
    return (row if change is None else cells.add_steady(row, change, row.room)).line()


def _progress(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    """How many of the things a symbol needs are there."""
    received = INPUTS - len(view.words.missing_items(symbol.message))
    row = Row(width, ground).add(" ")
    count = view.words("tile.steps", done=received, all=INPUTS)
    cells.meter(row, received / INPUTS, row.room - cell_len(count) - 2, "warming")
    return row.right(Span(count, "quiet"), margin=1).line()


def _awaiting(
    view: View, symbol: SymbolState | None, width: int, limit: int, ground: str
) -> list[Line]:
    """What is awaited, or what is wrong, a thing a row where that fits."""
    words = view.words
    items = () if symbol is None else words.missing_items(symbol.message)
    rows = [words("reason.waiting_for", things="").rstrip(), *(f"  {item}" for item in items)]
    if not items or len(rows) > limit or max(map(cell_len, rows)) > width - 2:
        message = "" if symbol is None else words.reason(symbol.message)
        rows = wrap(message or words("tile.awaiting"), width - 2, limit)
    return [Row(width, ground).add(f" {text}", "text").line() for text in rows]


def _numbers(
    view: View, name: str, symbol: SymbolState, width: int, ground: str, height: int
) -> list[Line]:
    """The score and its components, funding, the regime, the position, and how fresh it all is.

    What rows are left go to the chart of volatility. Where any symbol has positions, every tile
    keeps the rows that those with the most take.
    """
    rows = [*_score(view, symbol, width, ground), _funding(view, symbol, width, ground)]
    block = _positions(view, symbol, width, ground, height)
    block += [Row(width, ground).line()] * (position_rows(view, height) - len(block))
    if height > TILE_HEIGHT:
        rows += _outside(view, name, width, ground)
    chart_rows = height - 2 - len(rows) - 1 - len(block) - 1
    rows += _regime(view, symbol, width, ground, chart_rows)
    return [*rows, *block, _fresh(view, symbol, width, ground)]


def _outside(view: View, name: str, width: int, ground: str) -> list[Line]:
    """Implied volatility with its premium, and liquidations elsewhere; no row without a provider
    that has the asset.
    """
    external = view.state.external if view.state is not None else NO_EXTERNAL
    implied, liquidations = external.implied_of(name), external.liquidations_of(name)
    row = Row(width, ground).add(" ")
    if implied is not None:
        cell = cells.value_cell(implied.value, fmt.percent(implied.value, 0), implied.stale)
        row.add(view.words("tile.implied"), "quiet").add(" ").add(*cell)
        if not isinstance(implied.premium, Missing):
            row.add(f" {fmt.percent(implied.premium, 0, signed=True)}", "quiet")
    if liquidations is not None:
        total = liquidations.long_1h + liquidations.short_1h
        cell = cells.value_cell(total, fmt.compact(total), False)
        row.right(Span(view.words("tile.outside"), "quiet"), Span(" "), Span(*cell), margin=1)
    return [row.line()] if implied is not None or liquidations is not None else []


def position_rows(view: View, height: int) -> int:
    """How many rows every tile of ``height`` rows keeps for positions."""
    symbols = [view.symbol(name) for name in view.symbols]
    count = max((len(one.legs) for one in symbols if one is not None), default=0)
    if height <= TILE_HEIGHT:
        return min(1, count)
    return min(count, 1) * (2 + (height >= CHANCE_HEIGHT)) + (count > 1)


def _score(view: View, symbol: SymbolState, width: int, ground: str) -> list[Line]:
    """The score as a big figure over its gauge; the components beside it."""
    total = symbol.score.total
    role = view.badge(symbol)[2]
    stale = not isinstance(total, Missing) and (view.stale(symbol) or bool(symbol.score.carried))
    unknown = isinstance(total, Missing) or role == "unknown"
    role = "quiet" if unknown else "stale" if stale else role
    size = max(FIGURE, width // 3 if width >= ROOMY else 0)
    figure = list(glyphs.figure(fmt.score(total)))
    if stale:
        figure[-1] += glyphs.STALE
    rows = [Row(width, ground).add(" ").cell(part, size, role, "<") for part in figure]
    filled = (total or 0.0) / 100
    gauge = cells.meter(Row(width, ground).add(" "), filled, size - 1, role)
    components = cells.components(view, symbol)
    family = "component" if width >= ROOMY else "initial"
    names = [view.words(f"{family}.{name}") for name, _, _ in components]
    label = max(map(cell_len, names))
    for row, text, (_, value, late) in zip([*rows, gauge], names, components, strict=True):
        row.pad_to(1 + size).add(" ").cell(text, label, "quiet", "<").add(" ")
        share = (value or 0.0) / 100
        cells.meter(row, share, row.room - 5, "stale" if late else view.role_of(value))
        cells.add_steady(row, cells.value_cell(value, fmt.score(value), late), 5)
    return [row.line() for row in [*rows, gauge]]


def _regime(
    view: View, symbol: SymbolState, width: int, ground: str, chart_rows: int
) -> list[Line]:
    """The regime's word with the sparkline beside it, or since when, with a chart under it."""
    regime, words = symbol.volatility.regime, view.words
    word = words.code("regime", regime.state) or fmt.DASH
    row = Row(width, ground)
    row.add(" ").add(word, spark.regime_role(view, symbol)).add(" ")
    if chart_rows <= 0:
        most = max(cell_len(words(f"regime.{state}")) for state in spark.REGIMES)
        [line] = spark.spark(view, symbol, width - most - 4)
        return [row.right(*line, margin=1).line()]
    if regime.since:
        age = fmt.since(regime.since, view.time_ms)
        row.add(words("detail.for", age=age) if width >= ROOMY else age, "quiet")
    parts = [Span(words("tile.week"), "faint")]
    if width >= ROOMY and not isinstance(regime.percentile_30d, Missing):
        rank = f"{words('detail.percentile')} {regime.percentile_30d:3.0f}  "
        parts.insert(0, Span(rank, "quiet"))
    row.right(*parts, margin=1)
    chart = spark.spark(view, symbol, width - 2, chart_rows)
    return [row.line(), *(Row(width, ground).add(" ").extend(part).line() for part in chart)]


def _funding(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    row = Row(width, ground).add(" ")
    label, rate = view.words("tile.funding"), cells.funding_rate(view, symbol)
    hours = symbol.funding.interval_hours
    every = "" if isinstance(hours, Missing) else f"{fmt.decimal(hours, 0)}h"
    row.add(label, "quiet")
    if cell_len(label) + cell_len(every) + 2 <= width - 1 - RATE - COUNTDOWN:
        row.add(" ").add(every, "faint")
    row.pad_to(width - RATE - COUNTDOWN)
    if row.room < RATE + COUNTDOWN:
        return row.right(Span(*rate), margin=1).line()
    cells.add_steady(row, rate, RATE)
    return cells.add_steady(row, cells.funding_countdown(view, symbol), COUNTDOWN).line()


def _positions(view: View, symbol: SymbolState, width: int, ground: str, height: int) -> list[Line]:
    """The leg nearest to liquidation, with its probability where there is room; the other leg and
    the P&L of both in a row of their own.
    """
    if not symbol.legs:
        return []
    position, others = symbol.legs[0], len(symbol.legs) - 1
    row = Row(width, ground).add(" ").extend([positions.side(view, symbol, position)])
    if height <= TILE_HEIGHT:
        row.add(f"+{others}" if others else "", "strong")
        cells.add_steady(row, positions.summed(view, symbol), 8)
        return [positions.distance_meter(row, view, symbol, position, DISTANCE).line()]
    leverage = positions.effective_leverage(view, symbol, position)
    row.add(f" {leverage.text}", leverage.role)
    gain = positions.profit(view, symbol, position.unrealised_pnl)
    rows = [cells.add_steady(row, gain, row.room).line()]
    row = Row(width, ground).add(" ").add(view.words("tile.liquidation"), "quiet").add(" ")
    rows.append(positions.distance_meter(row, view, symbol, position, DISTANCE).line())
    if height >= CHANCE_HEIGHT:
        rows.append(_chance(view, symbol, position, width, ground))
    return [*rows, _others(view, symbol, width, ground)] if others else rows


def _chance(view: View, symbol: SymbolState, position: Position, width: int, ground: str) -> Line:
    """P(liquidation) within 24 h, with the age of its simulation where there is room for both."""
    label, age = view.words("detail.chance"), cells.chance_age(view, position)
    chance = cells.chance_cell(view, symbol, position)
    row = Row(width, ground).add(" ").add(label, "quiet")
    if cell_len(chance.text.rstrip(glyphs.STALE)) + 1 > row.room - AGE:
        return cells.add_steady(row, chance, row.room).line()
    cells.add_steady(row, chance, row.room - AGE)
    return row.cell(age, AGE - 1, "quiet").line()


def _others(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    """``+1 short 0.1 +54   =+238``: the other leg and the P&L of all."""
    total = positions.summed(view, symbol)
    sum_of_all = cells.ValueCell(f"={total.text}", total.role)
    row = Row(width, ground).add(" ")
    size = cell_len(sum_of_all.text.rstrip(glyphs.STALE)) + 1
    row.extend(positions.other_legs(view, symbol, row.room - size - 1))
    return cells.add_steady(row.pad_to(width - size), sum_of_all, size).line()


def _fresh(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    """Why the severity is held, else how fresh the data are; what of the score is covered."""
    row = Row(width, ground).add(" ")
    held_state = held_text(view, symbol, width - 2)
    if held_state:
        return row.add(held_state, "text").line()
    text, role = cells.freshness(view, symbol, width - 2)
    row.add(fit(text, width - 2), role)
    role = level_role(symbol.score.levels.get("coverage"), "")
    if role and symbol.status != "warming":
        share = view.words("tile.coverage", value=fmt.percent(symbol.score.coverage, 0))
        row.right(Span(share, role), margin=1)
    return row.line()
