"""Rows of the history that can be true: SQL that a damaged row does not satisfy.

SQLite keeps a value of any type in any column, and a file on disk may hold anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tuirisk.foreign.text import printable

LATEST_MS = 4_102_444_800_000
"""2100-01-01."""
LONGEST_TEXT = 2_000
_MOST = 1e18


def decoded(data: bytes) -> str:
    """A text of the file, printable; bytes that are no UTF-8 are replaced."""
    return printable(data.decode("utf-8", "replace"), most=None)


def time(column: str) -> str:
    """The column is a time in UTC milliseconds."""
    return f"(typeof({column}) = 'integer' AND {column} BETWEEN 0 AND {LATEST_MS})"


def text(column: str) -> str:
    """The column is a text that is not absurdly long."""
    return f"(typeof({column}) = 'text' AND length({column}) <= {LONGEST_TEXT})"


def count(column: str) -> str:
    """The column is a whole number from 0 on."""
    return f"(typeof({column}) = 'integer' AND {column} BETWEEN 0 AND 1000000000)"


def number(column: str) -> str:
    """The column is a finite number."""
    return f"(typeof({column}) IN ('real', 'integer') AND abs({column}) <= {_MOST})"


def number_or_null(column: str) -> str:
    """The column is a finite number, or there is none."""
    return f"({column} IS NULL OR {number(column)})"


def all_of(conditions: Iterable[str]) -> str:
    """Every one of ``conditions``."""
    return " AND ".join(conditions)


def damaged_rows(connection: sqlite3.Connection, table: str, sound: str) -> int:
    """How many rows of ``table`` are not ``sound``.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    query = f"SELECT count(*) FROM {table} WHERE NOT coalesce(({sound}), 0)"
    return int(connection.execute(query).fetchone()[0])
