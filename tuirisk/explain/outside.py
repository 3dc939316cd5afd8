"""Other people's data of a symbol's asset, as nodes that no rule counts."""

from __future__ import annotations

from tuirisk.explain.node import Node, fact
from tuirisk.state import Missing, RiskState


def outside(state: RiskState, symbol: str) -> tuple[Node, ...]:
    """One node with what the providers say of ``symbol``'s asset; none where they say nothing."""
    external = state.external
    facts: list[Node] = []
    implied = external.implied_of(symbol)
    if implied is not None:
        source = () if isinstance(implied.source, Missing) else (implied.source,)
        facts += [
            fact("implied_volatility", implied.value, "fraction", *source),
            fact("implied_premium", implied.premium, "fraction"),
            fact("implied_rank", implied.rank_1y, "percentile"),
        ]
    flow = external.flow_of(symbol)
    if flow is not None:
        source = () if isinstance(flow.source, Missing) else (flow.source,)
        facts.append(fact("net_flow_1d", flow.net_1d, "number", *source))
    liquidations = external.liquidations_of(symbol)
    if liquidations is not None:
        source = () if isinstance(liquidations.source, Missing) else (liquidations.source,)
        facts += [
            fact("outside_long_1h", liquidations.long_1h, "money", *source),
            fact("outside_short_1h", liquidations.short_1h, "money", *source),
        ]
    if not facts:
        return ()
    return (Node("outside", "", "text", part=False, children=tuple(facts), published=False),)
