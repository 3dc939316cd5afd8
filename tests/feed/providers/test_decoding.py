"""Whatever a provider sends is decoded, or refused in one line: nothing of it ends the program."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tuirisk.config.model import ProviderConfig
from tuirisk.events.external import ProviderValue
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.decoding import decode_frame
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.health import ProviderHealth, topic_of
from tuirisk.feed.providers.json_index import JsonIndex
from tuirisk.feed.providers.registry import BY_NAME
from tuirisk.feed.providers.secrets import secrets_of, without_secrets
from tuirisk.simulator.providers.request import Asked
from tuirisk.simulator.providers.rest import answer

NOW_MS = 1_795_003_200_000
NOW = NOW_MS * 1_000_000
SYMBOLS = ("BTCUSDT", "ETHUSDT")
KEYS = {
    "cg-api-key": "demo-professional",
    "x-api-key": "demo-professional",
    "authorization": "Bearer demo-professional",
}
ODD: tuple[Any, ...] = (None, "", "x", "1e999", -1, 0, 10**30, 1e308, True, [], {}, [[]], [None])


def good_frames(name: str) -> Iterator[tuple[str, Any]]:
    """(request line, body) of every request of a provider, as the embedded exchange answers."""
    adapter = BY_NAME[name](SYMBOLS)
    for poll in adapter.polls():
        request = poll.request(NOW_MS)
        prices = {"BTCUSDT": 60_000.0, "ETHUSDT": 3_000.0}
        found = answer(Asked(request.path, request.params, KEYS, NOW_MS, 7, prices))
        assert found is not None, request.line
        yield request.line, found.body


def places(value: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """(container, key) of the first members of everything in a document."""
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    else:
        keys = list(range(min(len(value), 2))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from places(value[key], depth + 1)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_odd_values_in_every_place_are_decoded_or_refused(name: str) -> None:
    for line, body in good_frames(name):
        shortened = _shortened(copy.deepcopy(body))
        count = sum(1 for _ in places(shortened))
        for place in range(count):
            for odd in (*ODD, KeyError):
                changed = copy.deepcopy(shortened)
                container, key = list(places(changed))[place]
                if odd is KeyError:
                    del container[key]
                else:
                    container[key] = odd
                data = json.dumps(changed).encode()
                adapter = BY_NAME[name](SYMBOLS)
                _, problem = decode_frame(adapter, ProviderFrame(NOW, name, line, 200, data))
                if problem is not None:
                    assert str(problem.reason(name))


def _shortened(value: Any) -> Any:
    """Lists with their first two rows alone."""
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    return [_shortened(row) for row in value[:2]] if isinstance(value, list) else value


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_recorded_request_is_known_by_its_poll(name: str) -> None:
    adapter = BY_NAME[name](SYMBOLS)
    for poll in adapter.polls():
        line = poll.request(NOW_MS - 86_400_000).line
        assert topic_of(adapter, ProviderFrame(NOW, name, line, 200, b"{}")) == poll.name


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_provider_without_a_key_that_refuses_does_not_ask_for_one(status: int) -> None:
    frame = ProviderFrame(NOW, "bybit", "GET /v5/market/tickers?symbol=BTCUSDT", status, b"<html>")
    _, problem = decode_frame(BY_NAME["bybit"](SYMBOLS), frame)
    assert problem is not None
    assert problem.trouble is Trouble.REFUSED
    assert "KEY" not in str(problem.reason("bybit"))


def test_what_a_provider_repeats_of_a_secret_is_not_shown() -> None:
    address = "https://me:pass-word@host.example/v1/0123456789abcdef/index?token=s3cret%2Fkey&a=b"
    secrets = secrets_of("k e/y", address)
    body = b'"k e/y k%20e%2Fy k+e%2Fy pass-word 0123456789abcdef s3cret/key s3cret%2Fkey index a=b"'
    assert without_secrets(body, secrets) == b'"... ... ... ... ... ... ... index a=b"'
    assert "pass-word" not in repr(secrets)


def index_of(body: Any, path: str, unit: str = "") -> ProviderValue | ProviderError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    adapter = JsonIndex("cvi", ProviderConfig(url="https://example.com/x"))
    events, problem = decode_frame(
        adapter, ProviderFrame(NOW, "cvi", "GET /", 200, data, path, unit, 900.0)
    )
    if problem is not None:
        return problem
    (event,) = events
    assert isinstance(event, ProviderValue)
    return event


@pytest.mark.parametrize(
    ("body", "path", "value"),
    [
        (97.5, "", 97.5),
        ("97.5", "", 97.5),
        ([[1, 97.5]], "0.1", 97.5),
        ([1, 2, 97.5], "-1", 97.5),
        ({"0": {"1": " 97.5 "}}, "0.1", 97.5),
        (b"\xef\xbb\xbf" + b'{"a":97.5}', "a", 97.5),
        ({"a": "9.75e1"}, "a", 97.5),
    ],
)
def test_the_number_of_a_json_document_is_found(body: Any, path: str, value: float) -> None:
    found = index_of(body, path)
    assert isinstance(found, ProviderValue)
    assert found.value == value


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"a": True}, "a"),
        ({"a": "97,5"}, "a"),
        ({"a": "1_000"}, "a"),
        ({"a": "0x10"}, "a"),
        ({"a": "٩٧"}, "a"),
        ({"a": "infinity"}, "a"),
        ({"a": [97.5]}, "a"),
        ({"a": {"b": 1}}, "a"),
        ({"a": 1}, "b"),
        ({"a": [1]}, "a.1"),
        ({"a": [1]}, "a.x"),
        ({"a": "text"}, "a.0"),
        (b'{"a":NaN}', "a"),
        (b"[" * 100_000, "0"),
        (b"1" * 5_000, ""),
        (b"null", ""),
        (b"", ""),
    ],
)
def test_what_is_no_number_of_a_json_document_is_refused(body: Any, path: str) -> None:
    assert isinstance(index_of(body, path), ProviderError)


def test_the_nearest_time_around_a_number_is_its_time() -> None:
    outer: dict[str, Any] = {"timestamp": NOW_MS - 7_200_000, "data": {"rows": [{"index": 5.0}]}}
    found = index_of(outer, "data.rows.0.index")
    assert isinstance(found, ProviderValue)
    assert found.time == NOW_MS - 7_200_000
    outer["data"]["rows"][0]["time"] = NOW_MS // 1_000 - 60
    found = index_of(outer, "data.rows.0.index")
    assert isinstance(found, ProviderValue)
    assert found.time == NOW_MS - 60_000
    future = index_of({"index": 5.0, "timestamp": NOW_MS + 86_400_000}, "index")
    assert isinstance(future, ProviderError)
    other = index_of({"index": 5.0, "t": 21.5}, "index")
    assert isinstance(other, ProviderValue), "a temperature beside it"


def test_the_age_that_is_configured_counts_for_every_provider() -> None:
    line, body = next(good_frames("fear_greed"))
    frame = ProviderFrame(
        NOW, "fear_greed", line, 200, json.dumps(body).encode(), stale_after=3_600.0
    )
    value, *_ = decode_frame(BY_NAME["fear_greed"](), frame)[0]
    assert isinstance(value, ProviderValue)
    assert value.stale_after_ms == 3_600_000


def test_a_frame_without_an_answer_says_why() -> None:
    adapter = BY_NAME["coinglass"](SYMBOLS)
    body = b'{"detail":"HTTP 503","needs":""}'
    frame = ProviderFrame(NOW, "coinglass", "GET /x", 0, body, failure="unavailable")
    events, problem = decode_frame(adapter, frame)
    assert events == []
    assert problem is not None
    assert (problem.trouble, problem.detail) == (Trouble.UNAVAILABLE, "HTTP 503")


def test_a_provider_of_which_one_request_fails_is_not_well_because_another_answers() -> None:
    adapter = BY_NAME["glassnode"]()
    health = ProviderHealth(adapter, streams=False)
    names = [poll.name for poll in adapter.polls()]
    health.fail(names[1], ProviderError(Trouble.SILENT))
    for name in (names[0], *names[2:]):
        health.succeed(name, NOW)
    status = health.status(NOW)
    assert status is not None
    assert status.phase == "failing"
    health.succeed(names[1], NOW)
    later = health.status(NOW)
    assert later is not None
    assert later.phase == "live"
