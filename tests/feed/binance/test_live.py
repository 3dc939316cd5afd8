"""The live source over real sockets, against the embedded exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest
from support.live_source import PATIENCE, make_source, small_exchange, watching

from tuirisk import events as ev
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.language.reason import Reason


@pytest.fixture(autouse=True)
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Every host anything connects to; a test fails when it is another than loopback."""
    seen: set[str] = set()
    connect = aiohttp.BaseConnector.connect

    async def noting(self, req, *args, **kwargs):  # type: ignore[no-untyped-def]
        seen.add(req.url.host)
        assert req.url.host == "127.0.0.1", req.url.host
        return await connect(self, req, *args, **kwargs)

    monkeypatch.setattr(aiohttp.BaseConnector, "connect", noting)
    yield seen
    assert seen <= {"127.0.0.1"}


async def test_two_symbols_become_ready_with_all_their_history(hosts: set[str]) -> None:
    with small_exchange(listed_days=None) as server:
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT", "ETHUSDT"))
            await seen.until(lambda: seen.report.status == "live")
            market = seen.market.symbols
            await seen.until(
                lambda: all(
                    len(m.derivatives.open_interest_history) > 8_500 for m in market.values()
                )
            )
        for known in market.values():
            assert {i: len(ring) for i, ring in known.candles.items()} == {
                "15m": 2_880,
                "1h": 1_500,
                "1d": 1_500,
            }
            assert not any(ring.holes() for ring in known.candles.values())
            assert len(known.derivatives.settlements) >= 270
            assert known.derivatives.ratios["global"]
            assert known.derivatives.ratios["top"]
            assert known.derivatives.funding_schedule is not None
        report = seen.report
        assert {s.name for s in report.streams} >= {"depth@100ms", "kline_15m", "aggTrade"}
        assert 50 < max(batch.connection.used_weight_1m or 0 for batch in seen.batches) < 200
        assert report.latency_ms is not None
        assert (report.reconnects, report.resyncs, report.dropped_frames) == (0, 0, 0)
        assert hosts == {"127.0.0.1"}
        assert all(path.startswith(("/fapi/", "/futures/data/")) for path, _ in server.requests)
        order = [q["symbol"] for path, q in server.requests if path == "/fapi/v1/klines"]
        assert order[0] == "BTCUSDT"
        assert order.index("ETHUSDT") <= 6


async def test_what_cannot_be_watched_is_named_and_left_out() -> None:
    with small_exchange() as server:
        async with watching(server, "NOSUCHUSDT", "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
        assert "not a symbol" in str(seen.market.refused["NOSUCHUSDT"])
        assert not any("NOSUCH" in str(request) for request in server.requests)
        assert not any("nosuch" in path for path in server.handshakes)


async def test_a_symbol_added_while_running_needs_no_new_connection() -> None:
    with small_exchange() as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            seen.source.add("ETHUSDT")
            await seen.until(lambda: seen.ready("ETHUSDT"))
            assert len(server.handshakes) == 2
            seen.source.remove("BTCUSDT")
            await seen.until(lambda: bool(seen.of(ev.SymbolRemoved)))
            await seen.until(
                lambda: not any("btc" in s for _, names in server.connections for s in names)
            )
            await seen.until(lambda: seen.report.status == "live")
        removed = seen.events.index(seen.of(ev.SymbolRemoved)[0])
        assert all(event.symbol != "BTCUSDT" for event in seen.events[removed + 1 :])
        assert list(seen.market.symbols) == ["ETHUSDT"]
        assert seen.report.dropped_frames == 0


async def test_the_only_symbol_can_be_removed_and_another_added() -> None:
    with small_exchange() as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            seen.source.remove("BTCUSDT")
            await seen.until(lambda: not server.connections)
            await seen.until(lambda: seen.report.message == Reason("no_symbol_to_watch"))
            seen.source.add("ETHUSDT")
            await seen.until(lambda: seen.ready("ETHUSDT"))
        assert seen.report.reconnects == 0


async def test_rotation_opens_the_new_connection_first_and_loses_nothing() -> None:
    with small_exchange(speed=10.0) as server:
        most = 0
        async with watching(server, "BTCUSDT", timing=StreamTiming(rotate_after=8.0)) as seen:
            while len(server.handshakes) < 6:
                most = max(most, len(server.connections))
                await asyncio.sleep(0.01)
            await seen.until(lambda: len(server.connections) == 2)
        assert most > 2
        assert not seen.of(ev.DepthLost)
        assert seen.report.resyncs == 0
        trades = sorted({e.trade_id for e in seen.of(ev.Trade)})  # type: ignore[attr-defined]
        assert trades == list(range(trades[0], trades[-1] + 1))
        liquidations = seen.of(ev.Liquidation)
        assert len(liquidations) == len({(e.symbol, e.trade_time) for e in liquidations})  # type: ignore[attr-defined]


async def test_an_announced_shutdown_is_answered_by_moving_first() -> None:
    with small_exchange() as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            server.faults.announce_shutdown()
            await seen.until(lambda: len(server.handshakes) == 4)
            await seen.until(lambda: len(server.connections) == 2)
        assert not seen.of(ev.DepthLost)
        assert seen.report.dropped_frames == 0


async def test_a_consumer_that_does_not_collect_holds_nothing_up() -> None:
    with small_exchange() as server:
        source = make_source(server, "BTCUSDT")
        source.pipeline.queue.limit = 150
        batches = source.batches()
        try:
            await anext(batches)
            async with asyncio.timeout(PATIENCE):
                while source.pipeline.conflated < 50:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            batch = await anext(batches)
            assert len(batch.events) < 2_000
            assert batch.connection.status == "live"
            assert len(server.handshakes) == 2
        finally:
            await source.close()


async def test_closing_is_complete() -> None:
    with small_exchange() as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
        await seen.source.close()
        await seen.until(lambda: not server.connections)
    assert asyncio.all_tasks() == {asyncio.current_task()}
