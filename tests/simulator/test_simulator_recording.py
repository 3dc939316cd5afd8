from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from tuirisk.simulator.recording import STREAMS, recorded_session

START = 1_795_000_000_000
SYMBOLS = ("BTCUSDT", "SOLUSDT")


def parsed(lines: list[bytes]) -> list[tuple[int, dict[str, Any]]]:
    out = []
    for line in lines:
        assert line.endswith(b"\n")
        received, _, text = line.partition(b" ")
        out.append((int(received), json.loads(text)))
    return out


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return list(recorded_session(SYMBOLS, seed=3, scenario="crash", seconds=40, start_ms=START))


def test_the_same_arguments_give_the_same_bytes(lines: list[bytes]) -> None:
    again = recorded_session(SYMBOLS, seed=3, scenario="crash", seconds=40, start_ms=START)
    assert b"".join(lines) == b"".join(again)


def test_rest_first_then_frames_in_order_of_receipt(lines: list[bytes]) -> None:
    rows = parsed(lines)
    assert all(later[0] > earlier[0] for earlier, later in pairwise(rows))
    assert rows[0][0] >= START * 1_000_000
    assert rows[-1][0] <= (START + 41_000) * 1_000_000
    first_frame = next(i for i, (_, row) in enumerate(rows) if "stream" in row)
    warm = [row for _, row in rows[:first_frame]]
    assert all(row["status"] == 200 for row in warm)
    asked = [row["rest"] for row in warm]
    assert asked[0] == "GET /fapi/v1/exchangeInfo"
    for symbol in SYMBOLS:
        bars: set[int] = set()
        for row in warm:
            if f"symbol={symbol}&interval=15m" in row["rest"]:
                bars |= {bar[0] for bar in row["data"]}
        assert len(bars) >= 2_880
        wanted = ("interval=1h", "interval=1d", "fundingRate", "premiumIndex", "openInterestHist")
        for word in wanted:
            assert any(word in text and symbol in text for text in asked)


def test_every_stream_appears_and_snapshots_join_the_diffs(lines: list[bytes]) -> None:
    rows = [row for _, row in parsed(lines)]
    names = {row["stream"] for row in rows if "stream" in row}
    for symbol in SYMBOLS:
        assert {f"{symbol.lower()}@{stream}" for stream in STREAMS} <= names
        seen: list[Any] = []
        snapshot: dict[str, Any] | None = None
        for row in rows:
            if row.get("stream") == f"{symbol.lower()}@depth@100ms":
                seen.append(row["data"])
            elif row.get("rest", "").startswith(f"GET /fapi/v1/depth?symbol={symbol}"):
                if snapshot is None:
                    assert len(seen) == 3
                snapshot = row["data"]
        assert snapshot is not None
        assert any(e["U"] <= snapshot["lastUpdateId"] <= e["u"] for e in seen)
        assert all(later["pu"] == earlier["u"] for earlier, later in pairwise(seen))


def test_a_falling_price_stays_inside_the_known_book() -> None:
    known = low = 0.0
    snapshots = 0
    for _, row in parsed(list(recorded_session(["BTCUSDT"], scenario="crash", seconds=80))):
        if row.get("rest", "").startswith("GET /fapi/v1/depth"):
            snapshots += 1
            known = float(row["data"]["bids"][-1][0])
        elif known and row.get("stream") == "btcusdt@bookTicker":
            low = float(row["data"]["b"])
            assert low > known
    assert snapshots > 3
    assert low < 76_920 * 0.98


def test_open_interest_is_polled(lines: list[bytes]) -> None:
    asked = [row["rest"] for _, row in parsed(lines) if "rest" in row]
    assert asked.count("GET /fapi/v1/openInterest?symbol=BTCUSDT") == 3


def test_a_coin_outside_the_catalogue_can_be_recorded() -> None:
    rows = parsed(list(recorded_session(["FOOUSDT"], seconds=2, start_ms=START)))
    assert any(row.get("stream") == "foousdt@depth@100ms" for _, row in rows)
