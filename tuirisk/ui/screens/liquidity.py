"""The tab Liquidity: the ladder, what orders of every size would cost, and depth by distance."""

from __future__ import annotations

from functools import partial

from tuirisk.state import Fill, Impact, Missing, Number, present
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span, blank
from tuirisk.ui.screens.book_charts import depth_profile, depth_session, spread_session
from tuirisk.ui.screens.chart_blocks import Curve, curve_chart, number_label
from tuirisk.ui.screens.layout import (
    Page,
    age_label,
    heading,
    in_columns,
    legend,
    missing_reason,
    paragraph,
    table,
)
from tuirisk.ui.view.order_parser import chosen_impact
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell
from tuirisk.ui.widgets.depth import Depth

BPS = 1e4
LEAST = 39
"""Columns of a block: two stand beside each other in 80."""
TOGETHER, TOGETHER_THIN = 54, 76
"""Cells from which on both sides stand in one table; the latter where there is a column more."""
LEVELS = {"medium": ("^", "caution"), "high": ("!", "critical")}
"""Mark and role of a slippage above a threshold."""


def draw(page: Page, height: int) -> list[Line]:
    """The tab LIQUIDITY: exit costs, depth and the session of the book."""
    rows = max(6, min(18, (height - 26) // 2))
    ladder = max(12, min(30, height - 2 * rows - 9))
    return in_columns(
        page,
        LEAST,
        partial(_ladder, rows=ladder),
        _costs,
        partial(depth_profile, rows=rows),
        partial(_curve, rows=rows),
        partial(spread_session, rows=max(4, rows - 2)),
        partial(depth_session, rows=max(4, rows - 2)),
    )


def _ladder(page: Page, rows: int) -> list[Line]:
    return Depth(id="ladder").draw(page.view, page.width, rows).lines


def _costs(page: Page) -> list[Line]:
    """A table a side: cost of each size, the worst price it reaches, what the book cannot fill,
    and beside it what the same size costs when it is worked slowly.
    """
    book, words = page.symbol.liquidity, page.view.words
    title = heading(page, page.words("slippage"), Span(page.words("bp_of_mid"), "faint"),
                    age_label(page, "depth"))  # fmt: skip
    if not any(present((one.sell.slippage, one.buy.slippage)) for one in book.curve):
        return [
            title,
            *missing_reason(page, book.mid, book.impact.sell.slippage, book.impact.buy.slippage),
        ]
    thin = any(fill.exhausted is True for one in book.curve for fill in (one.sell, one.buy))
    lines = [title, *_tables(page, thin)]
    if thin:
        lines += paragraph(page, words("impact.exhausted"), "critical")
    else:
        lines += paragraph(page, page.words("all_filled"), "quiet", 1)
    medium, high = _limits(page)
    marks = page.words("cost_marks", medium=f"{medium:g}", high=f"{high:g}")
    cost = fmt.slippage_bps(book.metaorder_cost)
    sentence = page.words("worked_note", size=fmt.compact(book.impact.notional), value=cost)
    fills = [fill for one in (*book.curve, book.impact) for fill in (one.sell, one.buy)]
    if any(fill.level in LEVELS for fill in fills):
        lines += paragraph(page, marks, "faint", 1)
    return [*lines, *paragraph(page, sentence, "quiet", 2)]


def _tables(page: Page, thin: bool) -> list[Line]:
    """Both sides in one table where they have room, else one below the other."""
    words, worked = page.view.words, page.words("worked")
    names = ("bp", page.words("worst_price"), *([page.words("unfilled")] if thin else []))
    rows = _orders(page, thin)
    if page.width >= (TOGETHER_THIN if thin else TOGETHER):
        sides = [f"{words(f'impact.{side}')} bp" for side in ("sell", "buy")]
        head = (words("impact.size"), sides[0], *names[1:], sides[1], *names[1:], worked)
        return table(page, head, [(name, [*sell, *buy, slow]) for name, sell, buy, slow in rows])
    sells = table(
        page, (words("impact.sell"), *names, worked), [(n, [*s, w]) for n, s, _, w in rows]
    )
    buys = table(page, (words("impact.buy"), *names, worked), [(n, [*b, w]) for n, _, b, w in rows])
    return [*sells, blank(page.width), *buys]


def _orders(
    page: Page, thin: bool
) -> list[tuple[str, list[ValueCell], list[ValueCell], ValueCell]]:
    """(size, sold, bought, worked slowly) of the ladder with the chosen order in its place;
    ``>`` marks that.
    """
    book = page.symbol.liquidity
    own = chosen_impact(page.view, page.symbol)
    worked = dict(
        zip((one.notional for one in book.curve), book.curve_metaorder_costs, strict=False)
    )
    worked.setdefault(book.impact.notional, book.metaorder_cost)
    sizes = {one.notional: one for one in (*book.curve, book.impact)}
    if own:
        sizes[own.notional] = own
    rows = []
    for size, impact in sorted(sizes.items()):
        mark = "> " if own and size == own.notional else "  "
        slow = worked.get(size, Missing("not_on_ladder"))
        rows.append((
            f"{mark}{fmt.compact(size)}",
            _fill(page, impact.sell, thin),
            _fill(page, impact.buy, thin),
            cells.value_cell(slow, fmt.slippage_bps(slow), page.stale("depth"), "quiet"),
        ))  # fmt: skip
    return rows


def _fill(page: Page, fill: Fill, thin: bool) -> list[ValueCell]:
    """Cost, worst price and, if any order is not filled, what is left of this one."""
    stale = page.stale("depth")
    level = fill.level if isinstance(fill.level, str) else ""
    mark, role = LEVELS.get(level, (" ", "text"))
    bound = ">" if fill.exhausted is True else ""
    left = fill.unfilled
    shown = [
        cells.value_cell(
            fill.slippage, f"{bound}{fmt.slippage_bps(fill.slippage)}{mark}", stale, role
        ),
        cells.value_cell(fill.worst, fmt.price(fill.worst, page.symbol.tick_size), stale, "quiet"),
    ]
    if thin:
        shown.append(
            cells.value_cell(left, fmt.compact(left), stale, "critical" if left else "faint")
        )
    return shown


def _curve(page: Page, rows: int) -> list[Line]:
    """Slippage of selling and of buying over the ladder of sizes, with the two thresholds."""
    book, stale = page.symbol.liquidity, page.stale("depth")
    title = heading(page, page.words("impact"), Span(page.words("impact_unit"), "faint"),
                    age_label(page, "depth"))  # fmt: skip
    curve: tuple[Impact, ...] = book.curve
    sells, buys = (
        [_bps(one.sell.slippage) for one in curve],
        [_bps(one.buy.slippage) for one in curve],
    )
    values = present((*sells, *buys))
    if not values:
        return [title, *missing_reason(page, book.mid, *(one.sell.slippage for one in curve))]
    limits = _limits(page)
    top = max(values)
    shown = [limit for limit in limits if limit <= top * 1.5]
    scale = linear_scale(0.0, max(top, *shown) if shown else top, rows)
    places = [i / max(1, len(curve) - 1) for i in range(len(curve))]
    labels = [Span(fmt.compact(one.notional), "quiet") for one in curve]
    sold = Curve(sells, "stale" if stale else "bid", "s")
    bought = Curve(buys, "stale" if stale else "ask", "b")
    levels = [Curve([limit, limit], "caution", "-") for limit in shown]
    curves = [*levels, bought, sold]
    ends = zip(places, labels, strict=True)
    chart = curve_chart(page, curves, rows, scale, number_label(scale), ends)
    words = page.view.words
    signs = [(sold.key(page), words("impact.sell")), (bought.key(page), words("impact.buy"))]
    if shown:
        levels_text = ", ".join(f"{limit:g}" for limit in shown)
        signs.append((levels[0].key(page), page.words("levels", value=levels_text)))
    return [title, *chart, legend(page, signs)]


def _limits(page: Page) -> tuple[float, float]:
    """The slippages (bp) beyond which a cost is medium, and high."""
    rule = page.view.rule("slippage")
    return rule.threshold("caution") * BPS, rule.threshold("critical") * BPS


def _bps(value: Number) -> Number:
    return value * BPS
