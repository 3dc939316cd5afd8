"""The state of a symbol of which nothing is known, for a stated reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.symbol import symbol_state
from tuirisk.config.model import Config
from tuirisk.events.events import SymbolListed
from tuirisk.market.market import SymbolMarket
from tuirisk.state import Missing, SymbolState


def unavailable_symbol_state(
    name: str, reason: str, config: Config, desk: Portfolio
) -> SymbolState:
    """Every key of a symbol's state, and in place of every number the reason of the refusal."""
    nothing = SymbolMarket(SymbolListed(name, 0))
    empty = symbol_state(name, nothing, config, 0, 0.0, None, desk)
    state = cast(SymbolState, _with_reason(empty, Missing(reason)))
    versions = {"open_positions": desk.version(name)}
    return dataclasses.replace(state, status="error", message=reason, versions=versions)


def _with_reason(value: Any, reason: Missing) -> Any:
    if isinstance(value, Missing):
        return reason
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return dataclasses.replace(
            value, **{name: _with_reason(getattr(value, name), reason) for name in names}
        )
    if isinstance(value, Mapping):
        return {key: _with_reason(item, reason) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_with_reason(item, reason) for item in value)
    return value
