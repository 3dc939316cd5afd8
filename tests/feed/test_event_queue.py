"""The mailbox: bounded, and what is conflated is the same book."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.frames import NS, T0, diff, snapshot

from tuirisk import events as ev
from tuirisk.feed.event_queue import EventQueue
from tuirisk.language.reason import Reason
from tuirisk.market.book import OrderBook


def mark(price: float, symbol: str = "BTCUSDT") -> ev.MarkPrice:
    return ev.MarkPrice(symbol, T0 * NS, T0, price, price, 0.0001, T0)


def trade(n: int) -> ev.Trade:
    return ev.Trade("BTCUSDT", T0 * NS, n, T0, 100.0, 1.0, False)


def levels(events: tuple[ev.Event, ...], symbol: str) -> tuple[list[ev.Level], list[ev.Level]]:
    book = OrderBook()
    for event in events:
        if event.symbol != symbol:
            continue
        if isinstance(event, ev.DepthSnapshot):
            book.reset(event)
        elif isinstance(event, ev.DepthDiff):
            book.apply(event)
        elif isinstance(event, ev.DepthLost):
            book.invalidate(event.reason)
    return list(book.bids.levels()), list(book.asks.levels())


def test_in_order_and_whole_when_it_is_collected() -> None:
    box = EventQueue()
    events = (snapshot(1), diff(2, 2, 1), trade(1), mark(1.0), mark(2.0))
    for event in events:
        box.put(event)
    assert box.drain() == events
    assert box.drain() == ()


level = st.tuples(st.integers(90, 110).map(float), st.sampled_from([0.0, 1.0, 2.0]))
change = st.lists(level, max_size=3).map(tuple)
step = st.tuples(
    st.sampled_from(["AUSDT", "BUSDT"]),
    st.sampled_from(["diff"] * 8 + ["snapshot", "lost", "mark"]),
    change,
    change,
)


@given(st.lists(step, max_size=80))
def test_conflation_leaves_the_same_book(steps: list[tuple[str, str, object, object]]) -> None:
    events: list[ev.Event] = []
    for n, (symbol, kind, bids, asks) in enumerate(steps):
        event: ev.Event
        if kind == "diff":
            event = replace(diff(n, n, n - 1, bids, asks), symbol=symbol)  # type: ignore[arg-type]
        elif kind == "snapshot":
            event = replace(snapshot(n, bids, asks), symbol=symbol)  # type: ignore[arg-type]
        elif kind == "lost":
            event = ev.DepthLost(symbol, T0 * NS, Reason.from_text("gap"))
        else:
            event = mark(float(n + 1), symbol)
        events.append(event)
    tight = EventQueue(limit=4)
    for event in events:
        tight.put(event)
    kept = tight.drain()
    for symbol in ("AUSDT", "BUSDT"):
        assert levels(kept, symbol) == levels(tuple(events), symbol)


def test_a_consumer_that_never_comes_costs_bounded_memory() -> None:
    box = EventQueue(limit=100)
    box.put(snapshot(1))
    for n in range(2, 10_000):
        box.put(diff(n, n, n - 1, ((float(n % 7 + 1), 1.0),)))
        box.put(mark(float(n)))
        box.put(trade(n))
    assert len(box) <= 100
    assert box.conflated > 0
    assert box.dropped > 0
    events = box.drain()
    assert [e for e in events if isinstance(e, ev.MarkPrice)][-1].mark == 9_999.0
    ids = [e.trade_id for e in events if isinstance(e, ev.Trade)]
    assert ids == list(range(10_000 - len(ids), 10_000)), "the oldest trades go first"


def candle(symbol: str, interval: str, close: float) -> ev.CandleForming:
    bar = ev.Candle(T0, T0 + 1, 1.0, 9.0, 1.0, close, 1.0, 1.0, 1, 0.5, 0.5, closed=False)
    return ev.CandleForming(symbol, T0 * NS, interval, bar)


def test_conflation_keeps_the_newest_forming_candle_of_each_interval() -> None:
    queue = EventQueue(limit=6)
    events = [
        candle(symbol, interval, close)
        for close in (2.0, 3.0)
        for symbol in ("BTCUSDT", "ETHUSDT")
        for interval in ("15m", "1h")
    ]
    for event in events:
        queue.put(event)
    queue.put(closed := ev.CandleClosed("BTCUSDT", T0 * NS, "15m", events[0].candle))
    assert queue.conflated > 0
    kept = [event for event in queue.drain() if event is not closed]
    newest = {(e.symbol, e.interval): e for e in kept if isinstance(e, ev.CandleForming)}
    assert newest == {(e.symbol, e.interval): e for e in events[4:]}


def test_nothing_of_a_forgotten_symbol_is_left() -> None:
    box = EventQueue()
    box.put(trade(1))
    box.put(mark(1.0, "ETHUSDT"))
    box.discard_symbol("BTCUSDT")
    assert [event.symbol for event in box.drain()] == ["ETHUSDT"]
