"""The tab Leverage: the symbol's positions, what holds them, and how far liquidation is."""

from __future__ import annotations

from functools import partial

from tuirisk.state import Missing, Number, Position
from tuirisk.ui.charts.bars import level_bar
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, blank
from tuirisk.ui.screens.brackets import bracket_table, source_of
from tuirisk.ui.screens.layout import (
    GAP,
    Block,
    Page,
    age_label,
    fact_rows,
    heading,
    in_columns,
    missing_reason,
    paragraph,
    stacked,
)
from tuirisk.ui.screens.liquidation_map import liquidation_map
from tuirisk.ui.screens.pnl_histogram import outcomes
from tuirisk.ui.view.view import level_role
from tuirisk.ui.widgets import cells, positions
from tuirisk.ui.widgets.cells import ValueCell
from tuirisk.ui.widgets.track_record import Horizon, chance_record, live_chance_record

FAR = {"distance": 0.25, "sigmas": 8.0, "atr": 8.0}
"""The distance at which a bar is empty."""
LEAST = 36
"""Cells that a block of numbers needs."""


def draw(page: Page, height: int) -> list[Line]:
    """The tab LEVERAGE: each position, its distances and its margin, then the model."""
    symbol = page.symbol
    positions = symbol.positions
    if not positions:
        return [
            heading(page, page.words("positions")),
            *paragraph(page, page.words("no_position")),
            blank(page.width),
            *_model(page, height - 3),
        ]
    narrow = page.width < 3 * LEAST + 2 * GAP
    lines: list[Line] = []
    for place, position in enumerate(positions):
        standing, distance, margin = (
            partial(block, position=position) for block in (_standing, _distance, _margin)
        )
        columns: tuple[Block, ...] = (standing, distance, margin)
        if narrow:
            right = (distance, partial(outcomes, rows=5)) if not place else (distance,)
            columns = (stacked(standing, margin), stacked(*right))
        lines += [*in_columns(page, LEAST, *columns), blank(page.width)]
    rest = height - len(lines)
    pictures = [] if narrow else [partial(outcomes, rows=max(5, min(14, rest - 5)))]
    return [*lines, *_model(page, rest, *pictures)]


def _model(page: Page, rows: int, *before: Block) -> list[Line]:
    """``before``, the map of liquidations and the brackets."""
    return in_columns(
        page, 34, *before, partial(liquidation_map, rows=max(11, rows)), bracket_table
    )


def _standing(page: Page, position: Position) -> list[Line]:
    """Side, size and profit."""
    stale, words = page.stale("mark", "account"), page.view.words
    side = ValueCell(words.code("side", position.side), "up" if position.side == "long" else "down")
    mode = ValueCell(page.code("mode", position.margin_mode), "quiet")
    tick = page.symbol.tick_size
    worth = positions.amount(page.symbol, position.notional)
    pnl, notional, effective = position.unrealised_pnl, position.notional, position.leverage
    rows = [
        (page.words("side"), [side, mode]),
        (
            page.words("quantity"),
            [
                cells.value_cell(
                    position.quantity, fmt.compact(position.quantity), page.stale("account")
                ),
                cells.value_cell(notional, f"({worth})", stale, "quiet"),
            ],
        ),
        (page.words("entry"), [ValueCell(fmt.price(position.entry_price, tick), "text")]),
        (page.words("mark"), [_price(page, page.symbol.price.mark, stale)]),
        (
            page.words("pnl"),
            [positions.profit(page.view, page.symbol, pnl)],
        ),
        (
            page.words("leverage"),
            [
                cells.value_cell(effective, fmt.leverage(effective), stale, "strong"),
                ValueCell(page.words("effective"), "quiet"),
                ValueCell(page.words("chosen"), "quiet"),
                _times(position.leverage_setting, False),
            ],
        ),
        (page.words("most_leverage"), [_times(position.max_leverage, stale)]),
    ]
    title = heading(
        page, page.words("position"), Span(page.quote, "faint"), age_label(page, "mark", "account")
    )
    return [title, *fact_rows(page, rows), *missing_reason(page, notional)]


def _price(page: Page, value: Number, stale: bool, role: str = "text") -> ValueCell:
    return cells.value_cell(value, fmt.price(value, page.symbol.tick_size), stale, role)


def _times(value: Number, stale: bool, role: str = "text") -> ValueCell:
    return cells.value_cell(value, fmt.multiple(value), stale, role)


def distance_role(position: Position) -> str:
    """The role of how near liquidation is."""
    default = "text" if isinstance(position.distance_sigmas, Missing) else "ok"
    return level_role(position.levels.get("distance"), default)


def _distance(page: Page, position: Position) -> list[Line]:
    """The way to liquidation in three units, each as a bar, and how likely it is."""
    stale = page.stale("mark", "account")
    role = "stale" if stale else distance_role(position)
    lines = [heading(page, page.words("liquidation"), age_label(page, "mark", "account"))]
    near, tick = position.liquidation_price, page.symbol.tick_size
    price = [cells.liquidation_cell(page.view, position, near, fmt.price(near, tick), stale, role)]
    if position.liquidation_range is not None:
        price.append(ValueCell(cells.price_range(position.liquidation_range, tick), "quiet"))
    price.append(cells.stop_cell(page.view, position, tick, stale))
    price.append(cells.take_profit_cell(page.view, position, tick, stale))
    rows = [(page.words("liquidation_price"), price)]
    advised = cells.advice_cells(page.view, position, stale)
    if advised:
        rows.append((page.view.words("detail.add_margin"), [*advised]))
    lines += fact_rows(page, rows)
    if position.liquidation_due:
        lines += paragraph(page, page.words("due"), "critical", 1)
    for key, value, shown in (
        ("distance", position.distance, fmt.percent(position.distance, 1, signed=True)),
        ("sigmas", position.distance_sigmas, fmt.decimal(position.distance_sigmas, 1, signed=True)),
        ("atr", position.distance_atr, fmt.decimal(position.distance_atr, 1, signed=True)),
    ):
        cell = cells.value_cell(value, shown, stale, role)
        row = Row(page.width).add(" ").cell(page.words(f"unit_{key}"), 10, "quiet", "<")
        row.cell(cell.text, 8, cell.role).add("  ")
        if not isinstance(value, Missing):
            share = positions.nearer(value, FAR[key])
            row.extend(level_bar(share, row.room - 1, role, plain=page.plain))
        lines.append(row.line())
    lines += fact_rows(
        page,
        [
            (
                page.words("chance"),
                [
                    *_chance(page, position, "24h"),
                    *_chance(page, position, "7d"),
                    cells.chance_source(page.view, position),
                ],
            ),
            *_chance_records(page, position),
        ],
    )
    return [*lines, *missing_reason(page, position.liquidation_price, position.p_liquidation_24h)]


def _of_exchange(page: Page, position: Position) -> list[tuple[str, list[ValueCell]]]:
    """What only the exchange knows of the position, as far as it told it."""
    stale, rows = page.stale("account"), list[tuple[str, list[ValueCell]]]()
    for key, value in (("paid", position.funding_paid), ("realised", position.realised_pnl)):
        if not isinstance(value, Missing):
            text = fmt.compact(value, signed=True)
            rows.append((page.words(key), [cells.value_cell(value, text, stale)]))
    rank = position.adl
    if not isinstance(rank, Missing):
        role = "strong" if rank >= 4 else "text"
        rows.append((page.words("adl"), [ValueCell(page.words("adl_rank", rank=rank), role)]))
    return rows


def _chance_records(page: Page, position: Position) -> list[tuple[str, list[ValueCell]]]:
    """What became of forecasts like those of the position, a row a horizon."""
    chances: dict[Horizon, Number] = {
        "24h": position.p_liquidation_24h,
        "7d": position.p_liquidation_7d,
    }
    return [
        (page.view.words(f"record.{label}"), [ValueCell(horizon, "faint"), *record])
        for horizon, chance in chances.items()
        for label, record in (
            ("chance_label", chance_record(page.view, horizon, chance)),
            ("live_label", live_chance_record(page.view, horizon, chance)),
        )
        if record
    ]


def _chance(page: Page, position: Position, horizon: str) -> list[ValueCell]:
    name = f"p_liquidation_{horizon}"
    value: Number = getattr(position, name)
    role = level_role(position.levels.get(name))
    return [
        ValueCell(horizon, "faint"),
        cells.value_cell(
            value, cells.chance_text(position, value), page.stale("mark", "account"), role
        ),
        ValueCell("", "text"),
    ]


def _margin(page: Page, position: Position) -> list[Line]:
    """What stands behind the position, and how large it might be."""
    stale = page.stale("mark", "account")

    def money(value: Number) -> ValueCell:
        return cells.value_cell(value, fmt.compact(value), stale)

    ratio = position.margin_ratio
    role = level_role(position.levels.get("margin_ratio"))
    limit = position.max_size_limit
    binding = page.view.words.code("limit", limit)
    rows = [
        (page.words("ratio"), [cells.value_cell(ratio, fmt.percent(ratio, 1), stale, role)]),
        (page.words("maintenance"), [money(position.maintenance_margin)]),
        (page.words("balance"), [money(position.margin_balance)]),
        (page.words("initial"), [money(position.initial_margin)]),
        (page.words("free"), [money(position.free_collateral)]),
        *_of_exchange(page, position),
        (page.words("brackets"), [ValueCell(source_of(page, position.bracket_source), "quiet")]),
        (
            page.words("largest"),
            [
                cells.value_cell(position.max_size, fmt.compact(position.max_size), stale),
                ValueCell(binding, "quiet"),
            ],
        ),
    ]
    return [
        heading(
            page,
            page.words("margin"),
            Span(page.quote, "faint"),
            age_label(page, "mark", "account"),
        ),
        *fact_rows(page, rows),
        *missing_reason(page, ratio, position.max_size),
    ]
