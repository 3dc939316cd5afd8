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
RateOrNone: TypeAlias = Rate | Literal[""]
"""Empty for contracts without funding."""
Symbol: TypeAlias = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^\w+\Z")]
"""Letters of any script, digits and ``_``: nothing that a terminal obeys."""
MOST_LEVELS = 20_000
"""Of a side of a book, in one message; the exchange gives 1 000 at most."""
Levels: TypeAlias = Annotated[tuple[tuple[Price, Quantity], ...], Meta(max_length=MOST_LEVELS)]


class StreamEvent(msgspec.Struct, tag_field="e", frozen=True, gc=False):
    """A stream message; its event name ``e`` chooses the type."""


class DepthUpdate(StreamEvent, tag="depthUpdate", frozen=True):
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


class KlineUpdate(StreamEvent, tag="kline", frozen=True):
    """``@kline``."""

    s: Symbol
    k: KlineBar
    E: Time = 0
    st: int = 1


class AggTrade(StreamEvent, tag="aggTrade", frozen=True):
    """``@aggTrade``; ``m``: the buyer was the maker."""

    s: Symbol
    a: Id
    p: Price
    q: Quantity
    T: Time
    m: bool
    st: int = 1


class RawTrade(StreamEvent, tag="trade", frozen=True):
    """``@trade``: not subscribed to, but found in other collectors' captures."""

    s: Symbol
    t: Id
    p: Price
    q: Quantity
    T: Time
    m: bool
    X: str = "MARKET"


class MarkPriceUpdate(StreamEvent, tag="markPriceUpdate", frozen=True):
    """``@markPrice``: mark ``p``, index ``i``, funding rate ``r``, next settlement ``T``."""

    E: Time
    s: Symbol
    p: Price
    i: Price
    r: RateOrNone
    T: Time
    st: int = 1


class ForcedOrder(msgspec.Struct, frozen=True):
    """A liquidation: average price ``ap``, filled quantity ``z``."""

    s: Symbol
    S: Literal["BUY", "SELL"]
    ap: Price
    z: Quantity
    T: Time
    st: int = 1


class LiquidationOrderFields(StreamEvent, tag="forceOrder", frozen=True):
    """``@forceOrder``."""

    o: ForcedOrder


class BookTicker(StreamEvent, tag="bookTicker", frozen=True):
    """``@bookTicker``: best bid ``b`` of quantity ``B``, best ask ``a`` of ``A``."""

    u: Id
    s: Symbol
    b: Price
    B: Quantity
    a: Price
    A: Quantity


StreamMessage: TypeAlias = (
    DepthUpdate
    | KlineUpdate
    | AggTrade
    | RawTrade
    | MarkPriceUpdate
    | LiquidationOrderFields
    | BookTicker
)


class CombinedFrame(msgspec.Struct, frozen=True):
    """A message of a combined stream: its stream and its payload."""

    stream: str
    data: StreamMessage


class DepthBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/depth``: levels as (price, quantity)."""

    lastUpdateId: Id
    bids: Levels
    asks: Levels
    E: Time = 0


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
    indexPrice: Price
    lastFundingRate: RateOrNone
    nextFundingTime: Time
    time: Time


class FundingRateRow(msgspec.Struct, frozen=True):
    """A settlement of ``GET /fapi/v1/fundingRate``; the rate is a fraction."""

    symbol: Symbol
    fundingTime: Time
    fundingRate: Rate
    rateType: str = "Regular"


class FundingInfoRow(msgspec.Struct, frozen=True):
    """A row of ``GET /fapi/v1/fundingInfo``: interval (hours), cap and floor."""

    symbol: Symbol
    fundingIntervalHours: Annotated[int, Meta(ge=1, le=24)]
    adjustedFundingRateCap: Rate | None = None
    adjustedFundingRateFloor: Rate | None = None


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
    """A filter of a symbol in ``exchangeInfo``: steps of price and quantity."""

    filterType: str
    tickSize: Size = 0.0
    stepSize: Size = 0.0


class SymbolRow(msgspec.Struct, frozen=True):
    """A symbol of ``exchangeInfo``."""

    symbol: Symbol
    status: str
    contractType: str = "PERPETUAL"
    liquidationFee: Rate = 0.0
    filters: tuple[Filter, ...] = ()


class RateLimit(msgspec.Struct, frozen=True):
    """A rate limit of ``exchangeInfo``."""

    rateLimitType: str
    limit: Annotated[int, Meta(ge=1, le=10_000_000)]
    interval: str = ""


class ExchangeInfoBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/exchangeInfo``."""

    symbols: list[msgspec.Raw]
    rateLimits: tuple[RateLimit, ...] = ()


class ServerTimeBody(msgspec.Struct, frozen=True):
    """``GET /fapi/v1/time``, UTC milliseconds."""

    serverTime: Time
