"""A position that is not held, and what holding it would be: of its own and for the account."""

from __future__ import annotations

from dataclasses import dataclass

from tuirisk.state.judgement import Judgements
from tuirisk.state.leverage import AccountState, MarginMode, Position, Side
from tuirisk.state.number import Number
from tuirisk.state.stress import ScenarioResult


@dataclass(frozen=True, slots=True)
class WhatIfPosition:
    """A hypothetical position."""

    symbol: str
    side: Side
    quantity: float
    """Base asset."""
    entry_price: float
    """Quote asset."""
    leverage: float
    """The one chosen for the symbol, which sets the initial margin."""
    margin_mode: MarginMode


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """What is judged of an account, as it is or as it would be."""

    p_liquidation_24h: Number
    """Of the cross positions, 0–1 …"""
    p_liquidation_7d: Number
    p_any_liquidation_24h: Number
    """… and of any position."""
    var_1d_95: Number
    """Quote asset."""
    var_budget: Number
    """Quote asset."""
    margin_ratio: Number
    sigmas: Number
    """Length of the most likely deadly move, daily standard deviations."""
    btc_down: Number
    """The fall of Bitcoin that liquidates the cross positions, a fraction below 0 …"""
    btc_up: Number
    """… and the rise."""
    levels: Judgements
    """By the names of :class:`AccountState`."""
    simulated: bool
    """Whether the probabilities are of a simulation, not the closed form alone."""

    @classmethod
    def of(cls, account: AccountState) -> AccountRisk:
        """Those of ``account``."""
        stress = account.reverse_stress
        return cls(
            account.p_liquidation_24h,
            account.p_liquidation_7d,
            account.p_any_liquidation_24h,
            account.var_1d_95,
            account.var_budget,
            account.margin_ratio,
            stress.sigmas,
            stress.btc_down,
            stress.btc_up,
            account.levels,
            account.p_liquidation_model == "simulation_and_extremes",
        )


@dataclass(frozen=True, slots=True)
class WhatIfAnswer:
    """The position as it would be held, and the account with it; None from an older server."""

    position: Position
    account: AccountRisk | None = None
    scenarios: tuple[ScenarioResult, ...] = ()
    """The symbol's positions under each shock; none where a mark price or bracket is missing."""
