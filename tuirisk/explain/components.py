"""The four components of the score, down to what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.explain.node import Aged, Node, age_of, fact
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

TIMEFRAMES_OF_DRAWDOWN = ("1h", "1d")
NEAREST_BAND = "0.001"


def component(name: str, risk: SymbolState, rules: Rules, time_ms: int) -> Node:
    """The component ``name`` at ``time_ms`` (UTC), with its weight in the score."""
    build = {
        "market": _market,
        "liquidity": _liquidity,
        "funding": _funding,
        "correlation": _correlation,
    }
    terms = {term.name: term for term in risk.score.terms.get(name, ())}
    value: Number = getattr(risk.score.components, name)
    parts = build[name](risk, terms, rules) if terms else ()
    node = Node(
        name,
        value,
        "points",
        rule="weighted_mean" if name == "market" else "largest",
        weight=risk.score.weights[name],
        children=parts,
    )
    if name in risk.score.carried:
        last = risk.score_memory.components.get(name)
        age = Aged() if last is None else Aged(float(time_ms - last[1]))
        last_known = fact("last_known", "", "text", age=age, published=False)
        return replace(node, remark="carried", children=(*parts, last_known))
    of_now = [part.value for part in parts]
    if name == "liquidity" and of_now and isinstance(value, float) and value not in of_now:
        return replace(node, remark="smoothed")
    return node


def _market(risk: SymbolState, terms: dict[str, ScoreInput], rules: Rules) -> tuple[Node, ...]:
    """Volatility now and the worse drawdown against their history, and the forecast against its."""
    cone = terms["volatility_percentile"]
    aged = age_of(risk, "candles")
    falls = tuple(_drawdown(risk, terms[f"drawdown_{t}"], t) for t in TIMEFRAMES_OF_DRAWDOWN)
    cells = tuple(
        _cell(cell, timeframe, window)
        for timeframe, row in risk.volatility.cone.items()
        for window, cell in row.items()
    )
    volatility = Node(
        "volatility_cone",
        cone.points,
        "points",
        note=aged.note,
        rule="mean",
        weight=cone.weight,
        age_ms=aged.age_ms,
        budget_ms=aged.budget_ms,
        children=cells,
    )
    drawdown = Node(
        "drawdown",
        risk.score.worst_drawdown,
        "points",
        note=aged.note,
        rule="largest",
        weight=terms["drawdown_1h"].weight,
        age_ms=aged.age_ms,
        budget_ms=aged.budget_ms,
        children=falls,
    )
    return volatility, drawdown, _forecast(risk, terms["forecast_rank"], aged)


def _forecast(risk: SymbolState, term: ScoreInput, aged: Aged) -> Node:
    """The rank of the 24 h volatility forecast in its own last year."""
    part = risk.forecast
    rank = Node(
        "volatility_rank_1y",
        term.value,
        "percentile",
        children=(
            fact("volatility_24h", part.volatility_24h, "fraction"),
            fact("forecast_model", part.model, "text"),
        ),
    )
    return Node(
        "volatility_forecast",
        term.points,
        "points",
        note=aged.note,
        rule="mean",
        weight=term.weight,
        age_ms=aged.age_ms,
        budget_ms=aged.budget_ms,
        children=(rank,),
    )


def _cell(cell: ConeCell, timeframe: str, window: str) -> Node:
    return Node(
        "cone_percentile",
        cell.percentile,
        "percentile",
        (timeframe, window),
        note=cell.level if isinstance(cell.level, str) else "",
        children=(
            fact("volatility", cell.current, "fraction"),
            fact("median", cell.p50, "fraction"),
            fact("rolling_values", cell.n, "count"),
        ),
    )


def _drawdown(risk: SymbolState, term: ScoreInput, timeframe: str) -> Node:
    window = risk.drawdown[timeframe]
    severity = Node(
        "drawdown_severity",
        term.value,
        "number",
        (timeframe,),
        rule="capped_share",
        children=(
            Node("drawdown_now", window.current, "fraction"),
            Node("drawdown_95th_percentile", window.severe, "fraction"),
            fact("drawdown_worst", window.max, "fraction"),
            fact("bars_under_water", window.bars_under_water, "count"),
        ),
    )
    return _mapped(term, "drawdown_points", severity, (timeframe,))


def _mapped(
    term: ScoreInput, code: str, measure: Node, args: tuple[str, ...] = (), aged: Aged | None = None
) -> Node:
    """The points of a term: its map at ``measure``."""
    aged = aged or Aged()
    return Node(
        code,
        term.points,
        "points",
        args,
        note=aged.note,
        rule="curve",
        curve=term.curve,
        age_ms=aged.age_ms,
        budget_ms=aged.budget_ms,
        children=(measure,),
    )


def _liquidity(risk: SymbolState, terms: dict[str, ScoreInput], rules: Rules) -> tuple[Node, ...]:
    """The slippage of the exit, of the position's side or the worse of both, spread and depth."""
    impact, rule = risk.liquidity.impact, rules["slippage"]
    walks = {"sell_slippage": impact.sell, "buy_slippage": impact.buy}
    limits = (rule.threshold("caution"), rule.threshold("critical"))
    exits = tuple(
        _exit(risk, terms[name], fill, impact.notional, limits)
        for name, fill in walks.items()
        if name in terms
    )
    spread = _sampled(
        risk,
        "spread_points",
        terms["spread_percentile"],
        fact("spread_bps", risk.liquidity.spread_bps, "number"),
    )
    band = risk.liquidity.depth[NEAREST_BAND]
    depth = _sampled(
        risk,
        "depth_points",
        terms["depth_percentile"],
        fact("depth_bid", band.bid, "money"),
        fact("depth_ask", band.ask, "money"),
    )
    return (*exits, spread, depth)


def _sampled(risk: SymbolState, code: str, term: ScoreInput, *facts: Node) -> Node:
    """The points of a rank among the samples of the last 7 days."""
    rank = Node(term.name, term.value, "percentile", children=facts)
    return _mapped(term, code, rank, aged=age_of(risk, "depth"))


def _exit(
    risk: SymbolState, term: ScoreInput, fill: Fill, notional: float, limits: tuple[float, float]
) -> Node:
    aged, side = age_of(risk, "depth"), term.name.removesuffix("_slippage")
    slippage = Node(
        "slippage",
        term.value,
        "fraction",
        (side,),
        note=fill.level if isinstance(fill.level, str) else "",
        limits=limits,
        children=(
            fact("order", notional, "money"),
            fact("mid", risk.liquidity.mid, "price"),
            fact("vwap", fill.vwap, "price"),
            fact("worst_price", fill.worst, "price"),
            fact("filled", fill.filled, "money"),
            fact("unfilled", fill.unfilled, "money"),
        ),
    )
    points = _mapped(term, "slippage_points", slippage, (side,), aged)
    if fill.exhausted is True and fill.whole_side is not True:
        return replace(points, note=points.note or "known_levels_end")
    if fill.exhausted is True:
        # A side thinner than the order is 100 points whatever the map says of the lower bound.
        measured = fact("slippage", term.value, "fraction", side, note="lower_bound")
        return Node(
            "slippage_points",
            term.points,
            "points",
            (side,),
            note="exhausted",
            age_ms=aged.age_ms,
            budget_ms=aged.budget_ms,
            children=(measured, *slippage.children),
        )
    return points


def _funding(risk: SymbolState, terms: dict[str, ScoreInput], rules: Rules) -> tuple[Node, ...]:
    """The largest of four views on what holding costs."""
    part = risk.funding
    mark, history = age_of(risk, "mark"), age_of(risk, "funding")
    rate = Node(
        "rate_8h",
        part.rate_8h,
        "fraction",
        children=(
            fact("rate", part.rate, "fraction", age=mark),
            fact("interval", part.interval_hours, "hours"),
        ),
    )
    paid = Node(
        "cumulative_3d_annualised",
        part.cumulative_3d_annualised,
        "fraction",
        children=(fact("cumulative_3d", part.cumulative_3d, "fraction"),),
    )
    used = Node(
        "limit_used",
        terms["limit_used"].value,
        "fraction",
        children=(fact("cap", part.cap, "fraction"), fact("floor", part.floor, "fraction")),
    )
    unusual = terms["percentile"]
    percentile = Node(
        "percentile_points",
        unusual.points,
        "points",
        note=history.note,
        rule="limits",
        curve=unusual.curve,
        limits=unusual.limits,
        threshold=rules["neutral_rate"].threshold("caution"),
        age_ms=history.age_ms,
        budget_ms=history.budget_ms,
        children=(
            Node("percentile_90d", part.percentile, "percentile"),
            Node("rate_8h", part.rate_8h, "fraction"),
            fact("zscore_90d", part.zscore, "number"),
            fact("settlements", len(part.history), "count"),
        ),
    )
    return (
        _mapped(terms["rate_8h"], "rate_points", rate, aged=mark),
        _mapped(terms["cumulative_3d_annualised"], "cumulative_points", paid, aged=history),
        _mapped(terms["limit_used"], "limit_points", used, aged=mark),
        percentile,
    )


def _correlation(risk: SymbolState, terms: dict[str, ScoreInput], rules: Rules) -> tuple[Node, ...]:
    """Timeframes that trend against each other, or no longer move together."""
    part, aged = risk.timeframes, age_of(risk, "candles")
    strongest = Node(
        "divergence",
        terms["divergence"].value,
        "number",
        rule="largest" if part.divergence else "given",
        children=(
            *(_diverging(risk, d.pair, d.strength) for d in part.divergence),
            *(fact("trend", z, "number", label) for label, z in part.trend.items()),
        ),
    )
    broken = Node(
        "breakdown",
        terms["breakdown"].value,
        "number",
        rule="largest",
        children=tuple(_pair(risk, i, j) for i in range(len(part.labels)) for j in range(i)),
    )
    return (
        _mapped(terms["divergence"], "divergence_points", strongest, aged=aged),
        _mapped(terms["breakdown"], "breakdown_points", broken, aged=aged),
    )


def _diverging(risk: SymbolState, pair: tuple[str, str], strength: float) -> Node:
    trends = (Node("trend", risk.timeframes.trend[name], "number", (name,)) for name in pair)
    return Node("diverging", strength, "number", pair, rule="weaker_third", children=tuple(trends))


def _pair(risk: SymbolState, i: int, j: int) -> Node:
    """How far two timeframes' correlation lies below what a random walk would give."""
    part = risk.timeframes
    return Node(
        "correlation_shortfall",
        element(part.shortfall, i, j),
        "number",
        (part.labels[j], part.labels[i]),
        rule="shortfall",
        children=(
            Node("correlation", element(part.correlation, i, j), "number"),
            Node("interval_low", element(part.interval_low, i, j), "number"),
            fact("interval_high", element(part.interval_high, i, j), "number"),
            fact("random_walk", element(part.random_walk, i, j), "number"),
        ),
    )
