"""The leverages that the liquidation clusters are modelled with, as a node that no rule counts."""

from __future__ import annotations

from tuirisk.explain.node import Node, fact
from tuirisk.state import RiskState

HOUR_MS = 3_600_000


def liquidation_model(state: RiskState, symbol: str) -> tuple[Node, ...]:
    """One node; none where the symbol has no model.

    Raises:
        KeyError: ``symbol`` is not in the state.
    """
    mix = state.symbols[symbol].liquidations.mix
    if not mix.shares:
        return ()
    facts = [fact("mix_liquidations", mix.liquidations, "count")]
    if mix.liquidations:
        facts += [
            fact("mix_effective", mix.effective, "number"),
            fact("mix_span", mix.span_ms / HOUR_MS, "hours"),
        ]
    if mix.calibrated:
        facts += [
            fact("mix_share", share, "fraction", leverage) for leverage, share in mix.shares.items()
        ]
    source = "mix_calibrated" if mix.calibrated else "mix_assumed"
    children = tuple(facts)
    return (Node("leverage_mix", source, "text", part=False, children=children, published=False),)
