"""The live source when the exchange or the network misbehaves."""

from __future__ import annotations

import pytest
from support.live_source import NOON_MS, Watcher, small_exchange, watching

from tuirisk import events as ev
from tuirisk.feed.binance.streams import sockets
from tuirisk.language.reason import Reason

QUARTER_MS = 900_000
OTHERS = ("kline_1h", "kline_1d", "markPrice@1s", "depth@100ms")


def states(seen: Watcher) -> dict[str, str]:
    """The states of the streams that speak whatever the market does."""
    prompt = ("kline_15m", *OTHERS)
    return {s.name: s.status for s in seen.report.streams if s.name in prompt}


async def test_a_gap_in_one_book_resyncs_that_symbol_alone() -> None:
    with small_exchange() as server:
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            server.faults.drop_depth("BTCUSDT")
            await seen.until(lambda: len(seen.of(ev.DepthLost)) == 1)
            await seen.until(lambda: seen.market.symbols["BTCUSDT"].book.live)
            await seen.until(lambda: seen.report.status == "live")
        assert not seen.of(ev.DepthLost, "ETHUSDT")
        limits = [event.limit for event in seen.snapshots("BTCUSDT")]
        assert limits[:3] == [50, 1_000, 50]
        assert [event.limit for event in seen.snapshots("ETHUSDT")] == [50, 1_000]
        assert seen.report.resyncs == 1
        assert len(server.handshakes) == 2


async def test_garbage_is_counted_and_survived() -> None:
    kinds = ("truncated", "not_json", "empty", "types", "nan", "nan_depth", "unknown", "array")
    with small_exchange() as server:
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT", "ETHUSDT"))
            for kind in kinds:
                server.faults.send_garbage(kind, "btcusdt@depth@100ms")
            await seen.until(lambda: seen.report.dropped_frames >= len(kinds))
            before = len(seen.of(ev.DepthDiff, "BTCUSDT"))
            await seen.until(lambda: len(seen.of(ev.DepthDiff, "BTCUSDT")) > before)
        # Each unreadable level is counted by itself.
        assert len(kinds) <= seen.report.dropped_frames <= len(kinds) + 2
        assert seen.report.reconnects == 0


async def test_no_hole_is_left_by_a_bar_that_closed_while_cut_off() -> None:
    with small_exchange(start_ms=NOON_MS - 30_000, speed=10.0, listed_days=None) as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            ring = seen.market.symbols["BTCUSDT"].candles["15m"]
            assert ring.last_open_time == NOON_MS - 2 * QUARTER_MS
            server.faults.reject_handshake(503)
            server.faults.abort_sockets()
            await seen.until(lambda: seen.report.status == "offline")
            await seen.until(lambda: "HTTP 503" in str(seen.report.message))
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
    with small_exchange(speed=10.0) as server:
        server.faults.silence("btcusdt@kline_15m")
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(
                lambda: states(seen) == {"kline_15m": "silent"} | dict.fromkeys(OTHERS, "live")
            )
            assert seen.report.status == "degraded"
            assert seen.report.message == Reason("stream_silent", stream="btcusdt@kline_15m")
            await seen.until(lambda: len(server.handshakes) >= 3)
            assert server.handshakes[-1].startswith("/market/stream?streams=btcusdt@")
            server.faults.unsilence("btcusdt@kline_15m")
            await seen.until(lambda: seen.report.status == "live")


async def test_a_stream_that_falls_silent_is_found_out_and_its_bar_fetched() -> None:
    with small_exchange("BTCUSDT", start_ms=NOON_MS - 40_000, speed=20.0) as server:
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
            ring = seen.market.symbols["BTCUSDT"].candles["15m"]
            server.faults.silence("btcusdt@kline_15m")
            await seen.until(lambda: "btcusdt@kline_15m" in str(seen.report.message))
            await seen.until(lambda: server.clock.now_ms() > NOON_MS + 3_000)
            assert ring.last_open_time == NOON_MS - 2 * QUARTER_MS
            server.faults.unsilence("btcusdt@kline_15m")
            await seen.until(lambda: ring.last_open_time == NOON_MS - QUARTER_MS)
            await seen.until(lambda: seen.report.status == "live")
        assert not ring.holes()
        assert seen.report.reconnects >= 1
        assert not seen.of(ev.DepthLost)


async def test_streams_on_the_retired_address_are_detected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def undivided(base: str, where: str, streams: tuple[str, ...], layout: str) -> str:
        return f"{base}/stream?streams={'/'.join(streams)}"

    monkeypatch.setattr(sockets, "stream_url", undivided)
    with small_exchange(speed=10.0) as server:
        async with watching(server, "BTCUSDT") as seen:
            mute = dict.fromkeys(("kline_15m", "kline_1h", "kline_1d", "markPrice@1s"), "silent")
            await seen.until(lambda: states(seen) == mute | {"depth@100ms": "live"})
            assert seen.report.status == "degraded"
            assert "though connected" in str(seen.report.message)
            await seen.until(lambda: len(server.handshakes) > 2)
        assert seen.report.status == "degraded"


@pytest.mark.parametrize(
    ("status", "words"),
    [(451, "country"), (403, "firewall"), (503, "HTTP 503"), (418, "banned")],
)
async def test_a_start_without_rest_reports_the_reason_and_recovers(
    status: int, words: str
) -> None:
    with small_exchange() as server:
        server.faults.fail_rest("*", status, retry_after=3 if status == 418 else None)
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "offline")
            assert words in str(seen.report.message)
            assert "\n" not in str(seen.report.message)
            assert "<" not in str(seen.report.message)
            server.faults.clear()
            seen.source.reconnect()
            await seen.until(lambda: seen.ready("BTCUSDT"))
            await seen.until(lambda: seen.report.status == "live")
        assert seen.report.message is None


async def test_a_symbol_whose_history_fails_does_not_hold_up_the_others() -> None:
    with small_exchange() as server:
        server.faults.fail_rest("/futures/data/*", 503)
        server.faults.fail_rest("/fapi/v1/klines", 500, times=3)
        async with watching(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: seen.ready("BTCUSDT", "ETHUSDT"))
            await seen.until(lambda: seen.report.status == "degraded")
            assert "/futures/data/openInterestHist" in str(seen.report.message)
            server.faults.clear()
            await seen.until(lambda: seen.report.status == "live")


async def test_an_answer_that_is_no_number_is_requested_again() -> None:
    with small_exchange(listed_days=None) as server:
        row = '[[1,"NaN","1","1","1","1",2,"1",1,"1","1","0"]]'
        server.faults.fail_rest("/fapi/v1/klines", 200, body=row, times=2)
        server.faults.fail_rest("/fapi/v1/depth", 200, body='{"lastUpdateId":"x"}', times=1)
        async with watching(server, "BTCUSDT") as seen:
            await seen.until(lambda: seen.report.status == "live")
        assert len(seen.market.symbols["BTCUSDT"].candles["15m"]) == 2_880
        assert seen.report.dropped_frames == 3
