"""The events of other people's data: each says whose it is, of what time and in which unit."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from tuirisk.events.event import Event
from tuirisk.language.reason import Reason

Measure: TypeAlias = Literal[
    "implied_volatility",
    "net_flow",
    "net_flow_7d",
    "exchange_balance",
    "sentiment",
    "index",
    "funding_rate_8h",
    "open_interest",
    "liquidated_long_1d",
    "liquidated_short_1d",
    "max_pain_longs",
    "max_pain_shorts",
]
"""What a number measures, each in one unit: implied volatility a fraction a year; flows (of a day,
of 7 days) and balances in coins, positive into exchanges; sentiment 0–100; an index in the unit of
its provider; funding a fraction of the notional in 8 hours; open interest, and what was liquidated
in a day, in USD; the prices below (longs) and above (shorts) the market at which most would be
liquidated in USD.
"""
_MULTIPLE = re.compile(r"^10+(?=[A-Z])")
_QUOTES = ("USDT", "USDC", "USD")


class ProviderEvent(Event, frozen=True):
    """An event of ``provider``; ``symbol`` is empty."""

    provider: str


class ProviderValue(ProviderEvent, frozen=True):
    """The newest value of ``measure``, which the provider states for ``time`` (UTC ms).

    ``asset`` is empty where it is of the whole market. ``venue`` is the exchange it is of, empty
    for all; ``tenor_days`` the horizon of an implied volatility.
    """

    measure: Measure
    asset: str
    time: int
    value: float
    stale_after_ms: int
    venue: str = ""
    tenor_days: int = 0
    label: str = ""


class ProviderSeries(ProviderEvent, frozen=True):
    """Complete days (start, UTC ms; value) of ``measure``, oldest first, as published now.

    It replaces what was known: providers revise their past, and a revised point is not compared
    with one as first published.
    """

    measure: Measure
    asset: str
    rows: tuple[tuple[int, float], ...]
    stale_after_ms: int


class ProviderLiquidation(ProviderEvent, frozen=True):
    """A liquidation of a position of ``side``; ``notional`` in USD."""

    asset: str
    time: int
    side: Literal["long", "short"]
    price: float
    notional: float


class ProviderLiquidationTotals(ProviderEvent, frozen=True):
    """Liquidated notional (USD) in the hour that ends at ``time``, as a provider adds it up."""

    asset: str
    time: int
    long: float
    short: float
    stale_after_ms: int


class ProviderLevels(ProviderEvent, frozen=True):
    """A map of where positions would be liquidated at ``time`` (UTC ms), as its provider models it.

    ``levels`` are (middle of a bucket of 0.5 % in USD, amount in the provider's own measure), the
    lowest price first.
    """

    asset: str
    time: int
    levels: tuple[tuple[float, float], ...]
    stale_after_ms: int


class ProviderListening(ProviderEvent, frozen=True):
    """Liquidations of ``assets`` are received from now on; empty: none are any more.

    ``complete``: the provider reports every one, not a sample.
    """

    assets: tuple[str, ...]
    complete: bool


ProviderPhase: TypeAlias = Literal["waiting", "live", "failing"]


class ProviderStatus(ProviderEvent, frozen=True):
    """How a provider fares.

    ``gives`` are the measures (``liquidations`` too) and assets that it should give.
    """

    phase: ProviderPhase
    gives: tuple[tuple[str, str], ...] = ()
    problem: Reason | None = None
    """The one line of what is wrong and what to do; None while nothing is."""
    plan: str = ""
    """What its key may ask for, or ``free``; empty while not known."""
    resolution_s: float | None = None
    """Seconds between two of its values."""
    lag_s: float | None = None
    """Seconds by which its values come late by its nature."""
    answered: int | None = None
    """Receive time (local, ns) of its last good answer."""
    refused: int = 0
    """Values that were refused, for they cannot be true."""
    beyond_plan: tuple[tuple[str, str], ...] = ()
    """(measure, the plan that has it) of what the plan of its key does not have."""


def asset_of(symbol: str) -> str:
    """The asset of a perpetual: ``BTC`` of BTCUSDT, ``PEPE`` of 1000PEPEUSDT."""
    base = symbol.partition("_")[0].upper()
    for quote in _QUOTES:
        if base.endswith(quote) and base != quote:
            base = base.removesuffix(quote)
            break
    return _MULTIPLE.sub("", base) or base
