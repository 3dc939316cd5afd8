"""Leverage brackets as the exchange lists them for an account."""

from __future__ import annotations

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
from tuirisk.feed.binance.schema import Symbol

LARGEST_COEFFICIENT = 1e6
UNBOUNDED = 1e15
"""Quote asset. The exchange writes 2**63 - 1 where a bracket has no cap."""


class BracketRow(msgspec.Struct, frozen=True):
    """One leverage bracket; floor, cap and ``cum`` are in the quote asset."""

    initialLeverage: Positive
    notionalCap: Annotated[float, Meta(gt=0)]
    notionalFloor: NotNegative
    maintMarginRatio: Annotated[float, Meta(gt=0, le=1)]
    cum: NotNegative


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
    return tuple(
        Bracket(
            each.notionalFloor * row.coefficient,
            inf if each.notionalCap >= UNBOUNDED else each.notionalCap * row.coefficient,
            each.maintMarginRatio,
            each.cum * row.coefficient,
            each.initialLeverage,
        )
        for each in sorted(row.brackets, key=lambda bracket: bracket.notionalFloor)
    )
