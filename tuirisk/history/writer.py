"""The one thread that writes: rows in, transactions out."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from tuirisk.history.database import HistoryError, connect, is_busy

Job = Callable[[sqlite3.Connection], object]

QUEUE = 2_000
"""Jobs that may wait; what comes beyond that is not kept."""
TRIES = 12
"""Times that a lock of somebody else is waited for."""


class Writer:
    """Runs jobs in order, those that wait together in one transaction.

    ``failed`` is told, in the writer's thread, of what ends it, and of each time that rows could
    not be kept because somebody else held the file (it goes on after that).
    """

    def __init__(self, path: Path, failed: Callable[[Exception], None], patience: float) -> None:
        """``patience``: seconds a try waits for a lock."""
        self._path = path
        self._failed = failed
        self._patience = patience
        self._jobs: queue.Queue[Job | None] = queue.Queue(QUEUE)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have ``job`` run; never blocks."""
        if not self._closing:
            with contextlib.suppress(queue.Full):
                self._jobs.put_nowait(job)

    def close(self, timeout: float) -> None:
        """Write what waits, as far as that is done within ``timeout`` seconds."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(queue.Full):
            self._jobs.put_nowait(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            connection = connect(self._path, self._patience)
        except (HistoryError, OSError, sqlite3.Error) as error:
            self._end(error)
            return
        with contextlib.closing(connection):
            more = True
            while more:
                jobs, more = self._waiting()
                try:
                    self._write(connection, jobs)
                except sqlite3.Error as error:
                    if is_busy(error):
                        self._failed(error)
                        continue
                    self._end(error)
                    return

    def _waiting(self) -> tuple[list[Job], bool]:
        """What is to be written now, and whether more may come; waits for the first."""
        jobs: list[Job] = []
        with contextlib.suppress(queue.Empty):
            job = self._jobs.get()
            while job is not None:
                jobs.append(job)
                job = self._jobs.get_nowait()
            return jobs, False
        return jobs, not (self._closing and self._jobs.empty())

    def _write(self, connection: sqlite3.Connection, jobs: list[Job]) -> None:
        if not jobs:
            return
        self._begin(connection)
        try:
            for job in jobs:
                job(connection)
            connection.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _begin(self, connection: sqlite3.Connection) -> None:
        for left in range(TRIES, 0, -1):
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if left == 1 or self._closing or not is_busy(error):
                    raise
            else:
                return

    def _end(self, error: Exception) -> None:
        self._closing = True
        self._failed(error)
