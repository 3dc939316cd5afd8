"""The exchange's messages as typed msgspec structs (docs/binance.md, "Frames" and "REST").

Prices and quantities come as strings and are made floats in C (``strict=False``); the bounds
keep out NaN, infinity and absurd values, so whatever decodes is finite. Unknown fields are
ignored: new ones keep appearing.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

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


class StreamEvent(msgspec.Struct, frozen=True, gc=False):
    """A stream message; the stream's name chooses the type, else its event name ``e``."""


class DepthUpdate(StreamEvent, frozen=True):
    """``@depth``: changes of the book, update ids ``U`` to ``u`` after ``pu``."""

    E: Time
    s: Symbol
    U: Id
    u: Id
    pu: Id
    b: Levels
    a: Levels


class KlineBar(msgspec.Struct, frozen=True):
    """The bar of ``@kline``; ``x``: it is closed."""

    t: Time
    T: Time
    i: str
    o: Price
    c: Price
    h: Price
    l: Price  # noqa: E741
    v: Quantity
    n: Id
    x: bool
    q: Quantity
    V: Quantity
    Q: Quantity


class KlineUpdate(StreamEvent, frozen=True):
    """``@kline``."""

    s: Symbol
    k: KlineBar
    E: TimeOrBlank = 0
    st: MarketType = None


class AggTrade(StreamEvent, frozen=True):
    """``@aggTrade``; ``m``: the buyer was the maker."""

    s: Symbol
    a: Id
    p: Price
    q: Quantity
    T: Time
    m: bool
    st: MarketType = None


class RawTrade(StreamEvent, frozen=True):
    """``@trade``: not subscribed to, but found in other collectors' captures."""

    s: Symbol
    t: Id
    p: Price
    q: Quantity
    T: Time
    m: bool
    X: str | None = "MARKET"


class MarkPriceUpdate(StreamEvent, frozen=True):
    """``@markPrice``: mark ``p``, index ``i``, funding rate ``r``, next settlement ``T``."""

    E: Time
    s: Symbol
    p: Price
    i: IndexOrBlank = None
    r: RateOrBlank = None
    T: TimeOrBlank = 0
    st: MarketType = None


class ForcedOrder(msgspec.Struct, frozen=True):
    """A liquidation: average price ``ap``, filled quantity ``z``."""

    s: Symbol
    S: Literal["BUY", "SELL"]
    ap: Price
    z: Quantity
    T: Time
    st: MarketType = None


class LiquidationOrderFields(StreamEvent, frozen=True):
    """``@forceOrder``."""

    o: ForcedOrder


class BookTicker(StreamEvent, frozen=True):
    """``@bookTicker``: best bid ``b`` of quantity ``B``, best ask ``a`` of ``A``."""

    u: Id
    s: Symbol
    b: Price
    B: Quantity
    a: Price
    A: Quantity


class TradeId(StreamEvent, frozen=True):
    """What must be readable of an ``@aggTrade`` for the ids to go on."""

    s: Symbol
    a: Id
    st: MarketType = None


class RawTradeId(StreamEvent, frozen=True):
    """What must be readable of a ``@trade`` for the ids to go on."""

    s: Symbol
    t: Id
    X: str | None = None


class LooseDepthUpdate(StreamEvent, frozen=True):
    """``@depth`` with its levels not yet read."""

    E: Time
    s: Symbol
    U: Id
    u: Id
    pu: Id
    b: LooseLevels
    a: LooseLevels


class Envelope(msgspec.Struct, frozen=True):
    """A message of a combined stream: its stream and its payload, not yet read."""

    stream: str
    data: msgspec.Raw


class EventName(msgspec.Struct, frozen=True):
    """The event name of a message whose stream's name says nothing."""

    e: str = ""


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


class LevelRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One level of a book."""

    price: Price
    quantity: Quantity


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
    trades: Id
    taker_buy_base: Quantity
    taker_buy_quote: Quantity


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

    notional: Rate = 0.0


class SymbolRow(msgspec.Struct, frozen=True):
    """A symbol of ``exchangeInfo``. ``contractType`` is empty before it is known."""

    symbol: Symbol
    status: str
    contractType: str | None = "PERPETUAL"
    liquidationFee: Rate = 0.0
    filters: tuple[msgspec.Raw, ...] = ()


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
