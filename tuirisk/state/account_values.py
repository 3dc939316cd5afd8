"""What an account was worth, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass

from tuirisk.state.number import Number


@dataclass(frozen=True, slots=True)
class AccountValue:
    """An account in the minute that begins at ``time_ms`` (UTC), USDT."""

    time_ms: int
    equity: float
    pnl_today: Number
    """Since UTC midnight."""
