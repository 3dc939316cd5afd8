"""How dangerous a symbol is: the level that was confirmed, and what decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tuirisk.state.codes import AdviceCode
from tuirisk.state.number import MOMENT

Severity = Literal["ok", "unknown", "caution", "warning", "critical"]
"""In the order of danger: what is not known is never calm."""
SEVERITIES: tuple[Severity, ...] = ("ok", "unknown", "caution", "warning", "critical")


@dataclass(frozen=True, slots=True)
class SymbolSeverity:
    """The severity of a symbol that stands, confirmed (docs/metrics.md, Severity)."""

    level: Severity = "unknown"
    """``unknown`` where nothing has been confirmed yet."""
    rule: AdviceCode = "insufficient_data"
    """Code of the rule that decided it."""
    since_ms: int = field(default=0, metadata=MOMENT)
    """Since when the level stands."""
    held: bool = False
    """Whether it stands although an input that it rests on is missing."""
    text: str = ""
    """English sentence of ``rule``."""


@dataclass(frozen=True, slots=True)
class SeverityTracker:
    """What is remembered of a symbol's severity between two assessments; times are UTC ms."""

    confirmed: Severity | None
    """None before the first."""
    rising: Mapping[Severity, int] = field(default_factory=dict)
    """Severity above ``confirmed`` → since when the assessed one has not been below it."""
    falling: Mapping[Severity, int] = field(default_factory=dict)
    """Severity below ``confirmed`` → since when the assessed one has not been above it."""
    measured: bool = False
    """False while ``confirmed`` is what an earlier run knew."""
    inputs: frozenset[str] = frozenset()
    """Rules whose inputs were known while ``confirmed`` stood: none of them may be missing at a
    fall."""
    components: Mapping[str, float] = field(default_factory=dict)
    """Points of the components of the score when ``confirmed`` was confirmed."""
    rule: AdviceCode | Literal[""] = ""
    """Code of the rule that decided ``confirmed``; empty where that is not known."""
    found_by: Mapping[Severity, AdviceCode] = field(default_factory=dict)
    """Severity → code of the rule that an assessment found it by last."""
    since_ms: int = 0
    """Since when ``confirmed`` stands."""
    incomplete_since_ms: int | None = None
    """Since when an input of a rule is missing; None where none is."""


NOTHING_CONFIRMED = SeverityTracker(None)
