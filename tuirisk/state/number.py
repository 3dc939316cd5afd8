"""Numbers that may be missing, and the words shared by all parts of the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Missing:
    """The place of a number that cannot be had, with the reason in a few words."""

    reason: str

    def __bool__(self) -> bool:
        return False


Number: TypeAlias = float | Missing
MaybeCount: TypeAlias = int | Missing
MaybeText: TypeAlias = str | Missing
MaybeByName: TypeAlias = Mapping[str, Number]
MaybeMatrix: TypeAlias = tuple[tuple[Number, ...], ...] | Missing

Source = Literal["binance", "simulator", "recording"]
ConnectionStatus = Literal["connecting", "syncing", "live", "degraded", "offline"]
SymbolStatus = Literal["warming", "ready", "stale", "error"]
Severity = Literal["ok", "caution", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("ok", "caution", "warning", "critical")

NOT_YET = Missing("not computed yet")


def screen_only(default: Any) -> Any:
    """A field with a default that the published JSON leaves out."""
    if isinstance(default, dict):
        return field(default_factory=dict, metadata={"published": False})
    return field(default=default, metadata={"published": False})


def published_later(default: dict[str, Any]) -> Any:
    """A published field that the JSON of an earlier version may lack: it is then ``default``."""
    return field(default_factory=lambda: dict(default), metadata={"later": True})
