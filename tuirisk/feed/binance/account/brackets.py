"""Leverage brackets as the exchange lists them for an account."""

from __future__ import annotations

from itertools import zip_longest
from math import inf
from typing import Annotated

import msgspec
from msgspec import Meta

from tuirisk.events import Bracket
from tuirisk.feed.binance.account.schema import (
    NOWHERE,
    NotNegative,
    Positive,
    Told,
    decode_rows,
    told,
)
from tuirisk.feed.binance.rows import Origin
from tuirisk.feed.binance.schema import Blank, Symbol

LARGEST_COEFFICIENT = 1e6
UNBOUNDED = 1e15
"""Quote asset. The exchange writes 2**63 - 1 where a bracket has no cap."""


class BracketRow(msgspec.Struct, frozen=True):
    """One leverage bracket; floor, cap and ``cum`` are in the quote asset."""

    initialLeverage: Positive
    notionalFloor: NotNegative
    maintMarginRatio: Annotated[float, Meta(gt=0, le=1)]
    notionalCap: Annotated[float, Meta(gt=0)] | Blank = None
    """Blank: up to the floor of the next one."""
    cum: NotNegative | Blank = None
    """Blank: what floors and rates give."""


class SymbolBrackets(msgspec.Struct, frozen=True):
    """A row of ``GET /fapi/v1/leverageBracket``."""

    symbol: Symbol
    brackets: Annotated[tuple[BracketRow, ...], Meta(min_length=1)]
    notionalCoef: Told = None

    def __post_init__(self) -> None:
        if not 0 < self.coefficient <= LARGEST_COEFFICIENT:
            raise ValueError("notionalCoef")

    @property
    def coefficient(self) -> float:
        """What floors and caps of this account are multiplied by; 1 where that is blank."""
        given = self.notionalCoef
        if given is None or (isinstance(given, str) and not given.strip()):
            return 1.0
        return told(given) or 0.0


def leverage_brackets(body: bytes, origin: Origin = NOWHERE) -> dict[str, tuple[Bracket, ...]]:
    """The brackets of every symbol, lowest notional first, as they hold for this account.

    A symbol whose row cannot be understood is left out, and takes no other along.

    Raises:
        BadAnswer: the answer is no list, or no row of it can be read.
    """
    rows = decode_rows(SymbolBrackets, body, origin, some_needed=True)
    return {row.symbol: _brackets(row) for row in rows}


def _brackets(row: SymbolBrackets) -> tuple[Bracket, ...]:
    """The symbol's brackets; a cap that no position can reach is none.

    ``notionalCoef`` ("user symbol bracket multiplier", only there when an account's brackets were
    adjusted) multiplies floors and caps. The cumulative amount is a sum of floors times steps of
    the rate, so it is multiplied too and ``notional × rate − cum`` stays continuous.
    """
    rows = sorted(row.brackets, key=lambda bracket: bracket.notionalFloor)
    made: list[Bracket] = []
    cumulative = rate = 0.0
    for each, above in zip_longest(rows, rows[1:]):
        floor = each.notionalFloor
        cap = told(each.notionalCap)
        if cap is None:
            cap = inf if above is None else above.notionalFloor
        stated = told(each.cum)
        cumulative += floor * (each.maintMarginRatio - rate)
        cumulative = cumulative if stated is None else stated
        rate = each.maintMarginRatio
        made.append(
            Bracket(
                floor * row.coefficient,
                inf if cap >= UNBOUNDED else cap * row.coefficient,
                rate,
                cumulative * row.coefficient,
                each.initialLeverage,
            )
        )
    return tuple(made)
