"""When the markets of the underlyings of TradFi perpetuals are open."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tuirisk.events.event import Event

CLOSED = "NO_TRADING"
"""The kind of a session in which the underlying does not trade."""


class MarketSession(msgspec.Struct, frozen=True):
    """From ``begins`` until ``ends`` (UTC ms, exclusive); ``kind`` is the exchange's word:
    ``REGULAR``, ``PRE_MARKET``, ``AFTER_MARKET``, ``OVERNIGHT``, ``NO_TRADING``."""

    begins: int
    ends: int
    kind: str


class MarketSessions(Event, frozen=True):
    """The sessions of each kind of underlying (``EQUITY``, ``COMMODITY``, …), in the order of time
    (``symbol`` is empty)."""

    sessions: Mapping[str, tuple[MarketSession, ...]]
