"""Bytes of a depth event → top 20 of both sides and the vwap of an order, ours against a peer.

The peer is python-binance's own depth cache (``json`` + ``DepthCache``), the library that does
the REST. Both must arrive at the same twenty levels and the same vwap at every event. The data
is a real capture where one lies beside the project, else a session of the embedded exchange.

    python -m benchmarks.book [CAPTURE]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from binance.ws.depthcache import DepthCache

from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.events import DepthDiff, DepthSnapshot
from tuirisk.feed.binance import decode as wire
from tuirisk.feed.frames import RestFrame, StreamFrame
from tuirisk.feed.recording import BareDepth, Captured, parse_line, read
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.market.book import OrderBook
from tuirisk.state import Missing

CAPTURE = Path(__file__).parents[2] / "shared/data/depth/btcusdt_depth0ms_2024-07-18T2357.raw.gz"
NOTIONAL = 100_000.0
TOP = 20
EVENTS = 2_000
Top = list[tuple[float, float]]


def frames(capture: Path) -> tuple[bytes, list[bytes]]:
    """A depth body, and the depth frames that follow it."""
    body: bytes | None = None
    following: list[bytes] = []
    for frame in _source(capture):
        if isinstance(frame, StreamFrame) and b'"depthUpdate"' in frame.data:
            if body is not None:
                following.append(frame.data)
        elif isinstance(frame, BareDepth) or (
            isinstance(frame, RestFrame) and "/depth" in frame.request
        ):
            body = frame.body
        if len(following) == EVENTS:
            break
    assert body is not None
    return body, following


def _source(
    capture: Path,
) -> Iterator[Captured]:
    if capture.is_file():
        yield from read(capture, RecordingFaults())
        return
    from tuirisk.simulator.recording import recorded_session

    for line in recorded_session(["BTCUSDT"], seconds=EVENTS / 9):
        frame = parse_line(line)
        if frame is not None:
            yield frame


def ours(body: bytes, following: list[bytes]) -> tuple[float, list[tuple[Top, Top, float]]]:
    book = OrderBook()
    request = "GET /fapi/v1/depth?symbol=BTCUSDT&limit=1000"
    (snapshot,) = wire.decode(RestFrame(0, request, 200, body))
    assert isinstance(snapshot, DepthSnapshot)
    book.reset(snapshot)
    results = []
    begun = perf_counter()
    for data in following:
        (diff,) = wire.decode(StreamFrame(0, data))
        assert isinstance(diff, DepthDiff)
        book.apply(diff)
        bids, asks = book.bids.top(TOP), book.asks.top(TOP)
        walked = Levels.of(book.asks, book.ask_ceiling, NOTIONAL, 0.0, 0.0)
        vwap = walk(walked, (bids[0][0] + asks[0][0]) / 2, notional=NOTIONAL).vwap
        assert not isinstance(vwap, Missing)
        results.append((bids, asks, vwap))
    return perf_counter() - begun, results


def theirs(body: bytes, following: list[bytes]) -> tuple[float, list[tuple[Top, Top, float]]]:
    cache = DepthCache("BTCUSDT")
    snapshot = json.loads(body)
    for bid in snapshot["bids"]:
        cache.add_bid(bid)
    for ask in snapshot["asks"]:
        cache.add_ask(ask)
    results = []
    begun = perf_counter()
    for data in following:
        event = json.loads(data)["data"]
        # The cache removes only "0.00000000", which futures never send: left alone it crosses.
        for price, quantity in event["b"]:
            cache.add_bid((price, quantity if float(quantity) else "0.00000000"))
        for price, quantity in event["a"]:
            cache.add_ask((price, quantity if float(quantity) else "0.00000000"))
        all_bids, all_asks = cache.get_bids(), cache.get_asks()
        bids = [(price, quantity) for price, quantity in all_bids[:TOP]]
        asks = [(price, quantity) for price, quantity in all_asks[:TOP]]
        results.append((bids, asks, _vwap(all_asks, NOTIONAL)))
    return perf_counter() - begun, results


def _vwap(levels: list[list[float]], notional: float) -> float:
    left, bought = notional, 0.0
    for price, quantity in levels:
        taken = min(quantity, left / price)
        bought += taken
        left -= taken * price
        if left <= 0:
            break
    return (notional - left) / bought


def main() -> None:
    capture = Path(sys.argv[1]) if len(sys.argv) > 1 else CAPTURE
    body, following = frames(capture)
    fast = [ours(body, following) for _ in range(3)]
    slow, expected = theirs(body, following)
    for (bids, asks, vwap), (its_bids, its_asks, its_vwap) in zip(
        fast[0][1], expected, strict=True
    ):
        assert bids == its_bids
        assert asks == its_asks
        assert abs(vwap / its_vwap - 1) < 1e-9
    quick = min(seconds for seconds, _ in fast)
    events = len(following)
    print(
        f"data                       {capture.name if capture.is_file() else 'simulated session'}"
    )
    print(f"depth events               {events}, the same top {TOP} and vwap at each")
    print(f"python-binance DepthCache  {slow / events * 1e6:8.1f} us an event")
    print(f"tuirisk                    {quick / events * 1e6:8.1f} us an event")
    print(f"ratio                      {slow / quick:8.1f}")


if __name__ == "__main__":
    main()
