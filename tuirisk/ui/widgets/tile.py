"""One symbol's risk tile."""

from __future__ import annotations

from rich.cells import cell_len

from tuirisk.state import Missing, SymbolState
from tuirisk.ui import format as fmt
from tuirisk.ui import glyphs
from tuirisk.ui.lines import Line, Row, Span, fit, wrap
from tuirisk.ui.view import View
from tuirisk.ui.widgets import cells

TILE_HEIGHT = 10
TALL_TILE_HEIGHT = 14
"""With volatility as a chart of several rows."""
TILE_WIDTH = 23
"""The least width that holds every field whole."""


def draw_tile(view: View, name: str, width: int, height: int = TILE_HEIGHT) -> list[Line]:
    """The ``height`` rows of one symbol."""
    symbol = view.symbol(name)
    ground = "chosen" if name == view.chosen else "tile"
    rows = [_name(view, name, symbol, width, ground), _severity(view, symbol, width, ground)]
    if symbol is not None and symbol.status not in ("warming", "error"):
        return rows + _numbers(view, symbol, width, ground, height - TILE_HEIGHT)
    tail = [] if symbol is None else [_funding(view, symbol, width, ground)]
    blank = Row(width, ground).line()
    rows += [blank, *_awaiting(view, symbol, width, height - 4, ground)]
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


def _numbers(
    view: View, symbol: SymbolState, width: int, ground: str, chart_rows: int
) -> list[Line]:
    rows = [_total(view, symbol, width, ground)]
    components = cells.components(view, symbol)
    label = max(cell_len(view.words(f"component.{name}")) for name, _, _ in components)
    for name, value, stale in components:
        row = Row(width, ground).add(" ")
        row.cell(view.words(f"component.{name}"), label + 1, "quiet", "<")
        text, role = cells.cell(value, fmt.score(value), stale)
        share = 0.0 if isinstance(value, Missing) else value / 100
        cells.meter(row, share, row.room - 6, "stale" if stale else view.role_of(value))
        rows.append(row.right(Span(text, role), margin=1).line())
    rows += [
        *_regime(view, symbol, width, ground, chart_rows),
        _funding(view, symbol, width, ground),
        _fresh(view, symbol, width, ground),
    ]
    return rows


def _total(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    total = symbol.score.total
    role = view.badge(symbol)[2]
    text, text_role = cells.cell(total, fmt.score(total), view.stale(symbol), role)
    row = Row(width, ground).add(" ").cell(text, 4, text_role, "<")
    return cells.gauge(row, total, row.room - 1, text_role).line()


def _regime(
    view: View, symbol: SymbolState, width: int, ground: str, chart_rows: int
) -> list[Line]:
    """The regime's word with the sparkline beside it, or with a chart under it."""
    state = symbol.volatility.regime.state
    word = fmt.DASH if isinstance(state, Missing) else view.words.code("regime", state)
    row = Row(width, ground)
    row.add(" ").add(word, "quiet").add(" ")
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
    if sum(cell_len(span.text) for span in both) + 2 <= row.room:
        return row.right(*both, margin=1).line()
    return row.right(Span(*rate), margin=1).line()


def _fresh(view: View, symbol: SymbolState, width: int, ground: str) -> Line:
    row = Row(width, ground)
    text, role = cells.freshness(view, symbol, width - 2)
    row.add(" ").add(fit(text, width - 2), role)
    if symbol.score.coverage < 0.995 and symbol.status != "warming":
        share = view.words("tile.coverage", value=fmt.percent(symbol.score.coverage, 0))
        row.right(Span(share, "caution"), margin=1)
    return row.line()
