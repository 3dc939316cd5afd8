"""A provider's map of liquidations beside the clusters of the model: the largest levels."""

from __future__ import annotations

import math

from tuirisk.state import Missing
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens.layout import Page, fact_rows, heading, missing_reason, table
from tuirisk.ui.screens.liquidation_map import Level, grouped
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

REACH = 0.10
"""The map reaches so far from the mark price."""
BUCKETS = 20
SHOWN = 3
"""Levels a side."""


def outside_map(page: Page) -> list[Line]:
    """The largest levels below and above the mark price, and what the model has there."""
    state, mark = page.view.state, page.symbol.price.mark
    title = heading(page, page.words("outside_map"))
    given = None if state is None else state.external.map_of(page.view.chosen)
    if given is None or isinstance(mark, Missing) or not mark:
        return [title, *missing_reason(page, mark)]
    place = _largest(given.levels, mark)
    clusters = page.symbol.liquidations.clusters
    model: dict[int, Level] = {}
    if not isinstance(clusters, Missing):
        model = dict(enumerate(grouped(clusters, mark, BUCKETS, REACH), -BUCKETS))
    rows = []
    for index, (price, amount) in sorted(place.items(), reverse=True):
        own = model.get(index)
        total = own.long + own.short if own is not None else None
        away = fmt.percent(price / mark - 1, 1, signed=True)
        rows.append(
            (
                f"{fmt.price(price, page.symbol.tick_size)} {away}",
                [
                    cells.value_cell(amount, fmt.compact(amount), given.stale, "text"),
                    ValueCell(fmt.DASH if total is None else fmt.compact(total), "quiet"),
                ],
            )
        )
    head = ("", given.source, page.words("outside_map_model"))
    age = given.age_ms
    aged = "" if isinstance(age, Missing) else page.words("age", value=fmt.age(age))
    source = (page.words("source"), [ValueCell(f"{given.source} {aged}", "quiet")])
    return [title, *table(page, head, rows), *fact_rows(page, [source])]


def _largest(
    levels: tuple[tuple[float, float], ...], mark: float
) -> dict[int, tuple[float, float]]:
    """Bucket → (price, amount) of the largest buckets of each side, by the model's buckets."""
    width = REACH / BUCKETS
    sums: dict[int, float] = {}
    for price, amount in levels:
        bucket = math.floor(math.log(price / mark) / math.log1p(width))
        if -BUCKETS <= bucket < BUCKETS:
            sums[bucket] = sums.get(bucket, 0.0) + amount
    sides = ([b for b in sums if b < 0], [b for b in sums if b >= 0])
    chosen = [b for side in sides for b in sorted(side, key=lambda b: -sums[b])[:SHOWN]]
    return {b: (mark * (1 + width) ** (b + 0.5), sums[b]) for b in chosen}
