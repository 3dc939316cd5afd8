"""The open positions: the account's where there is an API key, else those of the config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from types import MappingProxyType
from typing import Literal

import msgspec

from tuirisk.analytics.asset_prices import MAIN_ASSET, price_of
from tuirisk.config.model import Config, PositionConfig
from tuirisk.events import (
    AccountDay,
    AccountMode,
    AccountPosition,
    AccountReport,
    MarginAsset,
    PortfolioMargin,
)
from tuirisk.events.contract_names import base_and_quote

Side = Literal["long", "short"]
NO_PRICES: Mapping[str, float] = MappingProxyType({})


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
    margin_asset: str = MAIN_ASSET
    """What its margin and PnL are in."""
    rate: float = field(default=1.0, compare=False)
    """USDT for one of the margin asset; not a number where it has no price."""
    told: AccountPosition | None = field(default=None, compare=False)
    """The position as the exchange told it at the account's last reading."""

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
    mode: AccountMode = "single_asset"
    assets: tuple[MarginAsset, ...] = ()
    portfolio_margin: PortfolioMargin | None = None
    day: AccountDay | None = field(default=None, compare=False)
    """What the account earned and traded this UTC day, as of its reading."""
    prices: Mapping[str, float] = field(default_factory=dict, compare=False)
    """USDT for one of each asset, where the account does not tell."""
    unread: tuple[str, ...] = ()
    """Symbols (empty: not known) of positions of the account that are not among these."""
    unpriced: tuple[str, ...] = ()
    """Assets with a balance that have no price: they count as nothing."""

    @property
    def wallets(self) -> Mapping[str, float]:
        """The cross wallets that are liquidated each by itself, by group (see ``group_of``)."""
        wallets = {"": self.wallet}
        if self.mode == "single_asset":
            named = {each.asset: each.cross_wallet for each in self.assets}
            groups = (self.group_of(position) for position in self.cross)
            wallets |= {group: named.get(group, 0.0) for group in groups if group}
        return wallets

    @property
    def other_wallets(self) -> Mapping[str, float]:
        """The cross wallets without the main one."""
        return {group: wallet for group, wallet in self.wallets.items() if group}

    def group_of(self, position: OpenPosition) -> str:
        """The asset whose wallet alone stands behind a cross position; empty: the main wallet."""
        asset = position.margin_asset
        if self.mode != "single_asset" or asset == MAIN_ASSET:
            return ""
        # Where the configuration names no wallet in that asset, its one wallet stands for all.
        if self.source == "config" and all(each.asset != asset for each in self.assets):
            return ""
        return asset

    def cross_of(self, group: str) -> tuple[OpenPosition, ...]:
        """The cross positions that share the wallet of ``group``."""
        return tuple(position for position in self.cross if self.group_of(position) == group)

    def paid(self, position: OpenPosition, amount: float) -> OpenPositions:
        """With ``amount`` (its margin asset) more in the cross wallet behind ``position``."""
        assets = tuple(
            msgspec.structs.replace(each, cross_wallet=each.cross_wallet + amount)
            if each.asset == position.margin_asset
            else each
            for each in self.assets
        )
        main = 0.0 if self.group_of(position) else amount * position.rate
        return replace(self, wallet=self.wallet + main, assets=assets)

    def margin_asset_of(self, symbol: str) -> str:
        """The margin asset of a symbol, held or not: of its name, where nothing is held."""
        own = self.of(symbol)
        if own:
            return own[0].margin_asset
        pair = symbol.partition("_")[0]
        named = (MAIN_ASSET, *(each.asset for each in self.assets))
        return next((asset for asset in named if pair.endswith(asset)), settled_in(symbol))

    def price_of(self, asset: str) -> float | None:
        """USDT for one of ``asset``; None where nothing tells it."""
        told = next((each.price for each in self.assets if each.asset == asset), None)
        return price_of(asset, self.prices) if told is None else told

    def rate_of(self, asset: str) -> float:
        """USDT for one of ``asset``; 1 where that is not known: :meth:`price_of` tells."""
        price = self.price_of(asset)
        return 1.0 if price is None else price

    def available_to(self, position: OpenPosition) -> float | None:
        """What may become margin of ``position``, in its margin asset, as the exchange tells it."""
        group = self.group_of(position)
        if group:
            return next((a.available for a in self.assets if a.asset == group), None)
        return None if self.available is None else self.available / position.rate

    def of(self, symbol: str) -> tuple[OpenPosition, ...]:
        return tuple(position for position in self.positions if position.symbol == symbol)

    def sharing_margin(self, symbol: str) -> tuple[OpenPosition, ...]:
        """The symbol's positions and, if one of them is cross, all other cross positions."""
        own = self.of(symbol)
        groups = dict.fromkeys(self.group_of(position) for position in own if not position.isolated)
        shared = (position for group in groups for position in self.cross_of(group))
        return tuple(dict.fromkeys((*own, *shared)))

    @property
    def cross(self) -> tuple[OpenPosition, ...]:
        return tuple(position for position in self.positions if not position.isolated)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols with a position, in the order of the positions."""
        return tuple(dict.fromkeys(position.symbol for position in self.positions))


def settled_in(symbol: str) -> str:
    """The asset that positions of ``symbol`` settle in, by its name."""
    return base_and_quote(symbol)[1] or MAIN_ASSET


def open_positions(
    account: AccountReport | None, config: Config, prices: Mapping[str, float] = NO_PRICES
) -> OpenPositions:
    """The positions of the account, or without one those of the configuration.

    A configured isolated position has the ``wallet_balance`` written at it, else the margin that
    its leverage asks for at entry. Cross positions of one margin asset share a wallet: the
    ``wallet_balance`` written at any of them, else all share ``account.equity``. ``prices`` are
    USDT for one of each asset.
    """
    if account is not None:
        rates = {each.asset: each.price for each in account.assets}
        return OpenPositions(
            "account",
            account.wallet_balance,
            None,
            account.hedge_mode,
            tuple(
                _from_account(p, rates.get(p.margin_asset) or _price_or_one(p.margin_asset, prices))
                for p in account.positions
                if isfinite(p.quantity) and p.quantity > 0
            ),
            account.available_balance,
            account.mode,
            account.assets,
            account.portfolio_margin,
            account.day,
            prices,
            tuple(sorted(set(account.unreadable) - {p.symbol for p in account.positions})),
            account.unpriced,
        )
    wallets: dict[str, float] = {}
    for p in config.positions:
        if p.margin_mode == "cross" and p.wallet_balance:
            asset = settled_in(p.symbol)
            wallets[asset] = max(wallets.get(asset, 0.0), p.wallet_balance)
    main = wallets.pop(MAIN_ASSET, 0.0)
    equity = config.account.equity
    positions = tuple(
        OpenPosition(
            p.symbol,
            p.side,
            p.quantity,
            p.entry_price,
            p.leverage,
            p.margin_mode == "isolated",
            _isolated_margin(p) if p.margin_mode == "isolated" else 0.0,
            settled_in(p.symbol),
            _price_or_one(settled_in(p.symbol), prices),
        )
        for p in config.positions
    )
    assets = [MarginAsset(MAIN_ASSET, main or equity)] if wallets else []
    for asset, wallet in wallets.items():
        price = price_of(asset, prices)
        if price is not None:
            assets.append(MarginAsset(asset, wallet, price, price, price))
    hedged = len({(p.symbol, p.side) for p in positions}) > len({p.symbol for p in positions})
    return OpenPositions(
        "config",
        main or equity,
        equity,
        hedged,
        positions,
        assets=tuple(assets),
        prices=prices,
    )


def _price_or_one(asset: str, prices: Mapping[str, float]) -> float:
    price = price_of(asset, prices)
    return 1.0 if price is None else price


def _isolated_margin(position: PositionConfig) -> float:
    at_entry = position.quantity * position.entry_price / position.leverage
    return position.wallet_balance or at_entry


def _from_account(position: AccountPosition, rate: float) -> OpenPosition:
    isolated = position.margin_mode == "isolated"
    return OpenPosition(
        position.symbol,
        position.side,
        position.quantity,
        position.entry_price,
        position.leverage,
        isolated,
        position.isolated_wallet if isolated else 0.0,
        position.margin_asset,
        rate,
        position,
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
