"""Follows the log of a history file while monitors write it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path

from tuirisk.history.log import changes, open_for_reading, reading_errors
from tuirisk.state import LogEntry

SLACK_MS = 60_000
"""Two programs write the log, by clocks that differ by less than this."""


class LogFollower:
    """Reads what is new in the log at ``path``, which may be replaced, or not be there yet.

    From ``since_ms`` (UTC) on, of ``symbols`` (all by default). The file is only read.
    """

    def __init__(self, path: Path, since_ms: int = 0, symbols: Collection[str] = ()) -> None:
        self._path = path
        self._since_ms = since_ms
        self._symbols = symbols
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        """Device and inode of the file that is open."""
        self._version: int | None = None
        self._read_to_ms = since_ms
        self._returned: set[object] = set()
        """What was returned, by :attr:`LogEntry.change`."""

    def read(self) -> list[LogEntry]:
        """The entries that are new since the last call, oldest first.

        New is also one that alerted again, or whose swings were counted on.

        Raises:
            HistoryError: the file cannot be read now.
            FileNotFoundError: there is none now.
        """
        try:
            with reading_errors():
                return self._changes()
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; :meth:`read` opens it again."""
        connection, self._connection, self._version = self._connection, None, None
        if connection is not None:
            connection.close()

    def _changes(self) -> list[LogEntry]:
        status = self._path.stat()
        file = status.st_dev, status.st_ino
        if self._connection is None or file != self._file:
            self.close()
            if file != self._file:
                self._read_to_ms = self._since_ms
            self._connection, self._file = open_for_reading(self._path), file
        # Raised by SQLite when another program has written.
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return []
        entries = changes(self._connection, self._read_to_ms, self._symbols)
        self._version = version
        new = [entry for entry in entries if entry.change not in self._returned]
        newest = max((_changed_ms(entry) for entry in entries), default=0)
        self._read_to_ms = max(self._read_to_ms, newest - SLACK_MS)
        self._returned |= {entry.change for entry in new}
        return new


def _changed_ms(entry: LogEntry) -> int:
    return max(entry.time_ms, entry.alert_ms)
