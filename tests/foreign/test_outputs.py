"""An exchange whose texts are hostile: no output holds what a terminal would obey."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from support import build
from support.command import tuirisk_in_process
from support.terminal import Terminal

from tuirisk.alerts.bell import notification
from tuirisk.alerts.event import alert_event, alert_text
from tuirisk.alerts.message import body, title
from tuirisk.cli.log_line import log_line
from tuirisk.feed.binance.rest.errors import answer_error
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.state import LogEntry

HOSTILE = "\x1b]0;PWNED\x07\x1b[2J\nBREAK\x9b31m\u202eEVIL\u2066\u200b\u2028\r\x00" + "x" * 500
OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Whatever is no part of a line."""


@pytest.fixture
def hostile() -> Iterator[EmbeddedExchange]:
    """An exchange that refuses open interest, does not trade ETHUSDT, and lists an odd name."""
    with EmbeddedExchange(["BTCUSDT", "ETHUSDT"]) as exchange:
        refusal = msgspec.json.encode({"code": -1, "msg": HOSTILE}).decode()
        exchange.faults.fail_rest("/fapi/v1/openInterest", 400, refusal)
        exchange.faults.fail_rest("/fapi/v1/klines", 400, refusal)
        exchange.faults.fail_rest("/fapi/v1/exchangeInfo", 200, listings(exchange))
        yield exchange


def listings(exchange: EmbeddedExchange) -> str:
    row = {"status": "TRADING", "contractType": "PERPETUAL", "filters": []}
    symbols = [
        {"symbol": "BTCUSDT"} | row,
        {"symbol": "ETHUSDT"} | row | {"status": HOSTILE},
        {"symbol": HOSTILE[:30]} | row,
        {"symbol": "XRPUSDT"} | row | {"contractType": HOSTILE},
    ]
    now = exchange.clock.now_ns() // 1_000_000
    return msgspec.json.encode({"serverTime": now, "symbols": symbols}).decode()


def configured(exchange: EmbeddedExchange, folder: Path) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'symbols = ["BTCUSDT", "ETHUSDT"]\n[exchange]\nrest_url = "{exchange.rest_url}"\n'
        f'stream_url = "{exchange.stream_url}"\n'
    )
    return path


def test_the_command_line_prints_and_logs_nothing_that_is_obeyed(
    hostile: EmbeddedExchange, tmp_path: Path
) -> None:
    log = tmp_path / "log\x1b[2J"
    options = ("--config", configured(hostile, tmp_path), "--log", log)
    for words in (
        ("snapshot", "--timeout", "1.5"),
        ("snapshot", "--json", "--timeout", "1.5"),
        ("doctor",),
        ("--config", f"{HOSTILE[:9]}.toml", "snapshot"),
        ("--symbols", HOSTILE[:30], "snapshot"),
        ("snapshot", f"--{HOSTILE[1:20]}"),
        ("snapshot", "--replay", HOSTILE[:9]),
    ):
        done = tuirisk_in_process(*options, *words, XDG_DATA_HOME=str(tmp_path))
        assert "PWNED" in done.stdout + done.stderr or words[0] != "snapshot" or done.returncode
        assert not OBEYED.search(done.stdout), words
        assert not OBEYED.search(done.stderr), words
    assert not OBEYED.search(log.read_text())


def test_the_screen_sends_nothing_that_is_obeyed(hostile: EmbeddedExchange, tmp_path: Path) -> None:
    words = ["-m", "tuirisk", "--config", str(configured(hostile, tmp_path))]
    terminal = Terminal(words, tmp_path)
    terminal.until(b"PWNED")
    terminal.press(b"a")
    for _ in range(20):
        terminal.read()
    terminal.press(b"\x1b")
    for _ in range(10):
        terminal.read()
    terminal.press(b"q")
    terminal.end()
    sent = terminal.seen.decode(errors="replace")
    assert "\x1b]0;" not in sent
    assert "\x1b[2J" not in sent.partition("PWNED")[2]
    assert not re.search("[\x80-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]", sent)


def test_a_tampered_history_is_printed_as_data(tmp_path: Path) -> None:
    environ = {"XDG_DATA_HOME": str(tmp_path)}
    from tuirisk.history.database import connect

    path = tmp_path / "tuirisk" / "history.sqlite3"
    connect(path, 1.0).close()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO log (run, time_ms, symbol, kind, before, after, reason, escalation, "
            "rule, text, first_ms) "
            "VALUES (1, 1795000000000, ?, ?, ?, ?, ?, 1, ?, ?, 1795000000000)",
            (HOSTILE,) * 7,
        )
        connection.execute(
            "INSERT INTO log (run, time_ms, symbol, kind, before, after, reason, escalation) "
            "VALUES (1, 99999999999999999, 'A', 'severity', 'ok', 'ok', '', 1)"
        )
    for form in ((), ("--json",), ("--csv",)):
        done = tuirisk_in_process("log", *form, **environ)
        assert done.returncode == 0
        assert "PWNED" in done.stdout
        assert not OBEYED.search(done.stdout)
        assert done.stderr.endswith("1 damaged rows of the log are left out\n")


def refused() -> Reason:
    """What an exchange that refuses a request says, as the account shows it."""
    refusal = msgspec.json.encode({"code": -2015, "msg": HOSTILE})
    error = answer_error("GET /fapi/v3/account", 401, {}, refusal)
    assert error is not None
    return Reason("of_account", reason=error.reason)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_alert_holds_nothing_that_is_obeyed_wherever_it_goes(
    language: Literal["en", "zh"],
) -> None:
    state = build.state(("BTCUSDT",))
    reason = refused()
    entry = LogEntry(state.time_ms, "", "blind", "", "", text=str(reason))
    words = Words(language)
    hook = msgspec.json.encode(alert_event(entry, state, "mainnet"))
    texts = [
        *strings(msgspec.json.decode(hook)),
        hook.decode(),
        alert_text(entry, state),
        title(state, "mainnet", words),
        body([entry], words),
        log_line(entry, words),
        words.reason(reason),
    ]
    texts += [notification(kind, HOSTILE, HOSTILE)[2:-2] for kind in ("osc9", "osc777")]
    assert any("PWNED" in text for text in texts)
    for text in texts:
        assert not OBEYED.search(text)
        assert "x" * 200 not in text


def strings(value: object) -> Iterator[str]:
    """All strings in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in (*value, *value.values()):
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
