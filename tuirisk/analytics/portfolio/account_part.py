"""The account's part of the state: chances, contributions, reverse stress, ladder, severity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from tuirisk.analytics.leverage.account import account_es, account_value_at_risk, equity_of
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.portfolio.account_chance import AccountChances, Knowledge, account_chances
from tuirisk.analytics.portfolio.account_inputs import BITCOIN
from tuirisk.analytics.portfolio.contributions import Shares
from tuirisk.analytics.portfolio.covariance import betas, daily_correlation
from tuirisk.analytics.portfolio.excess import balance_of
from tuirisk.analytics.portfolio.joint_bars import ADVERSE_SIGMA
from tuirisk.analytics.portfolio.ladder import ladder
from tuirisk.analytics.portfolio.legs import Leg, MarginPool, margin_pools, symbols_of
from tuirisk.analytics.portfolio.reverse_stress import bitcoin_moves, chance_beyond, deadly_move
from tuirisk.analytics.portfolio.simulation import AccountSimulation, leg_key
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.market import Market
from tuirisk.state import (
    SIMULATING,
    AccountState,
    CoMovement,
    Contribution,
    DailyRisk,
    LadderRung,
    Missing,
    Number,
    ReverseStress,
)

NO_CROSS = Missing("no_cross_positions")
NO_MOVE = Missing("no_move_liquidates")
NO_LOSS = Missing("no_loss_to_share")
LIQUIDATED = Missing("margin_used")


@dataclass(frozen=True, slots=True)
class AccountMarket:
    """What the account's part reads of the market: daily bars and the forecasts, by symbol."""

    bars_1d: Mapping[str, Bars]
    versions: Mapping[str, object]
    daily: Mapping[str, DailyRisk]
    bitcoin: str
    """The symbol that stands for Bitcoin; empty where it is not watched."""


def account_market(
    market: Market, symbols: Sequence[str], daily: Mapping[str, DailyRisk]
) -> AccountMarket:
    """What there is of ``symbols``, and of Bitcoin."""
    bitcoin = next((name for name in BITCOIN if name in market.symbols), "")
    bars, versions = {}, {}
    for name in sorted({*symbols, *([bitcoin] if bitcoin else [])}):
        symbol = market.symbols.get(name)
        ring = symbol.candles["1d"] if symbol is not None else CandleRing("1d")
        bars[name] = ring.bars()
        versions[name] = (ring.version, symbol.listed.received if symbol is not None else 0)
    return AccountMarket(bars, versions, daily, bitcoin)


def co_movement(
    symbols: Sequence[str], known: AccountMarket, previous: CoMovement | None
) -> CoMovement:
    """How ``symbols`` (sorted) move together; ``previous`` itself where nothing changed."""
    sigmas = {name: _sigma(known.daily.get(name)) for name in symbols}
    versions = (
        known.bitcoin,
        tuple(known.versions.items()),
        tuple(sigmas.items()),
    )
    if previous is not None and (previous.symbols, previous.versions) == (tuple(symbols), versions):
        return previous
    told = [sigma for sigma in sigmas.values() if sigma is not None]
    worst = max([ADVERSE_SIGMA, *told])
    sigma = np.array([worst if sigmas[name] is None else sigmas[name] for name in symbols], float)
    covariance = daily_correlation(symbols, known.bars_1d) * np.outer(sigma, sigma)
    slopes = betas(symbols, known.bars_1d, known.bars_1d.get(known.bitcoin))
    return CoMovement(
        tuple(symbols),
        tuple(tuple(row) for row in covariance.tolist()),
        tuple(slopes.tolist()),
        tuple(name for name in symbols if sigmas[name] is None),
        versions,
    )


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
    pools = margin_pools(portfolio)
    symbols = symbols_of(pools)
    if not symbols:
        return replace(account, portfolio_basis=basis)
    movement = co_movement(symbols, known, previous.co_movement if previous is not None else None)
    extremes = {name: known.daily[name].extremes for name in symbols if name in known.daily}
    chances = account_chances(pools, Knowledge(movement, extremes), simulated)
    return replace(
        account,
        p_liquidation_24h=chances.day,
        p_liquidation_7d=chances.week,
        p_any_liquidation_24h=chances.any_day,
        p_liquidation_model=chances.model,
        es_1d_95=account_es(portfolio, portfolio.daily_bars),
        contributions=contributions(pools, portfolio, chances, simulated),
        reverse_stress=reverse_stress(pools, movement),
        ladder=_ladder(pools, movement, portfolio, _betas(movement)),
        ladder_correlated=_ladder(pools, movement, portfolio, _correlated(movement, known)),
        guessed=tuple(dict.fromkeys((*movement.guessed, *_guessed(pools, simulated)))),
        co_movement=movement,
        portfolio_basis=basis,
    )


def _renewed(account: AccountState, previous: AccountState) -> AccountState:
    return replace(
        account,
        p_liquidation_24h=previous.p_liquidation_24h,
        p_liquidation_7d=previous.p_liquidation_7d,
        p_any_liquidation_24h=previous.p_any_liquidation_24h,
        p_liquidation_model=previous.p_liquidation_model,
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
    chances: AccountChances,
    simulated: AccountSimulation | None,
) -> tuple[Contribution, ...]:
    """Every leg's part, in the order of the positions."""
    legs = {leg_key(leg): leg for pool in pools for leg in pool.legs if not leg.collateral}
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
                chances.without[leg],
            )
        )
    return tuple(found)


def _of(portfolio: Portfolio, positions: tuple[OpenPosition, ...]) -> Portfolio:
    held = replace(portfolio.open_positions, positions=positions)
    return replace(portfolio, open_positions=held)


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


def _betas(movement: CoMovement) -> tuple[float, ...]:
    return movement.betas


def _correlated(movement: CoMovement, known: AccountMarket) -> tuple[float, ...]:
    """Slopes on Bitcoin where all move as one: the ratio of the σ."""
    sigmas = [sqrt(row[place]) for place, row in enumerate(movement.covariance)]
    base = _sigma(known.daily.get(known.bitcoin)) or min(sigmas)
    return tuple(sigma / base if base > 0.0 else 1.0 for sigma in sigmas)


def _ladder(
    pools: Sequence[MarginPool],
    movement: CoMovement,
    portfolio: Portfolio,
    slopes: Sequence[float],
) -> tuple[LadderRung, ...]:
    equity = equity_of(portfolio)
    held = sum(balance_of(pool) for pool in pools)
    # What no position can lose. A configured equity below the wallets leaves nothing outside.
    outside = 0.0 if isinstance(equity, Missing) else max(0.0, equity - held)
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


def _sigma(daily: DailyRisk | None) -> float | None:
    if daily is None or isinstance(daily.sigma, Missing) or not daily.sigma > 0.0:
        return None
    return daily.sigma
