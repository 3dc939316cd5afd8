"""What ``watch`` prints: lines, whole states or events; each only when something changed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support import build

from tuirisk.cli.messages import NewMessages
from tuirisk.cli.watch import EventLines, StateLines, TextLines, print_recording_error
from tuirisk.config.model import Config, ExchangeConfig, UiConfig
from tuirisk.language.reason import Reason
from tuirisk.state import LogEntry, Message, RiskState, Severity

CONFIG = Config(ui=UiConfig(language="en"))
RISE = LogEntry(
    build.NOW_NS // 1_000_000, "BTCUSDT", "severity", "ok", "critical", 86.0, True,
    "reduce_or_hedge", "market", component_before=40.0, component_after=91.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


def later(state: RiskState, ms: int) -> RiskState:
    return replace(state, time_ms=state.time_ms + ms)


def with_level(state: RiskState, level: Severity) -> RiskState:
    symbol = state.symbols["BTCUSDT"]
    changed = replace(symbol, severity=replace(symbol.severity, level=level))
    return replace(state, symbols={"BTCUSDT": changed})


def test_text_names_the_change_and_what_rose(ready: RiskState) -> None:
    lines = TextLines(CONFIG)
    (begun,) = lines.of(with_level(ready, "ok"))
    assert begun.decode().split()[1:3] == ["BTCUSDT", "OK"]
    (line,) = lines.of(replace(with_level(ready, "critical"), log=(RISE,)))
    assert line.decode() == (
        "2026-11-22T12:07:30Z ! BTCUSDT       OK > CRITICAL         86.0  "
        "market 40 > 91: Reduce or hedge now"
    )
    assert list(lines.of(replace(ready, log=(RISE,)))) == []
    again = replace(RISE, alerted_ms=RISE.time_ms + 300_000, repeats=1)
    (line,) = lines.of(replace(ready, log=(again,)))
    assert line.decode().endswith("Reduce or hedge now (repeated ×1, last at 12:12:30Z)")


def test_json_is_a_state_a_change_and_one_a_minute(ready: RiskState) -> None:
    lines = StateLines(CONFIG)

    def printed(state: RiskState) -> bool:
        return bool(list(lines.of(state)))

    state = with_level(ready, "ok")
    assert printed(state)
    assert not printed(later(state, 250))
    assert printed(later(state, 60_000))
    assert not printed(later(state, 119_999))
    assert printed(later(with_level(state, "caution"), 61_000))
    assert not printed(later(with_level(state, "caution"), 61_250))
    offline = replace(state.connection, status="offline")
    assert printed(later(replace(state, connection=offline), 61_500))
    late = Message("mark_price_late", "mark price late", "BTCUSDT", "warning")
    told = replace(state, connection=offline, messages=(late,))
    assert printed(later(told, 61_750))
    assert not printed(later(told, 62_000))


def test_an_unconfirmed_severity_is_no_change(ready: RiskState) -> None:
    lines = StateLines(CONFIG)
    assert list(lines.of(ready))
    symbol = ready.symbols["BTCUSDT"]
    flip = replace(symbol, recommendation=replace(symbol.recommendation, severity="critical"))
    assert not list(lines.of(later(replace(ready, symbols={"BTCUSDT": flip}), 250)))


def test_events_are_as_the_hooks_get_them_and_name_their_source(ready: RiskState) -> None:
    own = replace(CONFIG, exchange=ExchangeConfig(rest_url="http://127.0.0.1:9"))
    lines = EventLines(own)
    live = replace(ready, source="binance")
    assert list(lines.of(live)) == []
    lost = LogEntry(
        live.time_ms, "BTCUSDT", "blind", "", "", cause="no_data", text="no data of BTCUSDT"
    )
    fall = replace(RISE, escalation=False, before="critical", after="ok")
    first, second = (json.loads(x) for x in lines.of(replace(live, log=(RISE, fall, lost))))
    assert (first["event"], first["rule"], first["source"]) == (
        "escalation",
        "reduce_or_hedge",
        "own",
    )
    assert (second["event"], second["symbols"], second["rule"]) == ("blind", ["BTCUSDT"], "")
    assert second["text"] == "no data of BTCUSDT"


def test_a_message_is_printed_when_it_is_new_whatever_its_numbers(ready: RiskState) -> None:
    def state(*reasons: Reason, level: Severity = "warning") -> RiskState:
        found = (Message(r.code, str(r), None, level, r) for r in reasons)
        return replace(ready, messages=tuple(found))

    messages = NewMessages()
    silent = [Reason("stream_silent", stream="a", seconds=n, count=n, what="a") for n in (5, 6)]
    assert len(list(messages.lines(state(silent[0])))) == 1
    assert list(messages.lines(state(silent[1]))) == []
    assert list(messages.lines(state())) == []
    assert len(list(messages.lines(state(silent[1])))) == 1
    assert list(messages.lines(state(Reason("order_book_late"), level="unknown"))) == []


class BrokenRecorder:
    """A recorder whose last bytes do not fit on the disk."""

    def __init__(self) -> None:
        self.error = ""

    def close(self) -> None:
        self.error = "x.rec (No space left on device)"


def test_a_recording_that_fails_at_its_end_is_one_line(
    ready: RiskState, capsys: pytest.CaptureFixture[str]
) -> None:
    new = NewMessages()
    print_recording_error(BrokenRecorder(), new)
    assert capsys.readouterr().err.count("recording stopped: x.rec") == 1
    stopped = Reason("recording_stopped", what="x.rec (No space left on device)")
    message = Message("recording_stopped", str(stopped), None, "caution", stopped)
    assert list(new.lines(replace(ready, messages=(message,))))
    print_recording_error(BrokenRecorder(), new)
    assert capsys.readouterr().err == ""
