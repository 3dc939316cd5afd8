"""The exchange's margin rules: brackets, maintenance margin, liquidation.

A rule of its own, independent of what any client computes. Amounts are in the quote asset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from .collateral import ASSET_TERMS, UNI_MMR_LIQUIDATED, AccountMode, counted
from .instruments import Instrument

_LARGE = (
    (50_000, 0.004, 125), (600_000, 0.005, 100), (3_000_000, 0.0065, 75), (12_000_000, 0.01, 50),
    (70_000_000, 0.02, 25), (100_000_000, 0.025, 20), (230_000_000, 0.05, 10),
    (480_000_000, 0.1, 5), (600_000_000, 0.125, 4), (800_000_000, 0.15, 3),
    (1_200_000_000, 0.25, 2), (1_800_000_000, 0.5, 1),
)  # fmt: skip
_SMALL = (
    (5_000, 0.01, 75), (25_000, 0.015, 50), (100_000, 0.02, 25), (500_000, 0.05, 10),
    (1_000_000, 0.1, 5), (2_000_000, 0.125, 4), (5_000_000, 0.25, 2), (12_500_000, 0.5, 1),
)  # fmt: skip
_LARGE_VOLUME = 3e9


class MarginTier(NamedTuple):
    """One leverage bracket, for notionals in (floor, cap]."""

    floor: float
    cap: float
    rate: float
    cumulative: float
    leverage: int


@dataclass(slots=True)
class ExchangePosition:
    """A position; `quantity` is negative when short, `isolated_wallet` None with cross margin."""

    symbol: str
    side: str
    quantity: float
    entry_price: float
    isolated_wallet: float | None
    updated: int = 0

    def profit(self, mark: float) -> float:
        """Unrealised profit at that mark price."""
        return self.quantity * (mark - self.entry_price)

    def bankruptcy_price(self, wallet: float) -> float:
        """The price at which the position has lost `wallet` (0 when it would be negative)."""
        return max(0.0, self.entry_price - wallet / self.quantity)

    def notional(self, mark: float) -> float:
        """Size at that mark price, always positive."""
        return abs(self.quantity) * mark


MarkOf: TypeAlias = Callable[[str], float]
TiersOf: TypeAlias = Callable[[str], tuple[MarginTier, ...]]


def brackets_of(instrument: Instrument) -> tuple[MarginTier, ...]:
    """The brackets of a contract as they are published, lowest first.

    The cumulative amounts make the maintenance margin continuous from one bracket to the next.
    """
    rows = _LARGE if instrument.volume >= _LARGE_VOLUME else _SMALL
    floor, rate, cumulative, made = 0.0, 0.0, 0.0, []
    for cap, next_rate, leverage in rows:
        cumulative = round(cumulative + floor * (next_rate - rate), 8)
        made.append(MarginTier(floor, float(cap), next_rate, cumulative, leverage))
        floor, rate = float(cap), next_rate
    return tuple(made)


def scaled_brackets(rows: Iterable[MarginTier], coefficient: float) -> tuple[MarginTier, ...]:
    """The brackets of an account with a `notionalCoef` of its own."""
    return tuple(
        row._replace(
            floor=row.floor * coefficient,
            cap=row.cap * coefficient,
            cumulative=row.cumulative * coefficient,
        )
        for row in rows
    )


def maintenance_margin(notional: float, rows: tuple[MarginTier, ...]) -> float:
    """The maintenance margin of a position of that notional; the last bracket has no end."""
    for row, following in pairwise(rows):
        if notional <= following.floor:
            return notional * row.rate - row.cumulative
    return notional * rows[-1].rate - rows[-1].cumulative


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account has behind its positions: its mode, and its cross wallets by asset.

    `loans` is maintenance margin of portfolio margin that is no position's, USD.
    """

    mode: AccountMode
    wallets: Mapping[str, float]
    asset_of: Callable[[str], str]
    """The margin asset of a symbol."""
    loans: float = 0.0


def positions_to_liquidate(
    positions: Iterable[ExchangePosition], standing: Standing, mark_of: MarkOf, tiers_of: TiersOf
) -> list[ExchangePosition]:
    """The positions to be liquidated now: an isolated one by itself, cross ones together.

    They fall when margin balance (wallet and unrealised profit) no longer exceeds maintenance
    margin: in single-asset mode the positions of each margin asset by its own wallet, else all by
    everything that the account has.
    """
    cross: dict[str, list[ExchangePosition]] = {}
    out = []
    for position in positions:
        if position.isolated_wallet is None:
            asset = standing.asset_of(position.symbol)
            cross.setdefault(asset if standing.mode == "single_asset" else "", []).append(position)
        elif excess([position], position.isolated_wallet, mark_of, tiers_of) <= 0:
            out.append(position)
    for asset, together in cross.items():
        if asset:
            left = excess(together, standing.wallets.get(asset, 0.0), mark_of, tiers_of)
        else:
            left = excess_of_all(together, standing, mark_of, tiers_of)
        if left <= 0:
            out += together
    return out


def excess(
    together: Iterable[ExchangePosition], wallet: float, mark_of: MarkOf, tiers_of: TiersOf
) -> float:
    """Margin balance above maintenance margin, in the margin asset."""
    balance, needed = wallet, 0.0
    for position in together:
        mark = mark_of(position.symbol)
        balance += position.profit(mark)
        needed += maintenance_margin(position.notional(mark), tiers_of(position.symbol))
    return balance - needed


def excess_of_all(
    together: Iterable[ExchangePosition], standing: Standing, mark_of: MarkOf, tiers_of: TiersOf
) -> float:
    """The same of all assets and cross positions, USD; of portfolio margin by its uniMMR."""
    amounts, needed = dict(standing.wallets), standing.loans
    for position in together:
        asset, mark = standing.asset_of(position.symbol), mark_of(position.symbol)
        amounts[asset] = amounts.get(asset, 0.0) + position.profit(mark)
        margin = maintenance_margin(position.notional(mark), tiers_of(position.symbol))
        needed += margin * ASSET_TERMS[asset].index(mark_of)
    factor = UNI_MMR_LIQUIDATED if standing.mode == "portfolio_margin" else 1.0
    return counted(amounts, mark_of) - factor * needed


def wallets_lost(
    closed: Iterable[ExchangePosition], cross_wallet: float, mark_of: MarkOf
) -> list[float]:
    """The cost of each liquidated position: its own wallet, or its part of the cross wallet.

    A cross position loses what its mark price says, and by its notional a share of what is left.
    """
    closed = list(closed)
    cross = [position for position in closed if position.isolated_wallet is None]
    left = cross_wallet + sum(position.profit(mark_of(position.symbol)) for position in cross)
    notional = sum(position.notional(mark_of(position.symbol)) for position in cross)
    lost = []
    for position in closed:
        mark = mark_of(position.symbol)
        if position.isolated_wallet is not None:
            lost.append(position.isolated_wallet)
        else:
            lost.append(left * position.notional(mark) / notional - position.profit(mark))
    return lost
