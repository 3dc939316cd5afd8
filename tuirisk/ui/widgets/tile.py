"""One symbol's risk tile."""

from __future__ import annotations

from rich.cells import cell_len

from tuirisk.state import Missing, Position, SymbolState
from tuirisk.ui import format as fmt
from tuirisk.ui import glyphs
from tuirisk.ui.lines import Line, Row, Span, fit, measure, wrap
from tuirisk.ui.view import View
from tuirisk.ui.widgets import cells

TILE_HEIGHT = 10
TILE_HEIGHTS = (16, 14, 12, TILE_HEIGHT)
"""Taller ones have volatility as a chart, and two rows for a position."""
TILE_WIDTH = 23
"""The least width that holds every field whole."""
ROOMY = 34
"""From this width on the components have their names."""
AWAITED = 4
"""How many things a symbol waits for before it is ready."""
FAR_SIGMAS = 5.0
FAR = 0.25
"""A distance to liquidation at which its bar is full: in daily sigmas, or as a fraction."""


def draw_tile(view: View, name: str, width: int, height: int = TILE_HEIGHT) -> list[Line]:
    """The ``height`` rows of one symbol."""
    symbol = view.symbol(name)
    ground = "chosen" if name == view.chosen else "tile"
    rows = [_name(view, name, symbol, width, ground), _severity(view, symbol, width, ground)]
    if symbol is not None and symbol.status not in ("warming", "error"):
        return rows + _numbers(view, symbol, width, ground, height)
    tail = [] if symbol is None else [_funding(view, symbol, width, ground)]
    blank = Row(width, ground).line()
    if symbol is not None and symbol.status == "warming":
        rows.append(_progress(view, symbol, width, ground))
    rows += [blank, *_awaiting(view, symbol, width, height - len(rows) - 2, ground)]
    if symbol is not None and symbol.volatility.spark:
        tail.insert(0, _regime(view, symbol, width, ground, 0)[0])
    return rows + [blank] * (height - len(rows) - len(tail)) + tail


def short_name(name: str) -> str:
    """The base asset, for where the whole symbol does not fit."""
    return next((name[: -len(q)] for q in ("USDT", "USDC") if name.endswith(q)), name)


def _name(view: View, name: str, symbol: SymbolState | None, width: int, ground: str) -> Line:
    row = Row(width, ground)
    row.add(glyphs.POINTER if name == view.chosen else " ", "accent")
    price = cells.Cell(fmt.DASH, "quiet") if symbol is None else cells.last_price(view, symbol)
    long = cell_len(name) + cell_len(price.text) + 2 > row.room
    row.add(short_name(name) if long else name, "strong")
    return row.right(Span(*price), margin=1).line()


def _severity(view: View, symbol: SymbolState | None, width: int, ground: str) -> Line:
    mark, word, role = view.badge(symbol)
    row = Row(width, ground)
    change = None if symbol is None else cells.change_24h(view, symbol)
    if role in ("warning", "critical", "error"):
        row = Row(width, "")
        row.add(f" {mark} {word}", f"{role}-fill")
        tail = "" if change is None else f"{change.text} "
        return row.add(tail.rjust(row.room), f"{role}-fill").line()
    row.add(f" {mark} {word}", role)
    return (row if change is None else row.right(Span(*change), margin=1)).line()


def _progress(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    """How many of the things a symbol needs are there."""
    there = AWAITED - len(view.words.awaited(symbol.message))
    row = Row(width, ground).add(" ")
    count = view.words("tile.steps", done=there, all=AWAITED)
    cells.meter(row, there / AWAITED, row.room - cell_len(count) - 2, "warming")
    return row.right(Span(count, "quiet"), margin=1).line()


def _awaiting(
    view: View, symbol: SymbolState | None, width: int, limit: int, ground: str
) -> list[Line]:
    """What is awaited, or what is wrong, a thing a row where that fits."""
    words = view.words
    things = () if symbol is None else words.awaited(symbol.message)
    rows = [words("await.waiting_for", things="").rstrip(), *(f"  {thing}" for thing in things)]
    if not things or len(rows) > limit or max(map(cell_len, rows)) > width - 2:
        message = "" if symbol is None else words.message(symbol.message)
        rows = wrap(message or words("tile.awaiting"), width - 2, limit)
    return [Row(width, ground).add(f" {text}", "text").line() for text in rows]


def _numbers(view: View, symbol: SymbolState, width: int, ground: str, height: int) -> list[Line]:
    """The score and its components, the regime, funding, the position, and how fresh it all is.

    What rows are left go to the chart of volatility.
    """
    block = _score(view, symbol, width, ground)
    tail = [_funding(view, symbol, width, ground)]
    if symbol.position is not None:
        tail += _position(view, symbol, symbol.position, width, ground, tall=height > TILE_HEIGHT)
    tail.append(_fresh(view, symbol, width, ground))
    chart_rows = height - 2 - len(block) - 1 - len(tail)
    return [*block, *_regime(view, symbol, width, ground, chart_rows), *tail]


def _score(view: View, symbol: SymbolState, width: int, ground: str) -> list[Line]:
    """The score as a big figure over its gauge; the components beside it."""
    total = symbol.score.total
    role = view.badge(symbol)[2]
    stale = not isinstance(total, Missing) and view.stale(symbol)
    role = "quiet" if isinstance(total, Missing) else "stale" if stale else role
    figure = glyphs.figure(fmt.score(total) + (glyphs.STALE if stale else ""))
    size = max(7, cell_len(figure[0]), width // 3 if width >= ROOMY else 0)
    rows = [Row(width, ground).add(" ").cell(part, size, role, "<") for part in figure]
    filled = 0.0 if isinstance(total, Missing) else total / 100
    rows.append(cells.meter(Row(width, ground).add(" "), filled, size, role))
    components = cells.components(view, symbol)
    family = "component" if width >= ROOMY else "initial"
    names = [view.words(f"{family}.{name}") for name, _, _ in components]
    label = max(map(cell_len, names))
    for row, text, (_, value, late) in zip(rows, names, components, strict=True):
        row.add("  ").cell(text, label, "quiet", "<").add(" ")
        share = 0.0 if isinstance(value, Missing) else value / 100
        cells.meter(row, share, row.room - 5, "stale" if late else view.role_of(value))
        row.right(Span(*cells.cell(value, fmt.score(value), late)), margin=1)
    return [row.line() for row in rows]


def _regime(
    view: View, symbol: SymbolState, width: int, ground: str, chart_rows: int
) -> list[Line]:
    """The regime's word with the sparkline beside it, or with a chart under it."""
    state = symbol.volatility.regime.state
    word = fmt.DASH if isinstance(state, Missing) else view.words.code("regime", state)
    row = Row(width, ground)
    row.add(" ").add(word, cells.regime_role(view, symbol)).add(" ")
    if chart_rows <= 0:
        return [row.right(cells.sparkline(view, symbol, row.room - 2), margin=1).line()]
    rank = symbol.volatility.regime.percentile_30d
    if not isinstance(rank, Missing):
        text = f"{view.words('detail.percentile')} {rank:.0f}"
        row.right(Span(text, "quiet"), margin=1)
    chart = cells.chart(view, symbol, width - 2, chart_rows)
    return [row.line(), *(Row(width, ground).add(" ").extend([part]).line() for part in chart)]


def _funding(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    row = Row(width, ground)
    rate, left = cells.funding_rate(view, symbol), cells.funding_countdown(view, symbol)
    row.add(" ").add(view.words("tile.funding"), "quiet")
    both = (Span(*rate), Span(" "), Span(*left))
    if measure(both) + 2 <= row.room:
        return row.right(*both, margin=1).line()
    return row.right(Span(*rate), margin=1).line()


def _position(
    view: View, symbol: SymbolState, held: Position, width: int, ground: str, tall: bool
) -> list[Line]:
    """Side, profit, and how far the liquidation is: its bar is full where that is far."""
    words, stale = view.words, view.stale(symbol, "mark")
    pnl, distance = held.unrealised_pnl, held.distance
    role = "stale" if stale else "up" if held.side == "long" else "down"
    side = Span(words.code("side", held.side), role)
    gain = Span(*cells.cell(pnl, fmt.compact(pnl, signed=True), stale, cells.change_role(pnl)))
    share, role = nearness(view, held)
    role = "stale" if stale else role
    away = Span(*cells.cell(distance, fmt.percent(distance, 1, signed=True), stale, role))
    row = Row(width, ground).add(" ").extend([side])
    if not tall:
        row.add(" ").extend([gain]).add(" ")
        cells.meter(row, share, row.room - measure([away]) - 2, role)
        return [row.right(away, margin=1).line()]
    leverage = "" if isinstance(held.leverage, Missing) else f" {held.leverage:.3g}x"
    rows = [row.add(leverage, "stale" if stale else "text").right(gain, margin=1).line()]
    row = Row(width, ground).add(" ").add(words("tile.liquidation"), "quiet").add(" ")
    cells.meter(row, share, row.room - measure([away]) - 2, role)
    return [*rows, row.right(away, margin=1).line()]


def nearness(view: View, held: Position) -> tuple[float, str]:
    """(length of the distance's bar, its role)."""
    least = view.config.risk.thresholds.liquidation_sigmas
    sigmas = held.distance_sigmas
    if not isinstance(sigmas, Missing):
        far = abs(sigmas)
        role = "critical" if far < least else "warning" if far < 2 * least else "ok"
        return min(1.0, far / FAR_SIGMAS), role
    if isinstance(held.distance, Missing):
        return 0.0, "quiet"
    return min(1.0, abs(held.distance) / FAR), "bar"


def _fresh(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    row = Row(width, ground)
    text, role = cells.freshness(view, symbol, width - 2)
    row.add(" ").add(fit(text, width - 2), role)
    if symbol.score.coverage < 0.995 and symbol.status != "warming":
        share = view.words("tile.coverage", value=fmt.percent(symbol.score.coverage, 0))
        row.right(Span(share, "caution"), margin=1)
    return row.line()
