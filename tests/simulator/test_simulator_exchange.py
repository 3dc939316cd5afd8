from __future__ import annotations

import time
from itertools import pairwise

import msgspec
import pytest

from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.publisher import Frame

START = 1_795_000_000_000
STREAMS = ("kline_15m", "depth@100ms", "aggTrade", "markPrice@1s", "forceOrder", "bookTicker")


def run(
    symbols: tuple[str, ...], seconds: int = 20, seed: int = 7, scenario: str = "crash"
) -> list[Frame]:
    exchange = Exchange(None, seed, scenario, START)
    for symbol in symbols:
        for stream in STREAMS:
            exchange.subscribe(f"{symbol.lower()}@{stream}")
    return exchange.advance_to(START + seconds * 1_000)


def test_the_same_seed_gives_the_same_frames() -> None:
    first, second = run(("BTCUSDT", "SOLUSDT")), run(("BTCUSDT", "SOLUSDT"))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert first != run(("BTCUSDT", "SOLUSDT"), seed=8)


def test_a_symbol_does_not_depend_on_its_company() -> None:
    alone = run(("SOLUSDT",))
    company = run(("DOGEUSDT", "SOLUSDT", "BTCUSDT"))
    assert alone == [frame for frame in company if frame[0].startswith("solusdt")]


def test_step_size_does_not_matter() -> None:
    exchange = Exchange(None, 7, "crash", START)
    for stream in STREAMS:
        exchange.subscribe(f"solusdt@{stream}")
    frames: list[Frame] = []
    for milliseconds in range(0, 20_001, 130):
        frames += exchange.advance_to(START + milliseconds)
    frames += exchange.advance_to(START + 20_000)
    assert frames == run(("SOLUSDT",))


def test_a_market_first_looked_at_late_is_where_it_would_have_been() -> None:
    early, late = Exchange(start_ms=START), Exchange(start_ms=START)
    early.market("ETHUSDT")
    early.advance_to(START + 60_000)
    late.advance_to(START + 60_000)
    query = {"symbol": "ETHUSDT", "interval": "15m"}
    assert early.rest("/fapi/v1/klines", query) == late.rest("/fapi/v1/klines", query)
    assert early.rest("/fapi/v1/depth", query) == late.rest("/fapi/v1/depth", query)


def test_hours_later_a_market_still_begins_at_once() -> None:
    exchange = Exchange(start_ms=START)
    exchange.advance_to(START + 12 * 3_600_000)
    began = time.process_time()
    _, rows, _ = exchange.rest("/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "15m"})
    assert time.process_time() - began < 1.0
    assert rows[-1][0] <= exchange.now_ms < rows[-1][6]
    assert all(float(row[5]) > 0 for row in rows[-40:-1])
    market = exchange.market("BTCUSDT")
    assert market.book.bids.best < market.book.asks.best
    assert abs(market.book.bids.best / market.candles.last - 1) < 0.01


def test_start_up_is_quick() -> None:
    began = time.process_time()
    exchange = Exchange(start_ms=START)
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT"):
        exchange.market(symbol)
    assert time.process_time() - began < 1.0


def test_time_never_goes_back() -> None:
    exchange = Exchange(start_ms=START + 55)
    assert exchange.now_ms == START
    exchange.advance_to(START + 1_000)
    assert exchange.advance_to(START) == []
    assert exchange.now_ms == START + 1_000


def test_a_frozen_book_does_not_change_and_its_ids_go_on() -> None:
    exchange = Exchange(start_ms=START)
    for stream in ("depth@100ms", "markPrice@1s", "aggTrade"):
        exchange.subscribe(f"btcusdt@{stream}")
    exchange.advance_to(START + 2_000)
    book = exchange.market("BTCUSDT").book
    before = book.bids.top(50), book.asks.top(50)
    exchange.frozen = True
    frames = exchange.advance_to(START + 5_000)
    assert (book.bids.top(50), book.asks.top(50)) == before
    depths = [data for name, data in frames if "depth" in name and isinstance(data, dict)]
    assert len(depths) == 30
    assert all(data["b"] == data["a"] == [] for data in depths)
    assert all(b["pu"] == a["u"] for a, b in pairwise(depths))
    marks = [data for name, data in frames if "mark" in name and isinstance(data, dict)]
    assert len({data["p"] for data in marks}) == 1
    assert not any("aggTrade" in name for name, _ in frames)
    exchange.frozen = False
    assert any("aggTrade" in name for name, _ in exchange.advance_to(START + 8_000))


def test_returns_are_correlated_through_the_market() -> None:
    numpy = pytest.importorskip("numpy")
    exchange = Exchange(start_ms=START)
    closes = []
    for symbol in ("BTCUSDT", "ETHUSDT", "XAUUSDT"):
        query = {"symbol": symbol, "interval": "1h", "limit": "720"}
        _, rows, _ = exchange.rest("/fapi/v1/klines", query)
        closes.append([float(row[4]) for row in rows])
    correlation = numpy.corrcoef(numpy.diff(numpy.log(closes), axis=1))
    assert correlation[0, 1] > 0.6
    assert abs(correlation[0, 2]) < 0.4


def test_only_subscribed_streams_are_sent_and_counted() -> None:
    exchange = Exchange(start_ms=START)
    exchange.subscribe("btcusdt@aggTrade")
    exchange.subscribe("btcusdt@aggTrade")
    exchange.subscribe("btcusdt@tarot")
    exchange.subscribe("nosuchusdt@aggTrade")
    exchange.subscribe("BTCUSDT@markPrice@1s")
    exchange.unsubscribe("btcusdt@aggTrade")
    assert {name for name, _ in exchange.advance_to(START + 5_000)} == {"btcusdt@aggTrade"}
    exchange.unsubscribe("btcusdt@aggTrade")
    assert exchange.advance_to(START + 10_000) == []


def test_all_market_streams_carry_coin_margined_rows_too() -> None:
    exchange = Exchange(start_ms=START)
    exchange.subscribe("!markPrice@arr@1s")
    ((name, rows),) = exchange.advance_to(START + 1_000)
    assert name == "!markPrice@arr@1s"
    assert {row["st"] for row in rows if isinstance(row, dict)} == {1, 2}
    assert "AGIXUSDT" not in {row["s"] for row in rows if isinstance(row, dict)}


def test_a_settling_contract_sends_nothing() -> None:
    exchange = Exchange(start_ms=START)
    for stream in STREAMS:
        exchange.subscribe(f"agixusdt@{stream}")
    assert exchange.advance_to(START + 3_000) == []


def test_unknown_names_become_coins_and_unknown_scenarios_are_refused() -> None:
    exchange = Exchange(["FOOUSDT"], start_ms=START)
    assert exchange.market("FOOUSDT").instrument.price > 0
    with pytest.raises(KeyError):
        exchange.market("BTCUSDT")
    with pytest.raises(ValueError, match="calm, crash, squeeze, illiquid"):
        Exchange(scenario="boom")
