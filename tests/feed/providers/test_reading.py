"""Values out of the JSON of others."""

from __future__ import annotations

import math

import pytest

from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.reading import document, number, time_ms, within

NOW_MS = 1_795_003_200_000
NOW = NOW_MS * 1_000_000


@pytest.mark.parametrize(
    "value",
    [
        NOW_MS,
        NOW_MS // 1_000,
        str(NOW_MS),
        str(NOW_MS // 1_000),
        NOW_MS * 1_000,
        NOW_MS * 1_000_000,
        "2026-11-18T12:00:00Z",
        "2026-11-18T12:00:00.000000000Z",
    ],
)
def test_a_time_is_read_in_whatever_unit_it_comes(value: object) -> None:
    assert time_ms(value, NOW) == NOW_MS


@pytest.mark.parametrize("value", [0, -5, "2644845344000", NOW_MS + 600_000, 2_644_845_344_000])
def test_a_time_that_cannot_be_true_is_refused(value: object) -> None:
    with pytest.raises(ProviderError) as refusal:
        time_ms(value, NOW)
    assert refusal.value.trouble is Trouble.IMPLAUSIBLE


@pytest.mark.parametrize("value", [None, "", "soon", [], {}, True, math.nan, "NaN", "1e999"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ProviderError):
        number(value, "value")
    with pytest.raises(ProviderError):
        time_ms(value, NOW)


def test_a_number_may_be_text() -> None:
    assert number("2369935.19", "value") == 2_369_935.19


def test_a_value_of_another_unit_is_refused_by_its_range() -> None:
    assert within(51.92, 5, 500, "volatility") == 51.92
    with pytest.raises(ProviderError, match=r"0\.21"):
        within(0.21, 5, 500, "volatility")


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b'{"data":[', b'"<html>502</html>"'])
def test_what_is_no_json_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(ProviderError) as refusal:
        document(ProviderFrame(NOW, "deribit", "GET /", 200, body))
    assert refusal.value.trouble is Trouble.BAD_ANSWER
