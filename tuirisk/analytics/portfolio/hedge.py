"""The cheapest ways to bring the account within its limits: hedge, cut, add margin.

Each candidate is the smallest of its kind after which every level of the account is ok, found by
bisection on the closed form and then judged along the paths of the newest simulation, which are not
drawn anew. docs/metrics.md, Hedge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf
from typing import Literal

from tuirisk.analytics.leverage.account import account_state
from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, Side
from tuirisk.analytics.leverage.portfolio import contract_of, portfolio_of
from tuirisk.analytics.portfolio.account_inputs import BITCOIN, account_inputs
from tuirisk.analytics.portfolio.account_part import account_market, with_portfolio
from tuirisk.analytics.portfolio.simulation import (
    AccountPaths,
    AccountSimulation,
    account_paths,
    outcome,
)
from tuirisk.analytics.score.levels import judge_account, level_rules
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import AccountState, Missing, Number, SymbolState

Action = Literal["hedge", "cut", "add_margin"]
ETHER = ("ETHUSDT", "ETHUSDC")
STEPS = 24
"""Of the bisection: a size to one in sixteen million of the range."""
TRIES = 4
"""Sizes that are judged along the paths, each half as much again as the one before."""
GROWTH = 1.5
SMALLEST_NOTIONAL = 5.0
"""What an order must be worth at least, quote asset; at some symbols the exchange asks for more."""
LARGER_NOTIONAL: Mapping[str, float] = {"BTCUSDT": 50.0, "ETHUSDT": 20.0}
LEVERAGE = 20.0
"""Of a new hedge whose symbol has no leverage of its own, or less where the bracket allows less."""
JUDGED = ("p_liquidation_24h", "p_liquidation_7d", "p_any_liquidation_24h", "var_1d_95")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One action and the account after it.

    ``quantity`` is in the base asset (of added margin the money, quote asset), ``notional`` at the
    mark price; ``cost`` in the quote asset: fee and slippage, and the funding of a day. ``ok``:
    every level of the account is ok after it.
    """

    action: Action
    symbol: str
    side: Side | Literal[""]
    quantity: float
    notional: float
    cost: Number
    after: AccountState
    ok: bool


@dataclass(frozen=True, slots=True)
class Hedges:
    """The account as it is (None where nothing is held), and what can be done."""

    before: AccountState | None
    candidates: tuple[Candidate, ...]


Slippage = Callable[[str, Side, float], Number]
"""(symbol, side of the order, quantity) → its cost against mid, a fraction."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every candidate is judged with."""

    market: Market
    config: Config
    symbols: Mapping[str, SymbolState]
    now: int
    paths: AccountPaths | None
    slippage: Slippage

    def judged(self, positions: OpenPositions, *, along_paths: bool) -> AccountState:
        """The account with ``positions``, its levels judged."""
        portfolio = portfolio_of(self.market, positions)
        daily = portfolio.daily_bars
        account = account_state(portfolio, self.config.risk, daily)
        assert account is not None
        known = account_market(
            self.market, positions.symbols, {name: s.daily for name, s in self.symbols.items()}
        )
        simulated = self._simulated(positions) if along_paths else None
        whole = with_portfolio(account, portfolio, known, simulated, None, self.now // 1_000_000)
        return judge_account(whole, level_rules(self.config.risk))

    def _simulated(self, positions: OpenPositions) -> AccountSimulation | None:
        if self.paths is None:
            return None
        inputs = account_inputs(self.market, positions, self.config, self.now)
        if not {*inputs.histories} <= {*self.paths.bars.symbols}:
            return None
        return outcome(inputs, self.paths, by_leg=False)


def within_limits(account: AccountState) -> bool:
    """Whether every level of the account is ok, and what it judges is known."""
    if not all(judged.level == "ok" for judged in account.levels.values()):
        return False
    figures = [getattr(account, name) for name in JUDGED]
    return not any(
        isinstance(one, Missing) and one.code not in ("no_cross_positions",) for one in figures
    )


def hedge_candidates(
    market: Market,
    positions: OpenPositions,
    config: Config,
    symbols: Mapping[str, SymbolState],
    now: int,
    slippage: Slippage,
) -> Hedges:
    """The candidates for the account as it is at local time ``now`` (ns), the cheapest first.

    Those that bring it within its limits stand before those that cannot. None where it is within
    them, and where nothing is held.
    """
    if not positions.positions:
        return Hedges(None, ())
    inputs = account_inputs(market, positions, config, now, _majors(market))
    desk = _Desk(market, config, symbols, now, account_paths(inputs), slippage)
    before = desk.judged(positions, along_paths=True)
    if within_limits(before):
        return Hedges(before, ())
    found = [
        *_cuts(desk, positions),
        *_hedges(desk, positions),
        *_margins(desk, positions),
    ]
    return Hedges(before, tuple(sorted(found, key=_rank)))


def _majors(market: Market) -> list[str]:
    """Bitcoin and Ether, where they are watched."""
    found = (next((n for n in names if n in market.symbols), "") for names in (BITCOIN, ETHER))
    return [name for name in found if name]


def _rank(candidate: Candidate) -> tuple[bool, float, float, str, str]:
    cost = candidate.cost
    money = inf if isinstance(cost, Missing) else cost
    return (not candidate.ok, money, candidate.notional, candidate.symbol, candidate.action)


def _cuts(desk: _Desk, positions: OpenPositions) -> list[Candidate]:
    """Closing a part of each position, its margin kept."""
    found = []
    for held in positions.positions:
        step = _step(desk.market, held.symbol)

        def after(quantity: float, held: OpenPosition = held) -> OpenPositions:
            rest = tuple(p for p in positions.positions if p is not held)
            left = held.quantity - quantity
            if left <= 0.0:
                return replace(positions, positions=rest)
            kept = replace(held, quantity=left)
            return replace(positions, positions=(kept, *rest))

        made = _smallest(desk, after, held.quantity, step)
        if made is not None:
            quantity, account, ok = made
            found.append(_order(desk, "cut", held.symbol, held.side, quantity, account, ok))
    return found


def _hedges(desk: _Desk, positions: OpenPositions) -> list[Candidate]:
    """A new cross position against what is held, in Bitcoin, Ether and each symbol held."""
    if not positions.cross:
        return []
    found = []
    for name in dict.fromkeys((*_majors(desk.market), *positions.symbols)):
        sides: Sequence[Side] = ("short", "long")
        held = {p.side for p in positions.of(name)}
        for side in sides:
            opposite: Side = "long" if side == "short" else "short"
            if opposite in held and not positions.hedge_mode:
                continue  # an order against a position closes it: that is a cut
            made = _hedge(desk, positions, name, side)
            if made is not None:
                found.append(made)
    return found


def _hedge(desk: _Desk, positions: OpenPositions, name: str, side: Side) -> Candidate | None:
    contract = contract_of(desk.market, name)
    mark = contract.mark
    if isinstance(mark, Missing) or name not in desk.symbols:
        return None
    own = next((p for p in positions.of(name) if p.side == side and not p.isolated), None)
    allowed = max(bracket.max_leverage for bracket in contract.brackets)
    leverage = own.leverage if own is not None and own.leverage > 0 else min(LEVERAGE, allowed)
    margin = desk.judged(positions, along_paths=False).available_balance
    if isinstance(margin, Missing) or margin <= 0.0:
        return None

    def after(quantity: float) -> OpenPositions:
        if own is None:
            more = OpenPosition(name, side, quantity, mark, leverage, False, 0.0)
            return replace(positions, positions=(*positions.positions, more))
        total = own.quantity + quantity
        entry = (own.quantity * own.entry_price + quantity * mark) / total
        rest = tuple(p for p in positions.positions if p is not own)
        return replace(
            positions, positions=(replace(own, quantity=total, entry_price=entry), *rest)
        )

    made = _smallest(desk, after, margin * leverage / mark, _step(desk.market, name))
    if made is None:
        return None
    quantity, account, ok = made
    return _order(desk, "hedge", name, side, quantity, account, ok) if ok else None


def _margins(desk: _Desk, positions: OpenPositions) -> list[Candidate]:
    """Money added to the cross wallet, and to each isolated position."""
    now = desk.judged(positions, along_paths=False)
    scale = max(
        [1.0, *(p.quantity * p.entry_price for p in positions.positions)]
        + ([abs(now.equity)] if isinstance(now.equity, float) else [])
    )
    found = []
    if positions.cross:

        def to_wallet(money: float) -> OpenPositions:
            wallet = positions.wallet + money
            equity = None if positions.equity is None else positions.equity + money
            return replace(positions, wallet=wallet, equity=equity)

        made = _smallest(desk, to_wallet, 10.0 * scale, 0.01)
        if made is not None and made[2]:
            found.append(Candidate("add_margin", "", "", made[0], made[0], 0.0, made[1], True))
    for held in positions.positions:
        if not held.isolated:
            continue

        def to_position(money: float, held: OpenPosition = held) -> OpenPositions:
            rest = tuple(p for p in positions.positions if p is not held)
            more = replace(held, wallet=held.wallet + money)
            return replace(positions, positions=(more, *rest))

        made = _smallest(desk, to_position, 10.0 * scale, 0.01)
        if made is not None and made[2]:
            found.append(
                Candidate(
                    "add_margin", held.symbol, held.side, made[0], made[0], 0.0, made[1], True
                )
            )
    return found


def _smallest(
    desk: _Desk, after: Callable[[float], OpenPositions], most: float, step: float
) -> tuple[float, AccountState, bool] | None:
    """(size, account, whether it is within the limits) of the smallest size of an action.

    Where no size is enough: the largest one and False. None where even one step is too much.
    """

    def clear(size: float, *, along_paths: bool) -> tuple[AccountState, bool]:
        account = _after(desk, after(size), along_paths)
        return account, within_limits(account)

    largest = _lots(most, step, floor)
    if largest <= 0.0:
        return None
    low, high = 0.0, largest
    if clear(high, along_paths=False)[1]:
        for _ in range(STEPS):
            middle = (low + high) / 2.0
            low, high = (low, middle) if clear(middle, along_paths=False)[1] else (middle, high)
            if high - low < max(step, 1e-9 * largest):
                break
        size = min(_lots(high, step, ceil), largest)
        for _ in range(TRIES):
            account, ok = clear(size, along_paths=True)
            if ok:
                return size, account, True
            if size >= largest:
                return size, account, False
            size = min(_lots(size * GROWTH, step, ceil), largest)
    account, ok = clear(largest, along_paths=True)
    return largest, account, ok


def _after(desk: _Desk, positions: OpenPositions, along_paths: bool) -> AccountState:
    if not positions.positions:
        return _NOTHING
    return desk.judged(positions, along_paths=along_paths)


_NOTHING = AccountState(
    Missing("no_positions"),
    0.0,
    Missing("no_positions"),
    True,
    p_liquidation_24h=0.0,
    p_liquidation_7d=0.0,
    p_any_liquidation_24h=0.0,
)
"""An account that holds nothing any more."""


def _order(
    desk: _Desk,
    action: Action,
    symbol: str,
    side: Side,
    quantity: float,
    account: AccountState,
    ok: bool,
) -> Candidate:
    contract = contract_of(desk.market, symbol)
    mark = contract.mark
    if isinstance(mark, Missing):
        return Candidate(action, symbol, side, quantity, 0.0, mark, account, False)
    notional = quantity * mark
    least = LARGER_NOTIONAL.get(symbol, SMALLEST_NOTIONAL)
    closes: Side = "short" if side == "long" else "long"
    order_side: Side = closes if action == "cut" else side
    slipped = desk.slippage(symbol, order_side, quantity)
    cost: Number = slipped * notional + desk.config.risk.perpetual_fee * notional
    if action == "hedge" and not isinstance(cost, Missing):
        rate = desk.symbols[symbol].funding.rate_8h
        paid = rate if side == "long" else -rate
        cost = cost + 3.0 * paid * notional
    # An order that closes a position may be smaller than the least notional.
    allowed = action == "cut" or notional >= least
    return Candidate(action, symbol, side, quantity, notional, cost, account, ok and allowed)


def _step(market: Market, symbol: str) -> float:
    listed = market.symbols[symbol].listed.step_size if symbol in market.symbols else 0.0
    return listed or 1e-8


def _lots(quantity: float, step: float, whole: Callable[[float], int]) -> float:
    """``quantity`` in whole steps, without the digits that multiplying adds."""
    count = whole(round(quantity / step, 6))
    return round(count * step, 12)
