"""The four components of the score, down to what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tuirisk.explain.node import Aged, Node, Rule, age_of, fact, node
from tuirisk.state import (
    ConeCell,
    Fill,
    LevelRule,
    Number,
    ScoreInput,
    SymbolState,
    element,
)

Rules = Mapping[str, LevelRule]
Terms = Mapping[str, ScoreInput]

TIMEFRAMES_OF_DRAWDOWN = ("1h", "1d")
NEAREST_BAND = "0.001"


def component(name: str, risk: SymbolState, rules: Rules, time_ms: int) -> Node:
    """The component ``name`` at ``time_ms`` (UTC), with its weight in the score."""
    terms = {term.name: term for term in risk.score.terms.get(name, ())}
    value: Number = getattr(risk.score.components, name)
    parts = BUILDERS[name](risk, terms, rules) if terms else ()
    rule: Rule = "weighted_mean" if name == "market" else "largest"
    whole = node(name, value, "points", *parts, rule=rule, weight=risk.score.weights[name])
    if name in risk.score.carried:
        last = risk.score_memory.components.get(name)
        age = Aged() if last is None else Aged(float(time_ms - last[1]))
        last_known = fact("last_known", "", "text", age=age, published=False)
        return replace(whole, remark="carried", children=(*parts, last_known))
    of_now = [part.value for part in parts]
    if name == "liquidity" and of_now and isinstance(value, float) and value not in of_now:
        return replace(whole, remark="smoothed")
    return whole


def _points(code: str, term: ScoreInput, measure: Node, aged: Aged | None = None) -> Node:
    """The points of ``term``: its map at ``measure``, of whose arguments they are."""
    return node(
        code,
        term.points,
        "points",
        measure,
        aged=aged,
        args=measure.args,
        rule="curve",
        curve=term.curve,
    )


def _mean(code: str, term: ScoreInput, aged: Aged, *parts: Node) -> Node:
    """The points of ``term``: the mean of ``parts``, with its weight in the component."""
    return node(code, term.points, "points", *parts, aged=aged, rule="mean", weight=term.weight)


def _level(judged: ConeCell | Fill) -> str:
    return judged.level if isinstance(judged.level, str) else ""


def _market(risk: SymbolState, terms: Terms, rules: Rules) -> tuple[Node, ...]:
    """Volatility now and the worse drawdown against their history, and the forecast against its."""
    aged, score, forecast = age_of(risk, "candles"), risk.score, risk.forecast
    cells = (
        _cell(cell, timeframe, window)
        for timeframe, row in risk.volatility.cone.items()
        for window, cell in row.items()
    )
    falls = (_drawdown(risk, terms[f"drawdown_{t}"], t) for t in TIMEFRAMES_OF_DRAWDOWN)
    weight = terms["drawdown_1h"].weight
    rank = node(
        "volatility_rank_1y",
        terms["forecast_rank"].value,
        "percentile",
        fact("volatility_24h", forecast.volatility_24h, "fraction"),
        fact("forecast_model", forecast.model, "text"),
    )
    return (
        _mean("volatility_cone", terms["volatility_percentile"], aged, *cells),
        node(
            "drawdown",
            score.worst_drawdown,
            "points",
            *falls,
            aged=aged,
            rule="largest",
            weight=weight,
        ),
        _mean("volatility_forecast", terms["forecast_rank"], aged, rank),
    )


def _cell(cell: ConeCell, timeframe: str, window: str) -> Node:
    return node(
        "cone_percentile",
        cell.percentile,
        "percentile",
        fact("volatility", cell.current, "fraction"),
        fact("median", cell.p50, "fraction"),
        fact("rolling_values", cell.n, "count"),
        args=(timeframe, window),
        note=_level(cell),
    )


def _drawdown(risk: SymbolState, term: ScoreInput, timeframe: str) -> Node:
    window = risk.drawdown[timeframe]
    severity = node(
        "drawdown_severity",
        term.value,
        "number",
        node("drawdown_now", window.current, "fraction"),
        node("drawdown_95th_percentile", window.severe, "fraction"),
        fact("drawdown_worst", window.max, "fraction"),
        fact("bars_under_water", window.bars_under_water, "count"),
        args=(timeframe,),
        rule="capped_share",
    )
    return _points("drawdown_points", term, severity)


def _liquidity(risk: SymbolState, terms: Terms, rules: Rules) -> tuple[Node, ...]:
    """The slippage of the exit, of the position's side or the worse of both, spread and depth."""
    part, aged = risk.liquidity, age_of(risk, "depth")
    band, slippage = part.depth[NEAREST_BAND], rules["slippage"]
    limits = (slippage.threshold("caution"), slippage.threshold("critical"))
    walks = {"sell_slippage": part.impact.sell, "buy_slippage": part.impact.buy}
    spread = (fact("spread_bps", part.spread_bps, "number"),)
    sides = (fact("depth_bid", band.bid, "money"), fact("depth_ask", band.ask, "money"))
    return (
        *(_exit(risk, terms[name], walk, limits) for name, walk in walks.items() if name in terms),
        _rank("spread_points", terms["spread_percentile"], aged, *spread),
        _rank("depth_points", terms["depth_percentile"], aged, *sides),
    )


def _rank(code: str, term: ScoreInput, aged: Aged, *facts: Node) -> Node:
    """The points of a rank among the samples of the last 7 days."""
    return _points(code, term, node(term.name, term.value, "percentile", *facts), aged)


def _exit(risk: SymbolState, term: ScoreInput, fill: Fill, limits: tuple[float, float]) -> Node:
    """The points of an order's slippage. Where the book ends before the order does, it is the
    map's value at a lower bound, or 100 of a side that was given whole, whatever the map says.
    """
    aged, side = age_of(risk, "depth"), term.name.removesuffix("_slippage")
    facts = (
        fact("order", risk.liquidity.impact.notional, "money"),
        fact("mid", risk.liquidity.mid, "price"),
        fact("vwap", fill.vwap, "price"),
        fact("worst_price", fill.worst, "price"),
        fact("filled", fill.filled, "money"),
        fact("unfilled", fill.unfilled, "money"),
    )
    slippage = node(
        "slippage",
        term.value,
        "fraction",
        *facts,
        args=(side,),
        note=_level(fill),
        limits=limits,
    )
    points = _points("slippage_points", term, slippage, aged)
    if fill.exhausted is not True:
        return points
    if fill.whole_side is not True:
        return replace(points, note=points.note or "known_levels_end")
    bound = fact("slippage", term.value, "fraction", side, note="lower_bound")
    return replace(points, note="exhausted", rule="given", curve=(), children=(bound, *facts))


def _funding(risk: SymbolState, terms: Terms, rules: Rules) -> tuple[Node, ...]:
    """The largest of four views on what holding costs."""
    part = risk.funding
    mark, history = age_of(risk, "mark"), age_of(risk, "funding")
    rate = node(
        "rate_8h",
        part.rate_8h,
        "fraction",
        fact("rate", part.rate, "fraction", age=mark),
        fact("interval", part.interval_hours, "hours"),
    )
    paid = node(
        "cumulative_3d_annualised",
        part.cumulative_3d_annualised,
        "fraction",
        fact("cumulative_3d", part.cumulative_3d, "fraction"),
    )
    used = node(
        "limit_used",
        terms["limit_used"].value,
        "fraction",
        fact("cap", part.cap, "fraction"),
        fact("floor", part.floor, "fraction"),
    )
    unusual = terms["percentile"]
    percentile = node(
        "percentile_points",
        unusual.points,
        "points",
        node("percentile_90d", part.percentile, "percentile"),
        node("rate_8h", part.rate_8h, "fraction"),
        fact("zscore_90d", part.zscore, "number"),
        fact("settlements", len(part.history), "count"),
        aged=history,
        rule="limits",
        curve=unusual.curve,
        limits=unusual.limits,
        threshold=rules["neutral_rate"].threshold("caution"),
    )
    return (
        _points("rate_points", terms["rate_8h"], rate, mark),
        _points("cumulative_points", terms["cumulative_3d_annualised"], paid, history),
        _points("limit_points", terms["limit_used"], used, mark),
        percentile,
    )


def _correlation(risk: SymbolState, terms: Terms, rules: Rules) -> tuple[Node, ...]:
    """Timeframes that trend against each other, or no longer move together."""
    part, aged = risk.timeframes, age_of(risk, "candles")
    divergence = node(
        "divergence",
        terms["divergence"].value,
        "number",
        *(_diverging(risk, one.pair, one.strength) for one in part.divergence),
        *(fact("trend", z, "number", label) for label, z in part.trend.items()),
        rule="largest" if part.divergence else "given",
    )
    pairs = (_pair(risk, i, j) for i in range(len(part.labels)) for j in range(i))
    breakdown = node("breakdown", terms["breakdown"].value, "number", *pairs, rule="largest")
    return (
        _points("divergence_points", terms["divergence"], divergence, aged),
        _points("breakdown_points", terms["breakdown"], breakdown, aged),
    )


def _diverging(risk: SymbolState, pair: tuple[str, str], strength: float) -> Node:
    trends = (node("trend", risk.timeframes.trend[name], "number", args=(name,)) for name in pair)
    return node("diverging", strength, "number", *trends, args=pair, rule="weaker_third")


def _pair(risk: SymbolState, i: int, j: int) -> Node:
    """How far two timeframes' correlation lies below what a random walk would give."""
    part = risk.timeframes
    return node(
        "correlation_shortfall",
        element(part.shortfall, i, j),
        "number",
        node("correlation", element(part.correlation, i, j), "number"),
        node("interval_low", element(part.interval_low, i, j), "number"),
        fact("interval_high", element(part.interval_high, i, j), "number"),
        fact("random_walk", element(part.random_walk, i, j), "number"),
        args=(part.labels[j], part.labels[i]),
        rule="shortfall",
    )


BUILDERS: Mapping[str, Callable[[SymbolState, Terms, Rules], tuple[Node, ...]]] = {
    "market": _market,
    "liquidity": _liquidity,
    "funding": _funding,
    "correlation": _correlation,
}
