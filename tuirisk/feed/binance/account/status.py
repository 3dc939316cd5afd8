"""What there is to say about the account, in one line: the most important first."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal, TypeAlias

from tuirisk.feed.binance.rest.errors import Fault

MARGIN_CALL_SHOWN = 300.0
_log = logging.getLogger(__name__)

Subject: TypeAlias = Literal["rights", "positions", "stream", "brackets"]
_ORDER: tuple[Subject, ...] = ("rights", "positions", "stream", "brackets")


class AccountStatus:
    """Set as things happen; :meth:`line` is for the screen and, when it changes, for the log.

    ``refusal`` is why the account is not used, ``faults`` what fails, ``warnings`` what is wrong
    with the key, ``left_out`` and ``dead`` positions that cannot be shown as they should.
    """

    def __init__(self) -> None:
        self.refusal = ""
        self.faults: dict[Subject, Fault] = {}
        self.warnings: tuple[str, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self.not_trading: Mapping[str, str] = {}
        """Held symbols that do not trade → their status."""
        self._margin_call: tuple[str, int] = ("", 0)
        self._logged = ""

    def set_fault(self, subject: Subject, fault: Fault | None) -> None:
        """Note that something fails, or (None) that it does no more."""
        if fault is None:
            self.faults.pop(subject, None)
        else:
            self.faults[subject] = fault

    def record_margin_call(self, symbols: str, now: int) -> None:
        """Note a margin call (ns)."""
        self._margin_call = (symbols, now)

    def message(self, now: int, stale: bool, said: str) -> str:
        """One line at ``now`` (ns); ``stale`` when positions may be out of date.

        What is ``said`` already of the connection is not said again.
        """
        refused = f"account not used: {self.refusal}" if self.refusal else ""
        line = refused or self._worst(now, stale, said)
        if line != self._logged:
            self._logged = line
            _log.info("%s", line or "account: all is well")
        return line

    def _worst(self, now: int, stale: bool, said: str) -> str:
        found = []
        symbols, when = self._margin_call
        if symbols and (now - when) / 1e9 < MARGIN_CALL_SHOWN:
            found.append(f"margin call from Binance: {symbols}")
        faults = (str(self.faults[each]) for each in _ORDER if each in self.faults)
        trouble = [next((fault for fault in faults if fault not in said), "")]
        trouble += ["its positions are out of date"] if stale else []
        if any(trouble):
            found.append(f"account: {'; '.join(filter(None, trouble))}")
        for symbol, status in self.not_trading.items():
            found.append(f"a position in {symbol}, which does not trade ({status})")
        if self.left_out:
            names = ", ".join(self.left_out)
            found.append(f"left out, for another asset than USDT is behind it: cross {names}")
        if self.warnings:
            found.append(f"API key: {'; '.join(self.warnings)}")
        return " · ".join(found)
