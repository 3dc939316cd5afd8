"""What the exchange lists: symbols with their steps and status, and their funding terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tuirisk.events import SymbolListed
from tuirisk.events.contract_names import minute
from tuirisk.feed.binance import schema as sc
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.rows import (
    LONGEST_NAME,
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
NEVER_MS = 4_102_444_800_000
"""2100: a contract that ends later does not end."""
LARGEST_LIMIT = 10_000_000
"""A rate limit beyond is none: exchanges write huge numbers for that."""

LARGEST_AMOUNT = 1e12
"""Quote asset."""

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
    base_asset: str = ""
    quote_asset: str = ""
    margin_asset: str = ""
    underlying: str = ""
    ends_at: int = 0
    """UTC ms; 0 for a perpetual that stays."""
    begins_at: int = 0
    """UTC ms; 0 where it is not told."""

    @property
    def trades(self) -> bool:
        return self.status == "TRADING"

    @property
    def is_perpetual(self) -> bool:
        """Whether it has funding; a delivery contract has none."""
        return self.contract_type.endswith("PERPETUAL")

    @property
    def refusal(self) -> Reason | None:
        """Why it cannot be watched; None where it trades."""
        if self.trades:
            return None
        if self.status.startswith("PENDING") and self.begins_at:
            return Reason("not_trading_yet", status=self.status, time=minute(self.begins_at))
        return Reason("not_trading", status=self.status)

    def listed(self, received: int) -> SymbolListed:
        """The event that it joins the watchlist at ``received`` (ns)."""
        return SymbolListed(
            self.symbol,
            received,
            self.contract_type,
            self.tick_size,
            self.step_size,
            self.liquidation_fee,
            self.base_asset,
            self.quote_asset,
            self.margin_asset,
            self.underlying,
            self.ends_at,
            least_notional=self.least_notional,
        )

    def changes(self, before: Listing) -> tuple[Reason, ...]:
        """One sentence for each term that was another ``before``."""
        found = [
            Reason("contract_term_changed", thing=name, before=f"{old:.12g}", after=f"{new:.12g}")
            for name in ("tick_size", "step_size", "liquidation_fee", "least_notional")
            if (old := getattr(before, name)) != (new := getattr(self, name))
        ]
        if self.contract_type != before.contract_type:
            found.append(
                Reason(
                    "contract_term_changed",
                    thing="contract_type",
                    before=before.contract_type,
                    after=self.contract_type,
                )
            )
        if self.ends_at != before.ends_at:
            found.append(
                Reason("contract_ends", time=minute(self.ends_at))
                if self.ends_at
                else Reason("contract_stays")
            )
        return tuple(found)


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
            least = _amount(decode_json(_MIN_NOTIONAL, body).notional)
    return Listing(
        row.symbol,
        printable(row.status),
        printable(row.contractType or ""),
        tick,
        step,
        row.liquidationFee,
        least,
        _text(row.baseAsset),
        _text(row.quoteAsset),
        _text(row.marginAsset),
        _text(row.underlyingType),
        moment(row.deliveryDate),
        moment(row.onboardDate),
    )


def moment(value: Any) -> int:
    """A time that the exchange tells, UTC ms; 0 for none: blank, or so late that it means never."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    known = isinstance(value, int) and not isinstance(value, bool)
    return value if known and 0 < value < NEVER_MS else 0


def _amount(value: Any) -> float:
    """A number that the exchange tells; 0 for none: blank, or so large that it means no number."""
    try:
        amount = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return amount if 0 < amount <= LARGEST_AMOUNT else 0.0


def _text(value: Any) -> str:
    return printable(value)[:LONGEST_NAME] if isinstance(value, str) else ""


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
