"""The live source over real sockets, against the embedded exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest
from exchange_kit import Watcher, make_source, watching

from tuirisk import events as ev
from tuirisk.feed.binance import sockets
from tuirisk.feed.binance.line import Timing
from tuirisk.simulator.embedded import EmbeddedExchange

QUARTER_MS = 900_000
NOON_MS = 1_795_003_200_000
"""2026-11-18 12:00 UTC."""
SPEED = 4.0
"""Of the exchange and the source alike: a standstill of a second and more looks like silence."""


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


OTHERS = ("kline_1h", "kline_1d", "markPrice@1s", "depth@100ms")


def states(seen: Watcher) -> dict[str, str]:
    """The states of the streams that speak whatever the market does."""
    prompt = ("kline_15m", *OTHERS)
    return {s.name: s.status for s in seen.report.streams if s.name in prompt}


def exchange(*symbols: str, start_ms: int | None = None, speed: float = SPEED) -> EmbeddedExchange:
    return EmbeddedExchange(symbols or ("BTCUSDT", "ETHUSDT"), speed=speed, start_ms=start_ms)


async def test_two_symbols_become_ready_with_all_their_history(hosts: set[str]) -> None:
    with exchange() as server:
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
            assert known.derivatives.terms is not None
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
    with exchange() as server:
        async with watching(server, "NOSUCHUSDT", "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
        assert "not a symbol" in seen.market.refused["NOSUCHUSDT"]
        assert not any("NOSUCH" in str(request) for request in server.requests)
        assert not any("nosuch" in path for path in server.handshakes)


async def test_a_gap_in_one_book_resyncs_that_symbol_alone() -> None:
    with exchange() as server:
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            server.faults.drop_depth("BTCUSDT")
            await seen.until(lambda: len(seen.of(ev.DepthLost)) == 1)
            await seen.until(lambda: seen.market.symbols["BTCUSDT"].book.live)
            await seen.until(lambda: seen.report.status == "live")
        assert not seen.of(ev.DepthLost, "ETHUSDT")
        assert len(seen.of(ev.DepthSnapshot, "BTCUSDT")) == 2
        assert len(seen.of(ev.DepthSnapshot, "ETHUSDT")) == 1
        assert seen.report.resyncs == 1
        assert len(server.handshakes) == 2


async def test_garbage_is_counted_and_survived() -> None:
    kinds = ("truncated", "not_json", "empty", "types", "nan", "nan_depth", "unknown", "array")
    with exchange() as server:
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT", "ETHUSDT"))
            for kind in kinds:
                server.faults.send_garbage(kind, "btcusdt@depth@100ms")
            await seen.until(lambda: seen.report.dropped_frames >= len(kinds))
            before = len(seen.of(ev.DepthDiff, "BTCUSDT"))
            await seen.until(lambda: len(seen.of(ev.DepthDiff, "BTCUSDT")) > before)
        assert seen.report.dropped_frames == len(kinds)
        assert seen.report.reconnects == 0


async def test_no_hole_is_left_by_a_bar_that_closed_while_cut_off() -> None:
    with exchange(start_ms=NOON_MS - 30_000, speed=10.0) as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            ring = seen.market.symbols["BTCUSDT"].candles["15m"]
            assert ring.last_open_time == NOON_MS - 2 * QUARTER_MS
            server.faults.reject_handshake(503)
            server.faults.abort_sockets()
            await seen.until(lambda: seen.report.status == "offline")
            await seen.until(lambda: "HTTP 503" in seen.report.message)
            assert not seen.market.symbols["BTCUSDT"].book.live
            await seen.until(lambda: server.clock.now_ms() > NOON_MS + 3_000)
            assert ring.last_open_time == NOON_MS - 2 * QUARTER_MS
            server.faults.reject_handshake(None)
            seen.source.reconnect()
            await seen.until(lambda: ring.last_open_time == NOON_MS - QUARTER_MS)
            await seen.until(lambda: seen.report.status == "live")
        assert not ring.holes()
        assert len(ring) == 2_881
        assert seen.of(ev.DepthLost, "BTCUSDT")
        assert seen.market.symbols["BTCUSDT"].book.live
        assert seen.report.reconnects >= 2


async def test_a_stream_that_is_acknowledged_and_mute_is_found_out() -> None:
    with exchange(speed=10.0) as server:
        server.faults.silence("btcusdt@kline_15m")
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(
                lambda: states(seen) == {"kline_15m": "silent"} | dict.fromkeys(OTHERS, "live")
            )
            assert seen.report.status == "degraded"
            assert seen.report.message == "no data on btcusdt@kline_15m, though connected"
            await seen.until(lambda: len(server.handshakes) >= 3)
            assert server.handshakes[-1].startswith("/market/stream?streams=btcusdt@")
            server.faults.unsilence("btcusdt@kline_15m")
            await seen.until(lambda: seen.report.status == "live")


async def test_a_stream_that_falls_silent_is_found_out_and_its_bar_fetched() -> None:
    with exchange("BTCUSDT", start_ms=NOON_MS - 40_000, speed=20.0) as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            ring = seen.market.symbols["BTCUSDT"].candles["15m"]
            server.faults.silence("btcusdt@kline_15m")
            await seen.until(lambda: "btcusdt@kline_15m" in seen.report.message)
            await seen.until(lambda: server.clock.now_ms() > NOON_MS + 3_000)
            assert ring.last_open_time == NOON_MS - 2 * QUARTER_MS
            server.faults.unsilence("btcusdt@kline_15m")
            await seen.until(lambda: ring.last_open_time == NOON_MS - QUARTER_MS)
            await seen.until(lambda: seen.report.status == "live")
        assert not ring.holes()
        assert seen.report.reconnects >= 1
        assert not seen.of(ev.DepthLost)


async def test_streams_asked_for_on_the_retired_address_are_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def undivided(base: str, where: str, streams: tuple[str, ...]) -> str:
        return f"{base}/stream?streams={'/'.join(streams)}"

    monkeypatch.setattr(sockets, "stream_url", undivided)
    with exchange(speed=10.0) as server:
        async with watching(server, "BTCUSDT") as seen:
            mute = dict.fromkeys(("kline_15m", "kline_1h", "kline_1d", "markPrice@1s"), "silent")
            await seen.until(lambda: states(seen) == mute | {"depth@100ms": "live"})
            assert seen.report.status == "degraded"
            assert "though connected" in seen.report.message
            await seen.until(lambda: len(server.handshakes) > 2)
        assert seen.report.status == "degraded"


async def test_a_symbol_added_while_running_needs_no_new_connection() -> None:
    with exchange() as server:
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
    with exchange() as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            seen.source.remove("BTCUSDT")
            await seen.until(lambda: not server.connections)
            await seen.until(lambda: seen.report.message == "no symbol to watch")
            seen.source.add("ETHUSDT")
            await seen.until(lambda: seen.ready("ETHUSDT"))
        assert seen.report.reconnects == 0


async def test_rotation_opens_the_new_connection_first_and_loses_nothing() -> None:
    with exchange(speed=10.0) as server:
        most = 0
        async with watching(server, "BTCUSDT", timing=Timing(rotate_after=8.0)) as seen:
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
    with exchange() as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            server.faults.announce_shutdown()
            await seen.until(lambda: len(server.handshakes) == 4)
            await seen.until(lambda: len(server.connections) == 2)
        assert not seen.of(ev.DepthLost)
        assert seen.report.dropped_frames == 0


async def test_a_consumer_that_does_not_collect_holds_nothing_up() -> None:
    with exchange() as server:
        source = make_source(server, "BTCUSDT")
        source.pipeline.mailbox.limit = 150
        batches = source.batches()
        try:
            await anext(batches)
            async with asyncio.timeout(15):
                while source.pipeline.conflated < 50:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            batch = await anext(batches)
            assert len(batch.events) < 2_000
            assert batch.connection.status == "live"
            assert len(server.handshakes) == 2
        finally:
            await source.close()


async def test_closing_is_complete() -> None:
    with exchange() as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
        await seen.source.close()
        await seen.until(lambda: not server.connections)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("status", "words"),
    [(451, "country"), (403, "firewall"), (503, "HTTP 503"), (418, "banned")],
)
async def test_a_start_without_rest_says_why_and_recovers(status: int, words: str) -> None:
    with exchange() as server:
        server.faults.fail_rest("*", status, retry_after=3 if status == 418 else None)
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "offline")
            assert words in seen.report.message
            assert "\n" not in seen.report.message
            assert "<" not in seen.report.message
            server.faults.clear()
            seen.source.reconnect()
            await seen.until(lambda: seen.ready("BTCUSDT"))
            await seen.until(lambda: seen.report.status == "live")
        assert seen.report.message == ""


async def test_a_symbol_whose_history_fails_does_not_hold_up_the_others() -> None:
    with exchange() as server:
        server.faults.fail_rest("/futures/data/*", 503)
        server.faults.fail_rest("/fapi/v1/klines", 500, times=3)
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT", "ETHUSDT"))
            await seen.until(lambda: seen.report.status == "degraded")
            assert "/futures/data/openInterestHist" in seen.report.message
            server.faults.clear()
            await seen.until(lambda: seen.report.status == "live")


async def test_an_answer_that_is_no_number_is_asked_for_again() -> None:
    with exchange() as server:
        row = '[[1,"NaN","1","1","1","1",2,"1",1,"1","1","0"]]'
        server.faults.fail_rest("/fapi/v1/klines", 200, body=row, times=2)
        server.faults.fail_rest("/fapi/v1/depth", 200, body='{"lastUpdateId":"x"}', times=1)
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
        assert len(seen.market.symbols["BTCUSDT"].candles["15m"]) == 2_880
        assert seen.report.dropped_frames == 3
