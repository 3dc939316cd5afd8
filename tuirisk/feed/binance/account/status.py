"""The account's message, in one line: the most important part first."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal, TypeAlias

from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.language.reason import Reason, joined

MARGIN_CALL_SHOWN = 300.0
_log = logging.getLogger(__name__)

Subject: TypeAlias = Literal["rights", "positions", "stream", "brackets"]
_ORDER: tuple[Subject, ...] = ("rights", "positions", "stream", "brackets")


class AccountStatus:
    """Set as things happen; :meth:`line` is for the screen and, when it changes, for the log.

    ``refusal`` is why the account is not used, ``errors`` what fails, ``warnings`` what is wrong
    with the key, ``left_out`` and ``dead`` positions that cannot be shown as they should.
    """

    def __init__(self) -> None:
        self.refusal: Reason | None = None
        self.errors: dict[Subject, ExchangeError] = {}
        self.warnings: tuple[str, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self.not_trading: Mapping[str, str] = {}
        """Held symbols that do not trade → their status."""
        self._margin_call: tuple[str, int] = ("", 0)
        self._logged: Reason | None = None

    def set_error(self, subject: Subject, error: ExchangeError | None) -> None:
        """Note that something fails, or (None) that it does no more."""
        if error is None:
            self.errors.pop(subject, None)
        else:
            self.errors[subject] = error

    def record_margin_call(self, symbols: str, now: int) -> None:
        """Note a margin call (ns)."""
        self._margin_call = (symbols, now)

    def message(self, now: int, stale: bool, connection: Reason | None) -> Reason | None:
        """One line at ``now`` (ns); ``stale`` when positions may be out of date.

        ``connection`` is the message of the connection; its reasons are not repeated.
        """
        line = (
            self._worst(now, stale, connection)
            if self.refusal is None
            else Reason("account_not_used", reason=self.refusal)
        )
        if line != self._logged:
            self._logged = line
            _log.info("%s", line or "account: all is well")
        return line

    def _worst(self, now: int, stale: bool, connection: Reason | None) -> Reason | None:
        lines: list[Reason] = []
        symbols, when = self._margin_call
        if symbols and (now - when) / 1e9 < MARGIN_CALL_SHOWN:
            lines.append(Reason("margin_call", symbol=symbols))
        already = str(connection or "")
        errors = (self.errors[each].reason for each in _ORDER if each in self.errors)
        worst = next((reason for reason in errors if str(reason) not in already), None)
        trouble = joined(worst, Reason("positions_out_of_date") if stale else None, by="reasons")
        if trouble is not None:
            lines.append(Reason("of_account", reason=trouble))
        for symbol, status in self.not_trading.items():
            lines.append(Reason("position_not_trading", symbol=symbol, status=status))
        if self.left_out:
            lines.append(Reason("positions_left_out", symbol=", ".join(self.left_out)))
        if self.warnings:
            lines.append(Reason("key_warnings", what="; ".join(self.warnings)))
        return joined(*lines, by="lines")
