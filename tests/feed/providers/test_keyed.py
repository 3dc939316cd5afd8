"""Providers with a key, flows and options: documented answers and their errors."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tuirisk.events.external import ProviderEvent, ProviderSeries, ProviderValue
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.binance_options import at_the_money, interpolated
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.registry import BY_NAME

NOW_MS = 1_795_003_200_000
NOW = NOW_MS * 1_000_000
DAY_MS = 86_400_000
LIQUIDATIONS = "GET /api/futures/liquidation/exchange-list?range=1h&symbol=BTC"


def decoded(name: str, body: Any, request: str, status: int = 200) -> list[ProviderEvent]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    adapter = BY_NAME[name](("BTCUSDT",))
    return adapter.decode(ProviderFrame(NOW, name, request, status, data))


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ({"code": "401", "msg": "API key missing."}, Trouble.NO_KEY),
        ({"code": "400", "msg": "Invalid API key provided"}, Trouble.BAD_KEY),
        ({"code": "401", "msg": "Upgrade plan"}, Trouble.PLAN_TOO_LOW),
        ({"code": 40001, "msg": "Upgrade plan"}, Trouble.PLAN_TOO_LOW),
        ({"code": "429", "msg": "Too Many Requests"}, Trouble.RATE_LIMITED),
        ({"code": "404", "msg": "Endpoint not found"}, Trouble.BAD_ANSWER),
        ({"code": "500", "msg": "Server Error"}, Trouble.UNAVAILABLE),
        ({"code": "0", "msg": "success", "data": []}, Trouble.BAD_ANSWER),
        ({"code": "0", "data": [{"exchange": "All"}]}, Trouble.BAD_ANSWER),
        ({"data": [{"exchange": "All"}]}, Trouble.BAD_ANSWER),
    ],
)
def test_coinglass_says_with_status_200_what_is_wrong(body: Any, trouble: Trouble) -> None:
    with pytest.raises(ProviderError) as refusal:
        decoded("coinglass", body, LIQUIDATIONS)
    assert refusal.value.trouble is trouble


def test_coinglass_row_of_all_is_not_added_to_its_parts() -> None:
    rows = [
        {"exchange": name, "long_liquidation_usd": long, "short_liquidation_usd": "10"}
        for name, long in (("All", 300.0), ("Binance", 200.0), ("Bybit", 100.0))
    ]
    (totals,) = decoded("coinglass", {"code": "0", "data": rows}, LIQUIDATIONS)
    assert (totals.long, totals.short) == (300.0, 10.0)  # type: ignore[attr-defined]


def test_coinglass_funding_is_percent_and_binance_has_fractions() -> None:
    venue = {"exchange": "Binance", "funding_rate_interval": 4, "funding_rate": 0.01}
    row = {"symbol": "BTC", "stablecoin_margin_list": [venue]}
    body = {"code": "0", "data": [row]}
    (event,) = decoded("coinglass", body, "GET /api/futures/funding-rate/exchange-list")
    assert isinstance(event, ProviderValue)
    assert event.value == pytest.approx(0.0002), "per 8 hours"


def test_a_plan_of_coinglass_that_has_ended_says_so() -> None:
    data = {"level": "HOBBYIST", "expire_time": NOW_MS - 1, "expired": False}
    with pytest.raises(ProviderError) as refusal:
        decoded("coinglass", {"code": "0", "data": data}, "GET /api/user/account/subscription")
    assert refusal.value.trouble is Trouble.PLAN_ENDED


GLASSNODE = "GET /v1/metrics/transactions/transfers_volume_exchanges_net_pit?a=BTC&i=24h&s=1"


def test_a_day_of_glassnode_that_runs_is_not_a_day() -> None:
    today = (NOW_MS - NOW_MS % DAY_MS) // 1_000
    rows = [{"t": today - 86_400, "v": -123.4}, {"t": today, "v": 5.0}]
    (series,) = decoded("glassnode", rows, GLASSNODE)
    assert isinstance(series, ProviderSeries)
    assert [value for _, value in series.rows] == [-123.4]


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (401, {"message": "invalid key"}, Trouble.BAD_KEY),
        (403, b"forbidden", Trouble.PLAN_TOO_LOW),
        (400, {"error": "asset not supported"}, Trouble.BAD_ANSWER),
        (200, {"error": "internal"}, Trouble.BAD_ANSWER),
        (429, b"", Trouble.RATE_LIMITED),
        (200, [], Trouble.BAD_ANSWER),
    ],
)
def test_refusals_of_glassnode(status: int, body: Any, trouble: Trouble) -> None:
    with pytest.raises(ProviderError) as refusal:
        decoded("glassnode", body, GLASSNODE, status)
    assert refusal.value.trouble is trouble


def test_cryptoquant_comes_newest_first_with_days_that_are_not_known_yet() -> None:
    rows = [
        {"date": "2026-11-18", "netflow_total": None},
        {"date": "2026-11-17", "netflow_total": "7.5"},
        {"date": "2026-11-16", "netflow_total": -2},
    ]
    body = {"status": {"code": 200, "message": "success"}, "result": {"data": rows}}
    (series,) = decoded("cryptoquant", body, "GET /v1/btc/exchange-flows/netflow?window=day")
    assert isinstance(series, ProviderSeries)
    assert [value for _, value in series.rows] == [-2.0, 7.5]


@pytest.mark.parametrize(
    ("code", "trouble"),
    [(401, Trouble.BAD_KEY), (403, Trouble.PLAN_TOO_LOW), (429, Trouble.RATE_LIMITED)],
)
def test_an_error_of_cryptoquant_inside_a_good_status(code: int, trouble: Trouble) -> None:
    with pytest.raises(ProviderError) as refusal:
        decoded("cryptoquant", {"status": {"code": code, "message": "no"}}, "GET /v1/btc/x")
    assert refusal.value.trouble is trouble


def flows(time: str, into: Any, out: Any) -> dict[str, Any]:
    return {"asset": "btc", "time": time, "FlowInExNtv": into, "FlowOutExNtv": out}


def test_coin_metrics_nets_flows_written_as_text() -> None:
    rows = [
        flows("2026-11-15T00:00:00.000000000Z", "10.5", "4.5"),
        flows("2026-11-16T00:00:00.000000000Z", None, "4.5"),
    ]
    request = "GET /v4/timeseries/asset-metrics?assets=btc"
    (series,) = decoded("coinmetrics", {"data": rows}, request)
    assert isinstance(series, ProviderSeries)
    assert [value for _, value in series.rows] == [6.0]
    with pytest.raises(ProviderError, match="FlowInExNtv"):
        decoded("coinmetrics", {"data": [{"asset": "btc", "time": "2026-11-15"}]}, request)
    forbidden = {"error": {"type": "forbidden", "message": "not available"}}
    with pytest.raises(ProviderError) as refusal:
        decoded("coinmetrics", forbidden, request, 403)
    assert refusal.value.trouble is Trouble.PLAN_TOO_LOW


def test_volmex_is_seconds_and_percent_points() -> None:
    request = "GET /v2/history?symbol=BVIV&resolution=60&from=1&to=2"
    body = {"s": "ok", "t": [NOW_MS // 1_000 - 1_800], "c": ["55.5"]}
    (event,) = decoded("volmex", body, request)
    assert isinstance(event, ProviderValue)
    assert event.value == pytest.approx(0.555)
    for bad in ({"s": "no_data"}, {"s": "error", "errmsg": "no"}, {"s": "ok", "t": [], "c": []}):
        with pytest.raises(ProviderError):
            decoded("volmex", bad, request)


def test_thirty_days_are_interpolated_in_total_variance() -> None:
    curve = [(20.0, 0.50), (40.0, 0.60)]
    variance = (0.5 * 0.50**2 * 20 + 0.5 * 0.60**2 * 40) / 30
    assert interpolated(curve, 30.0) == pytest.approx(math.sqrt(variance))
    assert interpolated(curve, 20.0) == 0.50
    assert interpolated(curve, 10.0) is None, "nothing on its near side"


def test_the_strike_nearest_the_index_counts_and_expiries_without_one_do_not() -> None:
    near, far = NOW_MS + 10 * DAY_MS, NOW_MS + 40 * DAY_MS
    full = {90.0: [0.9], 100.0: [0.5, 0.7], 110.0: [0.8]}
    assert at_the_money({near: {150.0: [0.5]}, far: full}, 101.0, NOW_MS) == [(40.0, 0.6)]


def test_the_next_page_of_coin_metrics_adds_to_the_first() -> None:
    adapter = BY_NAME["coinmetrics"](())
    first = adapter.polls()[0].request(NOW_MS)
    pages = (
        {"data": [flows("2026-11-15T00:00:00Z", "10", "4")], "next_page_token": "abc"},
        {"data": [flows("2026-11-16T00:00:00Z", "9", "4")]},
    )

    def page(number: int, line: str) -> ProviderSeries:
        body = json.dumps(pages[number]).encode()
        (series,) = adapter.decode(ProviderFrame(NOW, "coinmetrics", line, 200, body))
        assert isinstance(series, ProviderSeries)
        return series

    page(0, first.line)
    following = adapter.next_page()
    assert following is not None
    assert "next_page_token=abc" in following.line
    assert [value for _, value in page(1, following.line).rows] == [6.0, 5.0]
    assert adapter.next_page() is None


def test_pages_of_dvol_run_backwards() -> None:
    adapter = BY_NAME["deribit"](())
    line = adapter.polls()[0].request(NOW_MS).line
    day = NOW_MS - NOW_MS % DAY_MS - 5 * DAY_MS
    older, newer = [day, 1, 1, 1, 40.0], [day + DAY_MS, 1, 1, 1, 50.0]
    body = {"result": {"data": [newer], "continuation": day + 1}}
    adapter.decode(ProviderFrame(NOW, "deribit", line, 200, json.dumps(body).encode()))
    following = adapter.next_page()
    assert following is not None
    body = {"result": {"data": [older], "continuation": None}}
    frame = ProviderFrame(NOW, "deribit", following.line, 200, json.dumps(body).encode())
    (series,) = adapter.decode(frame)
    assert isinstance(series, ProviderSeries)
    assert [value for _, value in series.rows] == [0.40, 0.50]
    assert adapter.next_page() is None


PLAN = "GET /api/user/account/subscription"


def coinglass(level: str, ends: int = NOW_MS + DAY_MS) -> Any:
    """An adapter of a key whose plan is known."""
    adapter = BY_NAME["coinglass"](("BTCUSDT",))
    data = {"level": level, "expire_time": ends, "expired": False}
    body = json.dumps({"code": "0", "data": data}).encode()
    adapter.decode(ProviderFrame(ends - DAY_MS * 10**6, "coinglass", PLAN, 200, body))
    return adapter


def coinglass_answer(adapter: Any, path: str, data: Any, received: int = NOW) -> Any:
    body = json.dumps({"code": "0", "data": data}).encode()
    return adapter.decode(
        ProviderFrame(received, "coinglass", f"GET /api/futures/liquidation/{path}", 200, body)
    )


def asked_paths(adapter: Any) -> str:
    return " ".join(poll.request(NOW_MS).line for poll in adapter.polls())


def test_what_a_plan_of_coinglass_does_not_have_is_not_asked_for() -> None:
    low, high = coinglass("HOBBYIST"), coinglass("PROFESSIONAL")
    assert "max-pain" not in asked_paths(low)
    assert low.beyond_plan["max_pain_longs"] == "Professional"
    assert "max-pain" in asked_paths(high)
    assert "aggregated-map?range=1d&symbol=BTC" in asked_paths(high)
    assert not high.beyond_plan


def test_a_plan_of_coinglass_that_ends_at_midnight_is_called_so_from_then_on() -> None:
    adapter = coinglass("HOBBYIST", ends=NOW_MS)
    body = json.dumps({"code": "401", "msg": "Upgrade plan"}).encode()
    with pytest.raises(ProviderError) as before:
        adapter.decode(ProviderFrame(NOW - 10**9, "coinglass", LIQUIDATIONS, 200, body))
    with pytest.raises(ProviderError) as after:
        adapter.decode(ProviderFrame(NOW, "coinglass", LIQUIDATIONS, 200, body))
    assert before.value.trouble is Trouble.PLAN_TOO_LOW
    assert after.value.trouble is Trouble.PLAN_ENDED


def test_the_days_of_coinglass_are_of_the_exchanges_that_it_named() -> None:
    adapter = coinglass("HOBBYIST")
    assert "aggregated-history" not in asked_paths(adapter)
    sides = {"long_liquidation_usd": 1.0, "short_liquidation_usd": 1.0}
    rows = [{"exchange": name, **sides} for name in ("All", "Binance", "a&b=c", "OKX")]
    coinglass_answer(adapter, "exchange-list?range=1h&symbol=BTC", rows)
    assert "exchange_list=Binance,OKX&interval=1d" in asked_paths(adapter)
    today = NOW_MS - NOW_MS % DAY_MS
    rows = [
        {
            "time": start,
            "aggregated_long_liquidation_usd": 5.0,
            "aggregated_short_liquidation_usd": "2",
        }
        for start in (today, today - DAY_MS)
    ]
    longs, shorts = coinglass_answer(adapter, "aggregated-history?interval=1d&symbol=BTC", rows)
    assert longs.rows == ((today - DAY_MS, 5.0),), "today is not over"
    assert shorts.rows == ((today - DAY_MS, 2.0),)


def test_the_side_of_max_pain_is_told_by_its_price() -> None:
    row = {
        "symbol": "BTC",
        "price": 110_625.1,
        "long_max_pain_liq_price": 113_046.71,
        "short_max_pain_liq_price": 109_748.37,
    }
    other = {**row, "symbol": "ETH"}
    events = coinglass_answer(coinglass("PROFESSIONAL"), "max-pain?range=24h", [other, row])
    assert [(e.measure, e.asset, e.value) for e in events] == [
        ("max_pain_shorts", "BTC", 113_046.71),
        ("max_pain_longs", "BTC", 109_748.37),
    ]


def test_the_map_of_coinglass_is_prices_and_amounts() -> None:
    adapter = coinglass("PROFESSIONAL")
    data = {"data": {"48935": [[48935, 2_000.5, 25, None], [48935, 1_000, None, None]], "9": []}}
    (event,) = coinglass_answer(adapter, "aggregated-map?range=1d&symbol=BTC", data)
    ((price, amount),) = event.levels
    assert (event.asset, amount) == ("BTC", 3_000.5)
    assert price == pytest.approx(48_935, rel=0.0026), "the middle of a bucket of 0.5 %"
    refused: tuple[Any, ...] = (
        {},
        {"data": {"x": [[1, 2]]}},
        {"data": {"1": [[1]]}},
        [],
        {"data": {"1": 2}},
    )
    for bad in refused:
        with pytest.raises(ProviderError):
            coinglass_answer(adapter, "aggregated-map?range=1d&symbol=BTC", bad)


def test_days_of_balances_are_flows_of_the_exchanges_of_which_both_days_are_known() -> None:
    today = NOW_MS - NOW_MS % DAY_MS
    times = [today - 3 * DAY_MS, today - 2 * DAY_MS, (today - DAY_MS) // 1_000]
    data = {"time_list": times, "data_map": {"A": [10.0, "12", 9.0], "B": [None, 50.0, 51.0]}}
    body = json.dumps({"code": "0", "data": data}).encode()
    line = "GET /api/exchange/balance/chart?symbol=BTC"
    frame = ProviderFrame(NOW, "coinglass", line, 200, body)
    (series,) = coinglass("HOBBYIST").decode(frame)
    assert series.measure == "net_flow"
    assert series.rows == ((today - 2 * DAY_MS, 2.0), (today - DAY_MS, -2.0))
