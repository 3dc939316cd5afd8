"""Answers that are no success: bounded pauses, printable texts, never an exception."""

from __future__ import annotations

import pytest

from tuirisk.feed.binance.rest.errors import DEFAULT_PAUSE, answer_error
from tuirisk.feed.binance.rest.rate_limiter import RateLimiter
from tuirisk.feed.clock import WallClock

NESTED = b'{"code":-1,"msg":"x","y":' + b"[" * 200_000


def pause(status: int, **headers: str) -> float:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = answer_error("GET /x", status, named, b"")
    assert error is not None
    return error.pause


@pytest.mark.parametrize("text", ["", "²", "9" * 400, "-5", "1.5", "never", "nan", "inf"])
@pytest.mark.parametrize("status", [418, 429])
def test_a_pause_that_is_no_number_is_the_default(text: str, status: int) -> None:
    assert (
        pause(status, Retry_After=text) == DEFAULT_PAUSE["banned" if status == 418 else "limited"]
    )


def test_a_pause_is_obeyed_for_an_hour_or_three_days_at_most() -> None:
    assert pause(429, Retry_After="7") == 7.0
    assert pause(429, Retry_After="1000000000") == 3_600.0
    assert pause(418, Retry_After="1000000000") == 3 * 86_400.0
    assert pause(418, Retry_After="7200") == 7_200.0


def test_a_date_to_wait_for_counts_from_the_date_of_the_answer() -> None:
    date = "Sat, 28 Nov 2026 12:00:00 GMT"
    assert pause(429, Retry_After="Sat, 28 Nov 2026 12:01:30 GMT", Date=date) == 90.0
    assert pause(429, Retry_After="Sat, 28 Nov 2099 12:01:30 GMT", Date=date) == 3_600.0
    assert pause(429, Retry_After="Sat, 28 Nov 2025 12:01:30 GMT", Date=date) == 0.0
    assert pause(429, Retry_After="Sat, 28 Nov 2026 12:01:30 GMT") == DEFAULT_PAUSE["limited"]
    assert pause(429, Retry_After="Sat, 99 Nov 2026 99:99:99 GMT", Date=date) == 60.0


def test_a_refusal_is_one_printable_line() -> None:
    text = "\\u001b]0;PWNED\\u0007\\u001b[2J\\nsecond line \\u202e" + "x" * 5_000
    error = answer_error("GET /x", 400, {}, b'{"code":-1,"msg":"' + text.encode() + b'"}')
    assert error is not None
    assert str(error).isprintable()
    assert len(str(error)) < 300


@pytest.mark.parametrize("body", [NESTED, b"\xff", b"[]", b"<html>", b'{"code":1e999,"msg":"x"}'])
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 407, 451, 500, 503, 599])
def test_whatever_the_body_is_the_error_has_its_sentence(body: bytes, status: int) -> None:
    error = answer_error("GET /x", status, {}, body)
    assert error is not None
    assert str(error).isprintable()


@pytest.mark.parametrize("text", [None, "²", "9" * 5_000, "-1", "many"])
def test_a_used_weight_that_is_no_number_says_nothing(text: str | None) -> None:
    limiter = RateLimiter(WallClock())
    limiter.report_weight_header(text)
    assert limiter.reported_weight is None
    limiter.report_weight_header("1200")
    assert limiter.reported_weight == 1_200
