"""Accounts of the embedded exchange: wallet, positions, API key, liquidation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from . import frames
from .account import ExchangeAccount, ForcedClose
from .frames import Payload
from .rest_market import Markets
from .symbol_market import ForcedFill

Frame: TypeAlias = tuple[str, Payload]


class Accounts:
    """Every account, by key; `forced` are all liquidations so far, oldest first."""

    def __init__(self, exchange: Markets) -> None:
        self.by_key: dict[str, ExchangeAccount] = {}
        self.forced_closes: list[ForcedClose] = []
        self._exchange = exchange

    def open(self, key: str, secret: str, wallet: float = 10_000.0) -> ExchangeAccount:
        """A new account with that much USDT in its cross wallet."""
        account = self.by_key[key] = ExchangeAccount(self._exchange, key, secret, wallet)
        return account

    def step(self, listened: Callable[[str], bool]) -> list[Frame]:
        """Liquidate whatever must be; the frames of the `forceOrder` streams listened to."""
        out: list[Frame] = []
        for account in self.by_key.values():
            if not account.positions:
                continue
            for forced in account.liquidate():
                self.forced_closes.append(forced)
                stream = f"{forced.position.symbol.lower()}@forceOrder"
                if listened(stream):
                    out.append((stream, self._force_order(forced)))
        return out

    def _force_order(self, forced: ForcedClose) -> Payload:
        market = self._exchange.market(forced.position.symbol)
        instrument = market.instrument
        order = ForcedFill(
            forced.time,
            forced.position.quantity > 0,
            round(abs(forced.position.quantity) / instrument.step_size),
            round(forced.mark / instrument.tick_size),
        )
        return frames.force_order(market, frames.Notation(instrument), order)
