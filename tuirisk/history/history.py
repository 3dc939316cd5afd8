"""What is kept of a live run: the log, scores, candles. It never hurts the monitor."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tuirisk.alerts.bell import new_entries
from tuirisk.events.events import Candle, CandleHistory
from tuirisk.events.intervals import DAY_MS
from tuirisk.history import bars, scores
from tuirisk.history.database import HistoryError, connect, is_busy, is_corrupt, move_aside, words
from tuirisk.history.reading import entry_of, select_log
from tuirisk.history.writer import Writer
from tuirisk.state import AbsenceSummary, LogEntry, Missing, RiskState, Severity

T = TypeVar("T")
LOG_DAYS = 90
LOG_ROWS = 100_000
"""Whatever their age, no more entries of the log are kept."""
SCORE_DAYS = 7
CANDLE_DAYS = 30
"""How long candles of a symbol that nobody watches any more are kept."""
SAME_MS = 10_000
"""Two tuirisks that watch the same symbol tell of a change within this time of each other."""
OPENING = 0.25
"""Seconds that reading waits for a lock: it happens in the monitor's thread."""
WRITING = 5.0

_NOTE = (
    "INSERT INTO log (run, time_ms, symbol, kind, before, after, score, reason, escalation, "
    "rule, component) SELECT :run, :time_ms, :symbol, :kind, :before, :after, :score, :reason, "
    ":escalation, :rule, :component "
    "WHERE NOT EXISTS (SELECT 1 FROM log WHERE run <> :run AND symbol = :symbol "
    "AND kind = :kind AND before = :before AND after = :after "
    f"AND time_ms BETWEEN :time_ms - {SAME_MS} AND :time_ms + {SAME_MS})"
)


class History:
    """One database. Reading is for one thread; writing happens in a thread of its own.

    Nothing here raises: when the file is damaged, locked, full or not to be written, ``say`` is
    told so in one line (from either thread) and the history is empty and keeps nothing from then
    on. A damaged file is kept beside, under another name.
    """

    def __init__(
        self,
        path: Path,
        reader: sqlite3.Connection | None,
        say: Callable[[str], None],
        run: int,
        screen: bool,
    ) -> None:
        self.path = path
        self._reader = reader
        self._say = say
        self._run = run
        self._screen = screen
        self._log: Sequence[LogEntry] = ()
        self._minute = scores.MinuteScores()
        self._newest = 0
        """Time (ms) of the newest state."""
        self._day = -1
        self._told_busy = False
        self._broken = False
        self._writer = Writer(path, self._failed, WRITING) if reader is not None else None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        say: Callable[[str], None],
        run: int | None = None,
        screen: bool = False,
    ) -> History:
        """The history at ``path``, made where there is none.

        ``run`` tells this run from others that write to the same file; None takes the process's.
        ``screen`` says that a person has it before him, which is kept too.
        """
        number = os.getpid() if run is None else run
        try:
            return cls(path, _open(path, say), say, number, screen)
        except (HistoryError, OSError, sqlite3.Error) as error:
            say(f"history: {words(error)} ({path}); going on without")
            return cls(path, None, say, number, screen)

    # What is known.

    def entries(self, since_ms: int, limit: int) -> tuple[LogEntry, ...]:
        """The newest ``limit`` entries of the log from ``since_ms`` on, oldest first."""
        return self._read(lambda reader: _entries(reader, since_ms, limit), ())

    def severities(self) -> dict[str, Severity]:
        """The severity that each symbol had last, as far as that is known."""
        return self._read(scores.severities, {})

    def away(self, now_ms: int) -> AbsenceSummary | None:
        """What became of the scores since the screen was last open (``entries`` is 0)."""
        return self._read(lambda reader: scores.away(reader, now_ms), None)

    def candles(self, symbol: str, interval: str) -> CandleHistory | None:
        """The closed bars known, without a hole, as the event (``cached``) they make.

        ``received`` is when the exchange last told of them.
        """
        return self._read(lambda reader: bars.load(reader, symbol, interval), None)

    def _read(self, read: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        if self._reader is None:
            return nothing
        try:
            return read(self._reader)
        except sqlite3.Error as error:
            self._failed(error)
            return nothing

    # What is to be kept. None of these blocks.

    def note(self, state: RiskState) -> None:
        """Keep what is new in ``state``: entries of its log, and scores once a minute.

        Call it with every state, in their order.
        """
        if self._writer is None:
            return
        self._newest = state.time_ms
        if state.log is not self._log:
            rows = [self._row(entry) for entry in new_entries(self._log, state.log)]
            self._log = state.log
            self._put(lambda connection: connection.executemany(_NOTE, rows))
        minute = self._minute.note(state)
        if minute is not None:
            self._keep_minute(minute)
        day = state.time_ms // DAY_MS
        if day != self._day:
            self._day = day
            self._put(lambda connection: _forget(connection, state.time_ms))

    def keep_candles(
        self, symbol: str, interval: str, closed: Sequence[Candle], received: int
    ) -> None:
        """Keep closed bars that came at ``received`` (ns); they must not change any more."""
        self._put(lambda connection: bars.store(connection, symbol, interval, closed, received))

    def close(self, timeout: float = 0.3) -> None:
        """Write what waits, for at most ``timeout`` seconds. Nothing is kept afterwards."""
        if self._newest:
            self._keep_minute(self._minute.rows())
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close(timeout)
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _put(self, job: Callable[[sqlite3.Connection], object]) -> None:
        if self._writer is not None:
            self._writer.put(job)

    def _keep_minute(self, rows: list[scores.Row]) -> None:
        self._put(lambda connection: scores.store(connection, rows))
        if self._screen:
            newest = self._newest
            self._put(lambda connection: scores.store_presence(connection, newest))

    def _row(self, entry: LogEntry) -> dict[str, object]:
        return {
            "run": self._run,
            "time_ms": entry.time_ms,
            "symbol": entry.symbol,
            "kind": entry.kind,
            "before": entry.before,
            "after": entry.after,
            "score": None if isinstance(entry.score, Missing) else float(entry.score),
            "reason": entry.score.reason if isinstance(entry.score, Missing) else "",
            "escalation": entry.escalation,
            "rule": entry.rule,
            "component": entry.component,
        }

    def _failed(self, error: Exception) -> None:
        """Say what went wrong, once, and go on without; a lock alone is waited out."""
        if is_busy(error):
            if not self._told_busy:
                self._told_busy = True
                self._say(f"history: {words(error)} ({self.path}); some rows are not kept")
            return
        if self._broken:
            return
        self._broken = True
        writer, self._writer = self._writer, None
        self._reader = None
        moved = move_aside(self.path) if is_corrupt(error) else ""
        kept = f", kept as {moved}" if moved else ""
        self._say(f"history: {words(error)} ({self.path}{kept}); going on without")
        if writer is not None:
            writer.close(timeout=0.0)


def _open(path: Path, say: Callable[[str], None]) -> sqlite3.Connection:
    try:
        return connect(path, OPENING)
    except sqlite3.DatabaseError as error:
        moved = move_aside(path) if is_corrupt(error) else ""
        if not moved:
            raise
        say(f"history: {words(error)} ({path}, kept as {moved}); beginning anew")
        return connect(path, OPENING)


def _entries(reader: sqlite3.Connection, since_ms: int, newest: int) -> tuple[LogEntry, ...]:
    return tuple(entry_of(row) for row in select_log(reader, since_ms, newest))


def _forget(connection: sqlite3.Connection, now_ms: int) -> None:
    connection.execute("DELETE FROM log WHERE time_ms < ?", (now_ms - LOG_DAYS * DAY_MS,))
    connection.execute("DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?", (LOG_ROWS,))
    connection.execute("DELETE FROM scores WHERE time_ms < ?", (now_ms - SCORE_DAYS * DAY_MS,))
    oldest_ns = (now_ms - CANDLE_DAYS * DAY_MS) * 1_000_000
    connection.execute("DELETE FROM rings WHERE received < ?", (oldest_ns,))
    connection.execute(
        "DELETE FROM pages WHERE (symbol, interval) NOT IN (SELECT symbol, interval FROM rings)"
    )
