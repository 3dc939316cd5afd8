"""The composite score, 0–100, higher is more dangerous, and the maps it is made of.

``total = Σ w·component / Σ w`` over the components that have a number, their own or a carried one;
``coverage`` is the share of weight they have, and where it does not exceed ``minimum_coverage``
there is no total. Each component comes with its terms, so that every point can be traced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tuirisk.analytics.curve import Curve, interpolate
from tuirisk.analytics.derivatives.funding import EXTREME_PERCENTILES, unusual
from tuirisk.analytics.liquidity.slippage_points import SLIPPAGE_CURVE, liquidity_points
from tuirisk.analytics.score.carrying import carried, smoothed
from tuirisk.config.model import RiskConfig
from tuirisk.state import (
    NO_SCORE_MEMORY,
    Components,
    DataFamily,
    DrawdownWindow,
    Fill,
    Freshness,
    Funding,
    Impact,
    Missing,
    Number,
    Score,
    ScoreInput,
    ScoreMemory,
    Timeframes,
    Volatility,
    mapped,
    maximum,
    present,
)

RATE_CURVE: Curve = ((0.0, 0.0), (0.0001, 20.0), (0.0003, 50.0), (0.0005, 80.0), (0.001, 100.0))
CUMULATIVE_CURVE: Curve = ((0.0, 0.0), (0.1095, 20.0), (0.2, 50.0), (0.4, 100.0))
SHARE_CURVE: Curve = ((0.0, 0.0), (1.0, 100.0))
UNSIGNALLED_POINTS = 80.0
"""What funding gives at most while its signal is neutral."""
CONE_SHARE = 0.7
DRAWDOWN_SHARE = 0.3
UNUSUAL_RATE_POINTS = 70.0
UNUSUAL_CURVE: Curve = ((0.0, 0.0), (1.0, UNUSUAL_RATE_POINTS))
ROUNDING = 1e-12
RESTS_ON: Mapping[str, tuple[DataFamily, ...]] = {
    "market": ("candles",),
    "liquidity": ("depth",),
    "funding": ("mark", "funding"),
    "correlation": ("candles",),
}
"""Component → the families of data that it needs."""
NEVER = Missing("source_never_has_it")


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """What the score reads of one symbol; ``side`` is of its position, None without one."""

    volatility: Volatility
    drawdown: Mapping[str, DrawdownWindow]
    timeframes: Timeframes
    impact: Impact
    funding: Funding
    side: str | None
    fresh: Mapping[DataFamily, Freshness]
    offered: frozenset[str] | None = None
    """The families of data that the source can have; None: all."""


Component = tuple[Number, tuple[ScoreInput, ...]]


def score(
    inputs: ScoreInputs,
    risk: RiskConfig,
    past: ScoreMemory = NO_SCORE_MEMORY,
    time_ms: int = 0,
) -> tuple[Score, ScoreMemory]:
    """The composite score of one symbol at ``time_ms`` (UTC), and what the next one needs of it;
    ``past`` is what it needs of the one before.
    """
    made: dict[str, Component] = {
        "market": market(inputs.volatility, inputs.drawdown),
        "liquidity": liquidity(inputs.impact, inputs.side),
        "funding": funding(inputs.funding, risk),
        "correlation": correlation(inputs.timeframes),
    }
    never = frozenset(
        name
        for name, families in RESTS_ON.items()
        if inputs.offered is not None and not inputs.offered.issuperset(families)
    )
    for name, families in RESTS_ON.items():
        if name in never:
            made[name] = (NEVER, made[name][1])
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
    total, coverage = combine(values, weights, risk.thresholds.minimum_coverage, old)
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
        worst_drawdown=100 * worst_severity(inputs.drawdown),
    )
    return result, memory


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
    """(total, coverage) of the components ``values``; ``old`` ones do not count as covered."""
    everything = sum(weights.values())
    known = {name: value for name, value in values.items() if not isinstance(value, Missing)}
    present = sum(weights[name] for name in known)
    if not everything > 0:
        return Missing("zero_weights"), 0.0
    coverage = min(1.0, sum(weights[name] for name in known if name not in old) / everything)
    if coverage <= minimum + ROUNDING or not present > 0:
        return Missing("low_coverage", have=round(coverage, 2), need=minimum), coverage
    return sum(weights[name] * value for name, value in known.items()) / present, coverage


def market(volatility: Volatility, drawdown: Mapping[str, DrawdownWindow]) -> Component:
    """0.7 × mean percentile of the cone's cells + 0.3 × drawdown severity × 100.

    Severity is the worse of 1h and 1d. Without a severity the cone stands alone.
    """
    percentiles = present(
        cell.percentile for cells in volatility.cone.values() for cell in cells.values()
    )
    if not percentiles:
        return Missing("no_percentile_in_cone"), ()
    mean = sum(percentiles) / len(percentiles)
    severities = {name: window.severity for name, window in drawdown.items()}
    worst = worst_severity(drawdown)
    share = 1.0 if isinstance(worst, Missing) else CONE_SHARE
    terms = (
        ScoreInput("volatility_percentile", mean, mean, weight=share),
        *(
            ScoreInput(f"drawdown_{n}", s, 100 * s, SHARE_CURVE, weight=DRAWDOWN_SHARE)
            for n, s in severities.items()
        ),
    )
    if isinstance(worst, Missing):
        return mean, terms
    return CONE_SHARE * mean + DRAWDOWN_SHARE * drawdown_points(worst), terms


def worst_severity(drawdown: Mapping[str, DrawdownWindow]) -> Number:
    """The larger severity, 0–1, of the drawdowns that have one."""
    return _largest(
        (window.severity for window in drawdown.values()), Missing("no_drawdown_severity")
    )


def liquidity(impact: Impact, side: str | None) -> Component:
    """Points of the exit's slippage: a long sells, a short buys, without a position the worse."""
    exits = {"sell": impact.sell, "buy": impact.buy}
    if side is not None:
        exits = {"sell": impact.sell} if side == "long" else {"buy": impact.buy}
    terms = tuple(
        ScoreInput(f"{n}_slippage", f.slippage, fill_points(f), SLIPPAGE_CURVE)
        for n, f in exits.items()
    )
    return maximum(*(term.points for term in terms)), terms


def funding(part: Funding, risk: RiskConfig) -> Component:
    """The largest of the rate's, the 3-day sum's, the cap's and the percentile's points.

    More than 80 only where the signal is overheated: each map ends there while it is neutral.
    """
    if isinstance(part.rate_8h, Missing):
        return part.rate_8h, ()
    out = UNUSUAL_RATE_POINTS if unusual(part.rate_8h, part.percentile, risk) else 0.0
    most = UNSIGNALLED_POINTS if part.signal == "neutral" else 100.0
    terms = (
        _mapped("rate_8h", part.rate_8h, ending_at(RATE_CURVE, most)),
        _mapped(
            "cumulative_3d_annualised",
            part.cumulative_3d_annualised,
            ending_at(CUMULATIVE_CURVE, most),
        ),
        _mapped("limit_used", part.limit_used, ending_at(SHARE_CURVE, most)),
        ScoreInput(
            "percentile",
            part.percentile,
            part.percentile if isinstance(part.percentile, Missing) else out,
            UNUSUAL_CURVE,
            EXTREME_PERCENTILES,
        ),
    )
    return _largest((term.points for term in terms), Missing("no_funding_rate")), terms


def _mapped(name: str, value: Number, curve: Curve) -> ScoreInput:
    points = mapped(lambda known: interpolate(abs(known), curve), value)
    return ScoreInput(name, value, points, curve)


def correlation(timeframes: Timeframes) -> Component:
    """The larger of the strongest divergence and the worst breakdown of correlation."""
    trends = present(timeframes.trend.values())
    divergence: Number = Missing("few_trends")
    if len(trends) >= 2:
        divergence = max((d.strength for d in timeframes.divergence), default=0.0)
    broken = breakdown(timeframes)
    terms = (
        ScoreInput("divergence", divergence, 100 * divergence, SHARE_CURVE),
        ScoreInput("breakdown", broken, 100 * broken, SHARE_CURVE),
    )
    return _largest((term.points for term in terms), Missing("no_timeframes")), terms


def breakdown(timeframes: Timeframes) -> Number:
    """How far the worst pair lies below its interval: 0 inside it, 1 at no correlation."""
    if isinstance(timeframes.shortfall, Missing):
        return timeframes.shortfall
    pairs = (value for i, row in enumerate(timeframes.shortfall) for value in row[:i])
    return max(present(pairs), default=0.0)


def fill_points(fill: Fill) -> Number:
    """Points of one exit; an exhausted book is 100 whatever its slippage's lower bound."""
    if isinstance(fill.slippage, Missing):
        return fill.slippage
    return 100.0 if fill.exhausted else liquidity_points(fill.slippage)


def drawdown_points(severity: float) -> float:
    """Severity 0–1 × 100."""
    return 100 * min(1.0, max(0.0, severity))


def ending_at(curve: Curve, most: float) -> Curve:
    """The rising ``curve`` up to where it reaches ``most`` points, flat from there."""
    below = [knot for knot in curve if knot[1] < most]
    (x0, y0), (x1, y1) = curve[len(below) - 1], curve[len(below)]
    return (*below, (x0 + (x1 - x0) * (most - y0) / (y1 - y0), most))


def _largest(values: Iterable[Number], missing: Missing) -> Number:
    return max(present(values), default=missing)
