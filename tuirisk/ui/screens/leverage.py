"""The tab Leverage: the symbol's positions, what holds them, and how far liquidation is."""

from __future__ import annotations

from functools import partial

from tuirisk.state import Histogram, Missing, Number, Position
from tuirisk.ui import format as fmt
from tuirisk.ui.charts.bars import lying
from tuirisk.ui.charts.columns import columns
from tuirisk.ui.charts.frame import LABEL, framed, under
from tuirisk.ui.charts.scale import rounded
from tuirisk.ui.lines import Line, Row, Span, blank
from tuirisk.ui.screens.blocks import Page, facts, heading, in_columns, text, why
from tuirisk.ui.screens.liquidation_map import liquidation_map
from tuirisk.ui.screens.pictures import padded, plot_width
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import Cell

FULL = {"distance": 0.25, "sigmas": 8.0, "atr": 8.0}
"""The distance at which a bar is full."""


def draw(page: Page, height: int) -> list[Line]:
    symbol = page.symbol
    held = symbol.positions or ((symbol.position,) if symbol.position else ())
    if not held:
        return [
            heading(page, page.words("positions")),
            *text(page, page.words("no_position")),
            blank(page.width),
            *liquidation_map(page, height - 4),
        ]
    lines: list[Line] = []
    for position in held:
        lines += in_columns(
            page,
            36,
            partial(_standing, position=position),
            partial(_distance, position=position),
            partial(_margin, position=position),
        )
        lines.append(blank(page.width))
    rest = max(8, height - len(lines))
    return lines + in_columns(
        page,
        34,
        partial(_outcomes, rows=max(5, min(14, rest - 5))),
        partial(liquidation_map, rows=rest),
    )


def _standing(page: Page, position: Position) -> list[Line]:
    """Side, size and profit."""
    stale, words = page.view.stale(page.symbol, "mark"), page.view.words
    side = Cell(words.code("side", position.side), "up" if position.side == "long" else "down")
    mode = Cell(page.code("mode", position.margin_mode), "quiet")
    tick = page.symbol.tick_size
    pnl, notional = position.unrealised_pnl, position.notional
    rows = [
        (page.words("side"), [side, mode]),
        (
            page.words("quantity"),
            [
                Cell(fmt.compact(position.quantity), "text"),
                cells.cell(notional, f"({fmt.compact(notional)})", stale, "quiet"),
            ],
        ),
        (page.words("entry"), [Cell(fmt.price(position.entry_price, tick), "text")]),
        (page.words("mark"), [_price(page, page.symbol.price.mark, stale)]),
        (
            page.words("pnl"),
            [cells.cell(pnl, fmt.compact(pnl, signed=True), stale, cells.change_role(pnl))],
        ),
        (
            page.words("leverage"),
            [
                _times(position.leverage, stale, "strong"),
                Cell(page.words("chosen"), "quiet"),
                _times(position.leverage_setting, False),
            ],
        ),
        (page.words("most_leverage"), [_times(position.max_leverage, stale)]),
    ]
    return [heading(page, page.words("position")), *facts(page, rows), *why(page, notional)]


def _price(page: Page, value: Number, stale: bool, role: str = "text") -> Cell:
    return cells.cell(value, fmt.price(value, page.symbol.tick_size), stale, role)


def _times(value: Number, stale: bool, role: str = "text") -> Cell:
    text = "" if isinstance(value, Missing) else f"{value:.3g}x"
    return cells.cell(value, text, stale, role)


def distance_role(sigmas: Number) -> str:
    """How near liquidation is, by the daily sigmas to it."""
    if isinstance(sigmas, Missing):
        return "text"
    away = abs(sigmas)
    return "critical" if away < 1 else "warning" if away < 2 else "caution" if away < 3 else "ok"


def _distance(page: Page, position: Position) -> list[Line]:
    """The way to liquidation in three units, each as a bar, and how likely it is."""
    stale = page.view.stale(page.symbol, "mark")
    role = "stale" if stale else distance_role(position.distance_sigmas)
    lines = [heading(page, page.words("liquidation"))]
    price = _price(page, position.liquidation_price, stale, role)
    lines += facts(page, [(page.words("liquidation_price"), [price])])
    if position.liquidation_due:
        lines += text(page, page.words("due"), "critical", 1)
    for key, value, shown in (
        ("distance", position.distance, fmt.percent(position.distance, 1, signed=True)),
        ("sigmas", position.distance_sigmas, fmt.decimal(position.distance_sigmas, 1, signed=True)),
        ("atr", position.distance_atr, fmt.decimal(position.distance_atr, 1, signed=True)),
    ):
        cell = cells.cell(value, shown, stale, role)
        row = Row(page.width).add(" ").cell(page.words(f"unit_{key}"), 10, "quiet", "<")
        row.cell(cell.text, 8, cell.role).add("  ")
        if not isinstance(value, Missing):
            row.extend(lying(abs(value) / FULL[key], row.room - 1, role, plain=page.plain))
        lines.append(row.line())
    lines += facts(
        page,
        [
            (
                page.words("chance"),
                [
                    *_chance(page, position.p_liquidation_24h, "24h"),
                    *_chance(page, position.p_liquidation_7d, "7d"),
                ],
            ),
        ],
    )
    return [*lines, *why(page, position.liquidation_price, position.p_liquidation_24h)]


def _chance(page: Page, value: Number, horizon: str) -> list[Cell]:
    threshold = page.view.config.risk.thresholds.liquidation_probability
    role = "text"
    if not isinstance(value, Missing):
        role = "critical" if value > threshold else "warning" if value > 0.01 else "text"
    return [
        Cell(horizon, "faint"),
        cells.cell(value, chance_text(value), page.view.stale(page.symbol, "mark"), role),
        Cell("", "text"),
    ]


def chance_text(value: Number) -> str:
    """A simulated probability; no path touching is not the same as impossible."""
    if isinstance(value, Missing):
        return fmt.DASH
    return "<0.01%" if value < 0.0001 else fmt.percent(value, 2 if value < 0.1 else 1)


def _margin(page: Page, position: Position) -> list[Line]:
    """What stands behind the position, and how large it might be."""
    stale = page.view.stale(page.symbol, "mark")

    def money(value: Number) -> Cell:
        return cells.cell(value, fmt.compact(value), stale)

    ratio = position.margin_ratio
    role = "text"
    if not isinstance(ratio, Missing):
        role = "critical" if ratio > 0.8 else "warning" if ratio > 0.5 else "text"
    source, shown = position.bracket_source, fmt.DASH
    if not isinstance(source, Missing):
        kind, _, date = source.partition(" ")
        key = f"symbol.bracket_{kind}"
        shown = page.view.words(key, date=date) if page.view.words.has(key) else source
    limit = position.max_size_limit
    binding = "" if isinstance(limit, Missing) else page.view.words.code("limit", limit)
    rows = [
        (page.words("ratio"), [cells.cell(ratio, fmt.percent(ratio, 1), stale, role)]),
        (page.words("maintenance"), [money(position.maintenance_margin)]),
        (page.words("balance"), [money(position.margin_balance)]),
        (page.words("initial"), [money(position.initial_margin)]),
        (page.words("free"), [money(position.free_collateral)]),
        (page.words("brackets"), [Cell(shown, "quiet")]),
        (
            page.words("largest"),
            [
                cells.cell(position.max_size, fmt.compact(position.max_size), stale),
                Cell(binding, "quiet"),
            ],
        ),
    ]
    return [
        heading(page, page.words("margin")),
        *facts(page, rows),
        *why(page, ratio, position.max_size),
    ]


def _outcomes(page: Page, rows: int) -> list[Line]:
    """Simulated P&L after 24 hours: losses left, gains right, the VaR marked under it."""
    stress = page.symbol.stress
    age = (
        ""
        if stress is None or not stress.time_ms
        else fmt.age(float(page.view.time_ms - stress.time_ms))
    )
    title = heading(
        page,
        page.words("outcomes"),
        Span(page.words("age", value=age), "faint") if age else Span(""),
    )
    if stress is None:
        return [title, *text(page, page.words("no_stress"))]
    histogram = stress.histogram
    if isinstance(histogram, Missing):
        return [title, *why(page, histogram)]
    shown = merged(histogram, plot_width(page))
    return [title, *_histogram(page, shown, rows), *_marks(page, shown)]


def merged(histogram: Histogram, most: int) -> Histogram:
    """``histogram`` with as many neighbouring bins put together as leave at most ``most``."""
    size = -(-len(histogram.counts) // max(1, most))
    counts, edges = histogram.counts, histogram.edges
    starts = range(0, len(counts), size)
    return Histogram(
        (*(edges[i] for i in starts), edges[-1]), tuple(sum(counts[i : i + size]) for i in starts)
    )


def _histogram(page: Page, histogram: Histogram, rows: int) -> list[Line]:
    counts, edges = histogram.counts, histogram.edges
    total = sum(counts) or 1
    shares: list[Number] = [count / total for count in counts]
    thickness = max(1, plot_width(page) // len(counts))
    scale = rounded(0.0, max(count / total for count in counts), rows)
    drawn = columns(
        shares,
        rows,
        scale,
        lambda i, _: "down" if edges[i + 1] <= 0 else "up" if edges[i] >= 0 else "quiet",
        fill="band",
        thickness=thickness,
        plain=page.plain,
    )
    return padded(page, framed(drawn, scale, lambda v: fmt.percent(v, 0), plain=page.plain))


def _marks(page: Page, histogram: Histogram) -> list[Line]:
    """Profit along the axis; the VaR of the same paths; what the colours mean."""
    low, high = histogram.edges[0], histogram.edges[-1]
    width = max(1, plot_width(page) // len(histogram.counts)) * len(histogram.counts)
    span = high - low or 1.0
    ends = [(0.0, Span(fmt.compact(low, signed=True), "quiet"))]
    if low < 0 < high:
        ends.append(((0.0 - low) / span, Span("0", "text")))
    ends.append((1.0, Span(fmt.compact(high, signed=True), "quiet")))
    lines = [under(width, ends)]
    stress = page.symbol.stress
    day = None if stress is None else stress.horizons.get("24h")
    if day is not None and not isinstance(day.var_95, Missing):
        at = min(1.0, max(0.0, (-day.var_95 - low) / span))
        label = f"^ VaR 95 {fmt.compact(-day.var_95)}"
        place = LABEL + round(at * (width - 1))
        lines.append(
            Row(page.width).to(min(place, page.width - len(label))).add(label, "caution").line()
        )
    paths = page.words("paths", value=f"{stress.paths:,}") if stress is not None else ""
    return [*padded(page, lines), *text(page, paths, limit=1)]
