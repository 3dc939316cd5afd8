"""What became of forecasts, by the prices that the history has.

A chance of liquidation by the mark prices that live runs saw, where those cover the whole time,
else by the last prices of the stored 15m bars; everything else by the latter. Where prices of the
time are missing there is no outcome.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuirisk.history import forecast_rows
from tuirisk.history.issued_forecasts import QUARTER_MS, IssuedForecast
from tuirisk.history.sound_rows import all_of, number, time

Outcome = tuple[IssuedForecast, float, Literal["mark", "last"]]
Table = NDArray[np.float64]


def judge(connection: sqlite3.Connection, now_ms: int) -> int:
    """Judge the forecasts that ended by ``now_ms`` and whose prices are known; their number.

    Raises:
        sqlite3.Error: they cannot be read or written.
    """
    judged = 0
    open_ones = forecast_rows.to_judge(connection, now_ms)
    for symbol, group in groupby(open_ones, key=lambda issued: issued.symbol):
        outcomes = _outcomes(connection, symbol, list(group))
        forecast_rows.store_outcomes(connection, outcomes)
        judged += len(outcomes)
    return judged


def _outcomes(
    connection: sqlite3.Connection, symbol: str, issued: Sequence[IssuedForecast]
) -> list[Outcome]:
    begin = min(one.time_ms for one in issued) - QUARTER_MS
    end = max(one.end_ms for one in issued)
    marks = _table(connection, "mark_ranges", "low, high", "", (symbol, begin, end))
    bars = _table(
        connection, "candles", "low, high, close", "interval = '15m' AND", (symbol, begin, end)
    )
    found = []
    for one in issued:
        outcome = _outcome(one, marks, bars)
        if outcome is not None:
            found.append((one, *outcome))
    return found


def _table(
    connection: sqlite3.Connection, name: str, columns: str, where: str, key: tuple[str, int, int]
) -> Table:
    """Open time and ``columns`` of the quarter hours of a symbol, by time."""
    sound = all_of((time("open_time"), *map(number, columns.split(", "))))
    rows = connection.execute(
        f"SELECT open_time, {columns} FROM {name} "
        f"WHERE {where} symbol = ? AND open_time BETWEEN ? AND ? AND {sound} ORDER BY open_time",
        key,
    ).fetchall()
    return np.array(rows, float).reshape(len(rows), 1 + len(columns.split(", ")))


def _outcome(
    issued: IssuedForecast, marks: Table, bars: Table
) -> tuple[float, Literal["mark", "last"]] | None:
    if issued.level is not None and issued.price is not None:
        seen = _window(marks, issued.time_ms, issued.end_ms)
        if seen is not None:
            return _touched(issued, issued.level, seen), "mark"
    window = _window(bars, issued.time_ms - QUARTER_MS, issued.end_ms)
    if window is None:
        return None
    start, after = float(window[0, 3]), window[1:]
    if not start > 0.0 or not (after[:, 1:] > 0.0).all():
        return None
    if issued.level is not None and issued.price is not None:
        # As far from the last price as it is from the mark price.
        level = issued.level / issued.price * start
        return _touched(issued, level, after), "last"
    fall = 1.0 - float(after[:, 1].min()) / start
    if issued.what.endswith("_fall_24h"):
        return max(fall, 0.0), "last"
    if issued.what.startswith("var_"):
        return 1.0 - float(after[-1, 3]) / start, "last"
    squares = np.square(np.diff(np.log(window[:, 3])))
    return float(np.sqrt(squares.sum())), "last"


def _touched(issued: IssuedForecast, level: float, rows: Table) -> float:
    """1 where the prices came to ``level``, else 0."""
    long = "long" in issued.parameter.split()
    return float(rows[:, 1].min() <= level if long else rows[:, 2].max() >= level)


def _window(table: Table, begin_ms: int, end_ms: int) -> Table | None:
    """The quarter hours from ``begin_ms`` to ``end_ms``; None where one of them is missing."""
    first, last = np.searchsorted(table[:, 0], (begin_ms, end_ms))
    return table[first:last] if last - first == (end_ms - begin_ms) // QUARTER_MS else None
