"""The account in a recording: what was reported of it, never a key, a signature or a listen key.

A line is ``{"account": kind, "data": …}``. The data are those of the event or, of ``reading``, how
the reading of the account fares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast, get_args

import msgspec
from msgspec.structs import replace

from tuirisk.events import (
    AccountDay,
    AccountPosition,
    AccountReading,
    AccountReport,
    DayIncome,
    DayOfSymbol,
    LeverageBrackets,
    OrderFill,
    PositionIncome,
)
from tuirisk.feed.frames import AccountFrame
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.parts import printable_parts
from tuirisk.language.reason import Argument, Reason, sentence
from tuirisk.language.reason_codes import ReasonCode

RecordedAccount: TypeAlias = AccountReport | OrderFill | LeverageBrackets | AccountReading
KINDS: Mapping[str, type[RecordedAccount]] = {
    "report": AccountReport,
    "fill": OrderFill,
    "brackets": LeverageBrackets,
    "reading": AccountReading,
}
_CODES = frozenset(get_args(ReasonCode))


_Argument: TypeAlias = "int | float | str | _Reason | tuple[str | _Reason, ...]"


class _Reason(msgspec.Struct, frozen=True):
    """A :class:`Reason` as JSON."""

    code: str
    args: dict[str, _Argument] = {}


class _Income(msgspec.Struct, frozen=True):
    opened: int
    funding_paid: float | _Reason
    realised_pnl: float | _Reason
    paid_by_both: float | None = None


class _Position(AccountPosition, frozen=True):
    income: _Income | None = None  # type: ignore[assignment]


class _Report(AccountReport, frozen=True):
    positions: tuple[_Position, ...]


class _Reading(msgspec.Struct, frozen=True):
    status: Literal["awaited", "read", "unfollowed", "failing", "refused"]
    messages: tuple[_Reason, ...] = ()


_ENCODER = msgspec.json.Encoder(enc_hook=lambda value: _reason_as_json(value))
_REPORT = msgspec.json.Decoder(_Report)
_FILL = msgspec.json.Decoder(OrderFill)
_BRACKETS = msgspec.json.Decoder(LeverageBrackets)
_READING = msgspec.json.Decoder(_Reading)


def account_frame(event: RecordedAccount, received: int) -> AccountFrame:
    """``event`` of ``received`` (local ns) as a line, without what tells its key from others."""
    if isinstance(event, AccountReport):
        event = replace(event, account="")
    kind = next(name for name, type_ in KINDS.items() if isinstance(event, type_))
    return AccountFrame(received, kind, _ENCODER.encode(event))


def recorded_account(frame: AccountFrame) -> RecordedAccount:
    """What a line tells.

    Raises:
        UndecodableError: it cannot be understood.
    """
    body = frame.body
    try:
        if frame.kind == "report":
            return printable_parts(_report(decode_json(_REPORT, body)))
        if frame.kind == "fill":
            return printable_parts(decode_json(_FILL, body))
        if frame.kind == "brackets":
            return printable_parts(decode_json(_BRACKETS, body))
        if frame.kind == "reading":
            reading = decode_json(_READING, body)
            return AccountReading(reading.status, tuple(map(_reason, reading.messages)))
    except (KeyError, TypeError, IndexError):
        # A sentence whose placeholders are others.
        raise UndecodableError("a sentence of another version") from None
    raise UndecodableError("no line of an account")


def _report(recorded: _Report) -> AccountReport:
    positions = tuple(map(_position, recorded.positions))
    own = {"positions": positions, "account": "", "day": _day(recorded.day)}
    return AccountReport(**(_fields(recorded) | own))


def _day(recorded: AccountDay | None) -> AccountDay | None:
    if recorded is None:
        return None
    incomes = recorded.incomes
    return AccountDay(
        recorded.begin_ms,
        None if incomes is None else tuple(DayIncome(**_fields(each)) for each in incomes),
        tuple(DayOfSymbol(**_fields(each)) for each in recorded.symbols),
    )


def _position(recorded: _Position) -> AccountPosition:
    income = None if recorded.income is None else _income(recorded.income)
    return AccountPosition(**(_fields(recorded) | {"income": income}))


def _income(recorded: _Income) -> PositionIncome:
    funding, realised = (
        _reason(value) if isinstance(value, _Reason) else value
        for value in (recorded.funding_paid, recorded.realised_pnl)
    )
    return PositionIncome(recorded.opened, funding, realised, recorded.paid_by_both)


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _reason_as_json(value: object) -> object:
    if isinstance(value, Reason):
        return {"code": value.code, "args": dict(value.args)}
    raise NotImplementedError(type(value).__name__)


def _reason(recorded: _Reason) -> Reason:
    """The reason, which every language can say.

    Raises:
        UndecodableError: there is no such code.
        KeyError, TypeError, IndexError: its sentence has other placeholders.
    """
    if recorded.code not in _CODES:
        raise UndecodableError("a sentence of another version")
    args = {name: _argument(value) for name, value in recorded.args.items()}
    reason = Reason(cast(ReasonCode, recorded.code), **args)
    sentence(reason, "en")
    return reason


def _argument(value: _Argument) -> Argument:
    if isinstance(value, _Reason):
        return _reason(value)
    if isinstance(value, tuple):
        return tuple(_reason(part) if isinstance(part, _Reason) else part for part in value)
    return value
