"""The account's part of the state: chances, contributions, reverse stress, ladder, severity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np

from tuirisk.analytics.leverage.account import account_es, account_value_at_risk, equity_of
from tuirisk.analytics.leverage.portfolio import POSITION_UNREAD, Portfolio
from tuirisk.analytics.portfolio.account_chance import (
    Knowledge,
    account_chances,
    chances_without,
)
from tuirisk.analytics.portfolio.co_movement import AccountMarket, co_movement, daily_sigma
from tuirisk.analytics.portfolio.contributions import Shares
from tuirisk.analytics.portfolio.excess import balance_of
from tuirisk.analytics.portfolio.ladder import ladder
from tuirisk.analytics.portfolio.legs import Leg, MarginPool, exposures_of, margin_pools, symbols_of
from tuirisk.analytics.portfolio.reverse_stress import bitcoin_moves, chance_beyond, deadly_move
from tuirisk.analytics.portfolio.simulation import AccountSimulation, leg_key
from tuirisk.state import (
    SIMULATING,
    AccountState,
    CoMovement,
    Contribution,
    LadderRung,
    Missing,
    Number,
    ReverseStress,
)

NO_CROSS = Missing("no_cross_positions")
NO_POSITIONS = Missing("no_positions")
NO_MOVE = Missing("no_move_liquidates")
NO_LOSS = Missing("no_loss_to_share")
LIQUIDATED = Missing("margin_used")


def with_portfolio(
    account: AccountState,
    portfolio: Portfolio,
    known: AccountMarket,
    simulated: AccountSimulation | None,
    previous: AccountState | None,
    time_ms: int,
) -> AccountState:
    """``account`` with all that is said of it as one portfolio.

    It is renewed once a second, and where positions or the simulation change.
    """
    positions = portfolio.open_positions
    if simulated is not None and simulated.open_positions != positions:
        simulated = None
    basis = (time_ms // 1000, positions, simulated.time_ms if simulated is not None else None)
    if previous is not None and previous.portfolio_basis == basis:
        return _renewed(account, previous)
    if positions.unread:
        why = Missing("of_symbol", symbol=positions.unread[0], reason=POSITION_UNREAD)
        return replace(_unknown(account, why), portfolio_basis=basis)
    pools = margin_pools(portfolio)
    if not pools:
        return replace(account, portfolio_basis=basis)
    symbols = symbols_of(pools)
    before = previous.co_movement if previous is not None else None
    movement = co_movement(symbols, known, before, exposures_of(pools))
    knowledge = knowledge_of(movement, known)
    return replace(
        with_figures(account, pools, knowledge, simulated),
        es_1d_95=account_es(portfolio, portfolio.daily_bars),
        contributions=contributions(pools, portfolio, knowledge, simulated),
        ladder=_ladder(pools, movement, portfolio, movement.betas),
        ladder_correlated=_ladder(pools, movement, portfolio, _correlated(movement, known)),
        portfolio_basis=basis,
    )


def without_positions(account: AccountState) -> AccountState:
    """``account``, which holds nothing: nothing can be liquidated."""
    return _unknown(account, NO_POSITIONS)


def _unknown(account: AccountState, nothing: Missing) -> AccountState:
    """``account`` without chances of liquidation, for that reason."""
    return replace(
        account,
        p_liquidation_24h=nothing,
        p_liquidation_7d=nothing,
        p_any_liquidation_24h=nothing,
        p_liquidation_model=nothing,
        es_1d_95=nothing,
        reverse_stress=ReverseStress(nothing, nothing, {}, nothing, nothing),
    )


def with_figures(
    account: AccountState,
    pools: Sequence[MarginPool],
    knowledge: Knowledge,
    simulated: AccountSimulation | None,
) -> AccountState:
    """``account`` with what is judged of ``pools``: its chances and its reverse stress.

    ``simulated`` is a simulation of exactly these pools.
    """
    chances, movement = account_chances(pools, knowledge, simulated), knowledge.movement
    return replace(
        account,
        p_liquidation_24h=chances.day,
        p_liquidation_7d=chances.week,
        p_any_liquidation_24h=chances.any_day,
        p_liquidation_model=chances.model,
        p_by_paths_24h=chances.by_paths,
        p_by_days_24h=chances.by_days,
        reverse_stress=reverse_stress(pools, movement),
        guessed=tuple(dict.fromkeys((*movement.guessed, *_guessed(pools, simulated)))),
        co_movement=movement,
    )


def knowledge_of(movement: CoMovement, known: AccountMarket) -> Knowledge:
    """What the closed form of the symbols of ``movement`` is made from."""
    names = (name for name in movement.symbols if name in known.daily)
    return Knowledge(movement, {name: known.daily[name].extremes for name in names})


def _renewed(account: AccountState, previous: AccountState) -> AccountState:
    return replace(
        account,
        p_liquidation_24h=previous.p_liquidation_24h,
        p_liquidation_7d=previous.p_liquidation_7d,
        p_any_liquidation_24h=previous.p_any_liquidation_24h,
        p_liquidation_model=previous.p_liquidation_model,
        p_by_paths_24h=previous.p_by_paths_24h,
        p_by_days_24h=previous.p_by_days_24h,
        es_1d_95=previous.es_1d_95,
        contributions=previous.contributions,
        reverse_stress=previous.reverse_stress,
        ladder=previous.ladder,
        ladder_correlated=previous.ladder_correlated,
        guessed=previous.guessed,
        co_movement=previous.co_movement,
        portfolio_basis=previous.portfolio_basis,
    )


def contributions(
    pools: Sequence[MarginPool],
    portfolio: Portfolio,
    knowledge: Knowledge,
    simulated: AccountSimulation | None,
) -> tuple[Contribution, ...]:
    """Every leg's part, in the order of the positions."""
    legs = {leg_key(leg): leg for pool in pools for leg in pool.legs if not leg.collateral}
    without = chances_without(pools, knowledge, simulated)
    found = []
    for position in portfolio.open_positions.positions:
        leg = legs[(position.symbol, position.side, position.quantity)]
        rest = tuple(p for p in portfolio.open_positions.positions if p is not position)
        others = replace(
            portfolio, open_positions=replace(portfolio.open_positions, positions=rest)
        )
        value = account_value_at_risk(others, portfolio.daily_bars) if rest else 0.0
        part = _share(leg, simulated)
        found.append(
            Contribution(
                position.symbol,
                position.side,
                leg.notional,
                part if isinstance(part, Missing) else part.var,
                part if isinstance(part, Missing) else part.es,
                value,
                without[leg],
            )
        )
    return tuple(found)


def _share(leg: Leg, simulated: AccountSimulation | None) -> Shares | Missing:
    if simulated is None:
        return SIMULATING
    if simulated.shares is None:
        return NO_LOSS
    return simulated.shares.get(leg_key(leg), SIMULATING)


def reverse_stress(pools: Sequence[MarginPool], movement: CoMovement) -> ReverseStress:
    """Of the cross positions: of several wallets the one that the likeliest move liquidates."""
    best: ReverseStress | None = None
    for pool in pools:
        if pool.isolated:
            continue
        symbols = symbols_of((pool,))
        known = Knowledge(movement, {})
        found = _reverse_stress(pool, symbols, known, movement)
        if best is None or _nearer(found.sigmas, best.sigmas):
            best = found
    return best or ReverseStress(NO_CROSS, NO_CROSS, {}, NO_CROSS, NO_CROSS)


def _nearer(one: Number, other: Number) -> bool:
    if isinstance(one, Missing):
        return False
    return isinstance(other, Missing) or one < other


def _reverse_stress(
    pool: MarginPool, symbols: tuple[str, ...], known: Knowledge, movement: CoMovement
) -> ReverseStress:
    move = deadly_move(pool, symbols, known.covariance(symbols))
    slopes = np.array([movement.betas[movement.symbols.index(name)] for name in symbols])
    down, up = bitcoin_moves(pool, symbols, slopes)
    sigmas: Number = NO_MOVE if move is None else move.sigmas
    return ReverseStress(
        sigmas,
        NO_MOVE if move is None else chance_beyond(move.sigmas, len(symbols)),
        {} if move is None else dict(zip(symbols, move.moves.tolist(), strict=True)),
        NO_MOVE if down is None else down,
        NO_MOVE if up is None else up,
    )


def _correlated(movement: CoMovement, known: AccountMarket) -> tuple[float, ...]:
    """Slopes on Bitcoin where all move as one: the ratio of the σ."""
    sigmas = [sqrt(row[place]) for place, row in enumerate(movement.covariance)]
    base = daily_sigma(known.daily.get(known.bitcoin)) or min(sigmas)
    return tuple(sigma / base if base > 0.0 else 1.0 for sigma in sigmas)


def _ladder(
    pools: Sequence[MarginPool],
    movement: CoMovement,
    portfolio: Portfolio,
    slopes: Sequence[float],
) -> tuple[LadderRung, ...]:
    equity = equity_of(portfolio)
    held = sum(balance_of(pool) for pool in pools)
    # What no position can lose; below 0 where the configured equity is less than the wallets.
    outside = 0.0 if isinstance(equity, Missing) else equity - held
    rungs = ladder(pools, movement.symbols, np.array(slopes), outside)
    cross = any(not pool.isolated for pool in pools)
    return tuple(
        LadderRung(
            rung.bitcoin,
            equity if isinstance(equity, Missing) else rung.equity,
            (LIQUIDATED if cross else NO_CROSS) if rung.margin_ratio is None else rung.margin_ratio,
            rung.liquidated,
        )
        for rung in rungs
    )


def _guessed(pools: Sequence[MarginPool], simulated: AccountSimulation | None) -> tuple[str, ...]:
    legs = tuple(leg.symbol for pool in pools for leg in pool.legs if leg.guessed)
    return (*legs, *(simulated.filled if simulated is not None else ()))
