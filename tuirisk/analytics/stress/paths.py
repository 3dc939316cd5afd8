"""Simulated paths of all positions: first touch of liquidation, funding, P&L at the horizons.

Steps are 15 minutes. The price of an account of one symbol is followed through each step's low and
high, accounts of several symbols are looked at once a step. Funding is paid at the first step at or
after its real time, at the mark price of that step and the rate predicted now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.stress.margin_paths import (
    Flags,
    Maintenance,
    MarginAccount,
    SimulatedPosition,
)
from tuirisk.analytics.stress.return_models import MakeWalk, ReturnGenerator
from tuirisk.events import Bracket
from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.candles import Column

STEP_MS = 15 * MINUTE_MS
HORIZONS: Mapping[str, int] = {"24h": 96, "7d": 672}
"""Steps of each horizon, ascending."""
PATHS = 10_000
CHUNK_CELLS = 100_000
"""Prices held at once: with many symbols fewer paths are walked at a time."""


NO_OTHERS: Mapping[str, float] = {}


class SimulationStopped(Exception):
    """The result is not needed any more."""


@dataclass(frozen=True, slots=True)
class SimulatedAsset:
    """A symbol with positions. ``slippages`` of the exits are NaN where the book refuses them."""

    symbol: str
    mark: float
    brackets: tuple[Bracket, ...]
    positions: tuple[OpenPosition, ...]
    slippages: tuple[float, ...]
    funding_rate: float = 0.0
    settlements: tuple[int, ...] = ()
    """Steps at which funding is paid, from 1."""


@dataclass(frozen=True, slots=True)
class PathOutcome:
    """The paths at one horizon. Money is in the quote asset.

    ``profit`` and ``exit_cost`` have shape (assets, paths), ``liquidated`` one array for each
    margin account, in the order of :func:`margin_accounts`; ``total`` sums all of them.
    """

    profit: Column
    exit_cost: Column
    total: Column
    liquidated: Flags


def wallet_group(position: OpenPosition, others: Mapping[str, float]) -> str:
    """The margin asset whose wallet alone is behind a cross position; empty: the main wallet."""
    return position.margin_asset if position.margin_asset in others else ""


def margin_accounts(
    assets: Sequence[SimulatedAsset],
    wallet: float,
    paths: int,
    others: Mapping[str, float] = NO_OTHERS,
) -> list[MarginAccount]:
    """One for each isolated position in turn, then one for the cross positions of each wallet.

    ``others`` are the wallets of margin assets that are liquidated by themselves.
    """
    accounts: list[MarginAccount] = []
    cross: dict[str, list[SimulatedPosition]] = {}
    for row, asset in enumerate(assets):
        maintenance = Maintenance(asset.brackets)
        for position, slippage in zip(asset.positions, asset.slippages, strict=True):
            member = SimulatedPosition(row, asset.mark, position, maintenance, slippage)
            if position.isolated:
                accounts.append(MarginAccount(position.wallet, (member,), paths))
            else:
                cross.setdefault(wallet_group(position, others), []).append(member)
    for group, members in cross.items():
        accounts.append(MarginAccount(others.get(group, wallet), members, paths))
    return accounts


def simulate_paths(
    make: MakeWalk,
    assets: Sequence[SimulatedAsset],
    wallet: float,
    seed: Sequence[int],
    *,
    others: Mapping[str, float] = NO_OTHERS,
    paths: int = PATHS,
    horizons: Mapping[str, int] = HORIZONS,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, PathOutcome]:
    """Simulate ``paths`` price paths and the positions along them; ``wallet`` is the cross one.

    ``others`` are as in :func:`margin_accounts`.

    The same arguments give the same bits.

    Raises:
        SimulationStopped: ``stopped()`` became true.
    """
    chunk = min(paths, max(500, CHUNK_CELLS // len(assets)))
    parts: dict[str, list[PathOutcome]] = {name: [] for name in horizons}
    for number, first in enumerate(range(0, paths, chunk)):
        size = min(chunk, paths - first)
        rng = np.random.default_rng([*seed, number])
        walk = make(rng, size, max(horizons.values()))
        state = _PathState(assets, wallet, size, others)
        names = {step: name for name, step in horizons.items()}
        for step in range(1, max(names) + 1):
            if stopped():
                raise SimulationStopped
            walk.advance(state.prices)
            state.check_barriers(step, walk)
            if step in names:
                parts[names[step]].append(state.outcome())
    return {name: _joined(outcomes) for name, outcomes in parts.items()}


def _joined(parts: list[PathOutcome]) -> PathOutcome:
    if len(parts) == 1:
        return parts[0]
    return PathOutcome(
        np.concatenate([p.profit for p in parts], axis=1),
        np.concatenate([p.exit_cost for p in parts], axis=1),
        np.concatenate([p.total for p in parts]),
        np.concatenate([p.liquidated for p in parts], axis=1),
    )


class _PathState:
    """Prices of some paths at the present step, and the margin accounts along them."""

    def __init__(
        self,
        assets: Sequence[SimulatedAsset],
        wallet: float,
        paths: int,
        others: Mapping[str, float],
    ) -> None:
        self._assets = assets
        self.prices = np.repeat([[asset.mark] for asset in assets], paths, axis=1).astype(float)
        self._low, self._high = self.prices.copy(), self.prices.copy()
        self._accounts = margin_accounts(assets, wallet, paths, others)
        self._alone = [a for a in self._accounts if a.one_symbol]
        self._shared = [a for a in self._accounts if not a.one_symbol]
        signs = {(a.rows[0], m.position.sign) for a in self._alone for m in a.positions}
        rows = range(len(assets))
        self._lows = [row for row in rows if (row, 1) in signs]
        self._highs = [row for row in rows if (row, -1) in signs]
        self._settling: dict[int, list[int]] = {}
        for row, asset in enumerate(assets):
            for step in asset.settlements:
                self._settling.setdefault(step, []).append(row)

    def check_barriers(self, step: int, walk: ReturnGenerator) -> None:
        """Take in the prices of ``step``: liquidations, then funding."""
        for row in self._lows:
            low = walk.low(row, self.prices[row])
            np.minimum(self._low[row], low, out=self._low[row])
        for row in self._highs:
            high = walk.high(row, self.prices[row])
            np.maximum(self._high[row], high, out=self._high[row])
        for account in self._shared:
            account.check_step(self.prices)
        rows = self._settling.get(step)
        if rows:
            self._settle(rows)

    def outcome(self) -> PathOutcome:
        """Where the paths stand now."""
        self._touch(range(len(self._assets)))
        shape = self.prices.shape
        profit, cost = np.zeros(shape), np.zeros(shape)
        total = np.zeros(shape[1])
        for account in self._accounts:
            total += account.total(self.prices)
            for row in account.rows:
                profit[row] += account.profit(row, self.prices)
                cost[row] += account.exit_cost(row, self.prices)
        return PathOutcome(profit, cost, total, np.array([a.liquidated for a in self._accounts]))

    def _settle(self, rows: Sequence[int]) -> None:
        self._touch(rows)
        for row in rows:
            for account in self._accounts:
                if row in account.rows:
                    account.settle(row, self.prices, self._assets[row].funding_rate)
        for account in self._shared:
            account.check_step(self.prices)

    def _touch(self, rows: Sequence[int]) -> None:
        """Judge the stretch since the last funding; the next one begins at the present price."""
        for account in self._alone:
            if account.rows[0] in rows:
                account.check_extremes(self._low, self._high)
        for row in rows:
            self._low[row] = self.prices[row]
            self._high[row] = self.prices[row]
