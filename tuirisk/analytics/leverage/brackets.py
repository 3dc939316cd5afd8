"""Leverage brackets where the account's API tells none: a dated table, else a cautious guess."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import inf

from tuirisk.events.events import Bracket
from tuirisk.state import Brackets, Missing, Tier

Row = tuple[float, float, float]
"""(highest notional, highest leverage, maintenance margin rate)."""

ACCOUNT = "account"
BUNDLED = "bundled 2024-10-24"
DEFAULT = "conservative default"
NO_CAP = Missing("no_cap")

_BUNDLED: dict[str, tuple[Row, ...]] = {
    "BTCUSDT": (
        (50e3, 125, 0.004), (600e3, 100, 0.005), (3e6, 75, 0.0065), (12e6, 50, 0.01),
        (70e6, 25, 0.02), (100e6, 20, 0.025), (230e6, 10, 0.05), (480e6, 5, 0.1),
        (600e6, 4, 0.125), (800e6, 3, 0.15), (1.2e9, 2, 0.25), (1.8e9, 1, 0.5),
    ),
    "ETHUSDT": (
        (50e3, 125, 0.004), (600e3, 100, 0.005), (3e6, 75, 0.0065), (12e6, 50, 0.01),
        (50e6, 25, 0.02), (65e6, 20, 0.025), (150e6, 10, 0.05), (320e6, 5, 0.1),
        (400e6, 4, 0.125), (530e6, 3, 0.15), (800e6, 2, 0.25), (1.2e9, 1, 0.5),
    ),
    "SOLUSDT": (
        (20e3, 100, 0.005), (100e3, 75, 0.0065), (800e3, 50, 0.01), (4e6, 25, 0.02),
        (8e6, 20, 0.025), (40e6, 10, 0.05), (80e6, 5, 0.1), (100e6, 4, 0.125),
        (200e6, 2, 0.25), (400e6, 1, 0.5),
    ),
    "BNBUSDT": (
        (10e3, 75, 0.005), (50e3, 50, 0.006), (200e3, 40, 0.01), (1.5e6, 25, 0.02),
        (3e6, 20, 0.025), (15e6, 10, 0.05), (30e6, 5, 0.1), (37.5e6, 4, 0.125),
        (75e6, 2, 0.25), (150e6, 1, 0.5),
    ),
    "XRPUSDT": (
        (10e3, 75, 0.005), (20e3, 50, 0.0065), (160e3, 40, 0.01), (800e3, 25, 0.02),
        (1.6e6, 20, 0.025), (8e6, 10, 0.05), (16e6, 5, 0.1), (20e6, 4, 0.125),
        (40e6, 2, 0.25), (80e6, 1, 0.5),
    ),
    "DOGEUSDT": (
        (10e3, 75, 0.005), (50e3, 50, 0.007), (750e3, 40, 0.01), (800e3, 25, 0.02),
        (1.6e6, 20, 0.025), (8e6, 10, 0.05), (16e6, 5, 0.1), (20e6, 4, 0.125),
        (40e6, 2, 0.25), (80e6, 1, 0.5),
    ),
    "ADAUSDT": (
        (10e3, 75, 0.005), (50e3, 50, 0.01), (100e3, 40, 0.015), (500e3, 25, 0.02),
        (1e6, 20, 0.025), (5e6, 10, 0.05), (10e6, 5, 0.1), (20e6, 4, 0.125),
        (30e6, 2, 0.25), (50e6, 1, 0.5),
    ),
    "AVAXUSDT": (
        (5e3, 75, 0.005), (25e3, 50, 0.0065), (80e3, 40, 0.01), (400e3, 25, 0.02),
        (800e3, 20, 0.025), (4e6, 10, 0.05), (8e6, 5, 0.1), (10e6, 4, 0.125),
        (20e6, 2, 0.25), (50e6, 1, 0.5),
    ),
    "LINKUSDT": (
        (10e3, 75, 0.005), (50e3, 50, 0.01), (80e3, 40, 0.015), (400e3, 25, 0.02),
        (800e3, 20, 0.025), (4e6, 10, 0.05), (8e6, 5, 0.1), (20e6, 4, 0.125),
        (30e6, 2, 0.25), (50e6, 1, 0.5),
    ),
}  # fmt: skip
"""Binance USDⓈ-M brackets of the majors as they stood on 2024-10-24; they change now and then."""

_DEFAULT: tuple[Row, ...] = (
    (10e3, 8, 0.03), (50e3, 6, 0.05), (100e3, 5, 0.1), (500e3, 2, 0.125), (inf, 1, 0.5),
)  # fmt: skip
"""No USDT perpetual of that day's list asked for more margin, at any notional."""


def brackets_of(
    symbol: str, account_brackets: tuple[Bracket, ...]
) -> tuple[tuple[Bracket, ...], str]:
    """The symbol's brackets, lowest notional first, and where they come from.

    ``account_brackets`` are the account's own; they win. The source is one of :data:`ACCOUNT`,
    :data:`BUNDLED` and :data:`DEFAULT`.
    """
    if account_brackets:
        return account_brackets, ACCOUNT
    return _guessed(symbol)


@cache
def _guessed(symbol: str) -> tuple[tuple[Bracket, ...], str]:
    rows = _BUNDLED.get(symbol)
    return (
        (brackets_from_rows(_DEFAULT), DEFAULT)
        if rows is None
        else (brackets_from_rows(rows), BUNDLED)
    )


@cache
def bracket_tiers(symbol: str, account_brackets: tuple[Bracket, ...]) -> Brackets:
    """:func:`brackets_of` for the screen."""
    brackets, source = brackets_of(symbol, account_brackets)
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


def bracket_at(brackets: tuple[Bracket, ...], notional: float) -> Bracket:
    """The bracket that holds at ``notional`` (floor, cap]; the last one beyond its cap too."""
    return next((b for b in brackets if notional <= b.notional_cap), brackets[-1])


def largest_notional(brackets: tuple[Bracket, ...], leverage: float) -> float:
    """The highest notional that may be held at ``leverage``; 0 where no bracket allows it."""
    return max((b.notional_cap for b in brackets if b.max_leverage >= leverage), default=0.0)
