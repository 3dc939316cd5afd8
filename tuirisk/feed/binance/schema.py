"""REST answers of the exchange as typed msgspec structs, and their fields' ranges
(docs/binance.md, "REST").

Prices and quantities come as strings and are made floats in C (``strict=False``); the bounds
keep out NaN, infinity and absurd values, so whatever decodes is finite. Unknown fields are
ignored: new ones keep appearing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

Price: TypeAlias = Annotated[float, Meta(gt=0, le=1e12)]
Quantity: TypeAlias = Annotated[float, Meta(ge=0, le=1e18)]
Rate: TypeAlias = Annotated[float, Meta(ge=-10, le=10)]
Time: TypeAlias = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]
Id: TypeAlias = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
Size: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)]
Blank: TypeAlias = Literal[""] | None
"""How the exchange writes a field that a contract does not have."""
RateOrBlank: TypeAlias = Rate | Blank
"""Blank for contracts without funding."""
IndexOrBlank: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)] | Blank
"""Blank or zero before a coin has an index."""
TimeOrBlank: TypeAlias = Time | Blank
MarketType: TypeAlias = int | Blank
"""``st``: absent, blank or 1 for USDⓈ-M."""
Symbol: TypeAlias = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^\w+\Z")]
"""Letters of any script, digits and ``_``: nothing that a terminal obeys."""
MOST_LEVELS = 20_000
"""Of a side of a book, in one message; the exchange gives 1 000 at most."""
Levels: TypeAlias = Annotated[tuple[tuple[Price, Quantity], ...], Meta(max_length=MOST_LEVELS)]
LooseLevels: TypeAlias = Annotated[list[msgspec.Raw], Meta(max_length=MOST_LEVELS)]


class DepthBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/depth``: levels as (price, quantity)."""

    lastUpdateId: Id
    bids: Levels
    asks: Levels
    E: TimeOrBlank = 0


class LooseDepthBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/depth`` with its levels not yet read."""

    lastUpdateId: Id
    bids: LooseLevels
    asks: LooseLevels
    E: TimeOrBlank = 0


class KlineRow(msgspec.Struct, array_like=True, frozen=True):
    """A bar of ``GET /fapi/v1/klines``."""

    open_time: Time
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Quantity
    close_time: Time
    quote_volume: Quantity
    trades: Id | Blank = None
    taker_buy_base: Quantity | Blank = None
    taker_buy_quote: Quantity | Blank = None


class PremiumIndexBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/premiumIndex``: mark, index and predicted funding."""

    symbol: Symbol
    markPrice: Price
    time: Time
    indexPrice: IndexOrBlank = None
    lastFundingRate: RateOrBlank = None
    nextFundingTime: TimeOrBlank = 0


class FundingRateRow(msgspec.Struct, frozen=True):
    """A settlement of ``GET /fapi/v1/fundingRate``; the rate is a fraction."""

    symbol: Symbol
    fundingTime: Time
    fundingRate: Rate
    rateType: str | None = "Regular"


class FundingInfoRow(msgspec.Struct, frozen=True):
    """A row of ``GET /fapi/v1/fundingInfo``: interval (hours), cap and floor."""

    symbol: Symbol
    fundingIntervalHours: Annotated[int, Meta(ge=1, le=24)]
    adjustedFundingRateCap: RateOrBlank = None
    adjustedFundingRateFloor: RateOrBlank = None


class OpenInterestBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/openInterest``, contracts (base asset)."""

    symbol: Symbol
    openInterest: Quantity
    time: Time


class OpenInterestRow(msgspec.Struct, frozen=True):
    """A point of ``/futures/data/openInterestHist``: contracts and their value."""

    symbol: Symbol
    sumOpenInterest: Quantity
    sumOpenInterestValue: Quantity
    timestamp: Time


class RatioRow(msgspec.Struct, frozen=True):
    """A point of ``/futures/data/*LongShort*Ratio``: accounts or positions, long over short."""

    longShortRatio: Quantity
    timestamp: Time
    symbol: str = ""


class Filter(msgspec.Struct, frozen=True):
    """A filter of a symbol in ``exchangeInfo``; what it holds depends on its type."""

    filterType: str


class PriceFilter(msgspec.Struct, frozen=True):
    """``PRICE_FILTER``: the step of prices, in the quote asset."""

    tickSize: Size


class LotSize(msgspec.Struct, frozen=True):
    """``LOT_SIZE``: the step of quantities, in the base asset."""

    stepSize: Size


class MinNotional(msgspec.Struct, frozen=True):
    """``MIN_NOTIONAL``: what an order that opens must be worth, in the quote asset."""

    notional: Any = None
    """A number, or blank."""


class SymbolRow(msgspec.Struct, frozen=True):
    """A symbol of ``exchangeInfo``. ``contractType`` is empty before it is known."""

    symbol: Symbol
    status: str
    contractType: str | None = "PERPETUAL"
    liquidationFee: Rate = 0.0
    filters: tuple[msgspec.Raw, ...] = ()
    baseAsset: Any = None
    quoteAsset: Any = None
    marginAsset: Any = None
    underlyingType: Any = None
    deliveryDate: Any = None
    onboardDate: Any = None
    """The last six are taken where they can be read: none of them refuses the symbol."""


class AssetIndexRow(msgspec.Struct, frozen=True):
    """A row of ``GET /fapi/v1/assetIndex``: an asset's name and ``USD``, its index price."""

    symbol: Symbol
    index: Price


class ScheduleBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/tradingSchedule``: the sessions of each kind of underlying."""

    marketSchedules: dict[str, msgspec.Raw]


class MarketScheduleBody(msgspec.Struct, frozen=True):
    """The sessions of one kind of underlying."""

    sessions: msgspec.Raw


class SessionRow(msgspec.Struct, frozen=True):
    """A session: its begin and end, and what trades in it."""

    startTime: Time
    endTime: Time
    type: str


class RateLimit(msgspec.Struct, frozen=True):
    """A rate limit of ``exchangeInfo``."""

    rateLimitType: str
    limit: Annotated[int, Meta(ge=1)]
    interval: str = ""


class ExchangeInfoBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/exchangeInfo``; its rows are read one by one."""

    symbols: msgspec.Raw
    rateLimits: msgspec.Raw = msgspec.Raw(b"[]")


class ServerTimeBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/time``, UTC milliseconds."""

    serverTime: Time
