"""Providers without a key: what their documented answers and messages mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tuirisk.config.model import ProviderConfig
from tuirisk.events.external import ProviderEvent, ProviderSeries, ProviderValue
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.json_index import JsonIndex
from tuirisk.feed.providers.registry import BY_NAME

NOW_MS = 1_795_003_200_000
NOW = NOW_MS * 1_000_000
DAY_MS = 86_400_000


def decoded(name: str, body: Any, request: str = "", status: int = 200) -> list[ProviderEvent]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    frame = ProviderFrame(NOW, name, request, status if request else 0, data)
    return BY_NAME[name](()).decode(frame)


def dvol_message(volatility: Any, timestamp: Any = NOW_MS) -> dict[str, Any]:
    data = {"timestamp": timestamp, "volatility": volatility, "index_name": "btc_usd"}
    params = {"channel": "deribit_volatility_index.btc_usd", "data": data}
    return {"jsonrpc": "2.0", "method": "subscription", "params": params}


def test_dvol_comes_in_percent_points_of_its_own_time() -> None:
    (event,) = decoded("deribit", dvol_message(129.36))
    assert isinstance(event, ProviderValue)
    assert (event.measure, event.asset, event.time) == ("implied_volatility", "BTC", NOW_MS)
    assert event.value == pytest.approx(1.2936)


def test_dvol_as_a_fraction_is_refused_and_not_taken_for_a_calm_market() -> None:
    with pytest.raises(ProviderError) as refusal:
        decoded("deribit", dvol_message(0.210084879))
    assert refusal.value.trouble is Trouble.IMPLAUSIBLE


def test_the_forming_day_is_not_among_the_days_of_dvol() -> None:
    today = NOW_MS - NOW_MS % DAY_MS
    rows = [[today - DAY_MS, 50, 52, 49, 51.0], [today, 51, 90, 51, 90.0]]
    answer = {"jsonrpc": "2.0", "result": {"data": rows, "continuation": None}}
    (event,) = decoded("deribit", answer, "GET /x?currency=BTC&resolution=1D")
    assert isinstance(event, ProviderSeries)
    assert event.rows == ((today - DAY_MS, 0.51),)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ({"error": {"code": 10028, "message": "too_many_requests"}}, Trouble.RATE_LIMITED),
        ({"error": {"code": -32602, "message": "Invalid params"}}, Trouble.BAD_ANSWER),
        ({"result": {"data": []}}, Trouble.BAD_ANSWER),
        ({"result": {"data": [[1]]}}, Trouble.BAD_ANSWER),
        ({"result": {}}, Trouble.BAD_ANSWER),
    ],
)
def test_an_error_of_deribit_inside_a_good_status_is_an_error(body: Any, trouble: Trouble) -> None:
    with pytest.raises(ProviderError) as refusal:
        decoded("deribit", body, "GET /x?currency=BTC&resolution=1D")
    assert refusal.value.trouble is trouble


def test_fear_and_greed_is_text_in_seconds_newest_first() -> None:
    rows = [
        {"value": "47", "value_classification": "Neutral", "timestamp": "1794960000"},
        {"value": "12", "value_classification": "Extreme Fear", "timestamp": "1794873600"},
    ]
    value, series = decoded("fear_greed", {"data": rows, "metadata": {"error": None}}, "GET /fng/")
    assert isinstance(value, ProviderValue)
    assert (value.value, value.label, value.time) == (47.0, "Neutral", 1_794_960_000_000)
    assert isinstance(series, ProviderSeries)
    assert [v for _, v in series.rows] == [12.0, 47.0]


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "metadata": {"error": None}},
        {"data": [{"timestamp": "1794960000"}], "metadata": {}},
        {"data": [{"value": "470", "timestamp": "1794960000"}]},
        {"metadata": {"error": "Invalid limit"}, "data": []},
        {"name": "Fear and Greed Index"},
    ],
)
def test_a_bad_answer_of_fear_and_greed_gives_no_number(body: Any) -> None:
    with pytest.raises(ProviderError):
        decoded("fear_greed", body, "GET /fng/")


def index_frame(body: Any, path: str, unit: str = "", status: int = 200) -> ProviderFrame:
    data = json.dumps(body).encode()
    return ProviderFrame(NOW, "cvi", "GET /latest", status, data, path, unit, 900.0)


def test_a_json_index_is_found_by_its_path_and_has_the_time_beside_it() -> None:
    adapter = JsonIndex("cvi", ProviderConfig(url="https://example.com/latest?key=hunter2"))
    body = {"data": {"rows": [{"index": "61.5", "timestamp": NOW_MS // 1_000 - 60}]}}
    (event,) = adapter.decode(index_frame(body, "data.rows.0.index", "percent"))
    assert isinstance(event, ProviderValue)
    assert event.value == pytest.approx(0.615)
    assert event.time == NOW_MS - 60_000
    assert "hunter2" not in adapter.polls()[0].request(NOW_MS).line


@pytest.mark.parametrize(
    ("body", "path"),
    [({}, "data.index"), ({"data": []}, "data.0"), ({"data": {"index": None}}, "data.index")],
)
def test_a_field_of_a_json_index_that_vanishes_is_named(body: Any, path: str) -> None:
    with pytest.raises(ProviderError) as refusal:
        JsonIndex("cvi", ProviderConfig(url="https://example.com/x")).decode(
            index_frame(body, path)
        )
    assert path.split(".")[-1] in refusal.value.detail
