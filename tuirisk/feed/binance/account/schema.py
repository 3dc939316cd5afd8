"""The account's answers as typed structs; bounds keep out what is no number.

``/fapi/v3/positionRisk`` tells neither leverage nor margin type; ``/fapi/v1/symbolConfig`` does.
"""

from __future__ import annotations

from functools import cache
from math import isfinite
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from tuirisk.feed.binance.account.permissions import KeyPermissions
from tuirisk.feed.binance.optional_fields import decode_told
from tuirisk.feed.binance.rows import Origin, field_of, row_symbol
from tuirisk.feed.binance.schema import Symbol
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.parts import printable_parts

_T = TypeVar("_T")
Amount: TypeAlias = Annotated[float, Meta(ge=-1e18, le=1e18)]
Positive: TypeAlias = Annotated[float, Meta(gt=0, le=1e18)]
NotNegative: TypeAlias = Annotated[float, Meta(ge=0, le=1e18)]
Told: TypeAlias = str | float | None
"""An amount that may be blank; :func:`told` makes a number of it."""
QUOTES = ("USDT", "USDC", "USD1", "BTC", "ETH", "BNFCR")
NOWHERE = Origin("account")
"""Of rows whose refusals nobody counts."""
Side: TypeAlias = Literal["BOTH", "LONG", "SHORT"]


class BadAnswer(Exception):
    """An answer or event cannot be understood. Nothing of it is quoted: it is personal."""


class AssetBalance(msgspec.Struct, frozen=True):
    """One asset of ``GET /fapi/v3/account``; balances are in that asset."""

    asset: str
    crossWalletBalance: Amount
    updateTime: int = 0
    availableBalance: Told = None


class AccountAnswer(msgspec.Struct, frozen=True):
    """``totalCrossWalletBalance`` is USDT's alone, or with multi-assets margin all in USD."""

    totalCrossWalletBalance: Amount
    assets: tuple[AssetBalance, ...] = ()
    availableBalance: Told = None


class _AccountBody(msgspec.Struct, frozen=True):
    totalCrossWalletBalance: Told = None
    assets: msgspec.Raw = msgspec.Raw(b"[]")
    availableBalance: Told = None


class RiskRow(msgspec.Struct, frozen=True):
    """A row of ``GET /fapi/v3/positionRisk``; ``positionAmt`` is below 0 when short."""

    symbol: Symbol
    positionAmt: Amount
    entryPrice: Told = None
    positionSide: Side = "BOTH"
    isolatedWallet: Told = None
    marginAsset: str = ""
    notional: Told = None
    positionInitialMargin: Told = None
    updateTime: int = 0
    """When the position last changed, UTC milliseconds; 0 where it is not told."""
    markPrice: Told = None
    unRealizedProfit: Told = None
    maintMargin: Told = None
    liquidationPrice: Told = None
    leverage: Told = None
    adl: Told = None

    @property
    def margin_asset(self) -> str:
        """The margin asset, as told or as the symbol's name says."""
        pair = self.symbol.partition("_")[0]
        return self.marginAsset or next((q for q in QUOTES if pair.endswith(q)), QUOTES[0])

    @property
    def entry_price(self) -> float:
        """The entry price; where it is blank, the one that mark price and profit give; else 0."""
        entry = told(self.entryPrice)
        mark, profit = told(self.markPrice), told(self.unRealizedProfit)
        if entry or mark is None or profit is None or not self.positionAmt:
            return entry or 0.0
        return max(0.0, mark - profit / self.positionAmt)

    @property
    def negative_field(self) -> str:
        """A field that is below 0 and cannot be; empty where none is."""
        fields = ("entryPrice", "markPrice", "maintMargin", "leverage")
        return next((name for name in fields if (told(getattr(self, name)) or 0.0) < 0), "")

    @property
    def implied_leverage(self) -> float:
        """The leverage, as told or as the initial margin says; 0 where neither does."""
        leverage, margin = told(self.leverage), told(self.positionInitialMargin)
        if leverage or not margin:
            return leverage or 0.0
        return float(max(1, round(abs(told(self.notional) or 0.0) / margin)))


class SymbolConfig(msgspec.Struct, frozen=True):
    """A row of ``GET /fapi/v1/symbolConfig``: margin type and leverage chosen for a symbol."""

    symbol: Symbol
    marginType: str
    leverage: Positive

    @property
    def is_isolated(self) -> bool | None:
        """Whether its margin is its own; None where the type is an unknown one."""
        return {"isolated": True, "crossed": False, "cross": False}.get(self.marginType.lower())


class AccountModes(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/accountConfig``: None where it does not tell."""

    dualSidePosition: bool | None = None
    multiAssetsMargin: bool | None = None


class PositionMode(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/positionSide/dual``."""

    dualSidePosition: bool


class ListenKeyBody(msgspec.Struct, frozen=True):
    """``POST /fapi/v1/listenKey``: the name of the user-data stream."""

    listenKey: Annotated[str, Meta(min_length=1, max_length=200)]


def account(body: bytes, origin: Origin = NOWHERE) -> AccountAnswer:
    """The answer of ``GET /fapi/v3/account``.

    Raises:
        BadAnswer: it cannot be understood, or tells no balance.
    """
    answer = decode(_AccountBody, body)
    assets = tuple(decode_list(AssetBalance, answer.assets, origin))
    total = told(answer.totalCrossWalletBalance)
    if total is None:
        total = next((row.crossWalletBalance for row in assets if row.asset == QUOTES[0]), None)
    if total is None:
        raise BadAnswer
    return AccountAnswer(total, assets, answer.availableBalance)


def position_risk(body: bytes, origin: Origin = NOWHERE) -> tuple[RiskRow, ...]:
    """The rows of ``GET /fapi/v3/positionRisk``.

    Raises:
        BadAnswer: they cannot be understood.
    """
    rows = decode_rows(RiskRow, body, origin, some_needed=True)
    possible = [row for row in rows if not row.negative_field]
    if rows and not possible:
        raise BadAnswer
    for row in rows:
        if row.negative_field:
            origin.refuse(row.negative_field, row.symbol)
    # A leg that is told twice is one.
    return tuple({(row.symbol, row.positionSide): row for row in possible}.values())


def symbol_config(body: bytes, origin: Origin = NOWHERE) -> dict[str, SymbolConfig]:
    """Symbol → its settings, by ``GET /fapi/v1/symbolConfig``.

    Raises:
        BadAnswer: they cannot be understood.
    """
    return {row.symbol: row for row in decode_rows(SymbolConfig, body, origin)}


def position_mode(body: bytes) -> bool:
    """Whether a long and a short of one symbol may stand at once."""
    return decode(PositionMode, body).dualSidePosition


def account_config(body: bytes) -> AccountModes:
    """The modes that the account is set to.

    Raises:
        BadAnswer: the answer cannot be understood.
    """
    return decode(AccountModes, body)


def multi_assets(body: bytes) -> bool:
    """Whether all assets stand behind every cross position, by ``multiAssetsMargin``.

    Raises:
        BadAnswer: the answer does not say.
    """
    answer = decode(AccountModes, body).multiAssetsMargin
    if answer is None:
        raise BadAnswer
    return answer


def listen_key(body: bytes) -> str:
    """The key of the user-data stream.

    Raises:
        BadAnswer: the answer cannot be understood.
    """
    return decode(ListenKeyBody, body).listenKey


def rights(body: bytes) -> KeyPermissions:
    """The permissions of the API key.

    Raises:
        BadAnswer: the answer cannot be understood.
    """
    return decode(KeyPermissions, body)


def told(value: Told) -> float | None:
    """``value`` as a number; None where it is blank or none."""
    if isinstance(value, str):
        try:
            value = float(value.replace(",", "")) if value.strip() else None
        except ValueError:
            return None
    return value if value is not None and isfinite(value) and abs(value) <= 1e18 else None


def decode_rows(
    kind: type[_T], body: bytes, origin: Origin = NOWHERE, *, some_needed: bool = False
) -> list[_T]:
    """The rows of a list that are a ``kind``; the others are left out, and named to ``origin``.

    Raises:
        BadAnswer: it is no list of objects, or (``some_needed``) has rows and none can be read.
    """
    untyped: Any = kind
    rows: list[_T] = []
    refused: list[tuple[str, str]] = []
    objects = 0
    for raw in decode(list[msgspec.Raw], body):
        row = bytes(raw)
        objects += row[:1] == b"{"
        try:
            decoded: _T = decode_told(_decoder(untyped), untyped, row)[0]
            rows.append(printable_parts(decoded))
        except UndecodableError as error:
            refused.append((field_of(error), row_symbol(row)))
    if refused and not rows and (some_needed or not objects):
        raise BadAnswer
    for field, symbol in refused:
        origin.refuse(field, symbol)
    return rows


def decode_list(kind: type[_T], body: msgspec.Raw, origin: Origin = NOWHERE) -> list[_T]:
    """The rows of a list within an answer; null is an empty one.

    Raises:
        BadAnswer: it is no list of objects.
    """
    data = bytes(body)
    return [] if data == b"null" else decode_rows(kind, data, origin)


def decode(kind: type[_T], body: bytes) -> _T:
    """``body`` as a ``kind``.

    Raises:
        BadAnswer: it is none.
    """
    try:
        untyped: Any = kind
        if isinstance(untyped, type) and issubclass(untyped, msgspec.Struct):
            decoded: _T = decode_told(_decoder(untyped), untyped, body)[0]
        else:
            decoded = decode_json(_decoder(untyped), body)
        return printable_parts(decoded)
    except UndecodableError:
        raise BadAnswer from None


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)
