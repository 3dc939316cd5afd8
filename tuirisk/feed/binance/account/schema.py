"""The account's answers and user-data events as typed structs; bounds keep out what is no number.

``/fapi/v3/positionRisk`` tells neither leverage nor margin type; ``/fapi/v1/symbolConfig`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import inf
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from tuirisk.events.events import Bracket, FillReason, OrderFill
from tuirisk.feed.binance.account.permissions import KeyPermissions
from tuirisk.feed.binance.schema import Symbol, Time
from tuirisk.foreign.decoding import UndecodableError, decode_json

_T = TypeVar("_T")
Amount: TypeAlias = Annotated[float, Meta(ge=-1e18, le=1e18)]
Positive: TypeAlias = Annotated[float, Meta(gt=0, le=1e18)]
NotNegative: TypeAlias = Annotated[float, Meta(ge=0, le=1e18)]
UNBOUNDED = 1e15
"""Quote asset. The exchange writes 2**63 - 1 where a bracket has no cap."""
Side: TypeAlias = Literal["BOTH", "LONG", "SHORT"]
_POSITION_SIDE: Mapping[Side, Literal["both", "long", "short"]] = {
    "BOTH": "both",
    "LONG": "long",
    "SHORT": "short",
}


class BadAnswer(Exception):
    """An answer or event cannot be understood. Nothing of it is quoted: it is personal."""


class AssetBalance(msgspec.Struct, frozen=True):
    asset: str
    crossWalletBalance: Amount
    updateTime: int = 0


class AccountAnswer(msgspec.Struct, frozen=True):
    """``totalCrossWalletBalance`` is USDT's alone, or with multi-assets margin all in USD."""

    totalCrossWalletBalance: Amount
    assets: tuple[AssetBalance, ...] = ()
    availableBalance: Amount | None = None


class RiskRow(msgspec.Struct, frozen=True):
    symbol: Symbol
    positionAmt: Amount
    entryPrice: NotNegative
    positionSide: Side = "BOTH"
    isolatedWallet: Amount = 0.0
    marginAsset: str = "USDT"
    notional: Amount = 0.0
    positionInitialMargin: NotNegative = 0.0
    updateTime: int = 0
    """When the position last changed, UTC milliseconds; 0 where it is not told."""

    @property
    def implied_leverage(self) -> float:
        """What the initial margin says the leverage is; 0 where it says nothing."""
        if not self.positionInitialMargin:
            return 0.0
        return float(max(1, round(abs(self.notional) / self.positionInitialMargin)))


class SymbolConfig(msgspec.Struct, frozen=True):
    symbol: Symbol
    marginType: str
    leverage: Positive


class PositionMode(msgspec.Struct, frozen=True):
    dualSidePosition: bool


class ListenKey(msgspec.Struct, frozen=True):
    listenKey: Annotated[str, Meta(min_length=1, max_length=200)]


class BracketRow(msgspec.Struct, frozen=True):
    initialLeverage: Positive
    notionalCap: Annotated[float, Meta(gt=0)]
    notionalFloor: NotNegative
    maintMarginRatio: Annotated[float, Meta(gt=0, le=1)]
    cum: NotNegative


class SymbolBrackets(msgspec.Struct, frozen=True):
    symbol: Symbol
    brackets: Annotated[tuple[BracketRow, ...], Meta(min_length=1)]
    notionalCoef: Annotated[float, Meta(gt=0, le=1e6)] = 1.0


class BalanceChange(msgspec.Struct, frozen=True):
    a: str
    cw: Amount


class PositionChange(msgspec.Struct, frozen=True):
    s: Symbol
    pa: Amount
    ep: NotNegative
    mt: Literal["cross", "isolated"]
    iw: Amount = 0.0
    ps: Side = "BOTH"


class Changes(msgspec.Struct, frozen=True):
    B: tuple[BalanceChange, ...] = ()
    P: tuple[PositionChange, ...] = ()


class AccountUpdate(msgspec.Struct, frozen=True):
    """``ACCOUNT_UPDATE``: what changed, in absolute values."""

    E: Time
    a: Changes
    T: int = 0
    """When the matching engine made the change, UTC milliseconds: ``updateTime`` of REST."""


_AUTO_CLOSE: tuple[tuple[str, FillReason], ...] = (
    ("autoclose-", "liquidation"),
    ("adl_autoclose", "adl"),
    ("settlement_autoclose-", "settlement"),
    ("delivery_autoclose-", "settlement"),
)
"""Beginnings of the client order ids that the exchange gives to its own orders."""


class OrderChange(msgspec.Struct, frozen=True):
    """``o`` of ``ORDER_TRADE_UPDATE``; ``l`` and ``L`` are quantity and price of the last trade."""

    s: Symbol
    S: Literal["BUY", "SELL"]
    T: Time
    o: str
    c: str = ""
    ot: str = ""
    ps: Side = "BOTH"
    l: NotNegative = 0.0  # noqa: E741
    L: NotNegative = 0.0
    rp: Amount = 0.0

    @property
    def reason(self) -> FillReason:
        """Who placed the order, by its client order id and its type."""
        for beginning, reason in _AUTO_CLOSE:
            if self.c.startswith(beginning):
                return reason
        return "liquidation" if "LIQUIDATION" in (self.o, self.ot) else "user"


class OrderUpdate(msgspec.Struct, frozen=True):
    """``ORDER_TRADE_UPDATE``: an order was placed, filled in part or whole, or ended."""

    E: Time
    o: OrderChange

    def fill(self, received: int) -> OrderFill | None:
        """The trade that it reports, received at ``received`` (ns); None where there is none."""
        order = self.o
        if not order.l:
            return None
        return OrderFill(
            order.s,
            received,
            order.T,
            _POSITION_SIDE[order.ps],
            order.S,
            order.reason,
            order.l,
            order.L,
            order.rp,
        )


class LeverageChange(msgspec.Struct, frozen=True):
    s: Symbol
    l: Positive  # noqa: E741


class ConfigUpdate(msgspec.Struct, frozen=True):
    """``ACCOUNT_CONFIG_UPDATE``: a symbol's leverage, or (without ``ac``) the margin mode."""

    E: Time
    ac: LeverageChange | None = None


class CalledPosition(msgspec.Struct, frozen=True):
    s: Symbol


class MarginCall(msgspec.Struct, frozen=True):
    E: Time
    p: tuple[CalledPosition, ...] = ()


class ListenKeyExpired(msgspec.Struct, frozen=True):
    E: Time


UserEvent: TypeAlias = AccountUpdate | OrderUpdate | ConfigUpdate | MarginCall | ListenKeyExpired


class _Named(msgspec.Struct, frozen=True):
    e: str


EVENTS = (
    "ACCOUNT_UPDATE",
    "ORDER_TRADE_UPDATE",
    "MARGIN_CALL",
    "ACCOUNT_CONFIG_UPDATE",
    "listenKeyExpired",
)
"""What is asked for. Positions come as ACCOUNT_UPDATE, the reason of a change as an order."""
_EVENT: Mapping[str, type[UserEvent]] = {
    "ACCOUNT_UPDATE": AccountUpdate,
    "ORDER_TRADE_UPDATE": OrderUpdate,
    "ACCOUNT_CONFIG_UPDATE": ConfigUpdate,
    "MARGIN_CALL": MarginCall,
    "listenKeyExpired": ListenKeyExpired,
}


def event(data: bytes) -> UserEvent | None:
    """A message of the user-data stream; None for one of no interest.

    Raises:
        BadAnswer: it is not understood.
    """
    kind = _EVENT.get(_decode(_Named, data).e)
    return None if kind is None else _decode(kind, data)


def account(body: bytes) -> AccountAnswer:
    return _decode(AccountAnswer, body)


def position_risk(body: bytes) -> tuple[RiskRow, ...]:
    return tuple(_decode(list[RiskRow], body))


def symbol_config(body: bytes) -> dict[str, SymbolConfig]:
    return {row.symbol: row for row in _decode(list[SymbolConfig], body)}


def position_mode(body: bytes) -> bool:
    """Whether a long and a short of one symbol may stand at once."""
    return _decode(PositionMode, body).dualSidePosition


def listen_key(body: bytes) -> str:
    return _decode(ListenKey, body).listenKey


def rights(body: bytes) -> KeyPermissions:
    return _decode(KeyPermissions, body)


def leverage_brackets(body: bytes) -> dict[str, tuple[Bracket, ...]]:
    """The brackets of every symbol, lowest notional first, as they hold for this account.

    A symbol whose row cannot be understood is left out, and takes no other along.
    """
    found: dict[str, tuple[Bracket, ...]] = {}
    for raw in _decode(list[msgspec.Raw], body):
        try:
            row = _decode(SymbolBrackets, bytes(raw))
        except BadAnswer:
            continue
        found[row.symbol] = _brackets(row)
    return found


def _brackets(row: SymbolBrackets) -> tuple[Bracket, ...]:
    """The symbol's brackets; a cap that no position can reach is none.

    ``notionalCoef`` ("user symbol bracket multiplier", only there when an account's brackets were
    adjusted) multiplies floors and caps. The cumulative amount is a sum of floors times steps of
    the rate, so it is multiplied too and ``notional × rate − cum`` stays continuous.
    """
    return tuple(
        Bracket(
            each.notionalFloor * row.notionalCoef,
            inf if each.notionalCap >= UNBOUNDED else each.notionalCap * row.notionalCoef,
            each.maintMarginRatio,
            each.cum * row.notionalCoef,
            each.initialLeverage,
        )
        for each in sorted(row.brackets, key=lambda bracket: bracket.notionalFloor)
    )


def _decode(kind: type[_T], body: bytes) -> _T:
    try:
        untyped: Any = kind
        decoder: msgspec.json.Decoder[_T] = _decoder(untyped)
        return decode_json(decoder, body)
    except UndecodableError:
        raise BadAnswer from None


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)
