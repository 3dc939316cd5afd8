"""What the exchange lists: symbols with their steps and status, and their funding terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tuirisk.feed.binance import schema as sc
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.rows import (
    OnRefused,
    Origin,
    RefusedRow,
    RowDecoder,
    field_of,
    ignore,
)
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason

EXCHANGE_INFO = "/fapi/v1/exchangeInfo"
FUNDING_INFO = "/fapi/v1/fundingInfo"
LARGEST_LIMIT = 10_000_000
"""A rate limit beyond is none: exchanges write huge numbers for that."""

T = TypeVar("T")


class Listing(msgspec.Struct, frozen=True):
    """A symbol's entry in exchangeInfo."""

    symbol: str
    status: str
    contract_type: str
    tick_size: float
    step_size: float
    liquidation_fee: float
    least_notional: float = 0.0

    @property
    def is_perpetual(self) -> bool:
        """Whether it has funding; a delivery contract has none."""
        return self.contract_type.endswith("PERPETUAL")


class ExchangeInfo(msgspec.Struct, frozen=True):
    """``weight_limit`` is in request weight a minute; None where there is none.

    ``unreadable``: symbol → why its row cannot be read; it is not among the listings.
    """

    weight_limit: int | None
    listings: dict[str, Listing]
    unreadable: Mapping[str, Reason]


def decode_exchange_info(body: bytes, on_refused: OnRefused = ignore) -> ExchangeInfo:
    """The body of ``GET /fapi/v1/exchangeInfo``.

    Raises:
        BadFrame: the body is something else.
    """
    try:
        info = decode_json(_EXCHANGE_INFO, body)
    except UndecodableError as error:
        raise BadFrame(str(error)) from None
    unreadable: dict[str, Reason] = {}

    def refuse(refusal: RefusedRow) -> None:
        if refusal.symbol:
            unreadable[refusal.symbol] = refusal.why
        on_refused(refusal)

    origin = Origin(EXCHANGE_INFO, on_refused=refuse)
    listings: dict[str, Listing] = {}
    for row in _SYMBOL_ROWS.rows(info.symbols, origin):
        try:
            listings[row.symbol] = _listing(row)
        except UndecodableError as error:
            origin.refuse(field_of(error), row.symbol)
    return ExchangeInfo(_weight_limit(info.rateLimits, origin), listings, unreadable)


def decode_funding_info(
    body: bytes, on_refused: OnRefused = ignore
) -> dict[str, sc.FundingInfoRow]:
    """The body of ``GET /fapi/v1/fundingInfo`` by symbol: only symbols with terms of their own.

    Raises:
        BadFrame: the body is something else.
    """
    rows = _FUNDING_INFO.rows(body, Origin(FUNDING_INFO, on_refused=on_refused))
    return {row.symbol: row for row in rows}


def _weight_limit(body: msgspec.Raw, origin: Origin) -> int | None:
    try:
        limits = _RATE_LIMITS.rows(body, origin)
    except BadFrame:
        origin.refuse("rateLimits")
        return None
    weights = (row.limit for row in limits if row.rateLimitType == "REQUEST_WEIGHT")
    return next((limit for limit in weights if limit <= LARGEST_LIMIT), None)


def _listing(row: sc.SymbolRow) -> Listing:
    tick = step = least = 0.0
    for raw in row.filters:
        body = bytes(raw)
        kind = decode_json(_FILTER, body).filterType
        if kind == "PRICE_FILTER":
            tick = decode_json(_PRICE_FILTER, body).tickSize
        elif kind == "LOT_SIZE":
            step = decode_json(_LOT_SIZE, body).stepSize
        elif kind == "MIN_NOTIONAL":
            least = decode_json(_MIN_NOTIONAL, body).notional
    return Listing(
        row.symbol,
        printable(row.status),
        printable(row.contractType or ""),
        tick,
        step,
        row.liquidationFee,
        least,
    )


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind, strict=False)


_EXCHANGE_INFO = _decoder(sc.ExchangeInfoBody)
_SYMBOL_ROWS = RowDecoder(sc.SymbolRow)
_RATE_LIMITS = RowDecoder(sc.RateLimit)
_FUNDING_INFO = RowDecoder(sc.FundingInfoRow)
_FILTER = _decoder(sc.Filter)
_PRICE_FILTER = _decoder(sc.PriceFilter)
_LOT_SIZE = _decoder(sc.LotSize)
_MIN_NOTIONAL = _decoder(sc.MinNotional)
