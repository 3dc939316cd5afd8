"""What simulated paths and shocks do to positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuirisk.state.number import (
    NOT_YET,
    MaybeByName,
    MaybeCount,
    Missing,
    Number,
    screen_only,
)

SIMULATING = Missing("being_simulated")
"""In place of a number that the running simulation will give."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """P&L of the simulated paths at their end, quote asset; VaR and ES are positive losses."""

    var_95: Number
    es_95: Number
    quantiles: MaybeByName
    """By name → P&L, quote asset."""
    var_95_impact: Number = screen_only(NOT_YET)
    """With the slippage of the exit through today's book."""
    es_95_impact: Number = screen_only(NOT_YET)


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A shock at once: ``pnl`` is at the shocked mark price with one funding settlement."""

    name: str
    pnl: Number
    liquidated: bool | Missing
    price: Number = screen_only(NOT_YET)
    """The shock of the symbol's price, a fraction."""
    exit_cost: Number = screen_only(NOT_YET)
    """What closing through the shocked book would cost on top, quote asset."""
    var_95: Number = screen_only(NOT_YET)
    """VaR of the 24 h that follow, the volatility being the shocked one."""


@dataclass(frozen=True, slots=True)
class ModelRisk:
    """What the same position risks when returns follow another model.

    P(liquidation) is 0–1, VaR a positive loss in the quote asset.
    """

    p_liquidation_24h: Number
    p_liquidation_7d: Number
    var_95_24h: Number
    var_95_7d: Number


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of the paths' P&L between ``edges`` (one more than counts); ends hold the tails."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stress:
    """Simulated paths of one symbol's positions together."""

    paths: int
    """Number of simulated paths."""
    horizons: Mapping[str, Horizon]
    """``24h`` and ``7d`` → P&L at its end."""
    scenarios: tuple[ScenarioResult, ...]
    models: Mapping[str, ModelRisk] = screen_only({})
    """``bootstrap``, ``gaussian`` and ``student_t``."""
    histogram: Histogram | Missing = screen_only(NOT_YET)
    """P&L after 24 h."""
    exit_slippage: Number = screen_only(NOT_YET)
    """Of the larger leg's exit when the paths were made, a fraction of mid."""
    block: Number = screen_only(NOT_YET)
    """Expected length of a block, 15m bars."""
    degrees_of_freedom: Number = screen_only(NOT_YET)
    """Of Student's t fitted to the returns."""
    bars: MaybeCount = screen_only(NOT_YET)
    """15m returns the blocks are drawn from."""
    time_ms: int = screen_only(0)
    """When the inputs were taken; the age of every number here."""
