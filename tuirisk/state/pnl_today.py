"""What an account earned since UTC midnight."""

from __future__ import annotations

from dataclasses import dataclass

from tuirisk.state.number import NOT_APPLICABLE, Missing, Number, screen_only


@dataclass(frozen=True, slots=True)
class PnlToday:
    """The P&L since UTC midnight, USDT: below 0 it was lost or paid.

    ``total`` is the sum of the others; deposits and withdrawals are not in it.
    """

    total: Number
    realised: Number
    unrealised: Number
    """How much the unrealised P&L changed since midnight; of a position that was opened since, all
    of it."""
    funding: Number
    fees: Number
    since_ms: int = screen_only(0)
    """The midnight, UTC; 0 where there is no number."""


def no_pnl_today(reason: Missing) -> PnlToday:
    """No number at all, for ``reason``."""
    return PnlToday(reason, reason, reason, reason, reason)


NO_PNL_TODAY = no_pnl_today(NOT_APPLICABLE)
