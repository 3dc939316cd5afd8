"""The parts of a symbol's derivatives: funding, open interest, order flow, liquidations."""

from __future__ import annotations

from tuirisk import state as st
from tuirisk.analytics.derivatives import funding as funding_
from tuirisk.analytics.derivatives import open_interest as open_interest_
from tuirisk.analytics.derivatives.leverage_mix import leverage_mix
from tuirisk.analytics.derivatives.liquidation_clusters import liquidation_clusters
from tuirisk.analytics.derivatives.liquidations import liquidations_state
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.liquidity.flow import flow_state
from tuirisk.analytics.market_risk import price as price_
from tuirisk.analytics.score import levels
from tuirisk.analytics.symbol_inputs import SymbolParts


def funding_part(parts: SymbolParts) -> st.Funding:
    derivatives = parts.symbol.derivatives
    past = funding_.FundingPast(
        parts.settlements, parts.settled_8h, parts.funding_holes, parts.rate_8h, parts.rate_rank
    )
    funding = funding_.funding_state(derivatives, past, parts.risk, parts.exchange_ms)
    return levels.judge_funding(funding, parts.rules)


def open_interest_part(parts: SymbolParts) -> st.OpenInterest:
    bars = parts.bars["15m"]
    return open_interest_.open_interest_state(
        parts.symbol.derivatives,
        parts.open_interest_zscore,
        open_interest_.hour_changes(parts.symbol.derivatives, parts.symbol.prices, bars),
        price_.quote_volume_24h(bars),
    )


def flow_part(parts: SymbolParts) -> st.Flow:
    return flow_state(parts.symbol.tape, parts.risk.large_trade_notional, parts.exchange_ms)


def leverage_mix_part(parts: SymbolParts) -> st.LeverageMix:
    derivatives = parts.symbol.derivatives
    brackets, _ = brackets_of(parts.name, derivatives.brackets)
    return leverage_mix(
        derivatives.open_interest_history,
        parts.bars["15m"],
        parts.symbol.liquidation_prices.before(parts.end_of_bars),
        parts.risk.leverage_mix,
        brackets[0].maintenance_rate,
    )


def clusters_part(parts: SymbolParts) -> tuple[st.Cluster, ...] | st.Missing:
    derivatives = parts.symbol.derivatives
    brackets, _ = brackets_of(parts.name, derivatives.brackets)
    return liquidation_clusters(
        derivatives.open_interest_history,
        parts.bars["15m"],
        parts.symbol.candles["15m"].forming,
        parts.leverage_mix.shares,
        brackets[0].maintenance_rate,
    )


def liquidations_part(parts: SymbolParts) -> st.Liquidations:
    volume = price_.quote_volume_24h(parts.bars["15m"])
    symbol = parts.symbol
    return liquidations_state(
        symbol.liquidations,
        parts.clusters,
        volume,
        parts.exchange_ms,
        symbol.outside_liquidations,
        parts.leverage_mix,
    )
