"""How such forecasts and scores have done, in words: beside them, and as a table."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tuirisk.state import Missing, Number
from tuirisk.state.track_record import TrackRecord
from tuirisk.ui.render import format as fmt
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.cells import ValueCell

Horizon = Literal["24h", "7d"]


def chance_record(view: View, horizon: Horizon, chance: Number) -> list[ValueCell]:
    """The share of forecasts in the band of ``chance`` that came true, and how many they were;
    nothing where none is known.
    """
    return _chance_cells(view, _record(view), horizon, chance)


def live_chance_record(view: View, horizon: Horizon, chance: Number) -> list[ValueCell]:
    """The same of the forecasts of live runs; nothing while they are few."""
    live = view.state.live_record if view.state is not None else None
    return _chance_cells(view, live, horizon, chance)


def _chance_cells(
    view: View, record: TrackRecord | None, horizon: Horizon, chance: Number
) -> list[ValueCell]:
    if record is None or isinstance(chance, Missing):
        return []
    band = record.chance_band(horizon, chance)
    if band is None or (record.source == "live" and not band.enough):
        return []
    shares = _shares(band.low, band.high)
    rest = view.words("record.chance", count=f"{band.forecasts:,}", band=shares)
    return [ValueCell(fmt.percent(band.realised, 1), "text"), ValueCell(rest, "quiet")]


def score_record(view: View, total: Number) -> list[ValueCell]:
    """The share of hours in the band of ``total`` that a fall followed, and that of the others;
    nothing where none is known.
    """
    record = _record(view)
    if record is None or isinstance(total, Missing):
        return []
    band = record.score_band(total)
    if band is None:
        return []
    rest = view.words(
        "record.score",
        hours=f"{band.hours:,}",
        band=f"{band.low:g}-{band.high:g}",
        otherwise=fmt.percent(band.falls_otherwise, 0),
    )
    return [ValueCell(fmt.percent(band.falls, 0), "text"), ValueCell(rest, "quiet")]


def score_label(view: View) -> str:
    """What may follow a score: the fall that counts."""
    record = _record(view)
    fall = record.fall if record is not None else 0.0
    return view.words("record.score_label", fall=fmt.percent(fall, 0))


def records(view: View) -> list[TrackRecord]:
    """The backtest's record, and that of live runs, where there are."""
    state = view.state
    found = (state.track_record, state.live_record) if state is not None else ()
    return [record for record in found if record is not None]


def record_source(view: View, record: TrackRecord) -> str:
    """Whose record it is, of which symbols and days; of a live one also what it waits for."""
    words = view.words
    symbols = ", ".join(name.removesuffix("USDT") for name in record.symbols)
    judged = {"symbols": symbols, "first": record.first_day, "last": record.last_day}
    if record.source != "live":
        return words(f"record.{record.source}", **judged)
    parts = [words("record.live", **judged) if symbols else words("record.live_none")]
    if record.awaited:
        parts.append(words("record.live_awaited", count=f"{record.awaited:,}"))
    if record.not_judged:
        parts.append(words("record.live_not_judged", count=f"{record.not_judged:,}"))
    return "; ".join(parts)


class RecordTable(NamedTuple):
    """One table of the record: its title, its headings and its rows, four cells each."""

    title: str
    rows: list[tuple[str, ...]]


def record_tables(view: View, record: TrackRecord) -> list[RecordTable]:
    """The record band by band: of each horizon of P(liquidation), and of the score."""
    words = view.words

    def headings(*names: str) -> tuple[str, ...]:
        return tuple(words(f"record.{name}") for name in names)

    tables = []
    for title, bands in (
        (words("record.title_24h"), record.chance_24h),
        (words("record.title_7d"), record.chance_7d),
    ):
        rows = [headings("band", "mean", "realised", "count")]
        for band in bands:
            shares = fmt.chance(band.mean, 1), fmt.percent(band.realised, 1)
            rows.append((_shares(band.low, band.high), *shares, f"{band.forecasts:,}"))
        tables.append(RecordTable(title, rows))
    rows = [headings("band", "falls", "otherwise", "hours")]
    for hours in record.score:
        falls = fmt.percent(hours.falls, 0), fmt.percent(hours.falls_otherwise, 0)
        rows.append((f"{hours.low:g}-{hours.high:g}", *falls, f"{hours.hours:,}"))
    title = words("record.title_score", fall=fmt.percent(record.fall, 0))
    tables.append(RecordTable(title, rows))
    rows = [headings("figure", "found", "right", "count")]
    if (followed := record.volatility) is not None:
        ratio = fmt.decimal(followed.ratio)
        rows.append((words("record.variance"), ratio, "1", f"{followed.forecasts:,}"))
    if (options := record.implied) is not None:
        ratio = fmt.decimal(options.ratio)
        rows.append((words("record.implied_variance"), ratio, "1", f"{options.forecasts:,}"))
    if (losses := record.loss) is not None:
        beyond = fmt.percent(losses.beyond, 1)
        rows.append((words("record.beyond_var"), beyond, "5%", f"{losses.forecasts:,}"))
    tables.append(RecordTable(words("record.title_other"), rows))
    return [table for table in tables if len(table.rows) > 1]


def _record(view: View) -> TrackRecord | None:
    return view.state.track_record if view.state is not None else None


def _shares(low: float, high: float) -> str:
    return f"{low * 100:g}-{high * 100:g}%"
