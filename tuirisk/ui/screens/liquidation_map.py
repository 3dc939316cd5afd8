"""Where positions would be liquidated, by price: the model's clusters and the own price among them.

Prices rise upwards with the mark in the middle: longs are liquidated below it, shorts above.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from tuirisk.state import Cluster, Missing
from tuirisk.ui.charts.bars import level_bar
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span
from tuirisk.ui.screens.layout import Page, age_label, heading, missing_reason, paragraph

SPAN = 0.10
"""The map reaches this far from the mark on either side, or to the own price if that is farther."""
FARTHEST = 0.5
BUCKET = 0.005
"""Width of the model's price buckets, a fraction."""


class Level(NamedTuple):
    """One row of the map."""

    price: float
    long: float
    short: float


def liquidation_map(page: Page, rows: int) -> list[Line]:
    """The map in at most ``rows`` rows, with its title."""
    symbol = page.symbol
    clusters, mark = symbol.liquidations.clusters, symbol.price.mark
    title = heading(
        page,
        page.words("map"),
        Span(page.words("map_unit", quote=page.quote), "faint"),
        Span(page.words("map_model"), "quiet"),
        age_label(page, "open_interest"),
    )
    if not mark or isinstance(clusters, Missing):
        return [title, *missing_reason(page, mark, clusters)]
    own, mix = _own_prices(page), _mix(page)
    count = max(4, (rows - 3 - len(own) - len(mix)) // 2)
    levels = grouped(clusters, mark, count, _reach(own, mark))
    most = max((level.long + level.short for level in levels), default=0.0)
    if most <= 0 and not own:
        return [title, *paragraph(page, page.words("no_clusters"))]
    stale = page.stale("open_interest")
    drawn = [(level.price, _level(page, level, mark, most, stale)) for level in levels]
    drawn += [(price, _line(page, price, mark, label, "critical")) for price, label in own]
    drawn.append((mark, _line(page, mark, mark, page.words("mark"), "accent")))
    drawn.sort(key=lambda item: -item[0])
    return [title, *(line for _, line in drawn), _legend(page), *mix]


def grouped(clusters: tuple[Cluster, ...], mark: float, count: int, reach: float) -> list[Level]:
    """``clusters`` summed into ``count`` levels a side, out to ``reach`` (a fraction) of the mark.

    A level is a whole number of the model's buckets wide, and stands at its middle. What the mark
    has passed since the model's newest closed bar, longs above it and shorts below, is gone.
    """
    width = max(1, math.ceil(reach / BUCKET / count)) * BUCKET
    sums = {i: [0.0, 0.0] for i in range(-count, count)}
    for cluster in clusters:
        place = math.floor(math.log(cluster.price / mark) / math.log1p(width))
        if place in sums:
            sums[place][0] += cluster.long if place < 0 else 0.0
            sums[place][1] += cluster.short if place >= 0 else 0.0
    return [Level(mark * (1 + width) ** (i + 0.5), *pair) for i, pair in sums.items()]


def _own_prices(page: Page) -> list[tuple[float, str]]:
    """Liquidation prices of the symbol's own positions, with their words."""
    sides: dict[float, str] = {}
    symbol = page.symbol
    positions = symbol.positions
    for position in positions:
        price = position.liquidation_price
        if price:
            side = page.view.words.code("side", position.side)
            sides[price] = page.words("own", side=side)
    return list(sides.items())


def _reach(own: list[tuple[float, str]], mark: float) -> float:
    far = [abs(price / mark - 1) * 1.1 for price, _ in own]
    return min(FARTHEST, max([SPAN, *far]))


def _head(page: Page, price: float, mark: float, role: str) -> Row:
    label = fmt.price(price, page.symbol.tick_size)
    away = "" if price == mark else fmt.percent(price / mark - 1, 1, signed=True)
    row = Row(page.width).cell(label, 12, role)
    return row.cell(away, 8, "quiet" if role == "quiet" else role).add(" ")


def _level(page: Page, level: Level, mark: float, most: float, stale: bool) -> Line:
    row = _head(page, level.price, mark, "quiet")
    total = level.long + level.short
    role = "stale" if stale else "down" if level.long >= level.short else "up"
    amount = fmt.compact(total) if total else ""
    if most > 0:
        # Without a track: an empty level is an empty row.
        row.extend(
            level_bar(total / most, row.room - 8, role, plain=page.plain)[: 1 if total else 0]
        )
    return row.right(Span(amount, "stale" if stale else "text"), margin=1).line()


def _line(page: Page, price: float, mark: float, label: str, role: str) -> Line:
    row = _head(page, price, mark, role).add(label, role).add(" ")
    return row.add(("-" if page.plain else "─") * (row.room - 1), role).line()


def _legend(page: Page) -> Line:
    sign = "=" if page.plain else "━━"
    row = Row(page.width).add(" ")
    for role, key in (("up", "shorts_above"), ("down", "longs_below")):
        row.extend((Span(sign, role), Span(f" {page.words(key)}  ", "quiet")))
    return row.line()


def _mix(page: Page) -> list[Line]:
    """Where the leverages of the model come from."""
    mix = page.symbol.liquidations.mix
    if not mix.shares:
        return []
    if not mix.calibrated:
        return paragraph(page, page.words("mix_assumed"), "quiet", 1)
    span = fmt.age(float(mix.span_ms))
    return paragraph(page, page.words("mix_of", count=mix.liquidations, span=span), "quiet", 1)
