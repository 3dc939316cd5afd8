"""The loop: one state a batch, faults of the market told to the source, the thread's manners."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

from support import build
from support.frames import NS, T0, diff, snapshot

from tuirisk.config.model import Config, PositionConfig
from tuirisk.events import Batch, ConnectionReport, SymbolListed
from tuirisk.language.reason import Reason
from tuirisk.monitor.monitor import MOST_ANSWERS, Monitor
from tuirisk.monitor.thread import MonitorThread
from tuirisk.state import AbsenceSummary, Acknowledgement, EarlierRuns, LogEntry, RiskState
from tuirisk.state.account_values import AccountHistory
from tuirisk.state.history_span import HistorySpan, span_end
from tuirisk.state.score_history import ScoreHistory

PATIENCE = 60.0
"""Real seconds after which a test has failed."""
REPORT = ConnectionReport(status="live")
LISTED = SymbolListed("BTCUSDT", T0 * NS, "PERPETUAL", 0.1, 0.001, 0.0125)


EARLIER = EarlierRuns(
    {"BTCUSDT": "warning"},
    (LogEntry(T0 - 60_000, "BTCUSDT", "severity", "ok", "warning", 61.5, True),),
    AbsenceSummary(T0 - 120_000, T0, 1, ()),
)


class Script:
    """A source that says what it was given, then waits (or ends, or fails)."""

    name: Literal["recording"] = "recording"

    def __init__(self, batches: list[Batch], then: str = "end") -> None:
        self.script = batches
        self.then = then
        self.resynced: list[tuple[str, Reason]] = []
        self.added: list[str] = []
        self.closed = threading.Event()

    async def batches(self) -> AsyncIterator[Batch]:
        for batch in self.script:
            yield batch
        if self.then == "wait":
            await asyncio.Event().wait()
        if self.then == "fail":
            raise OSError("the wire broke")

    def add(self, symbol: str) -> None:
        self.added.append(symbol)

    def remove(self, symbol: str) -> None:
        pass

    def reconnect(self) -> None:
        pass

    def resync(self, symbol: str, reason: Reason) -> None:
        self.resynced.append((symbol, reason))

    async def close(self) -> None:
        self.closed.set()


def batch(at_ms: int, *events) -> Batch:  # type: ignore[no-untyped-def]
    return Batch(at_ms * NS, tuple(events), REPORT)


async def test_one_state_a_batch_at_the_sources_time() -> None:
    source = Script([batch(T0, LISTED), batch(T0 + 250)])
    states = [state async for state in Monitor(source, Config()).states()]
    assert [state.time_ms for state in states] == [T0, T0 + 250]
    assert list(states[0].symbols) == ["BTCUSDT"]
    assert states[0].symbols["BTCUSDT"].status == "warming"


async def test_a_book_that_contradicts_itself_is_resynced_and_not_shown() -> None:
    crossing = diff(6, 6, 5, bids=((150.0, 1.0),))
    source = Script([batch(T0, LISTED, snapshot(5), crossing), batch(T0 + 250)])
    states = [state async for state in Monitor(source, Config()).states()]
    assert source.resynced == [("BTCUSDT", Reason("order_book_crossed"))], "asked for once"
    assert not isinstance(states[0].symbols["BTCUSDT"].liquidity.bid, float)


class RecordedSession:
    """A session in memory: one entry of an earlier run, a notice a recorded state."""

    def __init__(self) -> None:
        self.recorded: list[RiskState] = []
        self.asked: list[int] = []

    def earlier_runs(self, now_ms: int) -> EarlierRuns:
        self.asked.append(now_ms)
        return EARLIER

    def live_record(self) -> None:
        return None

    def notices(self) -> tuple[Reason, ...]:
        return tuple(Reason.from_text(f"notice {number}") for number, _ in enumerate(self.recorded))

    def acknowledgements(self, now_ms: int) -> tuple[Acknowledgement, ...]:
        return ()

    def record(self, state: RiskState) -> None:
        self.recorded.append(state)

    async def score_history(self, symbol: str, span: HistorySpan, now_ms: int) -> ScoreHistory:
        return ScoreHistory(symbol, span, span_end(span, now_ms), ())

    async def account_history(self, state: RiskState, span: HistorySpan) -> AccountHistory:
        return AccountHistory(span, span_end(span, state.time_ms), ())


async def test_an_acknowledgement_is_in_the_next_state_and_the_session_records_it() -> None:
    session = RecordedSession()
    monitor = Monitor(Script([batch(T0, LISTED), batch(T0 + 250)]), Config(), session)
    seen = []
    async for state in monitor.states():
        seen.append([entry.acknowledged for entry in state.log])
        monitor.acknowledge(state.log)
    alerts = [entry.escalation for entry in session.recorded[0].log]
    assert any(alerts)
    assert seen == [[False] * len(alerts), alerts]
    assert [e.acknowledged for e in session.recorded[1].log] == alerts


async def test_a_state_is_complete_when_it_is_recorded_and_published_as_it_is() -> None:
    session = RecordedSession()
    source = Script([batch(T0, LISTED), batch(T0 + 250)])
    states = [state async for state in Monitor(source, Config(), session).states()]
    assert all(one is other for one, other in zip(states, session.recorded, strict=True))
    assert session.asked == [T0], "what earlier runs stored is read once"
    first, second = states
    assert first.log == EARLIER.log
    assert second.log is first.log, "the same object while nothing happens"
    assert (second.history_entries, second.absence) == (1, EARLIER.absence)
    assert (first.notices, second.notices) == ((), (Reason.from_text("notice 0"),))


async def test_another_configuration_counts_from_the_next_state_on() -> None:
    script = Script([batch(T0, LISTED), batch(T0 + 200), batch(T0 + 400)])
    old = Config(symbols=("BTCUSDT",))
    monitor = Monitor(script, old)
    states = []
    risk = replace(
        old.risk,
        thresholds=replace(old.risk.thresholds, reduce_or_hedge=70.0),
        weights=replace(old.risk.weights, market=9.0),
    )
    position = PositionConfig("ETHUSDT", "long", 1.0, 2000.0)
    new = replace(old, positions=(position,), risk=risk)
    async for state in monitor.states():
        states.append(state)
        if len(states) == 1:
            monitor.configure(new)
    assert script.added == ["ETHUSDT"]
    assert states[1].level_rules != states[0].level_rules
    assert states[2].level_rules == states[1].level_rules
    fresh = Monitor(Script([batch(T0, LISTED), batch(T0 + 200)]), new)
    last = [state async for state in fresh.states()][-1]
    assert states[1].symbols["BTCUSDT"].score == last.symbols["BTCUSDT"].score


def test_the_thread_publishes_and_stops() -> None:
    source = Script([batch(T0, LISTED)], then="wait")
    published: list[RiskState] = []
    arrived = threading.Event()

    def publish(state: RiskState) -> None:
        published.append(state)
        arrived.set()

    failures: list[str] = []
    thread = MonitorThread(lambda: source, Config(), publish, failures.append)
    assert arrived.wait(PATIENCE)
    thread.stop(timeout=PATIENCE)
    assert source.closed.is_set()
    assert len(published) == 1
    assert failures == []


def test_a_failed_monitor_reports_the_reason_once_in_one_line() -> None:
    source = Script([], then="fail")
    failed = threading.Event()
    failures: list[str] = []

    def fail(message: str) -> None:
        failures.append(message)
        failed.set()

    MonitorThread(lambda: source, Config(), lambda state: None, fail)
    assert failed.wait(PATIENCE)
    assert len(failures) == 1
    assert "the wire broke" in failures[0]
    assert source.closed.is_set()


def test_calls_before_the_source_exists_reach_it() -> None:
    source = Script([batch(T0, LISTED)], then="wait")
    asked, arrived = threading.Event(), threading.Event()

    def late() -> Script:
        asked.wait(PATIENCE)
        return source

    thread = MonitorThread(late, Config(), lambda state: arrived.set(), lambda reason: None)
    thread.add("ETHUSDT")
    asked.set()
    assert arrived.wait(PATIENCE)
    thread.stop(timeout=PATIENCE)
    assert source.added == ["ETHUSDT"]


async def test_viewers_cannot_have_histories_read_without_end() -> None:
    class Slow(RecordedSession):
        async def score_history(self, symbol: str, span: HistorySpan, now_ms: int) -> ScoreHistory:
            self.asked.append(now_ms)
            await asyncio.Event().wait()
            raise AssertionError("it waits")

    session = Slow()
    monitor = Monitor(Script([]), Config(), session)
    monitor.state = build.state(("BTCUSDT",))
    for _ in range(40):
        monitor.score_history("BTCUSDT", "1h", lambda history: None)
    await asyncio.sleep(0)
    assert len(session.asked) == MOST_ANSWERS
    for task in monitor._answering:
        task.cancel()
