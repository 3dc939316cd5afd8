"""Why the chosen symbol scores as it does: advice, position, what is awaited, missing or old."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from textual.geometry import Size

from tuirisk.language.words import Words
from tuirisk.state import Missing, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Row, Span, fit, measure, wrap
from tuirisk.ui.view.held import held_text
from tuirisk.ui.view.view import FILLED, View
from tuirisk.ui.widgets import cells, positions, spark
from tuirisk.ui.widgets.canvas import Canvas, Drawn
from tuirisk.ui.widgets.drivers import drivers
from tuirisk.ui.widgets.facts import FactRow, facts
from tuirisk.ui.widgets.table_columns import advice

URGENT = 3
"""Facts that notes leave room for, those of a position not counted."""
LEAST_NOTES = 4
VALUE = 12
AGE = 5
"""Cells of a fact's value and of an age, with their marks."""
AIRY = 20
"""Rows from which on blank rows part the groups, before all the facts have room."""
TWO_ROWS = 22
"""Rows of the screen from which on the status has a second one."""


class Detail(Canvas, can_focus=True):
    """The panel with the recommendation, facts and ages of the chosen symbol."""

    DEFAULT_CLASSES = "panel"
    pace_ms = 400
    panel_title = "detail.title"
    help_topic = "detail"

    def draw(self, view: View, width: int, height: int) -> Drawn:
        symbol = view.symbol(view.chosen)
        rows = [self.heading(view, width, Span(view.chosen, "strong"))]
        if symbol is None:
            return Drawn([*rows, *_text(view.words("tile.awaiting"), width, "quiet", 2)])
        scored = symbol.status not in ("warming", "error")
        groups = [_advice(view, symbol, width)]
        groups.append(drivers(view, symbol, width) if scored else [])
        ages, missing = _ages(view, symbol, width), _missing(view, symbol, width)
        listed = facts(view, symbol)
        label = max(cell_len(fact.label) for fact in listed)
        parted = 2 if height >= AIRY else 0
        position_rows = 4 + len(symbol.legs) if symbol.legs else 0
        used = 1 + sum(map(len, groups)) + len(ages) + parted
        most = height - used - min(len(missing), 2) - (URGENT + position_rows)
        groups[0] += _notes(view, symbol, width, max(LEAST_NOTES, most))
        used = 1 + sum(map(len, groups)) + len(ages) + parted
        shown = listed[: max(0, height - used - min(len(missing), 2))]
        spare = height - used - len(shown) - len(missing)
        groups += [[_fact(fact, label, width) for fact in shown], ages, missing]
        for place, group in enumerate(groups):
            if group and place and place < (5 if spare >= 2 else 1 + parted):
                rows.append(Row(width).line())
            rows += group
        return Drawn(rows + _chart(view, symbol, width, height - len(rows)))


class StatusLine(Canvas):
    """The chosen symbol where there is no room for the panel: what to do, and in a second row
    its positions, else why its first missing number is missing.
    """

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 2 if viewport.height >= TWO_ROWS else 1

    def draw(self, view: View, width: int, height: int) -> Drawn:
        symbol = view.symbol(view.chosen)
        mark, word, role = view.badge(symbol)
        row = Row(width, "title").add(f" {view.chosen} ", "strong").add(f"{mark} ", role)
        if symbol is None:
            return Drawn([row.add(word, role).line()])
        if view.judged(symbol):
            row.add(fit(advice(view, symbol), row.room - 1), role).add("  ")
            row.add(held_text(view, symbol, row.room - 1))
        else:
            row.add(fit(f"{word} {view.words.reason(symbol.message)}", row.room - 1), role)
        if height < 2:
            return Drawn([_reason(view, symbol, row.add("  ")).line()])
        _present(view, symbol, row)
        second = _position_row(view, symbol, Row(width, "title").add(" "))
        second = _exit(view, symbol, second)
        _reason(view, symbol, second)
        notes = ", ".join(view.words.code("note", note) for note in symbol.recommendation.notes)
        if notes and second.room > 16:
            second.add(fit(notes, second.room - 1), "quiet")
        return Drawn([row.line(), second.line()])


def _present(view: View, symbol: SymbolState, row: Row) -> None:
    """Regime, time to funding and freshness at the end of ``row``, as many as fit."""
    regime = symbol.volatility.regime
    parts = [Span(*cells.freshness(view, symbol, 12))]
    left = cells.funding_countdown(view, symbol)
    parts.insert(0, Span(f"{view.words('tile.funding')} {left.text:>5}  ", left.role))
    if regime.state:
        word = view.words.code("regime", regime.state)
        age = fmt.since(regime.since, view.time_ms)
        parts.insert(0, Span(f"{word} {age}  ", spark.regime_role(view, symbol)))
    while parts and measure(parts) + 3 > row.room:
        parts.pop(0)
    row.right(*parts, margin=1)


def _position_row(view: View, symbol: SymbolState, row: Row) -> Row:
    """The leg nearest to liquidation, the others, the P&L of all, and how far the liquidation is;
    what has no room is left out from the end.
    """
    if not symbol.legs:
        return row
    words, position = view.words, symbol.legs[0]
    leverage = positions.effective_leverage(view, symbol, position)
    pnl = positions.summed(view, symbol)
    away, price = positions.distance(view, symbol, position), position.liquidation_price
    stale, age = view.stale(symbol, "mark", "account"), cells.chance_age(view, position)
    chance = cells.chance_cell(view, symbol, position)
    level = cells.value_cell(price, fmt.price(price, symbol.tick_size), stale)
    row.extend([positions.side(view, symbol, position), Span(" "), Span(*leverage), Span("  ")])
    others = positions.other_legs(view, symbol, row.room)
    row.extend([*others, Span("  ")] if others else ())
    row.extend([Span(f"{words('detail.pnl')} ", "quiet"), Span(*pnl), Span("  ")])
    shown = [away] if cells.cannot_be_liquidated(position) else [level, away]
    spans = [span for cell in shown for span in (Span(*cell), Span(" "))]
    row.extend([Span(f"{words('tile.liquidation')} ", "quiet"), *spans, Span(" ")])
    likely = [Span(f"{words('detail.chance')} ", "quiet"), Span(*chance)]
    return row.extend([*likely, Span(f" {age}" if age else "", "quiet"), Span("  ")])


def _exit(view: View, symbol: SymbolState, row: Row) -> Row:
    """What closing the position would cost, and up to which price it would walk."""
    position, impact = symbol.position, symbol.liquidity.impact
    if position is None:
        return row
    fill = impact.sell if position.side == "long" else impact.buy
    stale = view.stale(symbol, "depth")
    size = f"{fmt.compact(impact.notional)} {view.words('impact.exit')} "
    cost = cells.value_cell(fill.slippage, f"{fmt.slippage_bps(fill.slippage)} bp", stale)
    end = cells.value_cell(fill.worst, fmt.price(fill.worst, symbol.tick_size), stale)
    parts = [Span(size, "quiet"), Span(*end), Span("  "), Span(*cost), Span("  ")]
    if measure(parts) > row.room:
        return row
    row.extend(parts)
    if fill.exhausted is True:
        row.add(f"{view.words('impact.thin')}  ", "critical")
    return row


def _reason(view: View, symbol: SymbolState, row: Row) -> Row:
    """The first missing number's reason, with its name where that fits."""
    missing = next(reasons(view.words, symbol), None)
    if missing is None or row.room <= 16:
        return row
    why = view.words.reason(missing[1])
    text = f"{missing[0]}: {why}"
    if cell_len(text) > row.room - 3:
        text = fit(why, row.room - 3)
    return row.add(f"{fmt.DASH} {text}  " if text else "", "quiet")


def _text(text: str, width: int, role: str, limit: int) -> list[Line]:
    return [Row(width).add(f" {part}", role).line() for part in wrap(text, width - 2, limit)]


def _advice(view: View, symbol: SymbolState, width: int) -> list[Line]:
    """The sentence of the rule that decided, and under it why the severity is held."""
    mark, word, role = view.badge(symbol)
    if not view.judged(symbol):
        rows = _text(f"{mark} {word}", width, role, 1)
        return rows + _text(view.words.reason(symbol.message), width, "text", 3)
    sentence = f"{mark} {advice(view, symbol)}"
    rows = _text(sentence, width, role, 2)
    if role in FILLED:
        rows = [
            (Span(f" {text}".ljust(width - cell_len(text) + len(text)), f"{role}-fill"),)
            for text in wrap(sentence, width - 2, 2)
        ]
    return rows + _text(held_text(view, symbol, 3 * width), width, "text", 3)


def _notes(view: View, symbol: SymbolState, width: int, limit: int) -> list[Line]:
    """What is to be kept in mind beside the advice: as many as fit, and how many do not."""
    rows: list[Line] = []
    for notice in symbol.notices:
        rows += _text(view.words.reason(notice), width, "caution", 2)
    notes = symbol.recommendation.notes if symbol.status == "ready" else ()
    for place, note in enumerate(notes):
        more = _text(view.words.code("note", note), width, "quiet", 3)
        left = len(notes) - place
        if len(rows) + len(more) + (left > 1) > limit:
            text = view.words("detail.more", value=left)
            return [*rows, Row(width).add(f" {text}", "faint").line()]
        rows += more
    return rows


def _fact(fact: FactRow, label: int, width: int) -> Line:
    """Label, the value in a column of its own, and what is said of it."""
    row = Row(width).add(" ").cell(fact.label, label, "quiet", "<").add(" ")
    for value in fact.cells[:1]:
        cells.add_steady(row, value, VALUE)
    for text, role in fact.cells[1:]:
        if row.used + cell_len(text) + 2 <= width:
            row.add(" ").add(text, role)
    return row.line()


def _chart(view: View, symbol: SymbolState, width: int, height: int) -> list[Line]:
    """15m volatility in what room is left, with the range it is drawn in."""
    rows = min(10, height - 2)
    if rows < 3 or not symbol.volatility.spark:
        return []
    low, high = (fmt.percent(limit, 0) for limit in cells.spark_limits(symbol))
    text = view.words("detail.chart", low=low, high=high)
    head = Row(width).add(f" {fit(text, width - 2)}", "faint").line()
    chart = spark.spark(view, symbol, width - 2, rows)
    return [Row(width).line(), head, *(Row(width).add(" ").extend(p).line() for p in chart)]


def _ages(view: View, symbol: SymbolState, width: int) -> list[Line]:
    """The age of every family of data, those past their limit marked; in even columns."""
    words = view.words
    names = [words(f"family.{name}") for name in symbol.freshness]
    label = max(map(cell_len, names), default=0)
    across = max(1, (width - 1) // (label + AGE + 2))
    rows: list[Row] = []
    for i, (name, fresh) in enumerate(zip(names, symbol.freshness.values(), strict=True)):
        if not i % across:
            rows.append(Row(width).add(" "))
        late = view.lost or fresh.stale
        shown = cells.value_cell(fresh.age_ms, fmt.age(fresh.age_ms), late, "text")
        cells.add_steady(rows[-1].cell(name, label, "quiet", "<"), shown, AGE).add("  ")
    return [row.line() for row in rows]


def _missing(view: View, symbol: SymbolState, width: int) -> list[Line]:
    rows: list[Line] = []
    for name, reason in reasons(view.words, symbol):
        rows += _text(f"{fmt.DASH} {name}: {view.words.reason(reason)}", width, "quiet", 2)
    return rows


def reasons(words: Words, symbol: SymbolState) -> Iterator[tuple[str, Missing]]:
    """(field's name, reason) of the numbers that are missing, one for each distinct reason."""
    listed: set[Missing] = set()
    for part in ("score", "price", "liquidity", "funding", "volatility", "open_interest",
                 "flow", "liquidations", "position", "performance", "value_at_risk"):  # fmt: skip
        for path, reason in _walk((part,), getattr(symbol, part)):
            if reason not in listed and reason.code != "not_applicable":
                listed.add(reason)
                yield " ".join(words.code("field", name) for name in path[-2:]), reason


def _walk(path: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], Missing]]:
    if isinstance(value, Missing):
        yield path, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.metadata.get("published", True):
                yield from _walk((*path, field.name), getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            label = f"±{float(key) * 100:g}%" if path[-1] == "depth" else key
            yield from _walk((*path, label), item)
