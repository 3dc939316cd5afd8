"""The record of the forecasts that live runs issued, of those that could be judged."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tuirisk.analytics.score.scale import scale_version
from tuirisk.history.forecast_rows import SOUND
from tuirisk.state.codec import iso
from tuirisk.state.track_record import (
    CHANCE_BANDS,
    SCORE_BANDS,
    ChanceBand,
    LossOutcome,
    ScoreOutcome,
    TrackRecord,
    VolatilityOutcome,
)

FALL = 0.05
_DAYS = "count(DISTINCT time_ms / 86400000)"
_JUDGED = f"FROM forecasts WHERE outcome IS NOT NULL AND {SOUND}"


def live_record(connection: sqlite3.Connection, now_ms: int) -> TrackRecord | None:
    """The record as of ``now_ms``; None where nothing was forecast yet.

    Scores on another scale than that of this version are left out.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    awaited, passed = connection.execute(
        "SELECT coalesce(sum(end_ms > ?), 0), coalesce(sum(end_ms <= ?), 0) "
        f"FROM forecasts WHERE outcome IS NULL AND {SOUND}",
        (now_ms, now_ms),
    ).fetchone()
    first, last = connection.execute(f"SELECT min(time_ms), max(time_ms) {_JUDGED}").fetchone()
    if first is None and not awaited + passed:
        return None
    symbols = connection.execute(f"SELECT DISTINCT symbol {_JUDGED} ORDER BY symbol")
    return TrackRecord(
        "live",
        tuple(name for (name,) in symbols),
        _day(first),
        _day(last),
        _chances(connection, "p_liquidation_24h"),
        _chances(connection, "p_liquidation_7d"),
        _scores(connection),
        FALL,
        _loss(connection),
        _volatility(connection),
        awaited,
        passed,
    )


def stored_live_record(path: Path, now_ms: int) -> TrackRecord | None:
    """The record in the history at ``path``; None without one, and where it cannot be read."""
    if not path.exists():
        return None
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            return live_record(connection, now_ms)
    except (sqlite3.Error, OSError):
        return None


def _day(time_ms: int | None) -> str:
    return "" if time_ms is None else iso(time_ms)[:10]


def _band(column: str, edges: Sequence[float]) -> str:
    """SQL: the number of the band of ``edges`` that ``column`` is in."""
    return "+".join(f"({column} >= {edge!r})" for edge in edges[1:-1])


def _chances(connection: sqlite3.Connection, what: str) -> tuple[ChanceBand, ...]:
    rows = connection.execute(
        f"SELECT {_band('forecast', CHANCE_BANDS)}, count(*), {_DAYS}, avg(forecast), avg(outcome) "
        f"{_JUDGED} AND what = ? GROUP BY 1 ORDER BY 1",
        (what,),
    )
    return tuple(ChanceBand(CHANCE_BANDS[n], CHANCE_BANDS[n + 1], *row) for n, *row in rows)


def _scores(connection: sqlite3.Connection) -> tuple[ScoreOutcome, ...]:
    """The bands of the total, each with the falls and the volatility that followed."""
    band, scale = _band("forecast", SCORE_BANDS), scale_version()
    query = f"{_JUDGED} AND what = ? AND scale = ? GROUP BY 1 ORDER BY 1"
    volatility = dict(
        connection.execute(
            f"SELECT {band}, avg(outcome) {query}", ("score_total_volatility_24h", scale)
        )
    )
    rows = connection.execute(
        f"SELECT {band}, count(*), sum(outcome >= {FALL}) {query}", ("score_total_fall_24h", scale)
    ).fetchall()
    hours, falls = (sum(row[i] for row in rows) for i in (1, 2))
    return tuple(
        ScoreOutcome(
            SCORE_BANDS[number],
            SCORE_BANDS[number + 1],
            count,
            count / hours,
            fallen / count,
            (falls - fallen) / max(hours - count, 1),
            volatility.get(number, 0.0),
        )
        for number, count, fallen in rows
    )


def _loss(connection: sqlite3.Connection) -> LossOutcome | None:
    count, days, beyond = connection.execute(
        f"SELECT count(*), {_DAYS}, avg(outcome > forecast) {_JUDGED} AND what = 'var_95'"
    ).fetchone()
    return LossOutcome(count, days, beyond) if count else None


def _volatility(connection: sqlite3.Connection) -> VolatilityOutcome | None:
    count, days, ratio = connection.execute(
        f"SELECT count(*), {_DAYS}, avg(outcome * outcome / (forecast * forecast)) {_JUDGED} "
        "AND what = 'volatility_24h' AND forecast > 0"
    ).fetchone()
    return VolatilityOutcome(count, days, ratio) if count else None
