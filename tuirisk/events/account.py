"""The account behind an API key: its positions and what its orders were filled at."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tuirisk.events.event import Event
from tuirisk.events.holdings import (
    AccountDay,
    AccountMode,
    AccountPosition,
    MarginAsset,
    PortfolioMargin,
)


class AccountReport(Event, frozen=True):
    """The whole account (``symbol`` is empty): replaces what was known of it.

    ``wallet_balance`` is the cross wallet (USDT, without unrealised PnL; with multi-assets margin
    all assets after their haircuts). ``hedge_mode`` allows a long and a short of one symbol at
    once. ``available_balance`` is what may become the margin of new positions, open orders counted
    (USDT); None where it is not known now. ``account`` tells one account's key from another's;
    empty where it is not known. ``assets`` are all assets with a balance or a position. ``day`` is
    None where it was not read. ``unreadable`` are the symbols (empty: not told) of positions that
    the exchange's answer holds and that could not be read: as they were known, or not here.
    """

    wallet_balance: float
    hedge_mode: bool
    positions: tuple[AccountPosition, ...]
    available_balance: float | None = None
    read_at: int = 0
    """When REST was last asked for all of it (ns, local): the stream alone proves nothing."""
    account: str = ""
    mode: AccountMode = "single_asset"
    assets: tuple[MarginAsset, ...] = ()
    portfolio_margin: PortfolioMargin | None = None
    day: AccountDay | None = None
    unreadable: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()
    """Assets with a balance that the exchange gives no price for: they count as nothing."""

    @property
    def as_of(self) -> int:
        """Since when (ns, local) the account may have changed without our knowing."""
        return self.read_at or self.received


FillReason: TypeAlias = Literal["user", "liquidation", "adl", "settlement"]
"""Why an order was placed: by the account's user, or by the exchange: a liquidation, an automatic
deleveraging (ADL), the settlement of a contract that ends."""


class OrderFill(Event, frozen=True):
    """A trade of one of the account's orders.

    ``side`` is of the order: SELL makes a long smaller. ``position_side`` is ``both`` in one-way
    mode. ``quantity`` > 0 is in the base asset, ``realised_pnl`` in the quote asset, without
    fees.
    """

    trade_time: int
    position_side: Literal["both", "long", "short"]
    side: Literal["BUY", "SELL"]
    reason: FillReason
    quantity: float
    price: float
    realised_pnl: float
