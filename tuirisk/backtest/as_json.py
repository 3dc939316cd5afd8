"""A backtest as plain JSON values: ``tuirisk backtest --json``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from math import isfinite
from typing import Any

from tuirisk.backtest.result import BacktestResult


def plain(value: Any) -> Any:
    """``value`` with objects by their fields; a number that there is none of is None."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def backtest_json(found: BacktestResult) -> dict[str, Any]:
    """The whole of ``found``."""
    body: dict[str, Any] = plain(found)
    return body
