"""What an account was worth, minute by minute, and over a longer time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tuirisk.language.reason import Reason
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.number import Number


@dataclass(frozen=True, slots=True)
class AccountValue:
    """An account in the minute that begins at ``time_ms`` (UTC), USDT."""

    time_ms: int
    equity: float
    pnl_today: Number
    """Since UTC midnight."""


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """The last value in each step of a span, oldest first; steps without one are left out."""

    span: HistorySpan
    until_ms: int
    """The end of the last step, UTC."""
    values: tuple[AccountValue, ...]
    since_ms: int = 0
    """Before this nothing could be kept, because only this run's states are known; 0: no limit."""
    why: Reason | None = None
    """Why there is such a limit."""
    damaged: int = 0
    """Rows of the span that cannot be true and are left out."""


def last_of_steps(values: Iterable[AccountValue], step_ms: int) -> tuple[AccountValue, ...]:
    """The last of ``values``, oldest first, in each step of ``step_ms``."""
    return tuple({value.time_ms // step_ms: value for value in values}.values())


def merged_values(
    before: Iterable[AccountValue], newer: Iterable[AccountValue]
) -> tuple[AccountValue, ...]:
    """Both, oldest first; of one minute that of ``newer``."""
    found = {value.time_ms: value for value in (*before, *newer)}
    return tuple(found[time_ms] for time_ms in sorted(found))
