"""Context without points: how far the other numbers can be trusted."""

from __future__ import annotations

from tuirisk.explain.node import Node, age_of, fact
from tuirisk.state import (
    NOT_APPLICABLE,
    NOT_YET,
    Backtest,
    DataFamily,
    Fill,
    Impact,
    Missing,
    SymbolState,
)


def context(risk: SymbolState) -> Node:
    """Regime, value at risk with its record, performance with its error, book, ages."""
    return Node(
        "context",
        "",
        "text",
        part=False,
        children=(
            *_contract(risk),
            _regime(risk),
            _value_at_risk(risk),
            _performance(risk),
            _book(risk),
            *(
                _family(risk, family)
                for family, fresh in risk.freshness.items()
                if fresh.age_ms != NOT_APPLICABLE
            ),
        ),
    )


def _contract(risk: SymbolState) -> tuple[Node, ...]:
    """What sets it apart from a perpetual in USDT: kind, what money is in, when it ends."""
    contract, end = risk.contract, risk.contract.expiry
    usual = contract.type in ("PERPETUAL", "") and contract.quote_asset in ("USDT", NOT_YET)
    if usual and isinstance(end, Missing):
        return ()
    facts = (
        fact("quote_asset", contract.quote_asset, "text"),
        fact("margin_asset", contract.margin_asset, "text"),
        *(() if isinstance(end, Missing) else (fact("expiry", end, "text"),)),
    )
    return (Node("contract", contract.type, "text", part=False, published=False, children=facts),)


def _family(risk: SymbolState, family: DataFamily) -> Node:
    aged = age_of(risk, family)
    return fact("family", family, "text", note=aged.note, age=aged)


def _regime(risk: SymbolState) -> Node:
    regime = risk.volatility.regime
    return Node(
        "regime",
        regime.state,
        "text",
        part=False,
        children=(
            fact("percentile_30d", regime.percentile_30d, "percentile"),
            fact("since", regime.since, "text"),
            fact("volatility_divergence", regime.divergence, "text"),
        ),
    )


def _value_at_risk(risk: SymbolState) -> Node:
    part = risk.value_at_risk
    names = (
        "historical_95", "historical_99", "normal_95", "normal_99", "cornish_fisher_95",
        "filtered_95", "es_historical_95", "es_historical_99", "es_normal_95",
        "es_cornish_fisher_95", "es_filtered_95", "blended_95",
    )  # fmt: skip
    return Node(
        "value_at_risk",
        part.historical_95,
        "fraction",
        part=False,
        children=(
            *(fact(name, getattr(part, name), "fraction") for name in names),
            _record(part.backtest_95, "historical"),
            _record(part.backtest_filtered_95, "filtered"),
        ),
    )


def _record(record: Backtest, method: str) -> Node:
    return Node(
        "var_record",
        record.light,
        "text",
        (method,),
        part=False,
        children=(
            fact("exceptions", record.exceptions, "count"),
            fact("observations", record.observations, "count"),
            fact("kupiec_p", record.kupiec_p, "number"),
            fact("independence_p", record.independence_p, "number"),
        ),
    )


def _performance(risk: SymbolState) -> Node:
    part = risk.performance
    return Node(
        "performance",
        part.sharpe,
        "number",
        part=False,
        children=(
            fact("sharpe_error", part.sharpe_error, "number"),
            fact("returns", part.n, "count"),
        ),
    )


def _book(risk: SymbolState) -> Node:
    """Where spread and depth stand in the day's samples, and what other sizes would cost."""
    part = risk.liquidity
    return Node(
        "book",
        part.spread_bps,
        "number",
        part=False,
        children=(
            fact("spread_percentile", part.spread_percentile, "percentile"),
            fact("depth_percentile", part.depth_percentile, "percentile"),
            fact("metaorder_cost", part.metaorder_cost, "fraction"),
            *(_size(impact) for impact in part.curve),
        ),
    )


def _size(impact: Impact) -> Node:
    walks = (_walk("sell", impact.sell), _walk("buy", impact.buy))
    return Node("order", impact.notional, "money", part=False, children=walks)


def _walk(side: str, fill: Fill) -> Node:
    note = "exhausted" if fill.exhausted else ""
    return fact("slippage", fill.slippage, "fraction", side, note=note)
