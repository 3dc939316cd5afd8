"""The numbers of the tabs of the symbol view."""

from __future__ import annotations

from tuirisk.state import Missing, Number
from tuirisk.ui.dialogs.dashboard_terms import (
    DEPTH,
    DRIVERS,
    advised,
    came_true,
    came_true_live,
    depth_bands,
    effective_bets,
    severity,
)
from tuirisk.ui.dialogs.terms import (
    Find,
    Shown,
    Subject,
    Term,
    basis_points,
    bps,
    chance,
    change,
    count,
    gain,
    leverage,
    money,
    own,
    percent,
    plain,
    points,
    price,
    rate,
    ratio,
    sigmas,
    signed,
    term,
    terms,
    until,
    word,
    yes_or_no,
)
from tuirisk.ui.render import format as fmt

WINDOW = "30"
"""Bars of the window whose figures stand for those of the cone."""


def _cone(field: str) -> dict[str, str]:
    return {f"_{name}": f"volatility.cone.{name}.{WINDOW}.{field}" for name in ("15m", "1h", "1d")}


def _estimates(name: str) -> Term:
    paths = {
        f"_{frame}": f"volatility.estimators.{frame}.{name}.{WINDOW}"
        for frame in ("15m", "1h", "1d")
    }
    return terms(f"symbol.{name}", f"volatility.estimators.*.{name}", percent, **paths)


def _falls(field: str) -> dict[str, str]:
    return {f"_{name}": f"drawdown.{name}.{field}" for name in ("1h", "1d")}


def exceptions(record: str) -> Find:
    """Days beyond the forecast and days judged."""

    def find(subject: Subject) -> Shown:
        if subject.symbol is None:
            return None
        part = getattr(subject.symbol.value_at_risk, record)
        if isinstance(part.exceptions, Missing):
            return part.exceptions
        return f"{part.exceptions}/{part.observations}"

    return find


def pair(field: str) -> Find:
    """A figure of the pairs of timeframes, as the table has them."""

    def find(subject: Subject) -> Shown:
        if subject.symbol is None:
            return None
        part = subject.symbol.timeframes
        matrix, texts = getattr(part, field), []
        if isinstance(matrix, Missing):
            return matrix
        for i, long in enumerate(part.labels):
            for j, short in enumerate(part.labels[:i]):
                value: Number = matrix[i][j]
                if not isinstance(value, Missing):
                    texts.append(f"{short}/{long} {fmt.decimal(value)}")
        return ", ".join(texts) or None

    return find


def with_others(subject: Subject) -> Shown:
    """The correlation of the symbol with the others of the watchlist."""
    state = subject.view.state
    if state is None or subject.view.chosen not in state.watchlist.symbols:
        return None
    matrix, names = state.watchlist.correlation, state.watchlist.symbols
    if isinstance(matrix, Missing):
        return matrix
    row = matrix[names.index(subject.view.chosen)]
    texts = [
        f"{name} {fmt.decimal(value)}"
        for name, value in zip(names, row, strict=True)
        if name != subject.view.chosen and not isinstance(value, Missing)
    ]
    return ", ".join(texts[:3]) or None


def implied(field: str) -> Find:
    """A figure of the asset's implied volatility; no number where no provider gives it."""

    def find(subject: Subject) -> Shown:
        state = subject.view.state
        part = None if state is None else state.external.implied_of(subject.view.chosen)
        if part is None:
            return None
        if field == "term":
            ends = [f"{days} d {fmt.percent(value, 0)}" for days, value in part.term]
            return ", ".join(ends) or None
        value = getattr(part, field)
        if isinstance(value, Missing):
            return value
        mark = "?" if part.stale else ""
        shown = fmt.score(value) if field == "rank_1y" else fmt.percent(value, 1)
        return shown + mark

    return find


def flow(field: str) -> Find:
    """A figure of the asset's exchange flows."""

    def find(subject: Subject) -> Shown:
        state = subject.view.state
        part = None if state is None else state.external.flow_of(subject.view.chosen)
        if part is None:
            return None
        value: Number = getattr(part, field)
        if isinstance(value, Missing):
            return value
        text = fmt.score(value) if field == "rank_1y" else fmt.compact(value, signed=True)
        return text + ("?" if part.stale else "")

    return find


def elsewhere(subject: Subject) -> Shown:
    """Longs and shorts liquidated at other exchanges."""
    state = subject.view.state
    part = None if state is None else state.external.liquidations_of(subject.view.chosen)
    if part is None:
        return None
    words = subject.view.words
    if isinstance(part.long_1h, Missing):
        return part.long_1h
    sides = (("long", part.long_1h), ("short", part.short_1h))
    return ", ".join(f"{words(f'side.{side}')} {fmt.compact(value)}" for side, value in sides)


def whole(subject: Subject) -> Shown:
    """Whether every liquidation elsewhere is counted."""
    state = subject.view.state
    part = None if state is None else state.external.liquidations_of(subject.view.chosen)
    if part is None:
        return None
    return subject.view.words("symbol.complete" if part.complete else "symbol.not_complete")


def mood(subject: Subject) -> Shown:
    """The index of sentiment with its word."""
    state = subject.view.state
    if state is None or isinstance(state.external.sentiment.value, Missing):
        return None
    mood = state.external.sentiment
    label = "" if isinstance(mood.label, Missing) else f" {mood.label}"
    return fmt.score(mood.value) + label + ("?" if mood.stale else "")


def venue_rate(subject: Subject) -> Shown:
    """The first other exchange with a funding rate."""
    state, symbol = subject.view.state, subject.symbol
    if state is None or symbol is None:
        return None
    for value in state.external.venues_of(subject.view.chosen, "funding_rate_8h"):
        if value.venue != "Binance" and not isinstance(value.value, Missing):
            spread = value.value - symbol.funding.rate_8h
            apart = fmt.percent(spread, 4, signed=True)
            return f"{value.venue} {fmt.percent(value.value, 4)}, {apart}"
    return None


def providers(subject: Subject) -> Shown:
    """Every provider's plan."""
    state = subject.view.state
    told = () if state is None else state.external.providers
    return ", ".join(f"{one.name} {one.plan or fmt.DASH}" for one in told) or None


def cluster(subject: Subject) -> Shown:
    """The nearest modelled price on either side of the mark."""
    symbol = subject.symbol
    if symbol is None or isinstance(symbol.price.mark, Missing):
        return None
    clusters, mark = symbol.liquidations.clusters, symbol.price.mark
    if isinstance(clusters, Missing):
        return clusters
    if not clusters:
        return None
    nearest = min(clusters, key=lambda one: abs(one.price - mark))
    return fmt.price(nearest.price, symbol.tick_size)


def adl(subject: Subject) -> Shown:
    """The rank, where the exchange tells it."""
    position = None if subject.symbol is None else subject.symbol.position
    if position is None or isinstance(position.adl, Missing):
        return None
    return subject.view.words("symbol.adl_rank", rank=position.adl)


def stop(subject: Subject) -> Shown:
    """The nearest stop, where the exchange tells it."""
    position = None if subject.symbol is None else subject.symbol.position
    if subject.symbol is None or position is None or isinstance(position.stops, Missing):
        return None
    limits = [one.trigger for one in position.stops if one.limits_loss]
    prices = [one for one in limits if not isinstance(one, Missing)]
    if not prices:
        return subject.view.words("detail.no_stop")
    nearest = max(prices) if position.side == "long" else min(prices)
    return fmt.price(nearest, subject.symbol.tick_size)


def told(path: str) -> Find:
    """A figure that only the exchange knows, where it told it."""

    def find(subject: Subject) -> Shown:
        position = None if subject.symbol is None else subject.symbol.position
        value = Missing("not_applicable") if position is None else getattr(position, path)
        return None if isinstance(value, Missing) else fmt.compact(value, signed=True)

    return find


def tier(subject: Subject) -> Shown:
    """The lowest bracket."""
    tiers = () if subject.symbol is None else subject.symbol.brackets.tiers
    if not tiers:
        return None
    first = tiers[0]
    return f"{fmt.compact(first.cap)} {fmt.multiple(first.max_leverage)} {fmt.percent(first.rate)}"


def scenario(field: str) -> Find:
    """A figure of the worst scenario."""

    def find(subject: Subject) -> Shown:
        stress = None if subject.symbol is None else subject.symbol.stress
        if stress is None:
            return None
        known = {one.pnl: one for one in stress.scenarios if not isinstance(one.pnl, Missing)}
        if not known:
            return None
        worst = known[min(known)]
        value = getattr(worst, field)
        if isinstance(value, Missing):
            return value
        if field == "liquidated":
            return yes_or_no(value, subject)
        shown = change(value, subject) if field == "price" else gain(value, subject)
        return f"{worst.name} {shown}"

    return find


def horizon(field: str) -> Find:
    """A figure of both horizons."""

    def find(subject: Subject) -> Shown:
        stress = None if subject.symbol is None else subject.symbol.stress
        if stress is None:
            return None
        values = [(name, getattr(one, field)) for name, one in stress.horizons.items()]
        texts = [f"{n} {fmt.compact(v)}" for n, v in values if not isinstance(v, Missing)]
        return ", ".join(texts) or next((value for _, value in values), None)

    return find


def quantiles(subject: Subject) -> Shown:
    """The quantiles of 24 hours."""
    stress = None if subject.symbol is None else subject.symbol.stress
    if stress is None or not stress.horizons:
        return None
    first = next(iter(stress.horizons.values())).quantiles
    texts = [
        f"{float(name):.0%} {fmt.compact(value, signed=True)}"
        for name, value in first.items()
        if not isinstance(value, Missing)
    ]
    return ", ".join(texts) or None


def models(subject: Subject) -> Shown:
    """P(liquidation) within 24 h by model."""
    stress = None if subject.symbol is None else subject.symbol.stress
    if stress is None:
        return None
    words = subject.view.words
    return ", ".join(
        f"{words(f'symbol.model_{name}')} {fmt.chance(one.p_liquidation_24h)}"
        for name, one in stress.models.items()
        if words.has(f"symbol.model_{name}")
    ) or None  # fmt: skip


def raw_rank(subject: Subject) -> Shown:
    """The share of past hours with a lower score."""
    if subject.symbol is None:
        return None
    rank = subject.symbol.score.raw_rank
    return rank if isinstance(rank, Missing) else fmt.percent(rank / 100, 0)


def weights(subject: Subject) -> Shown:
    """The weights of the components."""
    if subject.symbol is None:
        return None
    words = subject.view.words
    shares = subject.symbol.score.weights.items()
    return ", ".join(f"{words(f'component.{name}')} {share:g}" for name, share in shares)


def diverging(subject: Subject) -> Shown:
    """The strongest divergence of timeframes."""
    if subject.symbol is None or not subject.symbol.timeframes.divergence:
        return None
    one = max(subject.symbol.timeframes.divergence, key=lambda each: each.strength)
    return f"{'/'.join(one.pair)} {fmt.percent(one.strength, 0)}"


def last_settled(subject: Subject) -> Shown:
    """The rate that was settled last."""
    history = () if subject.symbol is None else subject.symbol.funding.history
    return fmt.percent(history[-1][1], 4, signed=True) if history else None


def mean_correlation(subject: Subject) -> Shown:
    """Of the watchlist."""
    if subject.view.state is None:
        return None
    value = subject.view.state.watchlist.mean_correlation
    return value if isinstance(value, Missing) else fmt.decimal(value)


IMPLIED = (
    Term("symbol.implied_30d", "external.implied_volatility.*.value", implied("value")),
    Term("symbol.realised_30d", "screen.realised_30d", implied("realised")),
    Term("symbol.premium", "external.implied_volatility.*.premium", implied("premium")),
    Term("symbol.rank_1y", "external.implied_volatility.*.rank_1y", implied("rank_1y")),
    Term("symbol.term", "screen.implied_term", implied("term")),
)
MARKET = (
    terms("symbol.now|symbol.current|symbol.close", "volatility.cone.*.*.current", percent,
          **_cone("current")),
    term("symbol.forecast", "forecast.volatility_24h", percent),
    term("symbol.forecast_rank", "forecast.volatility_rank_1y", points),
    terms("symbol.rank", "volatility.cone.*.*.percentile", points, **_cone("percentile")),
    terms("symbol.median", "volatility.cone.*.*.p50", percent, **_cone("p50")),
    term("symbol.regime", "volatility.regime.state", word("regime")),
    term("symbol.rank_30d", "volatility.regime.percentile_30d", points),
    term("symbol.divergence", "volatility.regime.divergence", yes_or_no),
    terms("symbol.drawdown|symbol.drawdown_of|symbol.drawdown_short", "drawdown.*.current",
          percent, **_falls("current")),
    terms("symbol.worst", "drawdown.*.max", percent, **_falls("max")),
    terms("symbol.under_water|symbol.under_water_short", "drawdown.*.bars_under_water",
          count, **_falls("bars_under_water")),
    terms("symbol.usual_worst", "screen.drawdown_95th", percent, **_falls("severe")),
    *IMPLIED,
    term("symbol.sharpe", "performance.sharpe", ratio),
    term("symbol.sortino", "performance.sortino", ratio),
    term("symbol.calmar", "performance.calmar", ratio),
    term("symbol.cagr", "performance.cagr", percent),
    term("symbol.volatility", "performance.volatility", percent),
    term("symbol.max_drawdown", "performance.max_drawdown", percent),
    term("symbol.grade_poor|symbol.grade_fair|symbol.grade_excellent",
         "performance.grades.sharpe", word("symbol.grade"), "performance.grades"),
    term("symbol.historical", "value_at_risk.historical_95", percent),
    term("symbol.normal", "value_at_risk.normal_95", percent),
    term("symbol.cornish_fisher", "value_at_risk.cornish_fisher_95", percent),
    term("symbol.filtered", "value_at_risk.filtered_95", percent),
    term("symbol.blended", "value_at_risk.blended_95", percent),
    term("symbol.shortfall", "value_at_risk.es_historical_95", percent),
    Term("symbol.record_historical", "value_at_risk.backtest_95.exceptions",
         exceptions("backtest_95"), ("candles",)),
    Term("symbol.record_filtered", "value_at_risk.backtest_95.exceptions",
         exceptions("backtest_filtered_95"), ("candles",)),
    terms("symbol.trend_unit", "timeframes.trend", signed,
          _15m="timeframes.trend.15m", _1h="timeframes.trend.1h", _1d="timeframes.trend.1d"),
    Term("symbol.correlation", "timeframes.correlation", pair("correlation"), ("candles",)),
    Term("symbol.random", "timeframes.random_walk", pair("random_walk"), ("candles",)),
    Term("explain.interval_low", "screen.interval", pair("interval_low"), ("candles",)),
    Term("explain.divergence", "timeframes.divergence.*.strength", diverging, ("candles",)),
    Term("symbol.watchlist", "watchlist.correlation", with_others),
    Term("symbol.mean_correlation", "watchlist.mean_correlation", mean_correlation),
    Term("symbol.bets", "watchlist.effective_bets", effective_bets),
    _estimates("parkinson"),
    _estimates("garman_klass"),
    _estimates("rogers_satchell"),
    _estimates("yang_zhang"),
)  # fmt: skip
LIQUIDITY = (
    *(one._replace(label="symbol.microprice") if one.label == "depth.micro" else one
      for one in DEPTH),
    terms("impact.sell|impact.buy", "liquidity.impact.sell.slippage", bps,
          sell="liquidity.impact.sell.slippage", buy="liquidity.impact.buy.slippage"),
    term("impact.size", "liquidity.impact.notional", money),
    term("symbol.worst_price", "liquidity.impact.sell.worst", price),
    term("symbol.unfilled", "liquidity.impact.sell.unfilled", money),
    term("impact.thin", "liquidity.impact.sell.exhausted", yes_or_no),
    term("symbol.worked", "liquidity.metaorder_cost", bps, "screen.metaorder_cost"),
    Term("symbol.profile|symbol.within|symbol.bids|symbol.asks", "liquidity.depth.*.bid",
         depth_bands, ("depth",)),
    term("symbol.spread_session", "liquidity.spread_bps", basis_points),
    term("symbol.spread_session symbol.rank", "liquidity.spread_percentile", points,
         "screen.spread_percentile"),
    term("symbol.depth_session", "liquidity.depth_percentile", points, "screen.depth_percentile"),
)  # fmt: skip
FUNDING = (
    term("symbol.rate|symbol.predicted", "funding.rate", rate),
    term("symbol.rate_8h", "funding.rate_8h", rate),
    term("detail.yearly", "funding.annualised", percent),
    term("symbol.next", "funding.next_time", until),
    Term("symbol.last_settled", "screen.last_settled", last_settled, ("funding",)),
    term("symbol.rank_90d", "funding.percentile", points),
    term("symbol.zscore", "funding.zscore", signed),
    term("symbol.signal", "funding.signal", word("signal")),
    term("symbol.sum", "funding.cumulative_3d", rate),
    term("symbol.three_days", "funding.cumulative_3d_annualised", percent),
    term("symbol.carry_net", "funding.carry.annualised_net", percent),
    term("symbol.carry_expected", "funding.carry.annualised_expected", percent),
    term("explain.cap", "funding.cap", change),
    term("explain.floor", "funding.floor", change),
    term("explain.limit_used", "funding.limit_used", percent, "screen.limit_used"),
    term("symbol.basis", "funding.basis", bps),
    term("symbol.mark", "price.mark", price),
    term("symbol.index", "price.index", price),
    term("account.next", "position.next_funding", lambda v, s: gain(-v, s), "screen.next_funding"),
)
FLOW = (
    terms("symbol.taker", "flow.imbalance", signed,
          _1m="flow.imbalance.1m", _5m="flow.imbalance.5m", _15m="flow.imbalance.15m"),
    terms("symbol.bought|symbol.sold", "flow.taker_buy", money,
          buy="flow.taker_buy", sell="flow.taker_sell"),
    term("symbol.cvd", "flow.cvd", gain),
    term("symbol.large", "flow.large_trades", count),
    term("symbol.interest", "open_interest.value", money),
    term("symbol.open_interest", "open_interest.quadrant", word("quadrant")),
    terms("symbol.change", "open_interest.change_1h", change,
          _1h="open_interest.change_1h", _24h="open_interest.change_24h"),
    term("symbol.zscore_1h", "open_interest.zscore", signed),
    term("symbol.crowding", "open_interest.crowding", ratio),
    term("symbol.long_short", "open_interest.long_short_ratio", ratio),
    terms("symbol.liquidations|symbol.liquidated_side", "liquidations.long_5m", money,
          long_5m="liquidations.long_5m", short_5m="liquidations.short_5m",
          long_1h="liquidations.long_1h", short_1h="liquidations.short_1h"),
    term("note.liquidation_cascade", "liquidations.cascade", yes_or_no),
    Term("symbol.map", "liquidations.clusters.*.price", cluster, ("mark", "open_interest")),
)  # fmt: skip
LEVERAGE = (
    term("symbol.quantity", "position.quantity", money),
    term("symbol.worth", "position.notional", money),
    term("symbol.entry", "position.entry_price", price),
    term("symbol.mark", "price.mark", price),
    term("symbol.pnl", "position.unrealised_pnl", gain),
    term("symbol.leverage|symbol.effective", "position.leverage", leverage),
    term("symbol.chosen", "position.leverage_setting", leverage, "screen.leverage_setting"),
    term("symbol.most_leverage", "position.max_leverage", leverage, "screen.max_leverage"),
    term("symbol.liquidation_price", "position.liquidation_price", price),
    Term("account.stop", "position.stops.*.trigger", stop),
    term("detail.add_margin", "position.margin_to_add", money),
    term("symbol.unit_distance", "position.distance", change),
    term("symbol.unit_sigmas", "position.distance_sigmas", sigmas),
    term("symbol.unit_atr", "position.distance_atr", signed),
    term("symbol.chance_24h|symbol.chance", "position.p_liquidation_24h", chance),
    term("symbol.chance_7d", "position.p_liquidation_7d", chance),
    Term("record.chance_label", "screen.came_true", came_true),
    Term("record.live_label", "screen.came_true", came_true_live),
    term("symbol.ratio", "position.margin_ratio", percent),
    term("symbol.maintenance", "position.maintenance_margin", money),
    term("symbol.balance", "position.margin_balance", money, "screen.margin_balance"),
    term("symbol.initial", "position.initial_margin", money, "screen.initial_margin"),
    term("symbol.free", "position.free_collateral", money, "screen.free_collateral"),
    Term("symbol.paid", "position.funding_paid", told("funding_paid")),
    Term("symbol.realised", "position.realised_pnl", told("realised_pnl")),
    Term("symbol.adl", "position.adl", adl),
    term("symbol.brackets", "position.bracket_source", plain),
    term("symbol.largest", "position.max_size", money),
    Term("symbol.outcomes", "screen.outcomes", quantiles, ("mark", "account")),
    Term("symbol.map", "liquidations.clusters.*.price", cluster, ("mark", "open_interest")),
    Term("symbol.bracket_table|symbol.up_to|symbol.most_times|symbol.rate_of_margin",
         "screen.brackets", tier),
)  # fmt: skip
STRESS = (
    own("symbol.what_if", "screen.what_if", "what_if"),
    term("symbol.chance_24h|account.chance_24h", "position.p_liquidation_24h", chance),
    term("symbol.chance_7d|account.chance_7d", "position.p_liquidation_7d", chance),
    Term("symbol.scenarios", "stress.scenarios.*.pnl", scenario("pnl"), ("mark", "account")),
    Term("table.change", "screen.price_move", scenario("price"), ("mark", "account")),
    Term("account.gone", "stress.scenarios.*.liquidated", scenario("liquidated")),
    Term("impact.exit", "screen.exit_cost", scenario("exit_cost"), ("mark", "account")),
    Term("symbol.var_95", "stress.horizons.*.var_95", horizon("var_95"), ("mark", "account")),
    Term("symbol.es_95", "stress.horizons.*.es_95", horizon("es_95"), ("mark", "account")),
    Term("symbol.var_95_impact|symbol.es_95_impact", "screen.scenario_exit",
         horizon("var_95_impact"), ("mark", "account")),
    Term("symbol.horizons", "stress.horizons.*.quantiles", quantiles, ("mark", "account")),
    Term("symbol.models|symbol.model", "screen.model", models, ("mark", "account")),
    term("symbol.paths", "stress.paths", count),
    term("symbol.block", "stress.block", points, "screen.block_length"),
    term("symbol.freedom", "stress.degrees_of_freedom", ratio, "screen.freedom"),
)  # fmt: skip
WHY = (
    term("explain.score", "score.total", points),
    term("explain.raw", "score.raw", ratio),
    Term("explain.hours_below", "screen.hours_below", raw_rank),
    term("explain.coverage", "score.coverage", percent),
    Term("explain.recommendation", "recommendation.text", advised),
    Term("explain.confirmed_severity", "severity.level", severity),
    *(term(f"explain.{name}", f"score.components.{name}", points)
      for name in ("market", "liquidity", "funding", "correlation")),
    Term("symbol.why_unit", "score.weights", weights),
    term("explain.volatility_24h", "forecast.volatility_24h", percent),
    term("explain.volatility_rank_1y", "forecast.volatility_rank_1y", points),
    *DRIVERS,
    Term("record.title", "screen.came_true", came_true),
)  # fmt: skip
OUTSIDE = (
    *IMPLIED,
    Term("symbol.net_1d", "external.exchange_flow.*.net_1d", flow("net_1d")),
    Term("symbol.net_7d", "external.exchange_flow.*.net_1d", flow("net_7d")),
    Term("symbol.outside_flow symbol.rank_1y", "screen.flow_rank", flow("rank_1y")),
    Term("symbol.sentiment", "external.sentiment.value", mood),
    terms("symbol.binance_sample", "liquidations.long_5m", money,
          long="liquidations.long_1h", short="liquidations.short_1h"),
    Term("symbol.outside_sum", "external.liquidations.*.long_1h", elsewhere),
    Term("symbol.complete|symbol.not_complete", "external.liquidations.*.complete", whole),
    term("symbol.here", "funding.rate_8h", rate),
    Term("symbol.spread_to_here", "screen.venue_spread", venue_rate),
    term("symbol.outside_interest", "open_interest.value", money),
    Term("symbol.plan", "screen.plan", providers),
)  # fmt: skip
HISTORY = (
    term("score_history.title", "score.total", points, "screen.score_history"),
    Term("score_history.severity", "screen.severity_history", severity),
    *(term(f"component.{name}", f"score.components.{name}", points)
      for name in ("market", "liquidity", "funding", "correlation")),
    own("score_history.watched_share", "screen.watched_share", "watched"),
    own("score_history.log", "screen.log_on_axis", "entries"),
)  # fmt: skip
