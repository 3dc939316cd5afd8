"""Blocks of the tab Market that are tables: performance, value at risk, timeframes, estimators."""

from __future__ import annotations

from tuirisk.state import Backtest, Missing, Number, element, first_missing
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span
from tuirisk.ui.screens.layout import (
    Page,
    age_label,
    fact_rows,
    heading,
    missing_reason,
    paragraph,
    table,
)
from tuirisk.ui.view.view import level_role
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell

LIGHT_ROLES = {"green": "ok", "yellow": "caution", "red": "critical"}
GRADE_ROLES = {"poor": "quiet", "fair": "text", "excellent": "ok"}


def performance(page: Page) -> list[Line]:
    """Ratios with their grades; Sharpe with its standard error."""
    part, stale = page.symbol.performance, page.stale("candles")
    title = heading(
        page,
        page.words("performance"),
        Span(page.words("days", value=part.n), "faint"),
        age_label(page, "candles"),
    )
    rows: list[tuple[str, list[ValueCell]]] = []
    for name in ("sharpe", "sortino", "calmar"):
        value: Number = getattr(part, name)
        grade = part.grades.get(name, "")
        shown = [cells.value_cell(value, fmt.decimal(value), stale, "strong")]
        if name == "sharpe" and not isinstance(part.sharpe_error, Missing):
            shown.append(ValueCell(f"± {part.sharpe_error:.2f}", "quiet"))
        if isinstance(grade, str) and grade:
            word = page.code("grade", grade)
            shown.append(ValueCell(word, "stale" if stale else GRADE_ROLES.get(grade, "text")))
        rows.append((page.words(name), shown))
    for name in ("cagr", "volatility", "max_drawdown"):
        value = getattr(part, name)
        rows.append((page.words(name), [cells.value_cell(value, fmt.percent(value, 1), stale)]))
    return [title, *fact_rows(page, rows), *missing_reason(page, part.sharpe)]


def value_at_risk(page: Page) -> list[Line]:
    """One-day VaR and ES by method, and how the two rolling forecasts have done."""
    part, stale = page.symbol.value_at_risk, page.stale("candles")
    title = heading(
        page, page.words("var"), Span(page.words("var_unit"), "faint"), age_label(page, "candles")
    )

    def loss(value: Number) -> ValueCell:
        return cells.value_cell(value, fmt.percent(value, 2), stale)

    rows = (
        (page.words("historical"), [loss(part.historical_95), loss(part.historical_99)]),
        (page.words("normal"), [loss(part.normal_95), loss(part.normal_99)]),
        (page.words("cornish_fisher"), [loss(part.cornish_fisher_95), ValueCell("", "text")]),
        (page.words("filtered"), [loss(part.filtered_95), ValueCell("", "text")]),
        (page.words("blended"), [loss(part.blended_95), ValueCell("", "text")]),
        (page.words("shortfall"), [loss(part.es_historical_95), loss(part.es_historical_99)]),
    )
    lines = table(page, (page.words("method"), "95 %", "99 %"), rows)
    records = ((page.words("record_historical"), part.backtest_95),
               (page.words("record_filtered"), part.backtest_filtered_95))  # fmt: skip
    shown = fact_rows(page, ((name, _record(page, record, stale)) for name, record in records))
    return [
        title,
        *lines,
        *shown,
        *missing_reason(page, part.historical_95, part.cornish_fisher_95),
    ]


def _record(page: Page, record: Backtest, stale: bool) -> list[ValueCell]:
    """``12/250 green p .90 .51``: exceptions, the light, Kupiec's and Christoffersen's p."""
    if isinstance(record.exceptions, Missing) or not record.light:
        return [ValueCell(fmt.DASH, "quiet")]
    role = "stale" if stale else LIGHT_ROLES.get(record.light, "text")
    return [
        ValueCell(f"{record.exceptions}/{record.observations}", "stale" if stale else "text"),
        ValueCell(page.code("light", record.light), role),
        ValueCell(f"p {_chance(record.kupiec_p)} {_chance(record.independence_p)}", "quiet"),
    ]


def _chance(value: Number) -> str:
    """``.88``: a p-value without its zero."""
    return fmt.decimal(value).removeprefix("0")


def timeframes(page: Page) -> list[Line]:
    """Trend of each timeframe, and how the timeframes move together beside a random walk."""
    part, stale = page.symbol.timeframes, page.stale("candles")
    title = heading(
        page,
        page.words("timeframes"),
        Span(page.words("trend_unit"), "faint"),
        age_label(page, "candles"),
    )
    trends = [
        (label, [cells.value_cell(z, fmt.decimal(z, 2, signed=True), stale, cells.change_role(z))])
        for label, z in part.trend.items()
    ]
    lines = fact_rows(page, trends)
    pairs = []
    for i in range(len(part.labels)):
        for j in range(i):
            value, walk, low, high, short = (
                element(m, i, j)
                for m in (
                    part.correlation,
                    part.random_walk,
                    part.interval_low,
                    part.interval_high,
                    part.shortfall,
                )
            )
            span = f"{fmt.decimal(low)}..{fmt.decimal(high)}"
            role = "text"
            if not isinstance(short, Missing):
                role = level_role(page.view.rule("shortfall").judge(short))
            pairs.append((f"{part.labels[j]}/{part.labels[i]}", [
                cells.value_cell(value, fmt.decimal(value), stale, role),
                cells.value_cell(walk, fmt.decimal(walk), stale, "quiet"),
                cells.value_cell(low, span, stale, "quiet"),
            ]))  # fmt: skip
    head = (page.words("pair"), page.words("correlation"), page.words("random"), "95 %")
    lines += table(page, head, pairs)
    for one in part.divergence:
        words = page.words("diverging", pair="/".join(one.pair), value=fmt.percent(one.strength, 0))
        lines += paragraph(page, words, "caution", 1)
    first = first_missing(*part.trend.values(), part.correlation)
    return [title, *lines, *missing_reason(page, first)]


def estimators(page: Page, timeframe: str) -> list[Line]:
    """Close-to-close volatility beside the range-based estimates of the same windows."""
    volatility, stale = page.symbol.volatility, page.stale("candles")
    part, windows = volatility.estimators[timeframe], volatility.cone.get(timeframe, {})
    title = heading(
        page,
        page.words("estimators", timeframe=timeframe),
        Span(page.words("a_year_by_window"), "faint"),
        age_label(page, "candles"),
    )
    names = list(part.parkinson)

    def row(values: dict[str, Number]) -> list[ValueCell]:
        return [cells.value_cell(values[n], fmt.percent(values[n], 1), stale) for n in names]

    none = Missing.from_text("")
    rows = [
        (
            page.words("close"),
            row({n: windows[n].current if n in windows else none for n in names}),
        )
    ]
    for name in ("parkinson", "garman_klass", "rogers_satchell", "yang_zhang"):
        rows.append((page.words(name), row(dict(getattr(part, name)))))
    return [title, *table(page, (page.words("bars"), *names), rows)]
