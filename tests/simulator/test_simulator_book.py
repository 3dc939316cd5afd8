from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuirisk.simulator.book_model import BookModel, BookShape
from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.frames import Notation

START = 1_795_000_000_000
Side = dict[float, float]


class GapError(Exception):
    """The chain of update numbers is broken."""


class LocalBook:
    """Snapshot first, then events; GapError when one does not follow its predecessor."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.last_update_id: int = snapshot["lastUpdateId"]
        self.bids: Side = {float(p): float(q) for p, q in snapshot["bids"]}
        self.asks: Side = {float(p): float(q) for p, q in snapshot["asks"]}
        self._previous: int | None = None

    def apply(self, event: dict[str, Any]) -> bool:
        """Apply one `depthUpdate`; False when it is older than the snapshot."""
        if self._previous is None:
            if event["u"] < self.last_update_id:
                return False
            if not (event["U"] <= self.last_update_id or event["pu"] == self.last_update_id):
                raise GapError(f"snapshot {self.last_update_id} is older than {event['U']}")
        elif event["pu"] != self._previous:
            raise GapError(f"{event['pu']} does not follow {self._previous}")
        self._previous = event["u"]
        for side, levels in ((self.bids, event["b"]), (self.asks, event["a"])):
            for price, quantity in levels:
                if float(quantity) == 0:
                    side.pop(float(price), None)
                else:
                    side[float(price)] = float(quantity)
        return True

    @property
    def crossed(self) -> bool:
        """Whether the best bid reaches the best ask."""
        return max(self.bids) >= min(self.asks)


def full_book(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """A snapshot of every level, which REST would cut at 1000."""
    market = exchange.market(symbol)
    notation = Notation(market.instrument)
    return {
        "lastUpdateId": market.book.last_update_id,
        "bids": notation.levels(market.book.bids.top(10**6)),
        "asks": notation.levels(market.book.asks.top(10**6)),
    }


@settings(max_examples=10)
@given(
    seed=st.integers(0, 10_000),
    scenario=st.sampled_from(["calm", "crash", "squeeze", "illiquid"]),
    symbol=st.sampled_from(["BTCUSDT", "XRPUSDT", "1000PEPEUSDT", "NEWUSDT", "ADAUSDT"]),
)
def test_snapshot_and_diffs_give_the_models_book(seed: int, scenario: str, symbol: str) -> None:
    exchange = Exchange([symbol], seed, scenario, START)
    exchange.advance_to(START + 45_000)
    exchange.subscribe(f"{symbol.lower()}@depth@100ms")
    exchange.advance_to(exchange.now_ms + 500)
    book = LocalBook(full_book(exchange, symbol))
    for _ in range(40):
        for _, event in exchange.advance_to(exchange.now_ms + 500):
            assert isinstance(event, dict)
            book.apply(event)
            assert not book.crossed
    model = LocalBook(full_book(exchange, symbol))
    assert (book.bids, book.asks) == (model.bids, model.asks)


def test_events_chain_from_the_snapshot() -> None:
    exchange = Exchange(["BTCUSDT"], start_ms=START)
    exchange.subscribe("btcusdt@depth@100ms")
    exchange.advance_to(START + 700)
    _, snapshot, _ = exchange.rest("/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": "1000"})
    events = [event for _, event in exchange.advance_to(START + 3_000)]
    assert isinstance(events[0], dict)
    assert events[0]["pu"] == snapshot["lastUpdateId"]
    book = LocalBook(snapshot)
    for event in events:
        assert isinstance(event, dict)
        assert event["pu"] < event["U"] <= event["u"]
        assert book.apply(event)


def test_removals_are_zero_in_the_symbols_precision() -> None:
    exchange = Exchange(["BTCUSDT"], start_ms=START)
    exchange.subscribe("btcusdt@depth@100ms")
    events = [event for _, event in exchange.advance_to(START + 5_000)]
    quantities = {q for event in events if isinstance(event, dict) for _, q in event["b"]}
    assert "0.000" in quantities
    assert all(len(q.partition(".")[2]) == 3 for q in quantities)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT", "SOLUSDT"])
def test_a_majors_book_is_deeper_than_a_snapshot(symbol: str) -> None:
    exchange = Exchange([symbol], start_ms=START)
    book = exchange.market(symbol).book
    assert len(book.bids.levels) > 1_000
    assert len(book.asks.levels) > 1_000
    _, body, _ = exchange.rest("/fapi/v1/depth", {"symbol": symbol, "limit": "1000"})
    assert len(body["bids"]) == len(body["asks"]) == 1_000
    bids = [float(price) for price, _ in body["bids"]]
    asks = [float(price) for price, _ in body["asks"]]
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)


@pytest.fixture
def book() -> BookModel:
    shape = BookShape(density=50.0, touch=500.0, half_depth=400.0, window=1_000, dense=64)
    return BookModel(random.Random(3), shape, 10_000.5, 1, 100)


def test_an_order_eats_levels_best_first_and_the_book_refills(book: BookModel) -> None:
    best = book.asks.best
    wanted = sum(quantity for _, quantity in book.asks.top(5)) + 1
    fills = book.asks.fill(wanted, 100)
    assert [tick for tick, _ in fills] == sorted(tick for tick, _ in fills)
    assert sum(quantity for _, quantity in fills) == wanted
    book.asks.restore_best()
    assert book.asks.best > best
    book.requote(10_000.5, 1, 0.5, 1.0)
    assert book.asks.best == best


def test_an_order_stops_at_its_reach_and_at_the_books_end(book: BookModel) -> None:
    fills = book.bids.fill(10**12, 20)
    assert min(tick for tick, _ in fills) >= book.bids.best - 20
    held = sum(book.bids.levels.values())
    assert sum(quantity for _, quantity in book.bids.fill(10**12, 10**6)) == held


@settings(max_examples=30)
@given(st.lists(st.floats(-600, 600), min_size=1, max_size=25), st.integers(1, 30))
def test_the_book_follows_any_price_uncrossed_and_bounded(moves: list[float], spread: int) -> None:
    shape = BookShape(density=50.0, touch=500.0, half_depth=400.0, window=1_000, dense=64)
    book, mid = BookModel(random.Random(1), shape, 10_000.5, 1, 0), 10_000.5
    for move in moves:
        mid = max(50.0, mid + move)
        book.requote(mid, spread, 0.5, 0.5)
        book.churn(5)
        book.finish_step()
        assert book.bids.best == max(book.bids.levels)
        assert book.asks.best == min(book.asks.levels)
        assert book.bids.best < book.asks.best
        assert min(book.bids.levels) > 0
        assert len(book.bids.levels) < 2_500
        assert min(book.bids.levels.values()) > 0


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_side_that_moves_past_its_farthest_level_is_filled_beyond_its_best(sign: int) -> None:
    shape = BookShape(density=10.0, touch=5.0, half_depth=50.0, window=100, dense=64)
    model = BookModel(random.Random(1), shape, 10_000.0, 2, 1)
    side = model.bids if sign < 0 else model.asks
    best = side.best + sign * 250
    side.move_best(best)
    assert (max if sign < 0 else min)(side.levels) == best
