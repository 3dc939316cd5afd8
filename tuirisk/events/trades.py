"""The trades of a symbol, and its forced orders."""

from __future__ import annotations

from typing import Literal

from tuirisk.events.event import Event


class Trade(Event, frozen=True):
    """An aggregate trade. ``seller_is_taker`` is the exchange's ``m`` (the buyer was the maker).

    ``counts`` is False where it is no trade of the order book (insurance fund, ADL) or only its id
    could be read: nothing but the id is meant. ``aggregated`` is False for single trades, whose
    ids are another sequence.
    """

    trade_id: int
    trade_time: int
    price: float
    quantity: float
    seller_is_taker: bool
    counts: bool = True
    aggregated: bool = True


class TradesLost(Event, frozen=True):
    """The ids of the trades so far were wrong: their sequence begins anew."""


class Liquidation(Event, frozen=True):
    """A sampled forced order. ``side`` is of the order: SELL liquidates a long."""

    trade_time: int
    side: Literal["BUY", "SELL"]
    price: float
    quantity: float
