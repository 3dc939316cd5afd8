"""One reason in the place of every number that is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tuirisk.state import Missing

NEVER = Missing("source_never_has_it")
"""Why a number is missing that is of a family of data which the source never has."""


def with_reason(value: Any, reason: Missing) -> Any:
    """``value``, a part of the state, with ``reason`` as that of every :class:`Missing` in it."""
    if isinstance(value, Missing):
        return reason
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return dataclasses.replace(
            value, **{name: with_reason(getattr(value, name), reason) for name in names}
        )
    if isinstance(value, Mapping):
        return {key: with_reason(item, reason) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(with_reason(item, reason) for item in value)
    return value
