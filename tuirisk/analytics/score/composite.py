"""The composite score, 0–100, higher is more dangerous.

``raw = Σ w·component / Σ w`` over the components that have a number, their own or a carried one;
``total`` is ``raw`` on the scale of :mod:`tuirisk.analytics.score.scale`. ``coverage`` is the share
of weight they have, and where it does not exceed ``minimum_coverage`` there is neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial

from tuirisk.analytics.curve import interpolate
from tuirisk.analytics.reasons import NEVER
from tuirisk.analytics.score.carrying import carried, smoothed
from tuirisk.analytics.score.components import (
    Component,
    liquidity,
    worst_severity,
)
from tuirisk.analytics.score.scale import input_set, raw_rank, total_curve
from tuirisk.config.model import RiskConfig
from tuirisk.state import (
    NO_SCORE_MEMORY,
    Components,
    DataFamily,
    DrawdownWindow,
    Freshness,
    Liquidity,
    Missing,
    Number,
    Score,
    ScoreMemory,
    mapped,
)

ROUNDING = 1e-12
RESTS_ON: Mapping[str, tuple[DataFamily, ...]] = {
    "market": ("candles",),
    "liquidity": ("depth",),
    "funding": ("mark", "funding"),
    "correlation": ("candles",),
}
"""Component → the families of data that it needs."""


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """What the score reads of one symbol; ``side`` is of its position, None without one."""

    market: Component
    funding: Component
    correlation: Component
    drawdown: Mapping[str, DrawdownWindow]
    liquidity: Liquidity
    side: str | None
    fresh: Mapping[DataFamily, Freshness]
    offered: frozenset[str] | None = None
    """The families of data that the source can have; None: all."""


def score(
    inputs: ScoreInputs,
    risk: RiskConfig,
    past: ScoreMemory = NO_SCORE_MEMORY,
    time_ms: int = 0,
) -> tuple[Score, ScoreMemory]:
    """The composite score of one symbol at ``time_ms`` (UTC), and what the next one needs of it;
    ``past`` is what it needs of the one before.
    """
    alone: dict[str, Component] = {
        "market": inputs.market,
        "liquidity": liquidity(inputs.liquidity, inputs.side),
        "funding": inputs.funding,
        "correlation": inputs.correlation,
    }
    made = dict(alone)
    never = frozenset(
        name
        for name, families in RESTS_ON.items()
        if inputs.offered is not None and not inputs.offered.issuperset(families)
    )
    for name, families in RESTS_ON.items():
        if name in never:
            made[name] = (NEVER, ())
            continue
        stale = next((family for family in families if inputs.fresh[family].stale), None)
        if stale is not None:
            made[name] = (Missing("stale_family", family=stale), made[name][1])
    weights = {
        "market": risk.weights.market,
        "liquidity": risk.weights.liquidity,
        "funding": risk.weights.funding,
        "correlation": risk.weights.correlation,
    }
    weights = without(weights, never)
    own, memory = smoothed({name: value for name, (value, _) in made.items()}, past, time_ms)
    values, names, old = carried(own, memory, time_ms)
    raw, coverage = combine(values, weights, risk.thresholds.minimum_coverage, old)
    curve = total_curve(input_set(never))
    total = mapped(partial(interpolate, curve=curve), raw)
    result = Score(
        total=total,
        coverage=coverage,
        components=Components(
            values["market"], values["liquidity"], values["funding"], values["correlation"]
        ),
        weights=weights,
        terms={name: terms for name, (_, terms) in made.items()},
        carried=names,
        candles_only="liquidity" in never,
        raw=raw,
        raw_rank=mapped(raw_rank, total),
        curve=curve,
        worst_drawdown=100 * worst_severity(inputs.drawdown),
    )
    return result, ScoreMemory(memory.components, memory.liquidity, alone)


def without(weights: Mapping[str, float], never: Collection[str]) -> dict[str, float]:
    """``weights`` with 0 for what is ``never`` had, in its sum as before."""
    kept = {name: 0.0 if name in never else weight for name, weight in weights.items()}
    left = sum(kept.values())
    scale = sum(weights.values()) / left if never and left > 0 else 1.0
    return {name: weight * scale for name, weight in kept.items()}


def combine(
    values: Mapping[str, Number],
    weights: Mapping[str, float],
    minimum: float,
    old: Collection[str] = (),
) -> tuple[Number, float]:
    """(raw, coverage) of the components ``values``; ``old`` ones do not count as covered."""
    everything = sum(weights.values())
    known = {name: value for name, value in values.items() if not isinstance(value, Missing)}
    present = sum(weights[name] for name in known)
    if not everything > 0:
        return Missing("zero_weights"), 0.0
    coverage = min(1.0, sum(weights[name] for name in known if name not in old) / everything)
    if coverage <= minimum + ROUNDING or not present > 0:
        return Missing("low_coverage", have=round(coverage, 2), need=minimum), coverage
    return sum(weights[name] * value for name, value in known.items()) / present, coverage
