"""A reading of the account that changes what the stream did not report is asked for once more.

So one false answer neither closes a position nor opens one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import isclose

from tuirisk.events import AccountMode, AccountPosition, MarginAsset, PortfolioMargin
from tuirisk.feed.binance.account.schema import Side
from tuirisk.feed.binance.plausibility.prices import near

Leg = tuple[str, Side]
ROUNDING = 1e-6
"""By which amounts of REST and of the stream may differ."""
LEAP = 1.2
"""Factor by which prices of assets, and the equity of portfolio margin, change at most between two
readings; more must be confirmed."""
MOST_DOUBTED = 3
"""Readings in a row that all differ; then the newest is believed: the account trades without its
stream."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What of an account changes by a trade, a transfer or a setting alone."""

    mode: AccountMode | None = None
    hedge_mode: bool = False
    positions: Mapping[Leg, AccountPosition] = field(default_factory=dict)
    assets: Mapping[str, MarginAsset] = field(default_factory=dict)
    portfolio_margin: PortfolioMargin | None = None
    update_times: Mapping[Leg, int] = field(default_factory=dict)
    """When each position last changed, UTC ms."""


class ReadingConfirmation:
    """Which readings are believed."""

    def __init__(self) -> None:
        self.refuted = 0
        """Readings that the next one contradicted, and said what was known before."""
        self._doubted: AccountFacts | None = None
        self._count = 0

    def believes(
        self,
        reading: AccountFacts,
        known: AccountFacts,
        legs: Collection[Leg],
        assets: Collection[str],
    ) -> bool:
        """Whether ``reading`` says what is ``known``, or what the reading before said.

        ``legs`` and ``assets`` are not compared: the stream just changed them, or they could not
        be read.
        """
        doubted, self._doubted = self._doubted, None
        same = _alike(reading, known, legs, assets)
        repeated = doubted is not None and _alike(reading, doubted, legs, assets)
        if same or repeated or self._count >= MOST_DOUBTED:
            self.refuted += doubted is not None and same and not repeated
            self._count = 0
            return True
        self._doubted = reading
        self._count += 1
        return False


def _alike(
    one: AccountFacts, other: AccountFacts, legs: Collection[Leg], assets: Collection[str]
) -> bool:
    if (one.mode, one.hedge_mode) != (other.mode, other.hedge_mode):
        return False
    for leg in (one.positions.keys() | other.positions.keys()) - set(legs):
        a, b = one.positions.get(leg), other.positions.get(leg)
        if a is None or b is None or not _same_position(a, b):
            return False
        if one.update_times.get(leg) != other.update_times.get(leg):
            return False
    for name in (one.assets.keys() | other.assets.keys()) - set(assets):
        balance, before = one.assets.get(name), other.assets.get(name)
        if balance is None or before is None or not _same_asset(balance, before):
            return False
    return _same_whole(one.portfolio_margin, other.portfolio_margin)


def _same_position(one: AccountPosition, other: AccountPosition) -> bool:
    settings = (one.side, one.margin_mode, one.leverage)
    marks = one.mark_price or 0.0, other.mark_price or 0.0
    if all(marks) and not near(*marks, LEAP):
        return False
    return settings == (other.side, other.margin_mode, other.leverage) and all(
        isclose(a, b, rel_tol=ROUNDING)
        for a, b in (
            (one.quantity, other.quantity),
            (one.entry_price, other.entry_price),
            (one.isolated_wallet, other.isolated_wallet),
        )
    )


def _same_asset(one: MarginAsset, other: MarginAsset) -> bool:
    same = isclose(one.cross_wallet, other.cross_wallet, rel_tol=ROUNDING)
    return same and near(one.price, other.price, LEAP) and near(one.bid_rate, other.bid_rate, LEAP)


def _same_whole(one: PortfolioMargin | None, other: PortfolioMargin | None) -> bool:
    if one is None or other is None:
        return one is other
    return near(one.equity, other.equity, LEAP) and near(
        one.maintenance_margin, other.maintenance_margin, LEAP
    )
