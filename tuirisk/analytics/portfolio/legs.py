"""The legs of an account and the margin balances behind them, in one unit and one order.

What is not known of a leg is replaced by what makes the account look worse: brackets by the
strictest of any symbol, a missing price or entry price by a loss of the initial margin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import msgspec

from tuirisk.analytics.asset_prices import MAIN_ASSET
from tuirisk.analytics.leverage.bracket_table import strictest_brackets
from tuirisk.analytics.leverage.margin_balance import (
    UNI_MMR_LIQUIDATED,
    counted,
    group_margin,
)
from tuirisk.analytics.leverage.open_positions import (
    OpenPosition,
    OpenPositions,
    Side,
)
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.events import Bracket
from tuirisk.state import Missing

CROSS = "cross"
TINY = 1e-12
STABLE = 0.05
"""How far the price of a stablecoin may be from 1."""
NO_MAINTENANCE = (Bracket(0.0, inf, 0.0, 0.0, 1.0),)


@dataclass(frozen=True, slots=True)
class Leg:
    """One position at one mark price.

    ``quantity`` > 0 is in the base asset; prices are in the quote asset, one of which is ``rate``
    of the account's unit. ``guessed``: the prices are not known, and those here are pessimistic.
    """

    symbol: str
    side: Side
    quantity: float
    entry_price: float
    mark: float
    brackets: tuple[Bracket, ...]
    rate: float = 1.0
    guessed: bool = False
    collateral: bool = False
    """Whether it is no position but a coin that stands behind positions."""

    @property
    def sign(self) -> int:
        return 1 if self.side == "long" else -1

    @property
    def exposure(self) -> float:
        """Signed quantity in the account's unit for each unit of the price."""
        return self.sign * self.quantity * self.rate

    @property
    def notional(self) -> float:
        """At the mark price, > 0, in the account's unit."""
        return self.quantity * self.mark * self.rate

    @property
    def profit(self) -> float:
        """Unrealised PnL at the mark price, in the account's unit."""
        return self.exposure * (self.mark - self.entry_price)

    @property
    def key(self) -> tuple[object, ...]:
        """What legs are ordered by, whatever the order in which they are listed."""
        return (self.symbol, self.side, self.quantity, self.entry_price)


@dataclass(frozen=True, slots=True)
class MarginPool:
    """Legs that one ``wallet`` (without unrealised PnL) stands behind, in the account's unit."""

    name: str
    wallet: float
    legs: tuple[Leg, ...]
    isolated: bool = False

    def without(self, leg: Leg) -> MarginPool:
        """The pool once ``leg`` is closed at its mark price."""
        legs = list(self.legs)
        legs.remove(leg)
        return replace(self, wallet=self.wallet + leg.profit, legs=tuple(legs))


def margin_pools(portfolio: Portfolio) -> tuple[MarginPool, ...]:
    """The pools of ``portfolio`` at its mark prices: the cross ones first, then isolated legs.

    All are in USDT. Several cross wallets that are liquidated each by itself are several pools.
    Collateral of multi-assets mode that is no stablecoin moves as a leg without maintenance.
    """
    positions = portfolio.open_positions
    factor = UNI_MMR_LIQUIDATED if positions.portfolio_margin is not None else 1.0
    pools = []
    for group in positions.wallets:
        held = positions.cross_of(group)
        if held:
            legs = [leg_of(p, portfolio, factor) for p in held]
            wallet = _cross_wallet(portfolio, group, legs, factor)
            legs += _collateral(positions)
            pools.append(pool(f"{CROSS} {group}".strip(), wallet, legs))
    isolated = (p for p in positions.positions if p.isolated)
    for position in sorted(isolated, key=lambda p: (p.symbol, p.side, p.quantity, p.entry_price)):
        leg = leg_of(position, portfolio)
        name = f"{position.symbol} {position.side}"
        pools.append(MarginPool(name, position.wallet * leg.rate, (leg,), True))
    return tuple(pools)


def _cross_wallet(portfolio: Portfolio, group: str, legs: Sequence[Leg], factor: float) -> float:
    """The wallet with which the pool has the margin balance that the account has now, USDT."""
    positions = portfolio.open_positions
    rate = positions.rate_of(group) if group else 1.0
    balance = group_margin(portfolio, group).balance
    if isinstance(balance, Missing) or any(leg.guessed for leg in legs):
        return positions.wallets[group] * rate
    return balance * rate - sum(leg.profit for leg in legs) - factor * portfolio.other_maintenance


def _collateral(positions: OpenPositions) -> list[Leg]:
    """Coins that stand behind the cross positions; they lose their value when prices fall."""
    if positions.mode != "multi_assets":
        return []
    return [
        Leg(
            f"{each.asset}{MAIN_ASSET}",
            "long",
            counted(each, each.cross_wallet) / each.price,
            each.price,
            each.price,
            NO_MAINTENANCE,
            collateral=True,
        )
        for each in positions.assets
        if each.cross_wallet > 0.0 and each.price > 0.0 and abs(each.price - 1.0) > STABLE
    ]


def pool(name: str, wallet: float, legs: Iterable[Leg]) -> MarginPool:
    """A cross pool with its ``legs`` in the order of their keys."""
    return MarginPool(name, wallet, tuple(sorted(legs, key=lambda leg: leg.key)))


def leg_of(position: OpenPosition, portfolio: Portfolio, factor: float = 1.0) -> Leg:
    """The leg of ``position``; without a price or an entry price it has lost its initial margin.

    Its maintenance margin counts ``factor`` times.
    """
    contract = portfolio.contracts[position.symbol]
    mark, entry, guessed = contract.mark, position.entry_price, False
    lost = position.sign / max(position.leverage, 1.0)
    if isinstance(mark, Missing):
        guessed = True
        mark = max(entry * (1.0 - lost), 0.01 * entry, TINY)
    elif not entry > 0.0:
        guessed = True
        entry = mark * (1.0 + lost)
    return Leg(
        position.symbol,
        position.side,
        position.quantity,
        entry,
        mark,
        _brackets(contract, portfolio.open_positions.of(position.symbol), mark, factor),
        position.rate,
        guessed,
    )


def _brackets(
    contract: Contract, held: Sequence[OpenPosition], mark: float, factor: float
) -> tuple[Bracket, ...]:
    brackets = contract.brackets
    if not contract.brackets_known:
        brackets = strictest_brackets()
        notional = sum(p.quantity for p in held) * mark
        if contract.maintenance_told is not None and notional > 0.0:
            brackets = (Bracket(0.0, inf, contract.maintenance_told / notional, 0.0, 1.0),)
    if factor == 1.0:
        return brackets
    return tuple(
        msgspec.structs.replace(
            one,
            maintenance_rate=one.maintenance_rate * factor,
            cumulative=one.cumulative * factor,
        )
        for one in brackets
    )


def symbols_of(pools: Iterable[MarginPool]) -> tuple[str, ...]:
    """The symbols of all legs, sorted."""
    return tuple(sorted({leg.symbol for each in pools for leg in each.legs}))


def marks_of(pools: Iterable[MarginPool]) -> Mapping[str, float]:
    """The mark price of each symbol."""
    return {leg.symbol: leg.mark for each in pools for leg in each.legs}


def exposures_of(pools: Iterable[MarginPool]) -> Mapping[str, float]:
    """The net notional of each symbol at its mark, below 0 where it is short on balance."""
    found: dict[str, float] = {}
    for each in pools:
        for leg in each.legs:
            found[leg.symbol] = found.get(leg.symbol, 0.0) + leg.exposure * leg.mark
    return found
