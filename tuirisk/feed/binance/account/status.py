"""How the account fares: whether it is read, and what there is to say of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from tuirisk.events import AccountReading
from tuirisk.feed.binance.account.signed import CLOCK_OFF
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.language.reason import Reason

MARGIN_CALL_SHOWN = 300.0
_log = logging.getLogger(__name__)

Subject: TypeAlias = Literal["rights", "positions", "stream", "brackets"]
_READING: tuple[Subject, ...] = ("rights", "positions")
"""Requests without which nothing is read."""


class AccountStatus:
    """Set as things happen; :meth:`reading` is what follows from them.

    ``refusal`` is why the account is not used, ``errors`` what fails, ``warnings`` what is wrong
    with the key, ``left_out`` and ``not_trading`` positions that cannot be shown as they should.
    """

    def __init__(self) -> None:
        self.has_keys: bool | None = None
        """None until it is known."""
        self.refusal: Reason | None = None
        self.errors: dict[Subject, ExchangeError] = {}
        self.warnings: tuple[Reason, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self.not_trading: Mapping[str, Reason] = {}
        """Held symbols that do not trade → why."""
        self.read_at: int | None = None
        """When REST was last asked for everything and answered (ns)."""
        self.stream_lost = False
        """Whether the user-data stream was open, or failed to open, and is not open now."""
        self._margin_call: tuple[str, int] = ("", 0)
        self._logged: tuple[Reason, ...] = ()

    def set_error(self, subject: Subject, error: ExchangeError | None) -> None:
        """Record that something fails, or (None) that it does no more."""
        if error is None:
            self.errors.pop(subject, None)
        else:
            self.errors[subject] = error

    def record_margin_call(self, symbols: str, now: int) -> None:
        """Record a margin call (ns)."""
        self._margin_call = (symbols, now)

    def reading(self, now: int) -> AccountReading | None:
        """The account at ``now`` (ns); None where there is no key."""
        if self.has_keys is False:
            return None
        messages = tuple(self._messages(now))
        codes = tuple(_without_numbers(message) for message in messages)
        if codes != self._logged:
            self._logged = codes
            _log.info("%s", " · ".join(map(str, messages)) or "account: all is well")
        return AccountReading(self._status(), messages)

    def _status(self) -> Literal["awaited", "read", "unfollowed", "failing", "refused"]:
        error = self._reading_error()
        if self.refusal is not None:
            return "refused"
        if error is not None:
            refused = error.kind == "refused" and error.code != CLOCK_OFF
            return "refused" if refused else "failing"
        if self.read_at is None:
            return "awaited"
        return "unfollowed" if self.stream_lost else "read"

    def _messages(self, now: int) -> Iterator[Reason]:
        if self.refusal is not None:
            yield Reason("account_not_used", reason=self.refusal)
            return
        symbols, when = self._margin_call
        if symbols and (now - when) / 1e9 < MARGIN_CALL_SHOWN:
            yield Reason("margin_call", symbol=symbols)
        trouble = self._trouble(now)
        if trouble is not None:
            yield trouble
        for symbol, why in self.not_trading.items():
            yield Reason("position_not_trading", symbol=symbol, reason=why)
        if self.left_out:
            yield Reason("positions_left_out", symbol=", ".join(self.left_out))
        if self.warnings:
            yield Reason("key_warnings", reasons=self.warnings)

    def _trouble(self, now: int) -> Reason | None:
        """The most important thing that fails, with the age of what is shown."""
        age = None if self.read_at is None else max(0, round((now - self.read_at) / 1e9))
        error = self._reading_error() or self.errors.get("stream") or self.errors.get("brackets")
        if self._reading_error() is None and self.stream_lost and age is not None:
            stream = self.errors.get("stream")
            if stream is None:
                return Reason("account_stream_lost", seconds=age)
            return Reason("account_stream_closed", seconds=age, reason=stream.reason)
        if error is None:
            return None
        if self._reading_error() is None or age is None:
            return Reason("of_account", reason=error.reason)
        return Reason("account_as_of", seconds=age, reason=error.reason)

    def _reading_error(self) -> ExchangeError | None:
        return next((self.errors[each] for each in _READING if each in self.errors), None)


def _without_numbers(message: Reason) -> Reason:
    """``message`` without the age it names, which changes every second."""
    args = {name: value for name, value in message.args if name != "seconds"}
    return Reason(message.code, **args)
