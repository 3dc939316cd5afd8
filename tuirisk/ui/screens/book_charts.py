"""Pictures of the book beyond its best levels: depth by distance, spread and depth over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuirisk.state import Judgement, Missing, Number, present
from tuirisk.ui.charts.scale import Scale, linear_scale
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span
from tuirisk.ui.screens.chart_blocks import (
    Label,
    column_chart,
    money_label,
    number_label,
    plot_width,
)
from tuirisk.ui.screens.layout import Page, age_label, fact_rows, heading, missing_reason, table
from tuirisk.ui.view.view import level_role
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell


def depth_profile(page: Page, rows: int) -> list[Line]:
    """What lies between mid and each distance: bids to the left of it, asks to the right."""
    book, stale = page.symbol.liquidity, page.stale("depth")
    unit = page.words("profile_unit", quote=page.quote)
    title = heading(page, page.words("profile"), Span(unit, "faint"), age_label(page, "depth"))
    profile = book.profile
    numbers = present((*profile.bids, *profile.asks))
    if not numbers:
        return [title, *missing_reason(page, book.mid, *profile.bids)]
    side = max(1, (plot_width(page) - 1) // 2)
    bids = _spread(profile.bids, side)[::-1]
    asks = _spread(profile.asks, side)
    scale = linear_scale(0.0, max(*numbers, 1.0), rows)
    roles = ("stale", "stale") if stale else ("bid", "ask")
    chart = column_chart(
        page,
        [*bids, *asks],
        rows,
        scale,
        lambda i, _: roles[0] if i < len(bids) else roles[1],
        money_label(scale),
        _distances(profile.distances[-1], 2 * side),
    )
    return [
        title,
        *chart,
        *_within(page, stale),
        *fact_rows(page, [_microprice(page, stale)]),
        *missing_reason(page, *profile.bids, *profile.asks, limit=1),
    ]


def _spread(values: Sequence[Number], count: int) -> list[Number]:
    """``values``, nearest to mid first, over ``count`` columns."""
    return [values[min(len(values) - 1, i * len(values) // count)] for i in range(count)]


def _distances(farthest: float, width: int) -> list[tuple[float, Span]]:
    marks = (-1.0, -0.5, 0.0, 0.5, 1.0) if width >= 36 else (-1.0, 0.0, 1.0)
    words = [fmt.percent(m * farthest, 1, signed=True) if m else "mid" for m in marks]
    return [((m + 1) / 2, Span(w, "quiet")) for m, w in zip(marks, words, strict=True)]


def _within(page: Page, stale: bool) -> list[Line]:
    """The depth of the published bands in numbers."""
    rows = []
    for name, band in sorted(page.symbol.liquidity.depth.items(), key=lambda item: float(item[0])):
        sums = [cells.value_cell(v, fmt.compact(v), stale, role)
                for v, role in ((band.bid, "bid"), (band.ask, "ask"))]  # fmt: skip
        rows.append((f"{page.words('within')} {float(name) * 100:g}%", sums))
    head = ("", page.words("bids"), page.words("asks"))
    return table(page, head, rows) if rows else []


def _microprice(page: Page, stale: bool) -> tuple[str, list[ValueCell]]:
    """The microprice and how far it is from mid."""
    book = page.symbol.liquidity
    label = page.words("microprice")
    if not (book.microprice and book.mid):
        return label, [ValueCell(fmt.DASH, "quiet")]
    price = fmt.price(book.microprice, page.symbol.tick_size / 10)
    away = f"({fmt.slippage_bps(book.microprice / book.mid - 1)} bp)"
    return label, [cells.value_cell(book.microprice, price, stale), ValueCell(away, "quiet")]


def spread_session(page: Page, rows: int) -> list[Line]:
    """The spread since the first sample."""
    book = page.symbol.liquidity
    return _session(
        page, "spread_session", book.session.spreads, book.spread_percentile,
        f"{fmt.basis_points(book.spread_bps)} bp", number_label, rows,
        book.levels.get("spread_bps"),
    )  # fmt: skip


def depth_session(page: Page, rows: int) -> list[Line]:
    """The depth within ±0.1 % since the first sample."""
    session = page.symbol.liquidity.session
    newest = session.depths[-1] if session.depths else Missing.from_text("")
    return _session(
        page, "depth_session", session.depths, page.symbol.liquidity.depth_percentile,
        fmt.compact(newest), money_label, rows, page.symbol.liquidity.levels.get("depth"),
    )  # fmt: skip


def _session(
    page: Page,
    key: str,
    values: Sequence[Number],
    rank: Number,
    now: str,
    label: Callable[[Scale], Label],
    rows: int,
    judgement: Judgement | None,
) -> list[Line]:
    """Means of every step as columns from zero; the rank of now among the samples in the title."""
    stale = page.stale("depth")
    rank_text = page.words("session_rank", value=fmt.score(rank))
    shown = cells.value_cell(rank, f"{now}  {rank_text}", stale, level_role(judgement))
    title = heading(
        page, page.words(key), Span(page.words("session_unit"), "faint"), Span(*shown),
        age_label(page, "depth"),
    )  # fmt: skip
    numbers = present(values)
    if not numbers:
        return [title, *missing_reason(page, page.symbol.liquidity.mid, rank)]
    width = plot_width(page)
    step = page.symbol.liquidity.session.step_ms
    thickness = max(1, min(4, width // len(values)))
    newest = values[-(width // thickness) :]
    scale = linear_scale(0.0, max(numbers), rows)
    role = "stale" if stale else level_role(judgement, "bar")
    begin = f"-{fmt.age(float(len(newest) * step))}"
    last = len(newest) - 1
    ends = [(0.0, Span(begin, "quiet"))] if len(newest) * thickness >= 12 else []
    chart = column_chart(
        page, newest, rows, scale, lambda i, _: role if i == last else "spark", label(scale),
        [*ends, (1.0, Span(page.words("now"), "quiet"))], fill="", thickness=thickness,
    )  # fmt: skip
    return [title, *chart, *missing_reason(page, rank)]
