"""The positions of a symbol: margin, liquidation price and its distance, and the largest size."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.analytics.leverage.advice import advice
from tuirisk.analytics.leverage.brackets import UNKNOWN, bracket_at
from tuirisk.analytics.leverage.exchange_facts import exchange_facts
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.liquidation_chance import (
    Barriers,
    LiquidationChance,
    liquidation_chance,
)
from tuirisk.analytics.leverage.margin_balance import free_collateral, margin_of, margin_ratio
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.config.model import Thresholds
from tuirisk.state import DailyRisk, Missing, Number, Position, mapped, ratio

STILL = Missing("price_does_not_move")
THRESHOLDS = Thresholds()


def position_states(
    symbol: str,
    portfolio: Portfolio,
    daily: DailyRisk,
    limits: Sequence[SizeLimit],
    thresholds: Thresholds = THRESHOLDS,
) -> tuple[Position, ...]:
    """The states of the symbol's positions, in their order; ``limits`` has one for each."""
    positions = portfolio.open_positions.of(symbol)
    return tuple(
        _position(position, portfolio, daily, limit, thresholds)
        for position, limit in zip(positions, limits, strict=True)
    )


def nearest_to_liquidation(positions: Sequence[Position]) -> Position | None:
    """The position that is nearest to its liquidation; of several far off, the largest."""

    def key(position: Position) -> tuple[bool, float, float]:
        distance, notional = position.distance, position.notional
        return (
            not position.liquidation_due,
            float("inf") if isinstance(distance, Missing) else abs(distance),
            0.0 if isinstance(notional, Missing) else -notional,
        )

    return min(positions, key=key, default=None)


def _position(
    position: OpenPosition,
    portfolio: Portfolio,
    daily: DailyRisk,
    limit: SizeLimit,
    thresholds: Thresholds,
) -> Position:
    contract, facts = portfolio.contracts[position.symbol], exchange_facts(position)
    mark = contract.mark
    margin = margin_of(position, portfolio)
    notional = position.quantity * mark
    liquidation = liquidation_of(position, portfolio)
    near = liquidation.near
    distance = near / mark - 1.0
    by_bracket = notional if contract.brackets_known else UNKNOWN
    barriers = Barriers(near, liquidation.far, liquidation.due)
    chance = liquidation_chance(position, portfolio, daily, barriers)
    if liquidation.bounds is not None and isinstance(near, Missing):
        chance = LiquidationChance(near, near, near, near)
    chances = chance.day, chance.week
    advised = advice(position, portfolio, daily, thresholds, liquidation, chances)
    return Position(
        side=position.side,
        quantity=position.quantity,
        entry_price=position.entry_price,
        notional=notional,
        unrealised_pnl=portfolio.profit(position),
        leverage=margin_ratio(notional, margin.balance),
        margin_mode=position.margin_mode,
        liquidation_price=near,
        distance=distance,
        distance_sigmas=ratio(distance, daily.sigma, STILL),
        distance_atr=ratio(distance * mark, daily.atr, STILL),
        margin_ratio=margin.ratio,
        maintenance_margin=_maintenance(position, portfolio),
        bracket_source=contract.source,
        p_liquidation_24h=chance.day,
        p_liquidation_7d=chance.week,
        max_size=limit.quantity,
        max_size_limit=limit.limit,
        age_ms=portfolio.read_age_ms,
        stale=portfolio.reading is not None and portfolio.reading.stale,
        p_liquidation_model=chance.model,
        p_liquidation_time=chance.time,
        liquidation_due=liquidation.due,
        liquidation_range=liquidation.bounds,
        valued_by_exchange=contract.by_exchange,
        adl=facts.adl,
        opened=facts.opened,
        funding_paid=facts.funding_paid,
        realised_pnl=facts.realised_pnl,
        stops=facts.stops,
        margin_to_add=advised.margin_to_add,
        notional_to_cut=advised.notional_to_cut,
        quantity_left=advised.quantity_left,
        other_liquidation_price=liquidation.far,
        leverage_setting=position.leverage if position.leverage > 0 else Missing("not_given"),
        max_leverage=mapped(
            lambda value: bracket_at(contract.brackets, value).max_leverage, by_bracket
        ),
        margin_balance=margin.balance,
        initial_margin=margin.initial,
        free_collateral=free_collateral(margin),
        size_limits=limit.limits,
        next_funding=contract.funding_rate * position.sign * notional,
    )


def _maintenance(position: OpenPosition, portfolio: Portfolio) -> Number:
    """What ``position`` alone asks for, in its margin asset."""
    own, contract = portfolio.margin(position), portfolio.contracts[position.symbol]
    if isinstance(contract.mark, Missing):
        return contract.mark
    if not contract.margin_known:
        return UNKNOWN
    return own if isinstance(own, Missing) else own.maintenance
