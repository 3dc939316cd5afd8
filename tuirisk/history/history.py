"""What is kept of a live run: the log, scores, candles. Its failures never end the monitor."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tuirisk.events import Candle, CandleHistory
from tuirisk.events.external import ProviderSeries
from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.history import account_rows, candles, external_days, ledgers, log, scores
from tuirisk.history.database import (
    HistoryError,
    connect,
    error_text,
    is_busy,
    is_corrupt,
    move_aside,
)
from tuirisk.history.forecast_recording import ForecastRecording
from tuirisk.history.log_store import changed_entries, store
from tuirisk.history.retention import delete_old
from tuirisk.history.writer import Writer
from tuirisk.language.reason import Reason
from tuirisk.state import AbsenceSummary, Acknowledgement, LogEntry, RiskState, Severity
from tuirisk.state.account_values import AccountValue
from tuirisk.state.position_ledger import PositionLedger
from tuirisk.state.score_history import ScoreStep
from tuirisk.state.track_record import TrackRecord

T = TypeVar("T")
_NO_CANDLES: tuple[CandleHistory | None, list[int]] = (None, [])
READ_TIMEOUT = 0.25
"""Seconds that reading waits for a lock: it happens in the monitor's thread."""
WRITE_TIMEOUT = 5.0
"""Seconds that one try of the writer waits for a lock."""
EXTERNAL_MS = 10 * MINUTE_MS
"""Between two writings of other people's data."""


class History:
    """One database. Reading is for one thread; writing happens in a thread of its own.

    Nothing here raises: when the file is damaged, locked, full or cannot be written, ``report``
    gets one line about it (from either thread) and the history is empty and keeps nothing from then
    on. A damaged file is renamed and left beside the new one.
    """

    def __init__(
        self,
        path: Path,
        reader: sqlite3.Connection | None,
        report: Callable[[Reason], None],
        run: int,
        screen: bool,
    ) -> None:
        self.path = path
        self._reader = reader
        self._report = report
        self._run = run
        self._screen = screen
        self._log: Sequence[LogEntry] | None = None
        self._minute = scores.MinuteScores()
        self._ledger: PositionLedger | None = None
        self._ledger_minute = -1
        self._account_values: tuple[AccountValue, ...] = ()
        self._forecasts = ForecastRecording(self._write)
        self._newest = 0
        """Time (ms) of the newest state."""
        self._day = -1
        self._external_step = -1
        self._busy_reported = False
        self._broken = False
        self._damage_reported = False
        self._anew = False
        """Whether the damaged file was moved away and a new one is to be made."""
        self._begun_anew = False
        self._writer = (
            Writer(path, self._on_error, WRITE_TIMEOUT, self._on_drop)
            if reader is not None
            else None
        )

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        report: Callable[[Reason], None],
        run: int | None = None,
        screen: bool = False,
    ) -> History:
        """The history at ``path``, made where there is none.

        ``run`` tells this run from others that write to the same file; None takes the process id.
        ``screen``: the monitor has a screen; the times when one was open are kept too.
        """
        number = os.getpid() if run is None else run
        try:
            return cls(path, _open(path, report), report, number, screen)
        except (HistoryError, OSError, sqlite3.Error) as error:
            report(Reason("history_unusable", what=f"{error_text(error)} ({path})"))
            return cls(path, None, report, number, screen)

    @property
    def live_record(self) -> TrackRecord | None:
        """Of the forecasts that live runs issued and that could be judged."""
        return self._forecasts.live_record

    # Reading.

    def entries(self, since_ms: int, limit: int) -> tuple[LogEntry, ...]:
        """The newest ``limit`` entries of the log from ``since_ms`` on, oldest first."""
        damaged = self._read(log.damaged_entries, 0)
        if damaged and not self._damage_reported:
            self._damage_reported = True
            self._report(Reason("history_rows_damaged", count=damaged))
        return self._read(lambda reader: log.newest_entries(reader, since_ms, limit), ())

    def last_severities(self) -> dict[str, Severity]:
        """The severity that each symbol had last; without those older than a week."""
        return self._read(scores.last_severities, {})

    def ledgers(self) -> dict[str, PositionLedger]:
        """Account → its positions as they were known last."""
        return self._read(ledgers.load, {})

    def account_values(self, since_ms: int) -> dict[str, tuple[AccountValue, ...]]:
        """Account → what it was worth from ``since_ms`` on, oldest first."""
        return self._read(lambda reader: account_rows.load(reader, since_ms), {})

    def acknowledgements(self, since_ms: int) -> tuple[Acknowledgement, ...]:
        """What was acknowledged, by any run, of the entries from ``since_ms`` on."""
        return self._read(lambda reader: log.acknowledgements(reader, since_ms), ())

    def absence_summary(self, now_ms: int) -> AbsenceSummary | None:
        """The highest scores since the screen was last open (``entries`` is 0)."""
        return self._read(lambda reader: scores.absence_summary(reader, now_ms), None)

    @property
    def usable(self) -> bool:
        """Whether anything is kept."""
        return self._writer is not None

    def recent_scores(self, symbol: str) -> list[ScoreStep]:
        """The newest minutes of ``symbol``, which need not be written yet, oldest first."""
        return self._minute.recent(symbol)

    def external_series(self, now_ms: int) -> tuple[ProviderSeries, ...]:
        """Days of other people's data that earlier runs received."""
        return self._read(lambda reader: external_days.load(reader, now_ms), ())

    def record_external_series(self, series: ProviderSeries) -> None:
        """Keep the days that a provider gives of its past, where they are not revised."""
        rows = external_days.rows_of_series(series)
        if rows:
            self._write(lambda connection: external_days.store(connection, rows))

    def candles(self, symbol: str, interval: str, now_ms: int) -> CandleHistory | None:
        """The newest closed bars without a gap among them, as a ``cached`` event.

        Its ``received`` is when the last of them came from the exchange. Bars that cannot be at
        ``now_ms`` (UTC) are set aside, and reported.
        """
        history, wrong = self._read(
            lambda reader: candles.load(reader, symbol, interval, now_ms), _NO_CANDLES
        )
        if wrong:
            self._report(
                Reason("bars_set_aside", symbol=symbol, interval=interval, count=len(wrong))
            )
            self._write(lambda connection: candles.set_aside(connection, symbol, interval, wrong))
        return history

    def _read(self, read: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        self._begin_anew()
        if self._reader is None:
            return nothing
        try:
            return read(self._reader)
        except sqlite3.Error as error:
            self._on_error(error)
            return nothing

    # Writing. None of these blocks.

    def record(self, state: RiskState) -> None:
        """Keep what is new in ``state``: entries of its log, and scores once a minute.

        Call it with every state, in their order.
        """
        self._begin_anew()
        if self._writer is None:
            return
        self._newest = state.time_ms
        if state.log is not self._log:
            logged = state.log[: state.history_entries] if self._log is None else self._log
            entries = changed_entries(logged, state.log)
            self._log = state.log
            self._write(lambda connection: store(connection, self._run, entries))
        self._record_ledger(state)
        self._record_account_value(state)
        minute = self._minute.add(state)
        if minute is not None:
            self._record_minute(minute)
        self._forecasts.add(state)
        self._record_external(state)
        day = state.time_ms // DAY_MS
        if day != self._day:
            self._day = day
            self._write(lambda connection: delete_old(connection, state.time_ms))

    def _record_account_value(self, state: RiskState) -> None:
        """Keep what the account was worth in the newest minute."""
        values, ledger = state.account_values, state.position_ledger
        if values is self._account_values or not values or ledger is None or not ledger.account:
            return
        self._account_values = values
        account, newest = ledger.account, values[-1]
        self._write(lambda connection: account_rows.store(connection, account, newest))

    def _record_external(self, state: RiskState) -> None:
        """Keep other people's data of today, once in so many minutes."""
        step = state.time_ms // EXTERNAL_MS
        if not state.external.values or step == self._external_step:
            return
        self._external_step = step
        rows = external_days.rows_of(state.external, state.time_ms)
        self._write(lambda connection: external_days.store(connection, rows))

    def record_candles(
        self, symbol: str, interval: str, closed: Sequence[Candle], received: int
    ) -> None:
        """Keep closed bars, received at ``received`` (UTC nanoseconds)."""
        self._write(
            lambda connection: candles.store(connection, symbol, interval, closed, received)
        )

    def close(self, timeout: float = 0.3) -> None:
        """Write what waits, for at most ``timeout`` seconds. Nothing is kept afterwards."""
        if self._newest:
            self._record_minute(self._minute.rows())
        if self._ledger is not None:
            newest = self._ledger
            self._write(lambda connection: ledgers.store(connection, newest))
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close(timeout)
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _write(self, job: Callable[[sqlite3.Connection], object]) -> None:
        if self._writer is not None:
            self._writer.put(job)

    def _record_minute(self, rows: list[scores.Minute]) -> None:
        self._write(lambda connection: scores.store(connection, rows))
        if self._screen:
            newest = self._newest
            self._write(lambda connection: scores.store_presence(connection, newest))

    def _record_ledger(self, state: RiskState) -> None:
        """Keep the account's positions when they change, and once a minute.

        Not while changes of the time before this run wait to be told: the next run tells them then.
        """
        ledger, written = state.position_ledger, self._ledger
        if ledger is None or not ledger.account or ledger.absent_since_ms:
            return
        self._ledger = ledger
        minute = written is None or state.time_ms // MINUTE_MS != self._ledger_minute
        if minute or written is None or ledger.positions != written.positions:
            self._ledger_minute = state.time_ms // MINUTE_MS
            self._write(lambda connection: ledgers.store(connection, ledger))

    def _on_drop(self) -> None:
        """Report that what was to be written is not, for the disk is too slow."""
        self._report(Reason("history_too_slow", what=str(self.path)))

    def _on_error(self, error: Exception) -> None:
        """Report ``error`` once and go on without a history; a lock ends nothing."""
        if is_busy(error):
            if not self._busy_reported:
                self._busy_reported = True
                self._report(Reason("history_rows_lost", what=f"{error_text(error)} ({self.path})"))
            return
        if self._broken:
            return
        self._broken = True
        writer, self._writer = self._writer, None
        self._reader = None
        moved = move_aside(self.path) if is_corrupt(error) else ""
        renamed = f", kept as {moved}" if moved else ""
        what = f"{error_text(error)} ({self.path}{renamed})"
        if writer is not None:
            writer.close(timeout=0.0)
        if moved and not self._begun_anew:
            self._report(Reason("history_begun_anew", what=what))
            self._anew = True
        else:
            self._report(Reason("history_unusable", what=what))

    def _begin_anew(self) -> None:
        """Make a new file in the place of one that was moved away, once a run.

        Called by the reader: the error may have come in the writer's thread.
        """
        if not self._anew:
            return
        self._anew, self._begun_anew = False, True
        try:
            self._reader = _open(self.path, self._report)
        except (HistoryError, OSError, sqlite3.Error) as error:
            self._report(Reason("history_unusable", what=f"{error_text(error)} ({self.path})"))
            return
        self._log = None
        self._broken = False
        self._writer = Writer(self.path, self._on_error, WRITE_TIMEOUT, self._on_drop)


def _open(path: Path, report: Callable[[Reason], None]) -> sqlite3.Connection:
    try:
        return connect(path, READ_TIMEOUT)
    except sqlite3.DatabaseError as error:
        moved = move_aside(path) if is_corrupt(error) else ""
        if not moved:
            raise
        report(Reason("history_begun_anew", what=f"{error_text(error)} ({path}, kept as {moved})"))
        return connect(path, READ_TIMEOUT)
