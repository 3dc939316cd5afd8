"""The trades of a symbol, and its forced orders."""

from __future__ import annotations

from typing import Literal

from tuirisk.events.event import Event


class Trade(Event, frozen=True):
    """An aggregate trade. ``seller_is_taker`` is the exchange's ``m`` (the buyer was the maker)."""

    trade_id: int
    trade_time: int
    price: float
    quantity: float
    seller_is_taker: bool


class TradesLost(Event, frozen=True):
    """The ids of the trades so far were wrong: their sequence begins anew."""


class Liquidation(Event, frozen=True):
    """A sampled forced order. ``side`` is of the order: SELL liquidates a long."""

    trade_time: int
    side: Literal["BUY", "SELL"]
    price: float
    quantity: float
