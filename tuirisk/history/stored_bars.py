"""The stored candles of all symbols as columns, holes and all: for a backtest."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection
from pathlib import Path

import numpy as np

from tuirisk.events.intervals import INTERVAL_MS, INTERVALS
from tuirisk.history.database import HistoryError, error_text
from tuirisk.history.log import open_for_reading
from tuirisk.history.sound_rows import all_of, number, time
from tuirisk.market.candles import Bars

_PRICES = ("open", "high", "low", "close", "volume", "quote_volume")
_SOUND = all_of((time("open_time"), *map(number, _PRICES), "low > 0", "high >= low"))


def stored_bars(path: Path, symbols: Collection[str] = ()) -> dict[str, dict[str, Bars]]:
    """Symbol → interval → bars in the history at ``path``, by name; of all symbols by default.

    Raises:
        HistoryError: it cannot be read.
        FileNotFoundError: there is none yet.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        with contextlib.closing(open_for_reading(path)) as connection:
            stored = connection.execute("SELECT DISTINCT symbol FROM candle_series").fetchall()
            names = sorted(name for (name,) in stored if not symbols or name in symbols)
            return {name: _bars_of(connection, name) for name in names}
    except sqlite3.Error as error:
        raise HistoryError(error_text(error)) from error


def _bars_of(connection: sqlite3.Connection, symbol: str) -> dict[str, Bars]:
    found = {}
    for interval in INTERVALS:
        rows = connection.execute(
            f"SELECT open_time, {', '.join(_PRICES)} FROM candles "
            f"WHERE symbol = ? AND interval = ? AND {_SOUND} ORDER BY open_time",
            (symbol, interval),
        ).fetchall()
        if rows:
            open_time, *columns = np.array(rows, float).T
            found[interval] = Bars(INTERVAL_MS[interval], open_time.astype(np.int64), *columns)
    return found
