"""How dangerous a symbol is: the level that was confirmed, and what decided it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tuirisk.state.number import MOMENT

Severity = Literal["ok", "unknown", "caution", "warning", "critical"]
"""In the order of danger: what is not known is never calm."""
SEVERITIES: tuple[Severity, ...] = ("ok", "unknown", "caution", "warning", "critical")


@dataclass(frozen=True, slots=True)
class SymbolSeverity:
    """The severity of a symbol that stands, confirmed (docs/metrics.md, Severity)."""

    level: Severity = "unknown"
    """``unknown`` where nothing has been confirmed yet."""
    rule: str = "insufficient_data"
    """Code of the rule that decided it."""
    since_ms: int = field(default=0, metadata=MOMENT)
    """Since when the level stands."""
    held: bool = False
    """Whether it stands although an input that it rests on is missing."""
    text: str = ""
    """English sentence of ``rule``."""
