"""The last value of each day of other people's data, kept for a year: ranks where a provider has no
history of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from tuirisk.events.external import Measure, ProviderSeries
from tuirisk.history.sound_rows import number, text, time
from tuirisk.state import External, Missing

TABLE = """
CREATE TABLE external_days (
    provider TEXT NOT NULL,
    measure TEXT NOT NULL,
    asset TEXT NOT NULL,
    day_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (provider, measure, asset, day_ms)
) WITHOUT ROWID;
"""
KEPT: tuple[Measure, ...] = ("implied_volatility", "sentiment", "index")
"""Measures that nobody revises: a day of them is what it was first."""
DAYS = 400
DAY_MS = 86_400_000
HORIZON = 30
"""Days of the implied volatility that is kept."""
Row = tuple[str, str, str, int, float]


def rows_of(external: External, now_ms: int) -> list[Row]:
    """The fresh values of now, each for the day that it is of."""
    rows: list[Row] = []
    for one in external.values:
        if one.stale or one.venue or one.measure not in KEPT or one.tenor_days not in (0, HORIZON):
            continue
        if isinstance(one.value, Missing) or isinstance(one.age_ms, Missing):
            continue
        moment = now_ms - int(one.age_ms)
        rows.append((one.provider, one.measure, one.asset, moment - moment % DAY_MS, one.value))
    return rows


def rows_of_series(series: ProviderSeries) -> list[Row]:
    """The newest days of ``series``; none of a measure that is revised."""
    if series.measure not in KEPT:
        return []
    key = series.provider, series.measure, series.asset
    return [(*key, start - start % DAY_MS, value) for start, value in series.rows[-DAYS:]]


def store(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Keep ``rows``, each in place of an earlier value of its day."""
    connection.executemany("INSERT OR REPLACE INTO external_days VALUES (?, ?, ?, ?, ?)", rows)


def delete_old(connection: sqlite3.Connection, now_ms: int) -> None:
    """Delete what is older than :data:`DAYS`."""
    connection.execute("DELETE FROM external_days WHERE day_ms < ?", (now_ms - DAYS * DAY_MS,))


def load(connection: sqlite3.Connection, now_ms: int) -> tuple[ProviderSeries, ...]:
    """The complete days as events, received at ``now_ms``; rows that are damaged are left out."""
    sound = f"{text('provider')} AND {text('asset')} AND {time('day_ms')} AND {number('value')}"
    series: dict[tuple[str, Measure, str], list[tuple[int, float]]] = {}
    for measure in KEPT:
        for provider, asset, day_ms, value in connection.execute(
            "SELECT provider, asset, day_ms, value FROM external_days "
            f"WHERE measure = ? AND day_ms <= ? AND {sound} ORDER BY day_ms",
            (measure, now_ms - DAY_MS),
        ):
            series.setdefault((provider, measure, asset), []).append((day_ms, float(value)))
    return tuple(
        ProviderSeries("", now_ms * 1_000_000, provider, measure, asset, tuple(days), 2 * DAY_MS)
        for (provider, measure, asset), days in series.items()
    )
