"""The score of every minute: peaks while the screen was not open, and the last severities."""

from __future__ import annotations

import sqlite3
from typing import cast

from tuirisk.analytics.score.scale import scale_version
from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.history.sound_rows import number, text, time
from tuirisk.state import SEVERITIES, AbsenceSummary, Missing, RiskState, ScorePeak, Severity

SEVERITY_LIFETIME_MS = 7 * DAY_MS
"""A severity older than this before the newest one is dropped."""

_TIME = time("time_ms")
_SYMBOL = text("symbol")
Row = tuple[str, int, float, str, int]
"""symbol, the minute's beginning (ms), the highest score in it, the severity confirmed last, and
the scale of the score
"""


class MinuteScores:
    """Peak and severity of every symbol in the present minute."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._begins = -1

    def add(self, state: RiskState) -> list[Row] | None:
        """Add ``state`` to its minute; the rows of the minute before, where that is over."""
        begins = state.time_ms // MINUTE_MS * MINUTE_MS
        finished = None
        if begins != self._begins:
            finished = self.rows()
            self._begins, self._rows = begins, {}
        for name, symbol in state.symbols.items():
            total = symbol.score.total
            if symbol.status == "ready" and not isinstance(total, Missing):
                before = self._rows.get(name)
                peak = total if before is None else max(total, before[2])
                severity = symbol.tracker.confirmed or ""
                self._rows[name] = name, begins, float(peak), severity, scale_version()
        return finished

    def rows(self) -> list[Row]:
        return list(self._rows.values())


def store(connection: sqlite3.Connection, rows: list[Row]) -> None:
    """Keep ``rows``; of two programs that watch a symbol, the higher peak is kept."""
    connection.executemany(
        "INSERT INTO scores VALUES (?, ?, ?, ?, ?) ON CONFLICT (symbol, time_ms) DO UPDATE "
        "SET peak = CASE WHEN scale = excluded.scale THEN max(peak, excluded.peak) "
        "ELSE excluded.peak END, severity = excluded.severity, scale = excluded.scale",
        rows,
    )


def store_presence(connection: sqlite3.Connection, time_ms: int) -> None:
    """Keep that the screen was open at ``time_ms``."""
    connection.execute(
        "INSERT INTO presence VALUES (1, ?) ON CONFLICT (id) DO UPDATE "
        "SET time_ms = max(time_ms, excluded.time_ms)",
        (time_ms,),
    )


def last_severities(connection: sqlite3.Connection) -> dict[str, Severity]:
    """The severity that each symbol had last, by the log or by its last minute."""
    (newest,) = connection.execute(
        f"SELECT max((SELECT coalesce(max(time_ms), 0) FROM scores WHERE {_TIME}), "
        f"(SELECT coalesce(max(time_ms), 0) FROM log WHERE {_TIME}))"
    ).fetchone()
    latest: dict[str, tuple[int, str]] = {}
    for symbol, severity, time_ms in connection.execute(
        f"SELECT symbol, after, max(time_ms) FROM log WHERE time_ms > ? AND {_TIME} "
        f"AND {_SYMBOL} AND kind = 'severity' GROUP BY symbol "
        "UNION ALL "
        f"SELECT symbol, severity, max(time_ms) + {MINUTE_MS} FROM scores "
        f"WHERE time_ms > ? AND {_TIME} AND {_SYMBOL} AND severity <> '' GROUP BY symbol",
        (newest - SEVERITY_LIFETIME_MS, newest - SEVERITY_LIFETIME_MS),
    ):
        if severity in SEVERITIES and time_ms > latest.get(symbol, (0, ""))[0]:
            latest[symbol] = time_ms, severity
    return {symbol: cast(Severity, severity) for symbol, (_, severity) in latest.items()}


def absence_summary(connection: sqlite3.Connection, now_ms: int) -> AbsenceSummary | None:
    """The time until ``now_ms`` that the screen was not open, and the highest scores in it.

    None where the screen was never open. ``entries`` of the summary is 0. Scores on another scale
    than that of now are left out.
    """
    last_presence = connection.execute(f"SELECT time_ms FROM presence WHERE {_TIME}").fetchone()
    if last_presence is None or last_presence[0] > now_ms:
        return None
    since_ms: int = last_presence[0]
    peaks = connection.execute(
        "SELECT symbol, max(peak), time_ms FROM scores WHERE time_ms BETWEEN ? AND ? "
        f"AND scale = ? AND {_TIME} AND {_SYMBOL} AND {number('peak')} "
        "GROUP BY symbol ORDER BY 2 DESC, symbol",
        (since_ms, now_ms, scale_version()),
    )
    return AbsenceSummary(since_ms, now_ms, 0, tuple(ScorePeak(*row) for row in peaks))
