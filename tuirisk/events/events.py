"""The events of a feed, as immutable records.

Prices are in the quote asset, quantities in the base asset, times in UTC milliseconds (``*_time``)
or local receive time in UTC nanoseconds (``received``). Numbers are finite: the decoder drops a
frame that carries anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal, TypeAlias

import msgspec

from tuirisk.events.columnar import ColumnarSequence, Row
from tuirisk.language.reason import Reason, joined

Level: TypeAlias = tuple[float, float]
"""(price, absolute quantity); quantity zero removes the level."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event of ``symbol``, received at ``received`` (local UTC nanoseconds)."""

    symbol: str
    received: int


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One bar; ``closed`` is the exchange's own word or a close time that has passed there."""

    open_time: int
    close_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_volume: float
    trades: int
    taker_buy_base: float
    taker_buy_quote: float
    closed: bool


def closed_bars(rows: Iterable[Row]) -> ColumnarSequence[Candle]:
    """Closed bars from rows of the fields of :class:`Candle` before ``closed``."""
    return ColumnarSequence(partial(Candle, closed=True), "qqddddddqdd", rows)


def closed_bars_of_columns(columns: Sequence[bytes | memoryview]) -> ColumnarSequence[Candle]:
    """Closed bars from columns, the bytes of the numbers of each field before ``closed``."""
    return ColumnarSequence.of_columns(partial(Candle, closed=True), "qqddddddqdd", columns)


class CandleForming(Event, frozen=True):
    """The bar of ``interval`` (``15m``, ``1h``, ``1d``) that has not closed yet.

    ``event_time`` is when the exchange sent it, 0 where that is not stated.
    """

    interval: str
    candle: Candle
    event_time: int = 0


class CandleClosed(Event, frozen=True):
    """The bar of ``interval`` that has just closed, as the stream reported it at ``event_time``
    (0 where that is not stated).
    """

    interval: str
    candle: Candle
    event_time: int = 0


class CandleHistory(Event, frozen=True):
    """Bars from REST, oldest first; the last may still be forming (``closed`` False).

    ``cached``: closed bars that an earlier run received, ``received`` being when it did.
    """

    interval: str
    candles: Sequence[Candle]
    cached: bool = False


class DepthSnapshot(Event, frozen=True):
    """A whole book (as far as the exchange gives it): replaces whatever was known.

    ``still``: it confirms, after a silence of the depth stream, that the book has not changed.
    ``limit``: the levels a side that were asked for; a shorter side was given whole.
    """

    last_update_id: int
    event_time: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    still: bool = False
    limit: int = 1_000


class DepthDiff(Event, frozen=True):
    """A change of the book. After ``feed.binance.depth_sync`` these come gapless and in order."""

    first_id: int
    last_id: int
    previous_id: int
    event_time: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class DepthLost(Event, frozen=True):
    """The book can no longer be trusted; there is none until the next DepthSnapshot."""

    reason: Reason


class BestQuote(Event, frozen=True):
    """bookTicker: best bid and ask as the exchange saw them at ``update_id``."""

    update_id: int
    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float


class Trade(Event, frozen=True):
    """An aggregate trade. ``seller_is_taker`` is the exchange's ``m`` (the buyer was the maker)."""

    trade_id: int
    trade_time: int
    price: float
    quantity: float
    seller_is_taker: bool


class TradesLost(Event, frozen=True):
    """The ids of the trades so far were wrong: their sequence begins anew."""


class MarkPrice(Event, frozen=True):
    """Mark and index price, and the predicted funding rate per interval.

    ``funding_rate`` is None where there is no funding (delivery contracts).
    """

    event_time: int
    mark: float
    index: float
    funding_rate: float | None
    next_funding_time: int


class Liquidation(Event, frozen=True):
    """A sampled forced order. ``side`` is of the order: SELL liquidates a long."""

    trade_time: int
    side: Literal["BUY", "SELL"]
    price: float
    quantity: float


class OpenInterestReading(Event, frozen=True):
    """Open interest in ``contracts`` (base asset) at ``time`` (UTC milliseconds)."""

    time: int
    contracts: float


class OpenInterestHistory(Event, frozen=True):
    """Rows (time UTC ms, contracts, value in the quote asset), oldest first; holes are normal."""

    period: str
    rows: Sequence[tuple[int, float, float]]


class LongShortRatio(Event, frozen=True):
    """Rows (time, ratio), oldest first, of all accounts (``global``) or the top positions."""

    kind: Literal["global", "top"]
    period: str
    rows: tuple[tuple[int, float], ...]


class FundingHistory(Event, frozen=True):
    """Settlements (time UTC ms, rate as a fraction, regular), oldest first."""

    rows: tuple[tuple[int, float, bool], ...]


class FundingSchedule(Event, frozen=True):
    """The symbol's own funding interval and limits; None where the exchange lists no limit."""

    interval_hours: int
    cap: float | None
    floor: float | None


class Bracket(msgspec.Struct, frozen=True):
    """One leverage bracket: it holds for notionals in (floor, cap] (quote asset).

    ``cumulative`` is the amount that makes ``notional × maintenance_rate − cumulative`` continuous.
    """

    notional_floor: float
    notional_cap: float
    maintenance_rate: float
    cumulative: float
    max_leverage: float


class LeverageBrackets(Event, frozen=True):
    """The symbol's brackets as the account's API states them, lowest notional first."""

    brackets: tuple[Bracket, ...]


class AccountPosition(msgspec.Struct, frozen=True):
    """A position the account holds; ``isolated_wallet`` is 0 for cross margin."""

    symbol: str
    side: Literal["long", "short"]
    quantity: float
    entry_price: float
    leverage: float
    margin_mode: Literal["isolated", "cross"]
    isolated_wallet: float


class AccountReport(Event, frozen=True):
    """The whole account (``symbol`` is empty): replaces what was known of it.

    ``wallet_balance`` is the cross wallet (quote asset, without unrealised PnL). ``hedge_mode``
    allows a long and a short of one symbol at once. ``available_balance`` is what may become the
    margin of new positions, open orders counted (quote asset); None where it is not known now.
    ``account`` tells one account's key from another's; empty where it is not known.
    """

    wallet_balance: float
    hedge_mode: bool
    positions: tuple[AccountPosition, ...]
    available_balance: float | None = None
    read_at: int = 0
    """When REST was last asked for all of it (ns, local): the stream alone proves nothing."""
    account: str = ""

    @property
    def as_of(self) -> int:
        """Since when (ns, local) the account may have changed without our knowing."""
        return self.read_at or self.received


FillReason: TypeAlias = Literal["user", "liquidation", "adl", "settlement"]
"""Why an order was placed: by the account's user, or by the exchange: a liquidation, an automatic
deleveraging (ADL), the settlement of a contract that ends."""


class OrderFill(Event, frozen=True):
    """A trade of one of the account's orders.

    ``side`` is of the order: SELL makes a long smaller. ``position_side`` is ``both`` in one-way
    mode. ``quantity`` > 0 is in the base asset, ``realised_pnl`` in the quote asset, without
    fees.
    """

    trade_time: int
    position_side: Literal["both", "long", "short"]
    side: Literal["BUY", "SELL"]
    reason: FillReason
    quantity: float
    price: float
    realised_pnl: float


class SymbolListed(Event, frozen=True):
    """A symbol joined the watchlist, with its facts from exchangeInfo.

    ``tick_size`` is in the quote asset, ``step_size`` in the base asset, ``liquidation_fee`` a
    fraction of the notional. The defaults stand where exchangeInfo is not known.
    """

    contract_type: str = "PERPETUAL"
    tick_size: float = 0.0
    step_size: float = 0.0
    liquidation_fee: float = 0.0
    offered: frozenset[str] | None = None
    """The families of data (``DataFamily``) that the source can have of it; None: every one. What
    it never has leaves the score's weights, as the order book of a file of candles."""
    mark_is_close: bool = False
    """Whether the last close stands in for the mark price, which the source does not have."""

    @property
    def is_perpetual(self) -> bool:
        """Whether it has funding; a delivery contract has none."""
        return self.contract_type.endswith("PERPETUAL")


class SymbolRefused(Event, frozen=True):
    """The symbol cannot be watched; ``reason`` is fit for a person."""

    reason: Reason


class SymbolRemoved(Event, frozen=True):
    """The symbol left the watchlist; everything about it is forgotten."""


class ServerTime(Event, frozen=True):
    """The exchange's clock by ``GET /fapi/v1/time`` (``symbol`` is empty), UTC milliseconds.

    ``received`` is the middle of the request's round trip.
    """

    server_time: int


StreamStatus = Literal["awaiting", "live", "silent", "closed"]


class StreamReport(msgspec.Struct, frozen=True):
    """Health of one stream; ``age_ms`` is since its last frame, None before the first."""

    name: str
    status: StreamStatus
    age_ms: float | None


class AccountReading(msgspec.Struct, frozen=True):
    """How the reading of the account fares; every message begins with ``account:``.

    ``awaited``: not read yet, or it is not known yet whether there is a key. ``unfollowed``: read,
    but its stream is closed. ``failing``: the last reading failed. ``refused``: the key cannot be
    used, or the exchange refuses it.
    """

    status: Literal["awaited", "read", "unfollowed", "failing", "refused"]
    messages: tuple[Reason, ...] = ()


class ConnectionReport(msgspec.Struct, frozen=True):
    """The health of a source at the moment of a batch."""

    status: Literal["connecting", "syncing", "live", "degraded", "offline"]
    latency_ms: float | None = None
    used_weight_1m: int | None = None
    reconnects: int = 0
    resyncs: int = 0
    dropped_frames: int = 0
    streams: tuple[StreamReport, ...] = ()
    message: Reason | None = None
    """What is wrong with the connection to the market."""
    drops: tuple[Reason, ...] = ()
    """Of what frames were dropped in the last minute, one sentence a kind."""
    recording: Reason | None = None
    """Why the recording stopped; None while there is none or it goes on."""
    account: AccountReading | None = None
    """None without a key."""
    notes: tuple[Reason, ...] = ()
    """What a person should know of the source while nothing is wrong with it."""

    @property
    def line(self) -> Reason | None:
        """Everything there is to say, in one line."""
        account = self.account.messages if self.account is not None else ()
        return joined(self.message, self.recording, *account, *self.notes, by="lines")


class Batch(msgspec.Struct, frozen=True):
    """The events since the last batch, and the time (UTC ns) at which to assess them."""

    now: int
    events: tuple[Event, ...]
    connection: ConnectionReport
    last: bool = False
    listed: tuple[str, ...] = ()
    """Every perpetual that trades, as far as the source knows."""
