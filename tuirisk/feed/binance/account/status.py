"""How the account fares: whether it is read, and what there is to say of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from tuirisk.events import AccountMode, AccountReading, PortfolioMargin
from tuirisk.feed.binance.account.snapshot import AccountSnapshot
from tuirisk.feed.binance.rest.errors import ExchangeError
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode

MARGIN_CALL_SHOWN = 300.0
MOST_LEFT_OUT = 5
"""Rows that are named; beyond them they are counted alone."""
_log = logging.getLogger(__name__)

Subject: TypeAlias = Literal[
    "rights", "positions", "stream", "brackets", "rates", "orders", "income"
]
DETAILS: Mapping[Subject, ReasonCode] = {
    "rates": "account_rates_unknown",
    "orders": "account_orders_unknown",
    "income": "account_income_unknown",
}
REFUSING = frozenset({"refused", "banned", "country", "firewall"})
"""Kinds of error by which the exchange refuses; a clock that is off is among them, once it has been
measured anew in vain."""
_READING: tuple[Subject, ...] = ("rights", "positions")
"""Requests without which nothing is read."""


class AccountStatus:
    """Set as things happen; :meth:`reading` is what follows from them.

    ``refusal`` is why the account is not used, ``errors`` what fails, ``warnings`` what is wrong
    with the key, ``not_trading`` positions that cannot be shown as they should.
    """

    def __init__(self) -> None:
        self.has_keys: bool | None = None
        """None until it is known."""
        self.refusal: Reason | None = None
        self.errors: dict[Subject, ExchangeError] = {}
        self.warnings: tuple[Reason, ...] = ()
        self.left_out: tuple[Reason, ...] = ()
        """Rows of the last answers that could not be read."""
        self.kind: AccountMode | None = "single_asset"
        """None where the exchange does not tell the mode."""
        self.unpriced: tuple[str, ...] = ()
        """Assets without a price, which count as nothing …"""
        self.at_par: tuple[str, ...] = ()
        """… and assets taken at one USDT for one."""
        self.portfolio_margin: PortfolioMargin | None = None
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

    def take_snapshot(self, snapshot: AccountSnapshot) -> None:
        """Take in of what kind the account is, and what of it has no price."""
        self.kind = snapshot.mode
        self.unpriced, self.at_par = snapshot.unpriced, snapshot.at_par
        self.portfolio_margin = snapshot.portfolio_margin

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
            return "refused" if error.kind in REFUSING else "failing"
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
        whole = self.portfolio_margin
        if whole is not None and whole.status not in ("", "NORMAL"):
            yield Reason("portfolio_margin_status", status=whole.status)
        trouble = self._trouble(now)
        if trouble is not None:
            yield trouble
        for symbol, why in self.not_trading.items():
            yield Reason("position_not_trading", symbol=symbol, reason=why)
        for reason in self.left_out[:MOST_LEFT_OUT]:
            yield Reason("of_account", reason=reason)
        if self.kind is None:
            yield Reason("account_mode_unknown")
        if self.unpriced:
            yield Reason("assets_without_price", names=", ".join(map(printable, self.unpriced)))
        if self.at_par:
            yield Reason("assets_at_par", names=", ".join(map(printable, self.at_par)))
        for subject, code in DETAILS.items():
            if subject in self.errors:
                yield Reason(code, reason=self.errors[subject].reason)
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
