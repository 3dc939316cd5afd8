"""What the log has told of the positions, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tuirisk.events import OrderFill

PositionSide: TypeAlias = Literal["both", "long", "short"]
"""``both`` in one-way mode, where a symbol has one position that may turn."""
Leg: TypeAlias = tuple[str, PositionSide]
"""Symbol and position side: what can be opened and closed by itself."""


@dataclass(frozen=True, slots=True)
class RecordedPosition:
    """A position as the last event left it.

    ``quantity`` (base asset) is below 0 when short, ``entry_price`` is in the quote asset.
    """

    quantity: float
    entry_price: float
    isolated_wallet: float | None
    """Quote asset; None with cross margin."""
    liquidation_price: float | None = None
    """As it was assessed; None where there was none."""


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A leg that is not as the log told it, while its reason may still arrive."""

    since_ms: int
    active_ms: int
    """When its quantity or its trades last changed."""
    quantity: float
    """As the account has it now, below 0 when short."""
    fills: tuple[OrderFill, ...] = ()
    """Trades that no event has told of yet, oldest first."""


@dataclass(frozen=True, slots=True)
class PositionLedger:
    """What is remembered of the positions between two assessments."""

    source: Literal["account", "config"]
    wallet: float
    """Cross wallet when nothing was pending last, quote asset."""
    quiet_ms: int
    """When nothing was pending last."""
    positions: Mapping[Leg, RecordedPosition]
    fills_seen: int
    """How many of the account's trades have been taken in."""
    pending: Mapping[Leg, PendingChange] = field(default_factory=dict)
    liquidated: Mapping[str, int] = field(default_factory=dict)
    """Symbol → time (ms) of its newest liquidation, for some minutes."""
    account: str = ""
    """Of which account; empty where that is not known."""
    reported_ms: int = 0
    """When the account was last read whole."""
    absent_since_ms: int = 0
    """Since when nothing ran, while changes of that time wait to be told; else 0."""
