"""The tab Liquidity: the ladder, what orders of every size would cost, depth, and the usual."""

from __future__ import annotations

from functools import partial

from tuirisk.state import Impact, Missing, Number
from tuirisk.ui import format as fmt
from tuirisk.ui.charts.bars import place
from tuirisk.ui.charts.scale import known, rounded
from tuirisk.ui.lines import Line, Row, Span, blank
from tuirisk.ui.screens.blocks import Page, beside, facts, heading, in_columns, legend, why
from tuirisk.ui.screens.pictures import Curve, curve_chart
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import Cell
from tuirisk.ui.widgets.depth import Depth
from tuirisk.ui.widgets.impact import ImpactPanel

BPS = 1e4
WIDE = 160


def draw(page: Page, height: int) -> list[Line]:
    """The ladder beside the costs; in a wide room the costs in two columns."""
    if page.width >= WIDE:
        return beside(
            page,
            partial(_ladder, rows=height),
            partial(_curve, rows=max(8, min(24, height - 8))),
            partial(_costs, rows=height, chart=0),
        )
    chart = max(4, min(12, height - 24))
    return in_columns(
        page, 34, partial(_ladder, rows=height), partial(_costs, rows=height, chart=chart)
    )


def _ladder(page: Page, rows: int) -> list[Line]:
    return Depth(id="ladder").draw(page.view, page.width, rows)


def _costs(page: Page, rows: int, chart: int) -> list[Line]:
    """The curve, if ``chart`` rows are left for it, the orders by size, and the usual."""
    usual = _usual(page)
    top = _curve(page, chart) if chart else []
    room = max(8, rows - len(usual) - len(top))
    orders = ImpactPanel(id="orders").draw(page.view, page.width, min(room, 16))
    return [*top, *orders, blank(page.width), *usual]


def _curve(page: Page, rows: int) -> list[Line]:
    """Slippage of selling and of buying over the ladder of sizes, with the two thresholds."""
    book, stale = page.symbol.liquidity, page.view.stale(page.symbol, "depth")
    title = heading(page, page.words("impact"), Span(page.words("impact_unit"), "faint"))
    curve: tuple[Impact, ...] = book.curve
    sells, buys = (
        [_bps(one.sell.slippage) for one in curve],
        [_bps(one.buy.slippage) for one in curve],
    )
    values = known((*sells, *buys))
    if not values:
        return [title, *why(page, book.mid, *(one.sell.slippage for one in curve))]
    thresholds = page.view.config.risk.thresholds
    limits = [thresholds.slippage_medium * BPS, thresholds.slippage_high * BPS]
    top = max(values)
    shown = [limit for limit in limits if limit <= top * 1.5]
    scale = rounded(0.0, max(top, *shown) if shown else top, rows)
    places = [i / max(1, len(curve) - 1) for i in range(len(curve))]
    labels = [Span(fmt.compact(one.notional), "quiet") for one in curve]
    sold = Curve(sells, "stale" if stale else "bid", "s")
    bought = Curve(buys, "stale" if stale else "ask", "b")
    levels = [Curve([limit, limit], "track", "-") for limit in shown]
    curves = [*levels, bought, sold]
    ends = zip(places, labels, strict=True)
    chart = curve_chart(page, curves, rows, scale, fmt.basis_points, ends)
    words = page.view.words
    signs = [(sold.key(page), words("impact.sell")), (bought.key(page), words("impact.buy"))]
    if shown:
        text = ", ".join(f"{limit:g}" for limit in shown)
        signs.append((levels[0].key(page), page.words("levels", value=text)))
    return [title, *chart, legend(page, signs)]


def _bps(value: Number) -> Number:
    return value if isinstance(value, Missing) else value * BPS


def _usual(page: Page) -> list[Line]:
    """Spread and depth among the day's samples: 0 the least, 100 the most."""
    book, stale = page.symbol.liquidity, page.view.stale(page.symbol, "depth")
    title = heading(page, page.words("usual"), Span(page.words("usual_unit"), "faint"))
    rows = [title]
    for key, value, bad in (
        ("spread_rank", book.spread_percentile, _above),
        ("depth_rank", book.depth_percentile, _below),
    ):
        role = "stale" if stale else "caution" if bad(value) else "text"
        row = Row(page.width).add(" ").cell(page.words(key), 14, "quiet", "<")
        row.cell(*_pair(cells.cell(value, fmt.score(value), stale, role), 4)).add("  ")
        if not isinstance(value, Missing):
            room = max(0, row.room - 1)
            row.extend(place(value / 100, room, role, plain=page.plain))
        rows.append(row.line())
    lean = cells.cell(book.microprice, _lean(page), stale)
    rows += facts(page, [(page.words("microprice"), [lean])])
    return [*rows, *why(page, book.spread_percentile)]


def _above(value: Number) -> bool:
    return not isinstance(value, Missing) and value > 90


def _below(value: Number) -> bool:
    return not isinstance(value, Missing) and value < 10


def _pair(cell: Cell, width: int) -> tuple[str, int, str]:
    return cell.text, width, cell.role


def _lean(page: Page) -> str:
    """The microprice and how far it is from mid."""
    book = page.symbol.liquidity
    if isinstance(book.microprice, Missing) or isinstance(book.mid, Missing):
        return fmt.DASH
    price = fmt.price(book.microprice, page.symbol.tick_size / 10)
    return f"{price} ({fmt.bps(book.microprice / book.mid - 1)} bp)"
