"""The state of a symbol that cannot be watched, with the reason in place of every number."""

from __future__ import annotations

import dataclasses
from typing import cast

from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.reasons import with_reason
from tuirisk.analytics.score.levels import level_rules
from tuirisk.analytics.symbol import symbol_state
from tuirisk.config.model import Config
from tuirisk.events import SymbolListed
from tuirisk.language.reason import Reason
from tuirisk.market.market import SymbolMarket
from tuirisk.state import NOTHING_CONFIRMED, Missing, SymbolState


def unavailable_symbol_state(
    name: str, reason: Reason, config: Config, portfolio: Portfolio
) -> SymbolState:
    """All fields of a symbol's state, with ``reason`` as every :class:`Missing` number's reason."""
    nothing = SymbolMarket(SymbolListed(name, 0))
    rules = level_rules(config.risk)
    empty, _ = symbol_state(
        name, nothing, config, 0, 0.0, None, portfolio, NOTHING_CONFIRMED, rules
    )
    state = cast(SymbolState, with_reason(empty, Missing.because(reason)))
    versions = {"open_positions": portfolio.version(name)}
    return dataclasses.replace(state, status="error", message=reason, versions=versions)
