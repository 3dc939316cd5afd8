"""The symbols of the watchlist: listed, refused, removed."""

from __future__ import annotations

from tuirisk.events.event import Event
from tuirisk.language.reason import Reason


class SymbolListed(Event, frozen=True):
    """A symbol joined the watchlist, with its facts from exchangeInfo.

    ``tick_size`` is in the quote asset, ``step_size`` in the base asset, ``liquidation_fee`` a
    fraction of the notional; ``least_notional`` (quote asset) is what an order that opens must be
    worth. The defaults stand where exchangeInfo is not known.
    """

    contract_type: str = "PERPETUAL"
    tick_size: float = 0.0
    step_size: float = 0.0
    liquidation_fee: float = 0.0
    base_asset: str = ""
    quote_asset: str = ""
    margin_asset: str = ""
    """The three are empty where the exchange does not tell them."""
    underlying: str = ""
    """What it is on, in the exchange's word: ``COIN``, ``EQUITY``, ``COMMODITY``, …"""
    ends_at: int = 0
    """When it is delivered, or settled because it is delisted, UTC ms; 0 for never."""
    offered: frozenset[str] | None = None
    """The families of data (``DataFamily``) that the source can have of it; None: every one. What
    it never has leaves the score's weights, as the order book of a file of candles."""
    mark_is_close: bool = False
    """Whether the last close stands in for the mark price, which the source does not have."""
    least_notional: float = 0.0

    @property
    def is_perpetual(self) -> bool:
        """Whether it has funding; a delivery contract has none."""
        return self.contract_type.endswith("PERPETUAL")


class ContractChanged(Event, frozen=True):
    """The exchange changed the terms of a symbol of the watchlist, which trades on.

    ``listed`` are its facts now, ``changes`` one sentence for each that is another.
    """

    listed: SymbolListed
    changes: tuple[Reason, ...]


class ContractStatus(Event, frozen=True):
    """What ``!contractInfo`` says of a symbol, watched or not, whenever that changes.

    ``status`` is the exchange's word, ``ends_at`` as in :class:`SymbolListed`.
    """

    event_time: int
    status: str
    ends_at: int


class SymbolRefused(Event, frozen=True):
    """The symbol cannot be watched; ``reason`` is fit for a person."""

    reason: Reason


class SymbolRemoved(Event, frozen=True):
    """The symbol left the watchlist; everything about it is forgotten."""
