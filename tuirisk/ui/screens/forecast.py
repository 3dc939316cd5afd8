"""The volatility of the next 24 h: the forecast, what options imply, what was realised."""

from __future__ import annotations

from tuirisk.state import Missing, Number
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens.implied import implied_of
from tuirisk.ui.screens.layout import Page, age_label, heading, missing_reason, table
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell


def forecast_block(page: Page) -> list[Line]:
    """One row for each source: σ of 24 h, the same a year, its rank in a year."""
    forecast = page.symbol.forecast
    stale = page.stale("candles")
    model = fmt.DASH if isinstance(forecast.model, Missing) else forecast.model
    rows = [
        (
            page.words("forecast_own", model=model),
            _cells(
                forecast.volatility_24h, forecast.annualised, forecast.volatility_rank_1y, stale
            ),
        )
    ]
    implied = implied_of(page)
    if implied is not None:
        source = fmt.DASH if isinstance(implied.source, Missing) else implied.source
        numbers = _cells(implied.next_24h, implied.value, implied.rank_1y, implied.stale)
        rows.append((page.words("forecast_options", source=source), numbers))
        realised = implied.realised
        rows.append((page.words("realised_30d"), _cells(None, realised, None, stale)))
    head = ("", *(page.words(key) for key in ("forecast_day", "forecast_year", "forecast_rank")))
    title = heading(page, page.words("forecast"), age_label(page, "candles"))
    return [title, *table(page, head, rows), *missing_reason(page, forecast.volatility_24h)]


def _cells(day: Number | None, year: Number, rank: Number | None, stale: bool) -> list[ValueCell]:
    empty = ValueCell("", "quiet")
    return [
        empty if day is None else cells.value_cell(day, fmt.percent(day, 2), stale, "text"),
        cells.value_cell(year, fmt.percent(year, 1), stale, "text"),
        empty if rank is None else cells.value_cell(rank, fmt.score(rank), stale, "text"),
    ]
