"""The components of the score, 0–100 each, and the maps they are made of.

Each comes with its terms, so that every point can be traced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from tuirisk.analytics.curve import Curve, interpolate
from tuirisk.analytics.derivatives.funding import EXTREME_PERCENTILES, unusual
from tuirisk.analytics.liquidity.slippage_points import SLIPPAGE_CURVE, liquidity_points
from tuirisk.config.model import RiskConfig
from tuirisk.state import (
    DrawdownWindow,
    Fill,
    Funding,
    Liquidity,
    Missing,
    Number,
    ScoreInput,
    Timeframes,
    Volatility,
    mapped,
    maximum,
    present,
)

RATE_CURVE: Curve = ((0.0, 0.0), (0.0001, 20.0), (0.0003, 50.0), (0.0005, 80.0), (0.001, 100.0))
CUMULATIVE_CURVE: Curve = ((0.0, 0.0), (0.1095, 20.0), (0.2, 50.0), (0.4, 100.0))
SHARE_CURVE: Curve = ((0.0, 0.0), (1.0, 100.0))
SPREAD_CURVE: Curve = ((0.0, 0.0), (100.0, 60.0))
DEPTH_CURVE: Curve = ((0.0, 60.0), (100.0, 0.0))
"""Points of the rank, 0–100, of spread and depth among their own samples."""
UNSIGNALLED_POINTS = 80.0
"""What funding gives at most while its signal is neutral."""
FORECAST_SHARE = 0.5
DRAWDOWN_SHARE = 0.15
"""Of what the forecast leaves; the rest is the cone's."""
UNUSUAL_RATE_POINTS = 70.0
NO_SEVERITY = Missing("no_drawdown_severity")
NO_FUNDING_RATE = Missing("no_funding_rate")
NO_TIMEFRAMES = Missing("no_timeframes")
FEW_TRENDS = Missing("few_trends")
UNUSUAL_CURVE: Curve = ((0.0, 0.0), (1.0, UNUSUAL_RATE_POINTS))

Component = tuple[Number, tuple[ScoreInput, ...]]
"""Its points, and what they are made of."""


def market(
    volatility: Volatility, drawdown: Mapping[str, DrawdownWindow], rank_1y: Number
) -> Component:
    """Half the rank of the 24 h volatility forecast in its own last year, half the cone.

    The cone: 0.85 × mean percentile of its cells + 0.15 × drawdown severity × 100, the severity
    being the worse of 1h and 1d. Without a rank that half stands alone, and without a severity
    its percentiles.
    """
    percentiles = present(
        cell.percentile for cells in volatility.cone.values() for cell in cells.values()
    )
    if not percentiles:
        return Missing("no_percentile_in_cone"), ()
    mean = sum(percentiles) / len(percentiles)
    worst = worst_severity(drawdown)
    ranked, fallen = not isinstance(rank_1y, Missing), not isinstance(worst, Missing)
    forecast, cone, fall = market_shares(ranked, fallen)
    terms = (
        ScoreInput("volatility_percentile", mean, mean, weight=cone),
        *(
            ScoreInput(f"drawdown_{name}", w.severity, 100 * w.severity, SHARE_CURVE, weight=fall)
            for name, w in drawdown.items()
        ),
        ScoreInput("forecast_rank", rank_1y, rank_1y, weight=forecast),
    )
    parts = ((forecast, rank_1y), (cone, mean), (fall, mapped(drawdown_points, worst)))
    return sum(w * points for w, points in parts if not isinstance(points, Missing)), terms


def market_shares(ranked: bool, fallen: bool) -> tuple[float, float, float]:
    """Weights of forecast, cone and drawdown where the forecast is ``ranked`` and a drawdown has
    a severity (``fallen``); those of what is there sum to 1.
    """
    rest = 1.0 - FORECAST_SHARE if ranked else 1.0
    drawdown = DRAWDOWN_SHARE * rest
    return FORECAST_SHARE, rest - drawdown if fallen else rest, drawdown


def worst_severity(drawdown: Mapping[str, DrawdownWindow]) -> Number:
    """The larger severity, 0–1, of the drawdowns that have one."""
    return _largest((window.severity for window in drawdown.values()), NO_SEVERITY)


def liquidity(part: Liquidity, side: str | None) -> Component:
    """The largest points of the exit's slippage and of the ranks of spread and depth.

    A long sells, a short buys, without a position the worse counts; ranks are among the samples
    of the last 7 days. Without a slippage there is no number.
    """
    exits = {"sell": part.impact.sell, "buy": part.impact.buy}
    if side is not None:
        exits = {"sell": exits["sell"]} if side == "long" else {"buy": exits["buy"]}
    walks = tuple(
        ScoreInput(f"{name}_slippage", fill.slippage, fill_points(fill), SLIPPAGE_CURVE)
        for name, fill in exits.items()
    )
    ranks = tuple(
        ScoreInput(name, rank, mapped(partial(interpolate, curve=curve), rank), curve)
        for name, rank, curve in (
            ("spread_percentile", part.spread_percentile, SPREAD_CURVE),
            ("depth_percentile", part.depth_percentile, DEPTH_CURVE),
        )
    )
    slippage = maximum(*(term.points for term in walks))
    if isinstance(slippage, Missing):
        return slippage, (*walks, *ranks)
    return max(slippage, *present(term.points for term in ranks), 0.0), (*walks, *ranks)


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
    return _largest((term.points for term in terms), NO_FUNDING_RATE), terms


def _mapped(name: str, value: Number, curve: Curve) -> ScoreInput:
    points = mapped(lambda known: interpolate(abs(known), curve), value)
    return ScoreInput(name, value, points, curve)


def correlation(timeframes: Timeframes) -> Component:
    """The larger of the strongest divergence and the worst breakdown of correlation."""
    trends = present(timeframes.trend.values())
    divergence: Number = FEW_TRENDS
    if len(trends) >= 2:
        divergence = max((d.strength for d in timeframes.divergence), default=0.0)
    broken = breakdown(timeframes)
    terms = (
        ScoreInput("divergence", divergence, 100 * divergence, SHARE_CURVE),
        ScoreInput("breakdown", broken, 100 * broken, SHARE_CURVE),
    )
    return _largest((term.points for term in terms), NO_TIMEFRAMES), terms


def breakdown(timeframes: Timeframes) -> Number:
    """How far the worst pair lies below its interval: 0 inside it, 1 at no correlation."""
    if isinstance(timeframes.shortfall, Missing):
        return timeframes.shortfall
    pairs = (value for i, row in enumerate(timeframes.shortfall) for value in row[:i])
    return max(present(pairs), default=0.0)


def fill_points(fill: Fill) -> Number:
    """Points of one exit; 100 where the whole side does not fill it.

    Where only the levels that are known end, the points are those of the slippage so far.
    """
    if isinstance(fill.slippage, Missing):
        return fill.slippage
    return 100.0 if fill.exhausted and fill.whole_side else liquidity_points(fill.slippage)


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
