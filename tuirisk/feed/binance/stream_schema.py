"""Frames of the market streams as typed msgspec structs (docs/binance.md, "Frames")."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tuirisk.feed.binance.schema import (
    Blank,
    Id,
    IndexOrBlank,
    Levels,
    LooseLevels,
    MarketType,
    Price,
    Quantity,
    RateOrBlank,
    Symbol,
    Time,
    TimeOrBlank,
)


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
    x: bool
    q: Quantity
    n: Id | Blank = None
    V: Quantity | Blank = None
    Q: Quantity | Blank = None


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


class ContractInfo(StreamEvent, frozen=True):
    """``!contractInfo``: a contract was listed or delisted, or its brackets changed."""

    s: Symbol
    cs: str
    E: TimeOrBlank = 0
    dt: Any = None
    st: MarketType = None


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


class LevelRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One level of a book."""

    price: Price
    quantity: Quantity
