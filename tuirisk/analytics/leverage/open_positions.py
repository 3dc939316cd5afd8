"""The open positions: the account's where there is an API key, else those of the config."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from tuirisk.config.model import Config
from tuirisk.events import AccountPosition, AccountReport

Side = Literal["long", "short"]


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """A position. ``quantity`` > 0 is in the base asset; ``wallet`` is its own if isolated."""

    symbol: str
    side: Side
    quantity: float
    entry_price: float
    leverage: float
    """The one chosen for the symbol; 0 where it is not known."""
    isolated: bool
    wallet: float

    @property
    def sign(self) -> int:
        return 1 if self.side == "long" else -1

    @property
    def margin_mode(self) -> Literal["isolated", "cross"]:
        return "isolated" if self.isolated else "cross"

    def profit(self, mark: float) -> float:
        """Unrealised PnL at ``mark``, quote asset."""
        return self.sign * self.quantity * (mark - self.entry_price)

    def initial_margin(self, mark: float) -> float:
        """Notional over the chosen leverage; all of it where that is not known."""
        return self.quantity * mark / max(self.leverage, 1.0)


@dataclass(frozen=True, slots=True)
class OpenPositions:
    """All positions of the account; ``wallet`` is the cross wallet, without unrealised PnL.

    ``equity`` is what the configuration states; None where the account's own figures count.
    ``available`` is the exchange's own figure of what may be margin, open orders counted, as long
    as it is up to date.
    """

    source: Literal["account", "config"]
    wallet: float
    equity: float | None
    hedge_mode: bool
    positions: tuple[OpenPosition, ...]
    available: float | None = None

    def of(self, symbol: str) -> tuple[OpenPosition, ...]:
        return tuple(position for position in self.positions if position.symbol == symbol)

    def sharing_margin(self, symbol: str) -> tuple[OpenPosition, ...]:
        """The symbol's positions and, if one of them is cross, all other cross positions."""
        own = self.of(symbol)
        shared = self.cross if any(not position.isolated for position in own) else ()
        return tuple(dict.fromkeys((*own, *shared)))

    @property
    def cross(self) -> tuple[OpenPosition, ...]:
        return tuple(position for position in self.positions if not position.isolated)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols with a position, in the order of the positions."""
        return tuple(dict.fromkeys(position.symbol for position in self.positions))


def open_positions(account: AccountReport | None, config: Config) -> OpenPositions:
    """The positions of the account, or without one those of the configuration.

    A configured isolated position has the margin its leverage asks for at entry. Cross positions
    share one wallet: the ``wallet_balance`` written at any of them, else ``account.equity``.
    """
    if account is not None:
        return OpenPositions(
            "account",
            account.wallet_balance,
            None,
            account.hedge_mode,
            tuple(
                _from_account(p)
                for p in account.positions
                if isfinite(p.quantity) and p.quantity > 0
            ),
            account.available_balance,
        )
    wallets = [p.wallet_balance for p in config.positions if p.margin_mode == "cross"]
    equity = config.account.equity
    positions = tuple(
        OpenPosition(
            p.symbol,
            p.side,
            p.quantity,
            p.entry_price,
            p.leverage,
            p.margin_mode == "isolated",
            p.quantity * p.entry_price / p.leverage if p.margin_mode == "isolated" else 0.0,
        )
        for p in config.positions
    )
    hedged = len({(p.symbol, p.side) for p in positions}) > len({p.symbol for p in positions})
    return OpenPositions("config", max(wallets, default=0.0) or equity, equity, hedged, positions)


def _from_account(position: AccountPosition) -> OpenPosition:
    isolated = position.margin_mode == "isolated"
    return OpenPosition(
        position.symbol,
        position.side,
        position.quantity,
        position.entry_price,
        position.leverage,
        isolated,
        position.isolated_wallet if isolated else 0.0,
    )


def larger_position(positions: tuple[OpenPosition, ...]) -> OpenPosition | None:
    """The larger position; its closing order is used to estimate exit slippage."""
    return max(positions, key=lambda h: h.quantity, default=None)


def only_side(positions: tuple[OpenPosition, ...]) -> Side | None:
    """The side all of them are on; None where they differ or there are none."""
    sides = {h.side for h in positions}
    return sides.pop() if len(sides) == 1 else None


def net_sign(positions: tuple[OpenPosition, ...]) -> int:
    """−1 where the symbol is short on balance; +1 else, and without a position."""
    return -1 if sum(h.sign * h.quantity for h in positions) < 0 else 1
