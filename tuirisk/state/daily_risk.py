"""What a day may bring: the volatility forecast, the extremes of past days, VaR."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tuirisk.state.number import NOT_YET, Missing, Number

ForecastModel = Literal["har", "har_pooled", "cone"]
"""A HAR model with the symbol's own or with pooled coefficients, or past volatility as it is."""


def _none() -> Sequence[float]:
    return array("d")


@dataclass(frozen=True, slots=True)
class StandardisedMoves:
    """Past moves, each in units of the σ known before it, with a Pareto tail.

    The sequences are arrays: a symbol has thousands of moves, and a number in a tuple takes 32
    bytes.
    Beyond ``threshold`` (σ) stands the ``beyond`` share of the moves, of index 1/``tail`` (Hill).
    """

    values: Sequence[float] = field(default_factory=_none)
    """In σ, ascending."""
    share: Sequence[float] = field(default_factory=_none)
    """The weighted share, 0–1, of the moves that are at least each of ``values``."""
    threshold: float = 0.0
    beyond: float = 0.0
    tail: float = 0.0


@dataclass(frozen=True, slots=True)
class DailyExtremes:
    """How far past days and weeks of 7 days reached below and above the close before them."""

    sigma: Number
    """Forecast σ of the log return of the next 24 h, in which the moves of days are measured."""
    week_sigma: Number
    """Forecast σ of the log return of the next 7 days, of the moves of weeks."""
    day_down: StandardisedMoves
    day_up: StandardisedMoves
    week_down: StandardisedMoves
    week_up: StandardisedMoves


NO_EXTREMES = DailyExtremes(
    NOT_YET,
    NOT_YET,
    StandardisedMoves(),
    StandardisedMoves(),
    StandardisedMoves(),
    StandardisedMoves(),
)


@dataclass(frozen=True, slots=True)
class DailyRisk:
    """What a day may bring: from closed bars (fractions, the ATR as a price)."""

    sigma: Number
    """Standard deviation of the log return of the next 24 h."""
    model: ForecastModel | Missing
    """What ``sigma`` comes from."""
    atr: Number
    """Average true range, 14 daily bars, quote asset."""
    var_long: Number
    """One-day blended VaR at 95 % of holding the symbol, a fraction of its value …"""
    var_short: Number
    """… and of being short of it."""
    rank_1y: Number = NOT_YET
    """Percentile, 0–100, of a forecast ``sigma`` among those for the days of the last year."""
    extremes: DailyExtremes = NO_EXTREMES
    """What the chance of touching a level is counted from."""


NO_DAILY_RISK = DailyRisk(NOT_YET, NOT_YET, NOT_YET, NOT_YET, NOT_YET)
