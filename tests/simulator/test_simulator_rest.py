from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from tuirisk.simulator.exchange import Exchange
from tuirisk.simulator.rate_limits import RequestLimits
from tuirisk.simulator.rest_market import klines_weight

START = 1_795_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    exchange = Exchange(start_ms=START)
    exchange.market("BTCUSDT")
    exchange.advance_to(START + 5_000)
    return exchange


def ask(exchange: Exchange, target: str) -> tuple[int, Any, int]:
    parts = urlsplit(target)
    return exchange.rest(parts.path, dict(parse_qsl(parts.query)))


def body(exchange: Exchange, target: str) -> Any:
    status, answer, _ = ask(exchange, target)
    assert status == 200, answer
    return json.loads(msgspec.json.encode(answer))


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("/fapi/v1/klines?symbol=XUSDT&interval=1h", -1121, "Invalid symbol."),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1s", -1120, "Invalid interval."),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1m", -1120, "Invalid interval."),
        (
            "/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=2000",
            -1130,
            "Data sent for parameter 'limit' is not valid.",
        ),
        ("/fapi/v1/depth?symbol=BTCUSDT&limit=3", -4021, "3 is not valid depth limit"),
        ("/fapi/v1/depth?symbol=AGIXUSDT", -1122, "Invalid symbol status."),
        (
            "/fapi/v1/openInterest",
            -1102,
            "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
        ),
        (
            "/fapi/v1/klines?symbol=BTCUSDT&interval=1h&startTime=5&endTime=4",
            -1023,
            "Start time is greater than end time.",
        ),
        (
            "/futures/data/openInterestHist?symbol=BTCUSDT&period=3m",
            -1130,
            "Data sent for parameter 'period' is not valid.",
        ),
        (
            "/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=501",
            -1130,
            "Data sent for parameter 'limit' is not valid.",
        ),
        (
            f"/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&startTime={START - 31 * DAY}",
            -1130,
            "parameter 'startTime' is invalid.",
        ),
    ],
)
def test_refusals_carry_the_exchanges_codes(
    exchange: Exchange, target: str, code: int, message: str
) -> None:
    assert ask(exchange, target) == (400, {"code": code, "msg": message}, 1)


def test_text_for_a_number_and_unknown_paths_are_refused(exchange: Exchange) -> None:
    status, answer, _ = ask(exchange, "/fapi/v1/depth?symbol=BTCUSDT&limit=many")
    assert (status, answer["code"]) == (400, -1100)
    status, answer, _ = ask(exchange, "/fapi/v1/tarot")
    assert (status, answer["code"]) == (404, -5000)


@pytest.mark.parametrize(
    ("target", "weight"),
    [
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=99", 1),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=499", 2),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1h", 5),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=1500", 10),
        ("/fapi/v1/depth?symbol=BTCUSDT&limit=50", 2),
        ("/fapi/v1/depth?symbol=BTCUSDT&limit=100", 5),
        ("/fapi/v1/depth?symbol=BTCUSDT", 10),
        ("/fapi/v1/depth?symbol=BTCUSDT&limit=1000", 20),
        ("/fapi/v1/premiumIndex?symbol=BTCUSDT", 1),
        ("/fapi/v1/premiumIndex", 10),
        ("/fapi/v1/exchangeInfo", 1),
        ("/fapi/v1/openInterest?symbol=BTCUSDT", 1),
    ],
)
def test_weights(exchange: Exchange, target: str, weight: int) -> None:
    status, _, charged = ask(exchange, target)
    assert (status, charged) == (200, weight)


def test_kline_weight_thresholds() -> None:
    assert [klines_weight(n) for n in (99, 100, 499, 500, 1_000, 1_001)] == [1, 2, 2, 5, 5, 10]


def shape(value: Any) -> Any:
    """Types and keys, without values; a list is the shape of its first row."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict | list):
        return [shape(value[0])]
    return type(value).__name__


def test_answers_have_the_real_ones_shape(exchange: Exchange, shared_data: Path) -> None:
    checked = 0
    for line in (shared_data / "reference/rest_live_2026-09-15.jsonl").read_text().splitlines():
        row = json.loads(line)
        target = row["url"].removeprefix("https://fapi.binance.com").replace("=1m", "=15m")
        if "#" in target or row["status"] != 200 or target.startswith("/fapi/v1/aggTrades"):
            continue
        checked += 1
        real, ours = json.loads(row["body"]), body(exchange, target)
        assert shape(ours) == shape(real), target
    assert checked > 8


def test_exchange_info_has_the_real_keys(exchange: Exchange, shared_data: Path) -> None:
    ours = body(exchange, "/fapi/v1/exchangeInfo")
    with gzip.open(shared_data / "reference/exchangeInfo_2021-07-21.json.gz") as file:
        assert set(json.load(file)) <= set(ours)
    for line in (shared_data / "reference/rest_live_2026-09-15.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["url"].endswith("#symbols[BTCUSDT]"):
            real = json.loads(row["body"])
            assert list(ours["symbols"][0]) == list(real)
            kinds = {entry["filterType"] for entry in real["filters"]}
            assert {entry["filterType"] for entry in ours["symbols"][0]["filters"]} == kinds
        if row["url"].endswith("#rateLimits"):
            assert ours["rateLimits"] == json.loads(row["body"])


def test_listing_has_the_awkward_contracts(exchange: Exchange) -> None:
    rows = {row["symbol"]: row for row in body(exchange, "/fapi/v1/exchangeInfo")["symbols"]}
    assert rows["XAUUSDT"]["contractType"] == "TRADIFI_PERPETUAL"
    assert rows["AGIXUSDT"]["status"] == "SETTLING"
    assert rows["BTCUSDT_261225"]["contractType"] == "CURRENT_QUARTER"
    assert rows["NEWUSDT"]["onboardDate"] > START - 4 * DAY
    assert max(len(symbol) for symbol in rows if "_" not in symbol) >= 12
    assert rows["1000PEPEUSDT"]["filters"][0]["tickSize"] == "0.0000001"


def test_funding_settles_every_interval_and_special_rows_stand_out(exchange: Exchange) -> None:
    intervals = {"BTCUSDT": 8, "AVAXUSDT": 4, "1000000MOGUSDT": 1}
    listed = {row["symbol"]: row for row in body(exchange, "/fapi/v1/fundingInfo?symbol=BTCUSDT")}
    for symbol, hours in intervals.items():
        rows = body(exchange, f"/fapi/v1/fundingRate?symbol={symbol}&limit=1000")
        times = [row["fundingTime"] for row in rows]
        assert all(time % (hours * HOUR) < 10 for time in times)
        assert START - times[-1] <= hours * HOUR
        assert listed[symbol]["fundingIntervalHours"] == hours
        cap = float(listed[symbol]["adjustedFundingRateCap"])
        assert all(abs(float(row["fundingRate"])) <= cap for row in rows)
        assert len({row["fundingRate"] for row in rows}) > 20
    assert "ETHUSDT" not in listed
    assert len(body(exchange, "/fapi/v1/fundingRate?symbol=ETHUSDT&limit=1000")) >= 3 * 90
    special = body(exchange, "/fapi/v1/fundingRate?symbol=ADAUSDT&limit=20")
    assert {row["rateType"] for row in special} == {"Regular", "Special"}


def test_funding_goes_on_settling(exchange: Exchange) -> None:
    live = Exchange(["1000000MOGUSDT"], start_ms=START - START % HOUR + HOUR - 20_000)
    before = body(live, "/fapi/v1/fundingRate?symbol=1000000MOGUSDT&limit=1")[0]
    live.advance_to(live.start_ms + 30_000)
    rows = body(live, "/fapi/v1/fundingRate?symbol=1000000MOGUSDT&limit=2")
    assert rows[0] == before
    assert rows[1]["fundingTime"] // HOUR == before["fundingTime"] // HOUR + 1
    index = body(live, "/fapi/v1/premiumIndex?symbol=1000000MOGUSDT")
    assert index["nextFundingTime"] == (rows[1]["fundingTime"] // HOUR + 1) * HOUR


def test_statistics_reach_back_30_days_with_holes(exchange: Exchange) -> None:
    path = "/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=500"
    times: list[int] = []
    end = START
    while end > START - 30 * DAY + 300_000:
        page = body(exchange, f"{path}&endTime={end}")
        if not page:
            break
        times = [row["timestamp"] for row in page] + times
        end = page[0]["timestamp"] - 1
    expected = 30 * 288
    assert expected * 0.99 < len(times) < expected
    assert all(time % 300_000 == 0 for time in times)
    hourly = body(exchange, path.replace("=5m", "=1h"))
    assert all(row["timestamp"] % HOUR == 0 for row in hourly)
    row = hourly[-1]
    price = float(row["sumOpenInterestValue"]) / float(row["sumOpenInterest"])
    assert price == pytest.approx(76_920, rel=0.05)


def test_ratios_and_basis(exchange: Exchange) -> None:
    query = "?symbol=BTCUSDT&period=5m&limit=500"
    for name in ("globalLongShortAccountRatio", "topLongShortPositionRatio"):
        rows = body(exchange, f"/futures/data/{name}{query}")
        for row in rows:
            long, short = float(row["longAccount"]), float(row["shortAccount"])
            assert long + short == pytest.approx(1)
            assert float(row["longShortRatio"]) == pytest.approx(long / short, abs=1e-3)
    for row in body(exchange, f"/futures/data/takerlongshortRatio{query}"):
        ratio = float(row["buyVol"]) / float(row["sellVol"])
        assert float(row["buySellRatio"]) == pytest.approx(ratio, abs=1e-3)
    rows = body(
        exchange, "/futures/data/basis?pair=BTCUSDT&contractType=PERPETUAL&period=1h&limit=5"
    )
    assert len(rows) == 5
    assert rows[0]["pair"] == "BTCUSDT"


def test_open_interest_samples_go_on(exchange: Exchange) -> None:
    live = Exchange(["BTCUSDT"], start_ms=START - START % 300_000 + 295_000)
    target = "/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=1"
    before = body(live, target)[0]["timestamp"]
    live.advance_to(live.start_ms + 10_000)
    assert body(live, target)[0]["timestamp"] == before + 300_000


def test_budget_by_the_minute_then_429_then_ban() -> None:
    now = 7.0
    limiter = RequestLimits(lambda: now)
    assert limiter.charge("/fapi/v1/klines", 2_390).status == 200
    verdict = limiter.charge("/fapi/v1/klines", 20)
    assert (verdict.status, verdict.retry_after) == (429, 54)
    assert limiter.charge("/fapi/v1/fundingRate", 1).status == 200
    assert limiter.charge("/futures/data/basis", 1).status == 200
    now = 61.0
    assert limiter.charge("/fapi/v1/klines", 20).used_weight == 20
    for _ in range(40):
        limiter.charge("/fapi/v1/depth", 2_400)
    banned = limiter.charge("/fapi/v1/depth", 1)
    assert (banned.status, banned.retry_after) == (418, 120)
    now = 182.0
    assert limiter.charge("/fapi/v1/depth", 1).status == 200


def test_pools_have_their_own_limits() -> None:
    limiter = RequestLimits(lambda: 0.0)
    assert all(limiter.charge("/fapi/v1/fundingInfo", 1).status == 200 for _ in range(500))
    assert limiter.charge("/fapi/v1/fundingRate", 1).status == 429
    assert all(limiter.charge("/futures/data/basis", 1).status == 200 for _ in range(1_000))
    assert limiter.charge("/futures/data/basis", 1).status == 429
    assert limiter.used_weight == 0
