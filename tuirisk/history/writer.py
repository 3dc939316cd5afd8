"""The thread that writes to the database, in transactions of all the jobs that wait."""

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
"""Jobs that may wait; more are dropped."""
TRIES = 12
"""Times that a transaction waits for another program's lock."""


class Writer:
    """Runs jobs in order, those that wait together in one transaction.

    ``on_error`` is called in the writer's thread with the error that ends it, and each time that
    rows are dropped because another program held a lock (it goes on after that).
    """

    def __init__(
        self,
        path: Path,
        on_error: Callable[[Exception], None],
        timeout: float,
        on_drop: Callable[[], None] = lambda: None,
    ) -> None:
        """``timeout``: seconds that one try waits for a lock. ``on_drop`` is called for each job
        that is dropped because too many wait.
        """
        self._on_drop = on_drop
        self._path = path
        self._on_error = on_error
        self._timeout = timeout
        self._jobs: queue.Queue[Job | None] = queue.Queue(QUEUE)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Queue ``job``; never blocks."""
        if self._closing:
            return
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self._on_drop()

    def close(self, timeout: float) -> None:
        """Write what waits, for at most ``timeout`` seconds; jobs put later are dropped."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(queue.Full):
            self._jobs.put_nowait(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            connection = connect(self._path, self._timeout, create=False)
        except (HistoryError, OSError, sqlite3.Error) as error:
            self._end(error)
            return
        with contextlib.closing(connection):
            more = True
            while more:
                jobs, more = self._next_jobs()
                try:
                    self._write(connection, jobs)
                except sqlite3.Error as error:
                    if is_busy(error):
                        self._on_error(error)
                        continue
                    self._end(error)
                    return

    def _next_jobs(self) -> tuple[list[Job], bool]:
        """The jobs that wait, and whether more may come; blocks until there is one."""
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
        self._on_error(error)
