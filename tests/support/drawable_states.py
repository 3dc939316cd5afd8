"""States with something to draw in every tab of the symbol view."""

from __future__ import annotations

from dataclasses import replace

from support.symbol_states import full
from support.ui_states import judged
from tuirisk.state import RiskState

_PARTS = (
    "volatility", "drawdown", "timeframes", "performance", "value_at_risk", "flow",
    "liquidations", "position", "positions", "stress",
)  # fmt: skip


def pictured(what: RiskState) -> RiskState:
    """``what`` with every picture of its first symbol, as fresh or stale as that symbol is."""
    name, whole = next(iter(what.symbols)), full()
    one = what.symbols[name]
    changed = replace(one, **{part: getattr(whole, part) for part in _PARTS})
    changed = replace(changed, funding=replace(whole.funding, rate=one.funding.rate))
    return replace(what, symbols={**what.symbols, name: judged(changed)}, listed=("ADAUSDT",))
