"""The bundled leverage brackets of all symbols: what the exchange published on one day.

The file beside this module is made by ``.ci/bracket_table.py``. It is read when the first symbol
without brackets of the account is met.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import inf

import msgspec

from tuirisk.events import Bracket

Row = tuple[float, float, float]
"""(highest notional, highest leverage, maintenance margin rate)."""


class _File(msgspec.Struct, frozen=True):
    """``tables`` of (cap or none, most leverage, rate); the place of each symbol's in it."""

    date: str
    tables: tuple[tuple[tuple[float | None, float, float], ...], ...]
    symbols: dict[str, int]


@cache
def _file() -> _File:
    data = files("tuirisk.analytics.leverage").joinpath("bracket_table.json").read_bytes()
    return msgspec.json.decode(data, type=_File)


def table_date() -> str:
    """The day on which the brackets were as the table says, such as ``2024-10-24``."""
    return _file().date


def table_symbols() -> tuple[str, ...]:
    """The symbols that the shipped bracket table has."""
    return tuple(_file().symbols)


@cache
def table_brackets(symbol: str) -> tuple[Bracket, ...]:
    """The symbol's brackets in the table, lowest notional first; none where it lacks the symbol."""
    place = _file().symbols.get(symbol)
    return () if place is None else brackets_from_rows(_rows(_file().tables[place]))


@cache
def strictest_brackets() -> tuple[Bracket, ...]:
    """At each notional the highest rate and the lowest leverage of any symbol in the table."""
    return brackets_from_rows(_envelope(strict=True))


@cache
def mildest_brackets() -> tuple[Bracket, ...]:
    """At each notional the lowest rate and the highest leverage of any symbol in the table."""
    return brackets_from_rows(_envelope(strict=False))


def brackets_from_rows(rows: tuple[Row, ...]) -> tuple[Bracket, ...]:
    """Brackets from ``rows``; the cumulative amounts are those that leave no jump.

    cumᵢ = cumᵢ₋₁ + floorᵢ · (rateᵢ − rateᵢ₋₁), the exchange's own rule.
    """
    brackets: list[Bracket] = []
    cumulative = 0.0
    for (floor, _, before), (cap, leverage, rate) in pairwise(((0.0, 0.0, 0.0), *rows)):
        cumulative += floor * (rate - before)
        brackets.append(Bracket(floor, cap, rate, cumulative, float(leverage)))
    return tuple(brackets)


def _rows(table: tuple[tuple[float | None, float, float], ...]) -> tuple[Row, ...]:
    return tuple((inf if cap is None else cap, most, rate) for cap, most, rate in table)


def _envelope(*, strict: bool) -> tuple[Row, ...]:
    """The extreme of the tables between any two of their caps, each up to its own last one."""
    tables = [_rows(_file().tables[place]) for place in _dollar_tables()]
    caps = sorted({cap for table in tables for cap, _, _ in table})
    worst, least = (max, min) if strict else (min, max)
    rows: list[Row] = []
    for cap in caps:
        there = [row for table in tables if (row := _row_at(table, cap)) is not None]
        row = (cap, least(most for _, most, _ in there), worst(rate for _, _, rate in there))
        if rows and rows[-1][1:] == row[1:]:
            rows[-1] = row
        else:
            rows.append(row)
    return (*rows[:-1], (inf, *rows[-1][1:]))


def _row_at(table: tuple[Row, ...], notional: float) -> Row | None:
    return next((row for row in table if notional <= row[0]), None)


def _dollar_tables() -> list[int]:
    """The tables whose notionals are dollars: not those of a symbol quoted in a coin."""
    return sorted({p for name, p in _file().symbols.items() if not name.endswith("BTC")})
