"""The account as it would be with other positions: its figures, judged by the rules of levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tuirisk.analytics.leverage.account import account_state
from tuirisk.analytics.leverage.late_marks import with_substituted_marks
from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.leverage.portfolio import Portfolio, portfolio_of
from tuirisk.analytics.portfolio.account_inputs import AccountInputs, account_inputs
from tuirisk.analytics.portfolio.account_part import (
    NO_POSITIONS,
    knowledge_of,
    with_figures,
    without_positions,
)
from tuirisk.analytics.portfolio.co_movement import account_market, co_movement
from tuirisk.analytics.portfolio.legs import (
    MarginPool,
    exposures_of,
    margin_pools,
    marks_of,
    symbols_of,
)
from tuirisk.analytics.portfolio.simulation import (
    AccountPaths,
    AccountSimulation,
    account_paths,
    outcomes,
)
from tuirisk.analytics.score.freshness import MARK_BUDGET
from tuirisk.analytics.score.levels import judge_account, level_rules
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import AccountState, CoMovement, DailyRisk, Missing, Number

NO_ACCOUNT = AccountState(NO_POSITIONS, NO_POSITIONS, NO_POSITIONS, NO_POSITIONS)
"""Of a configuration without a position."""
NOT_CROSS = frozenset({"no_cross_positions"})
"""Why a chance is missing although all is known."""
JUDGED = ("p_liquidation_24h", "p_liquidation_7d", "p_any_liquidation_24h")


class AccountJudge:
    """Judges accounts at one moment: by the closed form, or along paths that were drawn before."""

    def __init__(
        self,
        market: Market,
        config: Config,
        daily: Mapping[str, DailyRisk],
        now: int,
        paths: AccountPaths | None,
    ) -> None:
        """``daily`` has the forecasts by symbol; ``now`` is the local time, ns."""
        self.market, self.config, self.now, self.paths = market, config, now, paths
        self._daily = daily
        self._rules = level_rules(config.risk)
        self._movements: dict[tuple[str, ...], CoMovement] = {}

    def portfolio(self, positions: OpenPositions) -> Portfolio:
        """``positions`` at the marks of now, late ones replaced by the worst that is known."""
        exchange_ms = self.market.clock.exchange_ms(self.now)
        whole = portfolio_of(self.market, positions)
        return with_substituted_marks(whole, self.market, exchange_ms, MARK_BUDGET)

    def by_days(self, positions: OpenPositions) -> AccountState:
        """The account with ``positions`` by the closed form."""
        portfolio = self.portfolio(positions)
        return self._judged(portfolio, margin_pools(portfolio), None)

    def along_paths(self, accounts: Sequence[OpenPositions]) -> list[AccountState]:
        """Each account along the paths, which are walked once for all; by the closed form where
        there are none of all its symbols.
        """
        portfolios = [self.portfolio(positions) for positions in accounts]
        pools = [margin_pools(portfolio) for portfolio in portfolios]
        simulated = self._simulated(accounts)
        found = zip(portfolios, pools, simulated, strict=True)
        return [self._judged(*one) for one in found]

    def warning(self, name: str) -> float:
        """Above which the chance ``name`` is a warning."""
        rule = self._rules["p_liquidation_7d" if name.endswith("7d") else "p_liquidation_24h"]
        return min(limit for _, limit in rule.steps)

    def scaled(self, account: AccountState, scales: Mapping[str, float]) -> AccountState:
        """``account`` with its chances times ``scales``, by name, and their levels."""

        def times(name: str) -> Number:
            value: Number = getattr(account, name)
            return value if isinstance(value, Missing) else min(1.0, value * scales.get(name, 1.0))

        day, week, of_any = (times(name) for name in JUDGED)
        return self.judged(
            replace(
                account, p_liquidation_24h=day, p_liquidation_7d=week, p_any_liquidation_24h=of_any
            )
        )

    def judged(self, account: AccountState) -> AccountState:
        """``account`` with its levels."""
        return judge_account(account, self._rules)

    def _judged(
        self,
        portfolio: Portfolio,
        pools: tuple[MarginPool, ...],
        simulated: AccountSimulation | None,
    ) -> AccountState:
        account = account_state(portfolio, self.config.risk, portfolio.daily_bars)
        if not pools:
            return self.judged(without_positions(account or NO_ACCOUNT))
        assert account is not None
        symbols = symbols_of(pools)
        known = account_market(self.market, symbols, self._daily)
        movement = co_movement(symbols, known, self._movements.get(symbols), exposures_of(pools))
        self._movements[symbols] = movement
        return self.judged(with_figures(account, pools, knowledge_of(movement, known), simulated))

    def _simulated(self, accounts: Sequence[OpenPositions]) -> list[AccountSimulation | None]:
        found: list[AccountSimulation | None] = [None] * len(accounts)
        groups: list[tuple[dict[str, float], list[tuple[int, AccountInputs]]]] = []
        for place, positions in enumerate(accounts):
            if self.paths is None or not positions.positions:
                continue
            inputs = account_inputs(self.market, positions, self.config, self.now)
            held, bars = {*inputs.histories}, self.paths.bars
            if held & {*bars.adverse}:
                # What has no history moves against the rest, which is another now.
                drawn = account_paths(inputs, self.paths.day.drawn.shape[1])
                found[place] = None if drawn is None else outcomes([inputs], drawn)[0]
            elif held <= {*bars.symbols}:
                _add_to_group(groups, place, inputs)
        for _, group in groups:
            assert self.paths is not None
            simulated = outcomes([inputs for _, inputs in group], self.paths)
            for (place, _), one in zip(group, simulated, strict=True):
                found[place] = one
        return found


def _add_to_group(
    groups: list[tuple[dict[str, float], list[tuple[int, AccountInputs]]]],
    place: int,
    inputs: AccountInputs,
) -> None:
    """Add ``inputs`` to the first group with the same marks: a late one is replaced by what is
    worse for the positions, which may be another price for other positions.
    """
    own = marks_of(inputs.pools)
    for marks, group in groups:
        if all(marks.get(name, mark) == mark for name, mark in own.items()):
            marks.update(own)
            group.append((place, inputs))
            return
    groups.append((dict(own), [(place, inputs)]))


def within_limits(account: AccountState) -> bool:
    """Whether every level of the account is ok, and all that is judged is known."""
    if not account.positions:
        return True
    if any(judged.level != "ok" for judged in account.levels.values()):
        return False
    unknown = (getattr(account, name) for name in JUDGED)
    if any(isinstance(one, Missing) and one.code not in NOT_CROSS for one in unknown):
        return False
    return account.within_budget is True
