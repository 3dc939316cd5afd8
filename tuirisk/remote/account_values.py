"""What the account of a server was worth: its values of the last day, asked for once a minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.state import RiskState
from tuirisk.state.account_values import AccountValue
from tuirisk.state.binary import MalformedError, typed

Ask = Callable[[str, object, Callable[[dict[str, Any]], None]], None]
"""Sends a request; its last argument is called with each answer."""


class RemoteAccountValues:
    """The values that the server has judged to be current, a value a minute, oldest first."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._values: tuple[AccountValue, ...] = ()
        self._asked_minute = -1

    def shown(self, state: RiskState, *, connected: bool) -> RiskState:
        """``state`` with the values; asks for those that are newer."""
        account, minute = state.account, state.time_ms // MINUTE_MS
        if not connected:
            self._asked_minute = -1
        elif minute != self._asked_minute and account is not None and account.source == "account":
            self._asked_minute = minute
            newest = self._values[-1].time_ms if self._values else 0
            self._ask("account_values", newest, self._take)
        return replace(state, account_values=self._values) if self._values else state

    def _take(self, frame: dict[str, Any]) -> None:
        """Add what is newer; nothing where this token may not see the account."""
        try:
            values = typed(tuple[AccountValue, ...], frame["value"])
        except (KeyError, MalformedError):
            return
        newest = self._values[-1].time_ms if self._values else 0
        newer = [value for value in values if value.time_ms > newest]
        if newer:
            oldest = newer[-1].time_ms - DAY_MS
            kept = (value for value in (*self._values, *newer) if value.time_ms > oldest)
            self._values = tuple(kept)
