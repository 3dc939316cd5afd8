"""Rows that are kept a year, the older the coarser; how many of them are damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from tuirisk.events.intervals import DAY_MS

KEPT_DAYS = 365


def thin(
    connection: sqlite3.Connection,
    table: str,
    key: str,
    steps: Sequence[tuple[int, int]],
    now_ms: int,
    *,
    sound: str = "1",
    merged: Mapping[str, str] | None = None,
) -> None:
    """Delete what is older than a year, and all but the first row of a step of what is old.

    ``steps`` are (age, step), ms: of rows of one ``key`` older than the age, one a step is kept.
    ``merged`` are the columns beside ``key`` and ``time_ms``, in the table's order, with the SQL
    aggregate that the row that is kept gets of all rows of its step; without it that row stays as
    it is. Rows that are not ``sound`` (SQL) are no first rows.
    """
    oldest = now_ms - KEPT_DAYS * DAY_MS
    connection.execute(f"DELETE FROM {table} WHERE time_ms < ?", (oldest,))
    keys = key.split(", ")
    for age, step in steps:
        values = ((now_ms - age) // step * step, step)
        if merged is not None:
            connection.execute(
                f"INSERT OR REPLACE INTO {table} (time_ms, {key}, {', '.join(merged)}) "
                f"SELECT min(time_ms), {key}, {', '.join(merged.values())} FROM {table} "
                f"WHERE time_ms < ?1 AND {sound} GROUP BY {key}, time_ms / ?2 "
                "HAVING count(*) > 1",
                values,
            )
        same = " AND ".join(f"first.{name} = {table}.{name}" for name in keys)
        connection.execute(
            f"DELETE FROM {table} WHERE time_ms < ?1 AND EXISTS (SELECT 1 FROM {table} AS first "
            f"WHERE {same} AND first.time_ms >= {table}.time_ms / ?2 * ?2 "
            f"AND first.time_ms < {table}.time_ms AND {sound})",
            values,
        )


def damaged_rows(
    connection: sqlite3.Connection, table: str, column: str, name: str, since_ms: int, sound: str
) -> int:
    """How many rows from ``since_ms`` on whose ``column`` is ``name`` are not ``sound`` (SQL).

    Raises:
        sqlite3.Error: they cannot be read.
    """
    query = (
        f"SELECT count(*) FROM {table} WHERE {column} = ? AND time_ms >= ? "
        f"AND NOT coalesce(({sound}), 0)"
    )
    return int(connection.execute(query, (name, since_ms)).fetchone()[0])
