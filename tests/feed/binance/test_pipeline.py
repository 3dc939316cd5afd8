"""The path from the frame onward: listing, generations, snapshots asked for once."""

from __future__ import annotations

from support.frames import NS, T0, depth_data, exchange_info, rest, stream

from tuirisk import events as ev
from tuirisk.feed.binance.depth_sync import BUFFERED_LEVELS
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.language.reason import Reason

NOW = T0 * NS


def watching(*symbols: str) -> tuple[Pipeline, list[str]]:
    asked: list[str] = []
    pipeline = Pipeline(on_snapshot_needed=asked.append)
    pipeline.process_frame(exchange_info(*symbols))
    for symbol in symbols:
        assert pipeline.add_symbol(symbol, NOW)
    pipeline.queue.drain()
    return pipeline, asked


def depth(first: int, last: int, previous: int, symbol: str = "BTCUSDT"):  # type: ignore[no-untyped-def]
    data = depth_data(first, last, previous, [["99", "1"]], [["101", "1"]], symbol)
    return stream(f"{symbol.lower()}@depth@100ms", data)


def book(last_id: int, symbol: str = "BTCUSDT"):  # type: ignore[no-untyped-def]
    body = {"lastUpdateId": last_id, "bids": [["99", "1"]], "asks": [["101", "1"]]}
    return rest(f"/fapi/v1/depth?symbol={symbol}&limit=1", body)


def kinds(pipeline: Pipeline) -> list[str]:
    return [type(event).__name__ for event in pipeline.queue.drain()]


def test_unknown_and_halted_symbols_are_named_and_left_out() -> None:
    pipeline = Pipeline()
    pipeline.process_frame(exchange_info("OLDUSDT", status="SETTLING"))
    assert not pipeline.add_symbol("NOSUCHUSDT", NOW)
    assert not pipeline.add_symbol("OLDUSDT", NOW)
    reasons = {
        e.symbol: e.reason for e in pipeline.queue.drain() if isinstance(e, ev.SymbolRefused)
    }
    assert "not a symbol" in str(reasons["NOSUCHUSDT"])
    assert "SETTLING" in str(reasons["OLDUSDT"])


def test_a_snapshot_is_requested_once_and_again_after_a_gap() -> None:
    pipeline, asked = watching("BTCUSDT")
    pipeline.process_frame(depth(1, 3, 0))
    pipeline.process_frame(depth(4, 5, 3))
    assert asked == ["BTCUSDT"]
    pipeline.process_frame(book(4))
    assert kinds(pipeline) == ["DepthSnapshot", "DepthDiff"]
    pipeline.process_frame(depth(9, 9, 8))
    assert kinds(pipeline) == ["DepthLost"]
    assert asked == ["BTCUSDT", "BTCUSDT"]
    assert pipeline.resyncs == 1


def test_one_symbol_resyncs_alone() -> None:
    pipeline, _ = watching("BTCUSDT", "ETHUSDT")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        pipeline.process_frame(depth(1, 3, 0, symbol))
        pipeline.process_frame(book(2, symbol))
    pipeline.process_frame(depth(9, 9, 8, "ETHUSDT"))
    assert pipeline.book_is_live("BTCUSDT")
    assert not pipeline.book_is_live("ETHUSDT")


def test_a_late_answer_for_a_removed_symbol_is_dropped_by_its_generation() -> None:
    pipeline, _ = watching("BTCUSDT")
    asked_at = pipeline.generation("BTCUSDT")
    pipeline.remove_symbol("BTCUSDT", NOW)
    assert pipeline.add_symbol("BTCUSDT", NOW)
    pipeline.queue.drain()
    pipeline.process_answer(book(2), asked_at)
    assert kinds(pipeline) == []
    pipeline.process_answer(book(2), pipeline.generation("BTCUSDT"))
    assert kinds(pipeline) == ["DepthSnapshot"]


def test_removing_forgets_what_is_queued() -> None:
    pipeline, _ = watching("BTCUSDT")
    pipeline.process_frame(depth(1, 3, 0))
    pipeline.process_frame(book(2))
    pipeline.remove_symbol("BTCUSDT", NOW)
    pipeline.process_frame(depth(4, 5, 3))
    assert kinds(pipeline) == ["SymbolRemoved"]


def test_resyncs_of_a_removed_symbol_stay_counted() -> None:
    pipeline, _ = watching("BTCUSDT", "ETHUSDT")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        pipeline.process_frame(depth(1, 3, 0, symbol))
        pipeline.process_frame(book(2, symbol))
        pipeline.process_frame(depth(9, 9, 8, symbol))
    assert pipeline.resyncs == 2
    pipeline.remove_symbol("BTCUSDT", NOW)
    assert pipeline.resyncs == 2
    pipeline.add_symbol("BTCUSDT", NOW)
    assert pipeline.resyncs == 2


def test_a_lost_connection_leaves_no_book() -> None:
    pipeline, asked = watching("BTCUSDT")
    pipeline.process_frame(depth(1, 3, 0))
    pipeline.process_frame(book(2))
    pipeline.depth_lost("BTCUSDT", Reason("connection_lost"), NOW)
    assert kinds(pipeline)[-1] == "DepthLost"
    asked.clear()
    pipeline.process_frame(depth(9, 9, 8))
    assert asked == ["BTCUSDT"]


def test_funding_terms_are_explicit_and_reach_symbols_added_later() -> None:
    pipeline, _ = watching("BTCUSDT", "LPTUSDT")
    info = [
        {
            "symbol": "LPTUSDT", "fundingIntervalHours": 4, "adjustedFundingRateCap": "0.02",
            "adjustedFundingRateFloor": "-0.02",
        }
    ]  # fmt: skip
    pipeline.process_frame(rest("/fapi/v1/fundingInfo", info))
    terms = {e.symbol: e for e in pipeline.queue.drain() if isinstance(e, ev.FundingSchedule)}
    assert terms["BTCUSDT"].interval_hours == 8
    assert terms["BTCUSDT"].cap is None
    assert (terms["LPTUSDT"].interval_hours, terms["LPTUSDT"].cap) == (4, 0.02)
    pipeline.remove_symbol("LPTUSDT", NOW)
    pipeline.add_symbol("LPTUSDT", NOW)
    again = [e for e in pipeline.queue.drain() if isinstance(e, ev.FundingSchedule)]
    assert again[-1].interval_hours == 4


def test_symbols_share_the_room_for_diffs_that_wait() -> None:
    pipeline, _ = watching("BTCUSDT", "ETHUSDT")
    assert [s.most_buffered for s in pipeline._syncs.values()] == [BUFFERED_LEVELS // 2] * 2
    pipeline.remove_symbol("ETHUSDT", NOW)
    assert pipeline._syncs["BTCUSDT"].most_buffered == BUFFERED_LEVELS


def test_an_answer_without_a_watched_symbol_is_asked_for_again() -> None:
    pipeline, _ = watching("BTCUSDT", "ETHUSDT")
    pipeline.process_frame(exchange_info("BTCUSDT"))
    assert "ETHUSDT" in pipeline.listings
    assert pipeline.dropped_frames == 1
    pipeline.process_frame(exchange_info("BTCUSDT", "ETHUSDT", "SOLUSDT"))
    pipeline.process_frame(exchange_info("BTCUSDT"))
    assert set(pipeline.listings) == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}
    pipeline.process_frame(exchange_info("BTCUSDT"))
    assert set(pipeline.listings) == {"BTCUSDT"}


def test_a_trade_that_does_not_count_is_no_gap() -> None:
    """Fills of the insurance fund and of ADL have ids of the same sequence."""
    pipeline = watching_trades()
    for number, market in enumerate(("MARKET", "INSURANCE_FUND", "MARKET", "NA", "MARKET")):
        price = "0" if market == "NA" else "100"
        data = {"e": "trade", "E": T0, "s": "BTCUSDT", "t": 7 + number, "p": price, "q": "1",
                "T": T0, "m": True, "X": market}  # fmt: skip
        pipeline.process_frame(stream("btcusdt@trade", data))
    events = pipeline.queue.drain()
    assert [(e.trade_id, e.counts) for e in events if isinstance(e, ev.Trade)] == [
        (7, True), (8, False), (9, True), (10, False), (11, True),
    ]  # fmt: skip
    assert len(events) == 5
    assert pipeline.dropped_frames == 0


def test_single_trades_end_where_aggregate_ones_begin() -> None:
    pipeline = watching_trades()
    single = {"e": "trade", "E": T0, "s": "BTCUSDT", "t": 7, "p": "100", "q": "1", "T": T0,
              "m": True}  # fmt: skip
    aggregate = {**single, "e": "aggTrade", "a": 3}
    for name, data in (("trade", single), ("aggTrade", aggregate), ("trade", {**single, "t": 8})):
        pipeline.process_frame(stream(f"btcusdt@{name}", data))
    assert [type(event) for event in pipeline.queue.drain()] == [ev.Trade, ev.TradesLost, ev.Trade]


def test_what_the_queue_drops_is_counted_and_named() -> None:
    pipeline = watching_trades()
    pipeline.queue.limit = 100
    pipeline.queue.drain()
    for number in range(150):
        data = {"e": "aggTrade", "E": T0, "s": "BTCUSDT", "a": number, "p": "100", "q": "1",
                "T": T0, "m": True}  # fmt: skip
        pipeline.process_frame(stream("btcusdt@aggTrade", data))
    assert pipeline.dropped_frames == pipeline.queue.dropped > 0
    (reason,) = pipeline.dropped.reasons(T0 * NS)
    assert "queue" in str(reason)


def watching_trades() -> Pipeline:
    pipeline = Pipeline()
    pipeline.process_frame(exchange_info("BTCUSDT"))
    pipeline.add_symbol("BTCUSDT", T0 * NS)
    pipeline.queue.drain()
    return pipeline


def test_a_shallow_book_about_to_be_left_is_asked_for_and_the_deep_one_stays_wanted() -> None:
    asked: list[str] = []
    pipeline = Pipeline(
        on_snapshot_needed=lambda symbol: asked.append("deep"),
        on_shallow_needed=lambda symbol: asked.append("shallow"),
    )
    pipeline.process_frame(exchange_info("BTCUSDT"))
    assert pipeline.add_symbol("BTCUSDT", NOW)

    def take_levels(count: int, limit: int, second: int) -> None:
        bids = [[str(99 - n / 100), "1"] for n in range(count)]
        asks = [[str(101 + n / 100), "1"] for n in range(count)]
        body = {"lastUpdateId": 4, "bids": bids, "asks": asks}
        path = f"/fapi/v1/depth?symbol=BTCUSDT&limit={limit}"
        pipeline.process_frame(rest(path, body, NOW + second * NS * 1_000))

    pipeline.process_frame(depth(1, 4, 0))
    take_levels(50, 50, 1)
    assert asked == ["deep", "deep"], "the first answer is shallow"
    data = {"e": "trade", "E": T0 + 7_000, "s": "BTCUSDT", "t": 7, "p": "98", "q": "1",
            "T": T0 + 7_000, "m": True, "X": "MARKET"}  # fmt: skip
    pipeline.process_frame(stream("btcusdt@trade", data, NOW + 7 * NS * 1_000))
    assert asked == ["deep", "deep", "shallow"]
    take_levels(50, 50, 8)
    assert asked == ["deep", "deep", "shallow", "deep"]
    pipeline.queue.drain()
    take_levels(1_000, 1_000, 9)
    assert kinds(pipeline) == ["DepthSnapshot"]
    assert len(asked) == 4
