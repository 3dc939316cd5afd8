"""The account as one portfolio: whose risk it is, and which moves liquidate it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuirisk.state.number import NOT_YET, Number


@dataclass(frozen=True, slots=True)
class Contribution:
    """One leg's part in the risk of the account."""

    symbol: str
    side: str
    """``long`` or ``short``."""
    notional: Number
    """At the mark price, quote asset."""
    var_share: Number
    """Fraction of the account's VaR; over all legs they sum to 1, and below 0 it is a hedge …"""
    es_share: Number
    """… and of its ES."""
    var_without: Number
    """One-day VaR of the account without the leg, quote asset."""
    p_liquidation_24h_without: Number
    """P(liquidation) of the leg's margin without the leg, 0–1."""


@dataclass(frozen=True, slots=True)
class ReverseStress:
    """The most likely daily move that liquidates the cross positions."""

    sigmas: Number
    """Its length, daily standard deviations."""
    chance: Number
    """Of a day's move at least so far out, 0–1."""
    moves: Mapping[str, float]
    """Symbol → its price's part in it, a fraction."""
    btc_down: Number
    """The fall of Bitcoin, a fraction below 0, that liquidates them with the others at their β …"""
    btc_up: Number
    """… and the rise."""


NO_REVERSE_STRESS = ReverseStress(NOT_YET, NOT_YET, {}, NOT_YET, NOT_YET)


@dataclass(frozen=True, slots=True)
class LadderRung:
    """The account at one move of Bitcoin."""

    btc: float
    """The move, a fraction."""
    equity: Number
    """Quote asset."""
    margin_ratio: Number
    """Of the cross positions; missing where they are liquidated."""
    liquidated: tuple[str, ...]
    """Symbols with a position that is liquidated on the way."""


@dataclass(frozen=True, slots=True)
class CoMovement:
    """How the symbols with a position move together; rows are ``symbols``, sorted.

    ``versions`` tells whether it is of the newest bars.
    """

    symbols: tuple[str, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    """Of daily returns: EWMA correlation, scaled to the forecast σ."""
    betas: tuple[float, ...] = ()
    """On Bitcoin, EWMA, shrunk to 1 by a third."""
    guessed: tuple[str, ...] = ()
    """Symbols whose σ is not known: the largest of the account stands for it."""
    versions: tuple[object, ...] = ()


NO_CO_MOVEMENT = CoMovement()
