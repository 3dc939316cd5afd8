"""What orders of several sizes would cost on the chosen symbol's book, and the depth near mid."""

from __future__ import annotations

import math

from rich.cells import cell_len

from tuirisk.state import Fill, Impact, Missing, SymbolState
from tuirisk.ui import format as fmt
from tuirisk.ui import glyphs
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.lines import Line, Row, Span, fit, wrap
from tuirisk.ui.view import View
from tuirisk.ui.widgets import cells, impact_curve

SHORTEST = 1e-6
"""Slippage (a fraction: 0.01 bp) at which a bar begins; it is full at the high threshold."""
WIDE = 28
"""Cells of one side from which on the worst price stands beside the bar."""
WORST = 12
_LEVEL_ROLES = {"medium": "caution", "high": "critical"}


class ImpactPanel(Canvas, can_focus=True):
    DEFAULT_CLASSES = "panel"
    pace = 0.5
    panel_title = "impact.title"

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        words, symbol = view.words, view.symbol(view.chosen)
        rows = [self.heading(view, width, Span(words("impact.unit"), "faint"))]
        if symbol is None:
            return rows
        ladder = sizes_of(symbol)
        if not ladder:
            text = words("impact.empty")
            if isinstance(symbol.liquidity.mid, Missing):
                text = f"{text}: {words.reason(symbol.liquidity.mid.reason)}"
            return [
                *rows,
                *(Row(width).add(f" {t}", "quiet").line() for t in wrap(text, width - 2, 3)),
            ]
        bands = _bands(view, symbol, width)
        room = height - 2 - min(len(bands), max(0, height - 2 - len(ladder)))
        rows.append(_columns(view, width))
        rows += [_order(view, symbol, impact, width) for impact in ladder[:room]]
        thin = any(f.exhausted is True for i in ladder for f in (i.sell, i.buy))
        extra = [*bands]
        if height - len(rows) > len(bands):
            extra.insert(0, Row(width).line())
        if thin and height - len(rows) - len(extra) >= 3:
            extra.append(Row(width).line())
            note = wrap(words("impact.exhausted"), width - 2, 3)
            extra += [Row(width).add(f" {text}", "critical").line() for text in note]
        rows += extra
        own = impact_curve.chosen(view, symbol, ladder)
        if height - len(rows) >= 5:
            blank = Row(width).line()
            rows += [blank, *impact_curve.detail(view, symbol, own, width)]
        return rows + impact_curve.picture(view, symbol, ladder, width, height - len(rows))


def sizes(symbol: SymbolState) -> tuple[float, ...]:
    """Every order size that the panel can tell of."""
    return tuple(impact.notional for impact in sizes_of(symbol))


def sizes_of(symbol: SymbolState) -> list[Impact]:
    """The curve with the reference order (or the position's exit) in its place."""
    reference = symbol.liquidity.impact
    sizes = {impact.notional: impact for impact in symbol.liquidity.curve}
    if not all(isinstance(f.slippage, Missing) for f in (reference.sell, reference.buy)):
        sizes[reference.notional] = reference
    return [sizes[notional] for notional in sorted(sizes)]


def _columns(view: View, width: int) -> Line:
    words = view.words
    size, side = _sizes(width)
    row = Row(width).cell(words("impact.size"), size, "faint")
    for key in ("sell", "buy"):
        row.add(" ").cell(words(f"impact.{key}"), 7, "faint")
        row.cell(words("impact.worst") if side >= WIDE else "", side - 7, "faint")
    return row.line()


def _sizes(width: int) -> tuple[int, int]:
    """Widths of the order's size and of each side."""
    return 7, (width - 7 - 3) // 2


def _order(view: View, symbol: SymbolState, impact: Impact, width: int) -> Line:
    size, side = _sizes(width)
    own = impact.notional == (view.size or symbol.liquidity.impact.notional)
    row = Row(width).add(glyphs.POINTER if own else " ", "accent")
    row.cell(fmt.compact(impact.notional), size - 1, "strong" if own else "text")
    stale = view.stale(symbol, "depth")
    for fill in (impact.sell, impact.buy):
        row.add(" ").extend(_side(view, fill, symbol.tick_size, side, stale))
    return row.line()


def _side(view: View, fill: Fill, tick_size: float, width: int, stale: bool) -> list[Span]:
    """Slippage and its bar; a book that ends first is marked and its cost a lower bound."""
    role = _LEVEL_ROLES.get(fill.level if isinstance(fill.level, str) else "", "bar")
    thin = fill.exhausted is True
    text, text_role = cells.cell(
        fill.slippage, (">" if thin else "") + fmt.bps(fill.slippage), stale,
        role if role != "bar" else "text",
    )  # fmt: skip
    row = Row(width).cell(text, 7, text_role).add(" ")
    word = f" {view.words('impact.thin')}" if thin else ""
    worst = fmt.price(fill.worst, tick_size)
    shown = width >= WIDE and cell_len(worst) < WORST
    room = row.room - cell_len(word) - (WORST if shown else 0)
    if not isinstance(fill.slippage, Missing):
        high = view.config.risk.thresholds.slippage_high
        cells.meter(row, _log_share(fill.slippage, high), room, "stale" if stale else role)
    row.add(word, "critical")
    if shown:
        row.right(Span(worst, "stale" if stale else "quiet"))
    return list(row.line())


def _log_share(slippage: float, high: float) -> float:
    if slippage <= SHORTEST or high <= SHORTEST:
        return 0.0
    return math.log(slippage / SHORTEST) / math.log(high / SHORTEST)


def _bands(view: View, symbol: SymbolState, width: int) -> list[Line]:
    """Depth within each distance of mid, bid and ask facing each other."""
    stale = view.stale(symbol, "depth")
    depth = sorted(symbol.liquidity.depth.items(), key=lambda item: float(item[0]))
    sides = [(band.bid, band.ask) for _, band in depth]
    most = max((v for pair in sides for v in pair if not isinstance(v, Missing)), default=0.0)
    lines = []
    for (within, _), (bid, ask) in zip(depth, sides, strict=True):
        label = f"±{float(within) * 100:g}%"
        row = Row(width).cell(label, _sizes(width)[0], "quiet")
        for value, role in ((bid, "bid"), (ask, "ask")):
            text, text_role = cells.cell(value, fmt.compact(value), stale, role)
            part = Row(_sizes(width)[1]).cell(text, 7, text_role).add(" ")
            if not isinstance(value, Missing) and most > 0:
                cells.meter(part, value / most, part.room, "stale" if stale else role)
            row.add(" ").extend(part.line())
        lines.append(row.line())
    cost = symbol.liquidity.metaorder_cost
    if not isinstance(cost, Missing):
        text = view.words("impact.metaorder", value=fmt.bps(cost))
        lines.append(Row(width).add(f" {fit(text, width - 2)}", "quiet").line())
    return lines
