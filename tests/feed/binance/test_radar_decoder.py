"""Frames of the whole market to columns."""

import math

import msgspec
import pytest

from tuirisk.events.radar import AllMarks, DailyBars, DayTickers, FundingIntervals, Perpetuals
from tuirisk.feed.binance.radar.decoder import MARKS, TICKERS, RadarDecoder
from tuirisk.feed.frames import RestFrame, StreamFrame

NOW = 1_795_000_000_000
DAY = 86_400_000
TICKER = {"e": "24hrTicker", "E": NOW, "s": "AUSDT", "c": "2", "o": "1", "q": "5"}
MARK = {"E": NOW, "s": "AUSDT", "p": "2", "i": "1.9", "r": "0.0001", "T": NOW}


def stream(name: str, rows: object, received: int = NOW * 1_000_000) -> StreamFrame:
    return StreamFrame(received, msgspec.json.encode({"stream": name, "data": rows}))


def answer(request: str, body: object, received: int = NOW * 1_000_000) -> RestFrame:
    return RestFrame(received, f"GET {request}", 200, msgspec.json.encode(body))


def test_streams_become_columns() -> None:
    decoder = RadarDecoder()
    (tickers,) = decoder.events(stream(TICKERS, [TICKER, {**TICKER, "s": "BUSDT", "o": "0"}]))
    assert isinstance(tickers, DayTickers)
    assert tickers.symbols == ("AUSDT", "BUSDT")
    assert tickers.last == [2.0, 2.0]
    assert math.isnan(tickers.opened[1])
    (marks,) = decoder.events(stream(MARKS, [MARK, {**MARK, "s": "QUSDT", "i": "", "r": ""}]))
    assert isinstance(marks, AllMarks)
    assert marks.index == (1.9, 0.0)
    assert marks.rate[0] == 0.0001
    assert math.isnan(marks.rate[1])


def test_other_markets_the_future_and_unreadable_rows_are_left_out() -> None:
    decoder = RadarDecoder()
    rows = [MARK, {**MARK, "s": "BUSD_PERP", "st": 2}, {**MARK, "s": "CUSDT", "E": NOW + 60_000}]
    (marks,) = decoder.events(stream(MARKS, [*rows, {**MARK, "s": "DUSDT", "p": "-1"}, 7]))
    assert isinstance(marks, AllMarks)
    assert marks.symbols == ("AUSDT",)
    assert decoder.refused == 2


@pytest.mark.parametrize("data", [b"", b"{", b'{"stream":"!ticker@arr","data":5}', b"\xff"])
def test_garbage_is_counted_or_ignored(data: bytes) -> None:
    assert RadarDecoder().events(StreamFrame(NOW, data)) == []


def test_answers() -> None:
    decoder = RadarDecoder()
    assert decoder.events(answer("/fapi/v1/time", {"serverTime": NOW + 5_000})) == []
    assert decoder.now_ms(NOW * 1_000_000) == NOW + 5_000
    rows = [
        {"symbol": "AUSDT", "status": "TRADING", "contractType": "PERPETUAL", "filters": []},
        {"symbol": "A_1", "status": "TRADING", "contractType": "CURRENT_QUARTER", "filters": []},
    ]
    rows = [{**row, "liquidationFee": "0.01"} for row in rows]
    info = {"symbols": rows, "rateLimits": []}
    assert decoder.events(answer("/fapi/v1/exchangeInfo", info)) == [
        Perpetuals({"AUSDT": "TRADING"})
    ]
    terms = [
        {
            "symbol": "AUSDT",
            "fundingIntervalHours": 4,
            "adjustedFundingRateCap": "0.02",
            "adjustedFundingRateFloor": "-0.02",
        }
    ]
    assert decoder.events(answer("/fapi/v1/fundingInfo", terms)) == [
        FundingIntervals({"AUSDT": 4.0})
    ]
    # A question about one symbol is somebody else's.
    assert decoder.events(answer("/fapi/v1/premiumIndex?symbol=AUSDT", MARK)) == []


def test_only_complete_days_count() -> None:
    today = NOW // DAY * DAY
    bars = [
        [t, "1", "1", "1", "2", "1", t + DAY - 1, "9", 1, "0", "0", "0"]
        for t in (today - DAY, today)
    ]
    request = "/fapi/v1/klines?symbol=AUSDT&interval=1d&limit=32"
    assert RadarDecoder().events(answer(request, bars)) == [DailyBars("AUSDT", [2.0], [9.0])]


@pytest.mark.parametrize(
    "query", ["interval=1d&limit=499", "interval=1d&limit=32&endTime=9", "interval=1h&limit=32"]
)
def test_a_page_of_a_symbols_history_is_not_its_newest_bars(query: str) -> None:
    rows = [[NOW // DAY * DAY - DAY, "1", "1", "1", "7", "1", NOW // DAY * DAY - 1, "1"]]
    request = f"/fapi/v1/klines?symbol=AUSDT&{query}"
    assert RadarDecoder().events(answer(request, rows)) == []
