"""The lowest and highest mark price of quarter hours, as a live run has seen them.

A quarter hour counts where no more than ``LONGEST_GAP_MS`` passed between two mark prices in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from tuirisk.events.intervals import DAY_MS
from tuirisk.history.issued_forecasts import QUARTER_MS
from tuirisk.state import Missing, RiskState

TABLE = """
CREATE TABLE mark_ranges (
    symbol TEXT NOT NULL,
    open_time INTEGER NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    PRIMARY KEY (symbol, open_time)
) WITHOUT ROWID;
"""
KEPT_MS = 9 * DAY_MS
"""Longer than the longest forecast."""
LONGEST_GAP_MS = 5_000

Row = tuple[str, int, float, float]
"""symbol, beginning of the quarter hour (UTC ms), lowest and highest mark price"""


@dataclass(slots=True)
class _Range:
    begins: int
    low: float
    high: float
    newest_ms: int
    whole: bool


class MarkRanges:
    """The ranges of the present quarter hour, of states in the order of their times."""

    def __init__(self) -> None:
        self._ranges: dict[str, _Range] = {}

    def add(self, state: RiskState) -> list[Row]:
        """Add the mark prices of ``state``; the whole quarter hours that ended with it."""
        now_ms, finished = state.time_ms, list[Row]()
        begins = now_ms // QUARTER_MS * QUARTER_MS
        for name, symbol in state.symbols.items():
            mark, fresh = symbol.price.mark, symbol.freshness.get("mark")
            if isinstance(mark, Missing) or not mark > 0.0 or fresh is None or fresh.stale:
                continue
            found = self._ranges.get(name)
            if found is None or found.begins != begins:
                if found is not None and _is_whole(found):
                    finished.append((name, found.begins, found.low, found.high))
                whole = now_ms - begins <= LONGEST_GAP_MS
                self._ranges[name] = _Range(begins, mark, mark, now_ms, whole)
                continue
            found.whole &= 0 <= now_ms - found.newest_ms <= LONGEST_GAP_MS
            found.newest_ms = now_ms
            found.low, found.high = min(found.low, mark), max(found.high, mark)
        for name in self._ranges.keys() - state.symbols.keys():
            del self._ranges[name]
        return finished


def _is_whole(found: _Range) -> bool:
    return found.whole and found.begins + QUARTER_MS - found.newest_ms <= LONGEST_GAP_MS


def store(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Keep ``rows``; of two programs that saw the same time, the wider range."""
    connection.executemany(
        "INSERT INTO mark_ranges VALUES (?, ?, ?, ?) ON CONFLICT (symbol, open_time) DO UPDATE "
        "SET low = min(low, excluded.low), high = max(high, excluded.high)",
        rows,
    )


def delete_old(connection: sqlite3.Connection, now_ms: int) -> None:
    """Delete what no forecast can be judged by any more."""
    connection.execute("DELETE FROM mark_ranges WHERE open_time < ?", (now_ms - KEPT_MS,))
