"""The order book of a symbol, and its best quotes."""

from __future__ import annotations

from typing import TypeAlias

from tuirisk.events.event import Event
from tuirisk.language.reason import Reason

Level: TypeAlias = tuple[float, float]
"""(price, absolute quantity); quantity zero removes the level."""


class DepthSnapshot(Event, frozen=True):
    """A whole book (as far as the exchange gives it): replaces whatever was known.

    ``still``: it confirms, after a silence of the depth stream, that the book has not changed.
    ``limit``: the levels a side that were asked for; a shorter side was given whole.
    """

    last_update_id: int
    event_time: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    still: bool = False
    limit: int = 1_000
    partial: bool = False
    """Whether a stream of the best levels alone told it."""


class DepthDiff(Event, frozen=True):
    """A change of the book. After ``feed.binance.depth_sync`` these come gapless and in order."""

    first_id: int
    last_id: int
    previous_id: int
    event_time: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    incomplete: bool = False
    """Whether a level of it could not be read: the book is to be asked for again."""


class DepthLost(Event, frozen=True):
    """The book can no longer be trusted; there is none until the next DepthSnapshot."""

    reason: Reason


class BestQuote(Event, frozen=True):
    """bookTicker: best bid and ask as the exchange saw them at ``update_id``."""

    update_id: int
    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float
