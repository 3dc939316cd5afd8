"""Equity and P&L of the last day, a value a minute; minutes without a value are gaps."""

from __future__ import annotations

from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.state import AccountState, Missing
from tuirisk.state.account_values import AccountValue


def advance_account_values(
    before: tuple[AccountValue, ...], account: AccountState | None, time_ms: int, *, current: bool
) -> tuple[AccountValue, ...]:
    """``before`` with the first value of the minute of ``time_ms``, without those a day old.

    The very object while there is none to add: where the minute has one, and where the account is
    configured, stale, or not ``current``, which is that the marks come in.
    """
    minute = time_ms // MINUTE_MS * MINUTE_MS
    if account is None or account.source != "account" or account.stale or not current:
        return before
    if isinstance(account.equity, Missing) or (before and before[-1].time_ms >= minute):
        return before
    kept = tuple(value for value in before if value.time_ms > minute - DAY_MS)
    return (*kept, AccountValue(minute, account.equity, account.pnl_today.total))
