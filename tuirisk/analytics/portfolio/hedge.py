"""The cheapest ways to bring the account within its limits: hedge, cut, add margin.

Each candidate is the smallest of its kind after which every level of the account is ok. Sizes are
found by bisection on the closed form, brought to the level of the paths by what both say of the
account, then judged along the paths of one simulation, which are not drawn anew. docs/metrics.md,
Hedge.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from tuirisk.analytics.leverage.open_positions import OpenPositions, Side
from tuirisk.analytics.portfolio.account_inputs import account_inputs
from tuirisk.analytics.portfolio.account_judge import JUDGED, AccountJudge, within_limits
from tuirisk.analytics.portfolio.co_movement import account_market, co_movement
from tuirisk.analytics.portfolio.hedge_actions import Action, Kind, actions, majors
from tuirisk.analytics.portfolio.joint_paths import PATHS
from tuirisk.analytics.portfolio.legs import exposures_of, margin_pools, symbols_of
from tuirisk.analytics.portfolio.simulation import account_paths, path_count
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import AccountState, Missing, Number, SymbolState

STEPS = 30
"""Of a bisection at most."""
EXACT = 1e-3
"""Part of a size below which it is not bisected further."""
TRIES = 4
"""Sizes that are judged along the paths."""
GROWTH = 1.25
"""Least growth of a size that was not enough."""
ROOM = 0.5
"""Part of a limit below which a chance has room: a smaller size is tried."""
BUDGET_ROOM = 0.9
"""The same of the budget of the VaR."""
SCALES = (0.02, 50.0)
"""Between which the paths' chance over that of the closed form is believed."""
LIKELY = (1.0, 0.6, 1.5, 0.3)
"""Parts of a hedge's likely size that are looked at for one that is enough."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One action and the account after it.

    ``quantity`` is in the base asset (of added margin the money, in ``asset``), ``notional`` at the
    mark price; ``cost`` in the quote asset: fee and slippage, and of a hedge the funding of a day.
    ``ok``: every level of the account is ok after it. ``positions`` are those after it.
    """

    action: Kind
    symbol: str
    side: Side | Literal[""]
    asset: str
    quantity: float
    notional: float
    cost: Number
    after: AccountState
    ok: bool
    positions: OpenPositions


@dataclass(frozen=True, slots=True)
class Hedges:
    """The account as it is (None where nothing is held), and what can be done.

    ``within``: nothing needs to be done, and all that is judged is known.
    """

    before: AccountState | None
    candidates: tuple[Candidate, ...]
    within: bool = True


Slippage = Callable[[str, Side, float], Number]
"""(symbol, side of the order, quantity) → its cost against mid, a fraction."""
Scales = Mapping[str, float]
"""Probability → what the paths say of it over what the closed form says."""


def hedge_candidates(
    market: Market,
    positions: OpenPositions,
    config: Config,
    symbols: Mapping[str, SymbolState],
    now: int,
    slippage: Slippage,
    paths: int = PATHS,
) -> Hedges:
    """The candidates for the account as it is at local time ``now`` (ns), the cheapest first.

    Those that bring it within its limits stand before those that cannot. None where it is within
    them, and where nothing is held.
    """
    if not positions.positions:
        return Hedges(None, ())
    daily = {name: symbol.daily for name, symbol in symbols.items()}
    inputs = account_inputs(market, positions, config, now, majors(market))
    legs = sum(len(pool.legs) for pool in inputs.pools)
    judge = AccountJudge(market, config, daily, now, account_paths(inputs, path_count(legs, paths)))
    (before,) = judge.along_paths([positions])
    if within_limits(before):
        return Hedges(before, ())
    portfolio = judge.portfolio(positions)
    pools = margin_pools(portfolio)
    held, names = exposures_of(pools), tuple(sorted({*symbols_of(pools), *majors(market)}))
    movement = co_movement(names, account_market(market, names, daily), None, held)
    search = _Search(judge, symbols, slippage, _scales(before, judge.by_days(positions)))
    found = search.candidates(actions(market, portfolio, movement, list(symbols)))
    return Hedges(before, tuple(sorted(found, key=_rank)), within=False)


def _rank(candidate: Candidate) -> tuple[bool, float, float, str, str]:
    cost = candidate.cost
    money = inf if isinstance(cost, Missing) else cost
    return (not candidate.ok, money, candidate.notional, candidate.symbol, candidate.action)


def _scales(along_paths: AccountState, by_days: AccountState) -> Scales:
    """What the paths say over what the closed form says of the same account."""
    found = {}
    for name in JUDGED:
        paths, days = getattr(along_paths, name), getattr(by_days, name)
        if isinstance(paths, float) and isinstance(days, float) and min(paths, days) > 0.0:
            found[name] = min(max(paths / days, SCALES[0]), SCALES[1])
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """Finds the size of each action."""

    judge: AccountJudge
    symbols: Mapping[str, SymbolState]
    slippage: Slippage
    scales: Scales
    """Of the account as it is."""

    def candidates(self, every: Iterable[Action]) -> list[Candidate]:
        """What comes of every action; in each round all sizes are judged in one walk."""
        found: list[Candidate] = []
        asking: list[tuple[Action, Generator[float, Candidate, Candidate | None], float]] = []
        for action in every:
            asked = self._sizes(action)
            size = next(asked, None)
            if size is not None:
                asking.append((action, asked, size))
        while asking:
            made = self._made([(action, size) for action, _, size in asking])
            still = []
            for (action, asked, _), one in zip(asking, made, strict=True):
                try:
                    still.append((action, asked, asked.send(one)))
                except StopIteration as end:
                    if end.value is not None:
                        found.append(end.value)
            asking = still
        return found

    def _sizes(self, action: Action) -> Generator[float, Candidate, Candidate | None]:
        """Ask for sizes to be judged; the smallest that is enough, of a cut that is not the whole,
        else None.
        """
        scales, least = self.scales, action.least
        best: Candidate | None = None
        for _ in range(TRIES):
            size = self._sized(action, scales, least)
            if size is None or (best is not None and size >= best.quantity):
                break
            made = yield size
            if made.ok and (best is not None or not self._has_room(made)):
                return made
            if made.ok:
                best = made
            elif best is not None or size >= action.most:
                return best or (made if action.kind == "cut" else None)
            else:
                least = max(size * GROWTH, action.rounded(size + action.step))
            scales = {**scales, **_scales(made.after, self.judge.by_days(made.positions))}
        if best is None and action.kind == "cut":
            return (yield action.most)
        return best

    def _sized(self, action: Action, scales: Scales, least: float) -> float | None:
        """The smallest size from ``least`` on that is enough by the closed form times ``scales``.

        Where a size was not enough along the paths and the closed form has none, the largest.
        """
        if least > action.most:
            return None
        enough = self._first_enough(action, scales, least)
        if enough is None:
            return action.most if least > action.least and action.kind != "hedge" else None
        low, high = 0.0, enough
        if least > action.least:
            low = least
            if self._clear(action, least, scales):
                return action.rounded(least)
        for _ in range(STEPS):
            if high - low <= max(action.step, EXACT * high):
                break
            middle = (low + high) / 2.0
            low, high = (low, middle) if self._clear(action, middle, scales) else (middle, high)
        return action.rounded(high)

    def _first_enough(self, action: Action, scales: Scales, least: float) -> float | None:
        """A size that is enough: of a hedge one near the likely one, else the largest."""
        parts = LIKELY if action.kind == "hedge" else (1.0,)
        for part in parts:
            size = action.rounded(action.likely * part)
            if size >= least and self._clear(action, size, scales):
                return size
        return None

    def _clear(self, action: Action, size: float, scales: Scales) -> bool:
        positions = action.after(size, self._fee(action, size))
        return within_limits(self.judge.scaled(self.judge.by_days(positions), scales))

    def _has_room(self, made: Candidate) -> bool:
        """Whether every chance is far below its limit, and the VaR below its budget."""
        account = made.after
        for name in JUDGED:
            value, level = getattr(account, name), account.levels.get(name)
            limit = self.judge.warning(name)
            if level is not None and isinstance(value, float) and value > ROOM * limit:
                return False
        loss, budget = account.var_1d_95, account.var_budget
        if isinstance(loss, Missing) or isinstance(budget, Missing):
            return False
        return loss <= BUDGET_ROOM * budget

    def _fee(self, action: Action, size: float) -> float:
        if action.kind == "add_margin":
            return 0.0
        return self.judge.config.risk.perpetual_fee * size * action.price

    def _made(self, sized: Sequence[tuple[Action, float]]) -> list[Candidate]:
        """The actions of these sizes, judged along the paths; fee and slippage are paid."""
        slipped = [self._slipped(action, size) for action, size in sized]
        after = []
        for (action, size), loss in zip(sized, slipped, strict=True):
            paid = 0.0 if isinstance(loss, Missing) else loss
            after.append(action.after(size, self._fee(action, size) + paid))
        accounts = self.judge.along_paths(after)
        return [self._candidate(*one) for one in zip(sized, slipped, after, accounts, strict=True)]

    def _candidate(
        self,
        sized: tuple[Action, float],
        slipped: Number,
        positions: OpenPositions,
        account: AccountState,
    ) -> Candidate:
        action, size = sized
        cost: Number = slipped + self._fee(action, size)
        if action.kind == "hedge" and not isinstance(cost, Missing):
            rate = self.symbols[action.symbol].funding.rate_8h
            side = 1.0 if action.side == "long" else -1.0
            cost = cost + 3.0 * side * rate * size * action.price
        return Candidate(
            action.kind,
            action.symbol,
            action.side,
            action.asset,
            size,
            size * action.price,
            cost,
            account,
            within_limits(account),
            positions,
        )

    def _slipped(self, action: Action, size: float) -> Number:
        """What the order costs against the mid of the book, quote asset."""
        if action.kind == "add_margin" or action.side == "":
            return 0.0
        closes: Side = "short" if action.side == "long" else "long"
        side = closes if action.kind == "cut" else action.side
        return self.slippage(action.symbol, side, size) * (size * action.price)
