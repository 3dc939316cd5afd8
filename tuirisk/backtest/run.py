"""The symbols of a backtest, walked in parallel processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from tuirisk.backtest.symbol_rows import Period, SymbolRows, symbol_rows
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import DAY_MS
from tuirisk.feed.files.model import SymbolHistory

Report = Callable[[int, int], None]
"""(days done, days in all), of all symbols."""
POLL_S = 0.2
_done: Synchronized[int] | None = None
"""Days done by all processes; set in each of them as it starts."""


def walk_symbols(
    histories: Sequence[SymbolHistory],
    period: Period,
    risk: RiskConfig,
    report: Report,
    processes: int | None = None,
) -> list[SymbolRows]:
    """The rows of every one of ``histories``, in their order.

    ``processes`` at most; None for one a core. One symbol is walked in this process.
    """
    most = min(len(histories), processes or os.cpu_count() or 1)
    total = sum(_days(history, period) for history in histories)
    if most > 1:
        return _walk_in_parallel(histories, period, risk, report, most, total)
    found: list[SymbolRows] = []
    before = 0
    for history in histories:

        def progress(day: int, _: int, base: int = before) -> None:
            report(base + day, total)

        found.append(symbol_rows(history, period, risk, progress))
        before += _days(history, period)
    return found


def _walk_in_parallel(
    histories: Sequence[SymbolHistory],
    period: Period,
    risk: RiskConfig,
    report: Report,
    processes: int,
    total: int,
) -> list[SymbolRows]:
    context = multiprocessing.get_context("spawn")
    done = context.Value("q", 0)
    with _main_is_not_imported(), context.Pool(processes, _start, (done,)) as pool:
        # The longest first: a short one at the end keeps nobody waiting.
        order = sorted(range(len(histories)), key=lambda i: -_days(histories[i], period))
        jobs = [(histories[i], period, risk) for i in order]
        result = pool.map_async(_walk, jobs, chunksize=1)
        while not result.ready():
            report(int(done.value), total)
            result.wait(POLL_S)
        rows = dict(zip(order, result.get(), strict=True))
    report(total, total)
    return [rows[i] for i in range(len(histories))]


@contextmanager
def _main_is_not_imported() -> Iterator[None]:
    """Keep new processes from importing the script that this one began with.

    They need nothing of it, and one without a guard would run the whole command once more in each.
    """
    main = sys.modules["__main__"]
    file, main_spec = getattr(main, "__file__", None), main.__spec__
    try:
        main.__spec__ = None
        if file is not None:
            del main.__file__
        yield
    finally:
        main.__spec__ = main_spec
        if file is not None:
            main.__file__ = file


def _start(done: Synchronized[int]) -> None:
    """In a new process: an interrupt is for the parent, which ends it."""
    global _done
    _done = done
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _walk(job: tuple[SymbolHistory, Period, RiskConfig]) -> SymbolRows:
    return symbol_rows(*job, lambda day, days: _count_day())


def _count_day() -> None:
    if _done is not None:
        with _done.get_lock():
            _done.value += 1


def _days(history: SymbolHistory, period: Period) -> int:
    """About how many midnights of ``history`` are in ``period``."""
    bars = history.bars.get("15m")
    if bars is None or not len(bars):
        return 0
    days = bars.open_time // DAY_MS * DAY_MS
    inside = days[(days >= period.begin_ms) & (days < period.end_ms)]
    return len(set(inside.tolist()))


class ProgressLine:
    """A line of progress that is written over itself, at most five times a second."""

    def __init__(self, stream: Any, what: str) -> None:
        self._stream, self._what = stream, what
        self._next = 0.0
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` is done; nothing where the stream is no terminal."""
        now = time.monotonic()
        if now < self._next or not self._stream.isatty():
            return
        self._next, self._shown = now + POLL_S, True
        self._stream.write(
            f"\r{self._what} {done:,} of {total:,} ({done / max(total, 1):.0%})\x1b[K"
        )
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
