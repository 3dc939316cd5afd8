"""Leverage brackets: of the account; without one of a dated table; else they are not known."""

from __future__ import annotations

from functools import cache
from math import inf

from tuirisk.analytics.leverage.bracket_table import mildest_brackets, table_brackets, table_date
from tuirisk.events import Bracket
from tuirisk.state import Brackets, Missing, Tier

ACCOUNT = "account"
TABLE = "table"
"""A source begins with it; the table's date follows."""
NONE = "none"
"""The source of a symbol whose brackets are not known."""
NO_CAP = Missing("no_cap")
UNKNOWN = Missing("brackets_unknown")


def brackets_of(
    symbol: str, account_brackets: tuple[Bracket, ...]
) -> tuple[tuple[Bracket, ...], str]:
    """The symbol's brackets, lowest notional first, and where they come from.

    ``account_brackets`` are the account's own; they win. The source is :data:`ACCOUNT`,
    :data:`TABLE` with its date, or :data:`NONE`: then the brackets are the mildest of the table,
    which ask for less margin than the symbol's own ever will.
    """
    if account_brackets:
        return account_brackets, ACCOUNT
    from_table = table_brackets(symbol)
    return (from_table, f"{TABLE} {table_date()}") if from_table else (mildest_brackets(), NONE)


@cache
def bracket_tiers(symbol: str, account_brackets: tuple[Bracket, ...]) -> Brackets:
    """:func:`brackets_of` for the screen; without tiers where they are not known."""
    brackets, source = brackets_of(symbol, account_brackets)
    if source == NONE:
        return Brackets((), NONE)
    return Brackets(
        tuple(
            Tier(
                b.notional_floor,
                NO_CAP if b.notional_cap == inf else b.notional_cap,
                b.max_leverage,
                b.maintenance_rate,
                b.cumulative,
            )
            for b in brackets
        ),
        source,
    )


def bracket_at(brackets: tuple[Bracket, ...], notional: float) -> Bracket:
    """The bracket that holds at ``notional`` (floor, cap]; the last one beyond its cap too."""
    return next((b for b in brackets if notional <= b.notional_cap), brackets[-1])


def largest_notional(brackets: tuple[Bracket, ...], leverage: float) -> float:
    """The highest notional that may be held at ``leverage``; 0 where no bracket allows it."""
    return max((b.notional_cap for b in brackets if b.max_leverage >= leverage), default=0.0)
