"""What orders of several sizes would cost on the chosen symbol's book, and the depth near mid."""

from __future__ import annotations

import math

from rich.cells import cell_len

from tuirisk.state import Fill, Impact, Missing, SymbolState, present
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit, wrap
from tuirisk.ui.view.order_parser import chosen_impact, order_label
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import cells, impact_curve
from tuirisk.ui.widgets.canvas import Canvas, Drawn

SHORTEST = 1e-6
"""Slippage (a fraction: 0.01 bp) at which a bar begins; it is full at the high threshold."""
WIDE = 28
"""Cells of one side from which on the worst price stands beside the bar."""
WORST = 12
_LEVEL_ROLES = {"medium": "caution", "high": "critical"}


class ImpactPanel(Canvas, can_focus=True):
    """The panel IMPACT: what market orders of several sizes cost."""

    DEFAULT_CLASSES = "panel"
    pace_ms = 400
    panel_title = "impact.title"
    help_topic = "impact"

    def draw(self, view: View, width: int, height: int) -> Drawn:
        words, symbol = view.words, view.symbol(view.chosen)
        unit = words("impact.unit")
        if symbol is None:
            return Drawn([self.heading(view, width, Span(unit, "faint"))])
        own = chosen_impact(view, symbol)
        label = order_label(view)
        if label and isinstance(own, Missing):
            label += f": {words.reason(own)}"
        tail = (
            (Span(f"{unit}  ", "faint"), Span(label, "accent")) if label else (Span(unit, "faint"),)
        )
        rows = [self.heading(view, width, *tail)]
        ladder = sizes_of(symbol, own)
        if not ladder:
            text = words("impact.empty")
            if isinstance(symbol.liquidity.mid, Missing):
                text = f"{text}: {words.reason(symbol.liquidity.mid)}"
            return Drawn(
                [
                    *rows,
                    *(Row(width).add(f" {t}", "quiet").line() for t in wrap(text, width - 2, 3)),
                ]
            )
        bands = _bands(view, symbol, width)
        room = height - 2 - min(len(bands), max(0, height - 2 - len(ladder)))
        rows.append(_columns(view, width))
        rows += [
            _order(view, symbol, impact, width, impact is own)
            for impact in _around(ladder, own, room)
        ]
        thin = any(f.exhausted is True for i in ladder for f in (i.sell, i.buy))
        extra = [*bands]
        if height - len(rows) > len(bands):
            extra.insert(0, Row(width).line())
        if thin and height - len(rows) - len(extra) >= 3:
            extra.append(Row(width).line())
            texts = wrap(words("impact.exhausted"), width - 2, 3)
            extra += [Row(width).add(f" {text}", "critical").line() for text in texts]
        rows += extra
        if not own:
            return Drawn(rows)
        if height - len(rows) >= 5:
            blank = Row(width).line()
            rows += [blank, *impact_curve.detail_block(view, symbol, own, width)]
        height -= len(rows)
        return Drawn(rows + impact_curve.curve_block(view, symbol, ladder, own, width, height))


def sizes_of(symbol: SymbolState, own: Impact | Missing) -> list[Impact]:
    """The curve with the exit (or reference order) and the chosen order in their places."""
    reference = symbol.liquidity.impact
    sizes = {impact.notional: impact for impact in symbol.liquidity.curve}
    if present((reference.sell.slippage, reference.buy.slippage)):
        sizes[reference.notional] = reference
    if sizes and own:
        sizes[own.notional] = own
    return [sizes[notional] for notional in sorted(sizes)]


def _around(ladder: list[Impact], own: Impact | Missing, room: int) -> list[Impact]:
    """As many of the ladder as there is room for, the chosen one among them."""
    at = next((i for i, impact in enumerate(ladder) if impact is own), 0)
    first = max(0, min(at - room + 1, len(ladder) - room))
    return ladder[first : first + max(1, room)]


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


def _order(view: View, symbol: SymbolState, impact: Impact, width: int, own: bool) -> Line:
    size, side = _sizes(width)
    row = Row(width, "chosen" if own else "").add(glyphs.POINTER if own else " ", "accent")
    row.cell(fmt.compact(impact.notional), size - 1, "strong" if own else "text")
    stale = view.stale(symbol, "depth")
    for fill in (impact.sell, impact.buy):
        row.add(" ").extend(_side(view, fill, symbol.tick_size, side, stale))
    return row.line()


def _side(view: View, fill: Fill, tick_size: float, width: int, stale: bool) -> list[Span]:
    """Slippage and its bar; a book that ends first is marked and its cost a lower bound."""
    role = _LEVEL_ROLES.get(fill.level if isinstance(fill.level, str) else "", "bar")
    thin = fill.exhausted is True
    text = (">" if thin else "") + fmt.slippage_bps(fill.slippage)
    cost = cells.value_cell(fill.slippage, text, stale, "text" if role == "bar" else role)
    row = cells.add_steady(Row(width), cost, 8)
    word = f" {view.words('impact.thin')}" if thin else ""
    worst = fmt.price(fill.worst, tick_size)
    shown = width >= WIDE and cell_len(worst) < WORST
    room = row.room - cell_len(word) - (WORST if shown else 0)
    if not isinstance(fill.slippage, Missing):
        high = view.rule("slippage").threshold("critical")
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
    most = max(present(v for pair in sides for v in pair), default=0.0)
    lines = []
    for (within, _), (bid, ask) in zip(depth, sides, strict=True):
        label = f"±{float(within) * 100:g}%"
        row = Row(width).cell(label, _sizes(width)[0], "quiet")
        for value, role in ((bid, "bid"), (ask, "ask")):
            shown = cells.value_cell(value, fmt.compact(value), stale, role)
            part = cells.add_steady(Row(_sizes(width)[1]), shown, 8)
            if not isinstance(value, Missing) and most > 0:
                cells.meter(part, value / most, part.room, "stale" if stale else role)
            row.add(" ").extend(part.line())
        lines.append(row.line())
    cost = symbol.liquidity.metaorder_cost
    if not isinstance(cost, Missing):
        text = view.words("impact.metaorder", value=fmt.slippage_bps(cost))
        lines.append(Row(width).add(f" {fit(text, width - 2)}", "quiet").line())
    return lines
