from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tuirisk.simulator.candles import DAY_MS, INTERVALS, Bar, CandleStore, bars_of
from tuirisk.simulator.exchange import Exchange

MIDNIGHT = 1_794_960_000_000
START = MIDNIGHT + 10 * 3_600_000 + 437_000


def klines(exchange: Exchange, symbol: str, interval: str, **params: Any) -> list[list[Any]]:
    query = {"symbol": symbol, "interval": interval} | {k: str(v) for k, v in params.items()}
    status, body, _ = exchange.rest("/fapi/v1/klines", query)
    assert status == 200, body
    rows: list[list[Any]] = body
    return rows


def summed(rows: list[list[Any]], length: int) -> dict[int, tuple[float, ...]]:
    """Rows brought to a longer interval: open, high, low, close, volume, quote, trades."""
    out: dict[int, tuple[float, ...]] = {}
    for row in rows:
        key = row[0] - row[0] % length
        o, h, low, c, v, q = (float(row[i]) for i in (1, 2, 3, 4, 5, 7))
        if key in out:
            a = out[key]
            out[key] = (a[0], max(a[1], h), min(a[2], low), c, a[4] + v, a[5] + q, a[6] + row[8])
        else:
            out[key] = (o, h, low, c, v, q, row[8])
    return out


def all_rows(exchange: Exchange, symbol: str) -> list[list[Any]]:
    start = MIDNIGHT - 63 * DAY_MS
    rows: list[list[Any]] = []
    while page := klines(exchange, symbol, "15m", startTime=start, limit=1_500):
        rows += page
        start = page[-1][0] + 1
    return rows


@pytest.mark.parametrize("symbol", ["BTCUSDT", "1000PEPEUSDT", "NEWUSDT", "FLATUSDT"])
def test_timeframes_agree(symbol: str) -> None:
    exchange = Exchange(start_ms=START)
    exchange.market(symbol)
    exchange.advance_to(START + 90_000)
    fifteen = all_rows(exchange, symbol)
    for interval in ("30m", "1h", "4h", "8h", "1d"):
        expected = summed(fifteen, INTERVALS[interval])
        shown = {row[0]: row for row in klines(exchange, symbol, interval, limit=1_500)}
        common = [key for key in expected if key in shown]
        assert len(common) >= min(63, len(expected))
        for key in common:
            row = shown[key]
            values = [float(row[i]) for i in (1, 2, 3, 4, 5, 7)] + [row[8]]
            assert values == pytest.approx(expected[key], rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "XAUUSDT", "1000000MOGUSDT"])
def test_history_is_as_long_as_the_metrics_need(symbol: str) -> None:
    exchange = Exchange(start_ms=START)
    fifteen = all_rows(exchange, symbol)
    assert len(fifteen) >= 63 * 96
    assert len(klines(exchange, symbol, "1h", limit=1_500)) == 1_500
    days = klines(exchange, symbol, "1d", limit=1_500)
    assert len(days) == 1_500
    for rows, length in ((fifteen, INTERVALS["15m"]), (days, DAY_MS)):
        for before, row in pairwise(rows):
            assert row[0] == before[0] + length
            assert row[6] == row[0] + length - 1
            # Bars join: each opens where the one before closed.
            assert float(row[1]) == pytest.approx(float(before[4]), rel=2e-4)
        for row in rows:
            o, h, low, c = (float(value) for value in row[1:5])
            assert low <= min(o, c) <= max(o, c) <= h
            assert 0 <= float(row[9]) <= float(row[5])


def test_a_recent_listing_has_three_days_and_a_flat_one_no_range() -> None:
    exchange = Exchange(start_ms=START)
    assert 3 * 96 <= len(klines(exchange, "NEWUSDT", "15m", limit=1_500)) <= 3 * 96 + 2
    assert len(klines(exchange, "NEWUSDT", "1d", limit=1_500)) == 4
    exchange.advance_to(START + 20_000)
    rows = klines(exchange, "FLATUSDT", "15m", limit=1_500)
    assert {value for row in rows for value in row[1:5]} == {"1.0000"}


def test_the_forming_bar_is_the_last_row_and_limits_select() -> None:
    exchange = Exchange(start_ms=START)
    last = klines(exchange, "ETHUSDT", "1h", limit=1)
    assert last[0][0] == START - START % 3_600_000
    end = last[0][0] - 1
    before = klines(exchange, "ETHUSDT", "1h", endTime=end, limit=5)
    assert [row[0] for row in before] == [last[0][0] - i * 3_600_000 for i in range(5, 0, -1)]
    after = klines(exchange, "ETHUSDT", "1h", startTime=before[0][0], limit=3)
    assert after == before[:3]


def test_bars_close_at_their_boundary_and_rest_follows() -> None:
    boundary = MIDNIGHT + DAY_MS
    exchange = Exchange(start_ms=boundary - 1_000)
    names = {f"btcusdt@kline_{interval}" for interval in ("15m", "1h", "1d")}
    for name in names:
        exchange.subscribe(name)
    frames = exchange.advance_to(boundary + 1_500)
    closed = {name: data["k"] for name, data in frames if isinstance(data, dict) and data["k"]["x"]}
    assert set(closed) == names
    for name, bar in closed.items():
        assert bar["T"] == boundary - 1
        row = klines(exchange, "BTCUSDT", name.partition("_")[2], limit=2)[0]
        assert row[:6] == [bar["t"], *(bar[key] for key in "ohlcv")]
        assert row[7:11] == [bar["q"], bar["n"], bar["V"], bar["Q"]]
    later = [d["k"] for n, d in frames if isinstance(d, dict) and d["E"] > boundary]
    assert {bar["t"] for bar in later} == {boundary}
    assert not any(bar["x"] for bar in later)


def test_kline_events_come_every_250_ms_when_changed() -> None:
    exchange = Exchange(start_ms=START)
    exchange.subscribe("btcusdt@kline_15m")
    times = [data["E"] for _, data in exchange.advance_to(START + 30_000) if isinstance(data, dict)]
    assert len(times) > 60
    assert all(later - earlier >= 200 for earlier, later in pairwise(times))


def test_bars_without_a_trade_repeat_the_close() -> None:
    forming = Bar(0, 10, 12, 9, 11, 5, 55.0, 3, 2, 22.0, 1)
    store = CandleStore(bars_of(()), bars_of(()), forming)
    assert store.close_due_bars(3 * 900_000 + 5) == 3 * 900_000
    second, third = store.closed("15m")[1:]
    assert (second.open, second.high, second.low, second.close) == (11, 11, 11, 11)
    assert (second.volume, second.trades, third.open_time) == (0, 0, 1_800_000)
    assert second.first_id == 4
    store.trade(14, 1, 14.0, True)
    assert store.forming("15m").open == 14
    assert store.forming("1h").high == 14
