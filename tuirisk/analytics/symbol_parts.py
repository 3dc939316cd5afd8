"""The table of a symbol's parts: what each is computed from, and by which function."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from tuirisk import state as st
from tuirisk.analytics import derivative_parts as derivatives
from tuirisk.analytics.derivatives import funding as funding_
from tuirisk.analytics.derivatives import open_interest as open_interest_
from tuirisk.analytics.derivatives.funding_interval import rates_8h
from tuirisk.analytics.forecast.daily_risk import daily_risk
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.leverage import position as position_
from tuirisk.analytics.leverage.open_positions import net_sign, only_side
from tuirisk.analytics.leverage.position_limits import position_limits
from tuirisk.analytics.leverage.position_notes import position_notes
from tuirisk.analytics.liquidity import depth
from tuirisk.analytics.liquidity.book_session import book_session
from tuirisk.analytics.market_risk import price as price_
from tuirisk.analytics.market_risk.drawdown import drawdowns
from tuirisk.analytics.market_risk.performance import performance_state
from tuirisk.analytics.market_risk.timeframes import timeframes_state
from tuirisk.analytics.market_risk.value_at_risk import value_at_risk_state
from tuirisk.analytics.market_risk.volatility import volatility_state
from tuirisk.analytics.part_cache import Part
from tuirisk.analytics.reasons import NEVER
from tuirisk.analytics.score import components, levels
from tuirisk.analytics.score import composite as score_
from tuirisk.analytics.score import recommendation as recommendation_
from tuirisk.analytics.score.rules import RuleInputs
from tuirisk.analytics.symbol_inputs import SymbolParts
from tuirisk.events import SymbolListed
from tuirisk.events.intervals import INTERVALS
from tuirisk.state.codes import NoteCode

HISTORY = ("open_interest_points", "open_interest_newest")


def _volatility(parts: SymbolParts) -> st.Volatility:
    cache = parts.cache
    old = cache.previous.volatility if cache.previous is not None else None
    changed = {i: parts.bars[i] for i in INTERVALS if old is None or not cache.unchanged(i)}
    return volatility_state(changed, parts.risk.windows, old)


def _performance(parts: SymbolParts) -> st.Performance:
    return performance_state(parts.bars["1d"], net_sign(parts.own), parts.risk.risk_free_rate)


def _daily(parts: SymbolParts) -> st.DailyRisk:
    forecast = volatility_forecast(parts.bars["15m"], parts.bars["1d"])
    return daily_risk(parts.bars["1d"], parts.volatility, forecast)


def _forecast(parts: SymbolParts) -> st.Forecast:
    daily, sigmas = parts.daily, parts.price.move_5m_sigmas
    return st.Forecast(daily.sigma, daily.rank_1y, daily.model, sigmas)


def _price(parts: SymbolParts) -> st.Price:
    price = price_.price_state(parts.symbol, parts.daily.sigma, parts.exchange_ms)
    if parts.symbol.can_have("flow"):
        return price
    return replace(price, move_5m=NEVER, move_5m_sigmas=NEVER)


def _positions(parts: SymbolParts) -> tuple[st.Position, ...]:
    name, portfolio, daily = parts.name, parts.portfolio, parts.daily
    limits = position_limits(name, parts.symbol, portfolio, daily, parts.risk, parts.fresh)
    positions = position_.position_states(name, portfolio, daily, limits, parts.risk.thresholds)
    return tuple(levels.judge_position(position, parts.rules) for position in positions)


def _metaorder_costs(parts: SymbolParts) -> tuple[st.Number, ...]:
    """Of the exit (or the reference order), then of each size of the impact ladder."""
    volume = price_.quote_volume_24h(parts.bars["15m"])
    sizes = (depth.order_notional(parts.risk, parts.exit), *parts.risk.impact_ladder)
    return tuple(depth.metaorder_cost(size, parts.volatility, volume) for size in sizes)


def _liquidity(parts: SymbolParts) -> st.Liquidity:
    cache, (exit_cost, *ladder) = parts.cache, parts.metaorder_costs
    profile = None
    if cache.previous is not None and cache.unchanged("book_usable", "second"):
        old = cache.previous.liquidity.profile
        profile = old if old.distances else None
    context = depth.BookContext(
        *parts.sample_percentiles, exit_cost, tuple(ladder), parts.book_session, profile
    )
    stale = parts.fresh["depth"].stale
    liquidity = depth.liquidity_state(parts.symbol.book, stale, parts.risk, parts.exit, context)
    if parts.unpriced is not None:
        impact = liquidity.impact
        if parts.exit is None:
            impact = depth.no_liquidity(parts.unpriced, 0.0).impact
        liquidity = replace(liquidity, impact=impact, curve=())
    return levels.judge_liquidity(liquidity, parts.rules)


def _offered(listed: SymbolListed) -> frozenset[str] | None:
    """The families that there can ever be of a symbol; None: every one. A delivery contract has no
    funding, which leaves the score's weights as what a file never has."""
    if listed.is_perpetual:
        return listed.offered
    every: frozenset[str] = frozenset(get_args(st.DataFamily))
    return (every if listed.offered is None else listed.offered) - {"funding"}


def _score(parts: SymbolParts) -> st.Score:
    inputs = score_.ScoreInputs(
        market=parts.market_points,
        funding=parts.funding_points,
        correlation=parts.correlation_points,
        drawdown=parts.drawdown,
        liquidity=parts.liquidity,
        side=only_side(parts.own),
        fresh=parts.fresh,
        offered=_offered(parts.symbol.listed),
    )
    old = parts.cache.previous
    memory = old.score_memory if old is not None else st.NO_SCORE_MEMORY
    made, parts.score_memory = score_.score(inputs, parts.risk, memory, parts.now_ms)
    return levels.judge_score(made, parts.rules)


def _recommendation(parts: SymbolParts) -> st.Recommendation:
    old, account = parts.cache.previous, parts.portfolio.account
    inputs = RuleInputs(
        score=parts.score,
        positions=parts.positions,
        marks_known=not parts.fresh["mark"].stale and parts.portfolio.marks_known(parts.name),
        portfolio_known=not parts.portfolio.late_marks,
        account_known=not parts.portfolio.account_late,
        liquidated=parts.name in parts.portfolio.liquidated,
        move_5m_sigmas=parts.price.move_5m_sigmas,
        account_var=account.var_1d_95 if account is not None else st.NOT_YET,
        var_budget=account.var_budget if account is not None else st.NOT_YET,
    )
    return recommendation_.recommendation(
        inputs,
        parts.risk.thresholds,
        _notes(parts),
        old.recommendation.rules if old is not None else (),
        parts.confirmed,
    )


def _notes(parts: SymbolParts) -> tuple[NoteCode, ...]:
    market = recommendation_.notes(
        parts.volatility,
        parts.timeframes,
        parts.funding,
        parts.liquidations,
        parts.liquidity,
        parts.symbol.listed.contract_type,
        parts.fresh,
    )
    portfolio = parts.portfolio
    account: list[NoteCode] = []
    if parts.symbol.listed.mark_is_close and parts.own:
        account.append("mark_price_is_close")
    if parts.name in portfolio.substituted:
        account.append("mark_price_substituted")
    if portfolio.account_late:
        account.append("account_late")
    stale = parts.fresh["mark"].stale
    own = position_notes(parts.positions, portfolio.over_budget, stale)
    return (*market, *account, *own)


PARTS: tuple[Part[SymbolParts], ...] = (
    Part("volatility", _volatility, INTERVALS),
    Part("drawdown", lambda p: drawdowns(p.bars), ("1h", "1d")),
    Part("timeframes", lambda p: timeframes_state(p.bars["15m"], p.bars), INTERVALS),
    Part("performance", _performance, ("1d", "open_positions")),
    Part("value_at_risk", lambda p: value_at_risk_state(p.bars["1d"]), ("1d",)),
    Part("daily", _daily, ("15m", "1d", "volatility")),
    Part("price", _price, None),
    Part("forecast", _forecast, None),
    Part("positions", _positions, None),
    Part(
        "metaorder_costs",
        _metaorder_costs,
        ("15m", "volatility", "open_positions", "book_usable", "quote_price"),
        lambda s: (s.liquidity.metaorder_cost, *s.liquidity.curve_metaorder_costs),
    ),
    Part(
        "sample_percentiles",
        lambda p: depth.sample_percentiles(p.symbol.samples),
        ("samples", "book_usable"),
        lambda s: (s.liquidity.spread_percentile, s.liquidity.depth_percentile),
    ),
    Part(
        "book_session",
        lambda p: book_session(p.symbol.samples),
        ("samples", "book_usable"),
        lambda s: s.liquidity.session,
    ),
    Part(
        "liquidity",
        _liquidity,
        (
            "book",
            "book_usable",
            "quote_price",
            "open_positions",
            "metaorder_costs",
            "sample_percentiles",
            "book_session",
        ),
    ),
    Part(
        "settlements",
        lambda p: funding_.settlements(p.symbol.derivatives, p.exchange_ms),
        ("funding_data",),
        lambda s: s.funding.history,
    ),
    Part(
        "settled_8h",
        lambda p: rates_8h(p.settlements),
        ("settlements",),
        lambda s: s.funding.settled_8h,
    ),
    Part(
        "funding_holes",
        lambda p: funding_.holes(p.settlements),
        ("settlements",),
        lambda s: s.funding.holes,
    ),
    Part(
        "rate_8h",
        lambda p: funding_.running_rate_8h(p.symbol.derivatives, p.exchange_ms),
        ("mark", "funding_data"),
        lambda s: s.funding.rate_8h,
    ),
    Part(
        "rate_rank",
        lambda p: funding_.rate_rank(p.rate_8h, p.settled_8h),
        ("rate_8h", "settled_8h"),
        lambda s: (s.funding.percentile, s.funding.zscore),
    ),
    Part("funding", derivatives.funding_part, ("mark", "funding_data")),
    Part(
        "open_interest_zscore",
        lambda p: open_interest_.open_interest_zscore(p.symbol.derivatives),
        HISTORY,
        lambda s: s.open_interest.zscore,
    ),
    Part(
        "open_interest",
        derivatives.open_interest_part,
        ("open_interest_data", "open_interest_zscore", *HISTORY, "15m", "second"),
    ),
    Part("flow", derivatives.flow_part, ("second",)),
    Part(
        "leverage_mix",
        derivatives.leverage_mix_part,
        ("15m", "brackets", "liquidation_prices", *HISTORY),
        lambda s: s.liquidations.mix,
    ),
    Part(
        "clusters",
        derivatives.clusters_part,
        ("15m", "forming", "brackets", "leverage_mix", *HISTORY),
        lambda s: s.liquidations.clusters,
    ),
    Part(
        "liquidations",
        derivatives.liquidations_part,
        ("liquidation_data", "second", "clusters", "leverage_mix", "15m"),
    ),
    Part(
        "market_points",
        lambda p: components.market(p.volatility, p.drawdown, p.daily.rank_1y),
        ("volatility", "drawdown", "daily"),
        lambda s: s.score_memory.made["market"],
    ),
    Part(
        "funding_points",
        lambda p: components.funding(p.funding, p.risk),
        ("funding",),
        lambda s: s.score_memory.made["funding"],
    ),
    Part(
        "correlation_points",
        lambda p: components.correlation(p.timeframes),
        ("timeframes",),
        lambda s: s.score_memory.made["correlation"],
    ),
    Part("score", _score, None),
    Part("recommendation", _recommendation, None),
)
"""Every part below the parts it depends on."""
