"""``tuirisk watch``: lines for as long as it runs, of what changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Literal, Protocol, TypeAlias, cast

import msgspec

from tuirisk.alerts.event import alert_event
from tuirisk.alerts.new_alerts import AlertReader
from tuirisk.cli.config_following import ConfigFollowing, followed
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.log_line import log_line
from tuirisk.cli.messages import NewMessages, message_codes
from tuirisk.cli.session_end import close_session
from tuirisk.cli.wait import open_monitor
from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words, choose_language
from tuirisk.monitor.garbage import examine_rarely
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import LogEntry, RiskState, Severity, to_json

_log = logging.getLogger(__name__)

MINUTE_MS = 60_000
CLOSE_S = 5.0
"""How long ``watch``, when ended, may take to write and send what is queued."""
Form: TypeAlias = Literal["text", "json", "events"]


class EndedRecorder(Protocol):
    """The recording of what is received."""

    @property
    def error(self) -> str:
        """What ended it early; empty while nothing did."""
        ...

    def close(self) -> None: ...


def watch(
    make_source: MakeSource,
    config: Config,
    form: Form = "text",
    session: LiveSession | None = None,
    recorder: EndedRecorder | None = None,
    following: ConfigFollowing | None = None,
) -> int:
    """Print what changes until interrupted.

    ``form``: a line of text a change of the log; a whole state as JSON at each change of a
    severity, a status, the connection or a message, and once a minute; or an alert as JSON as the
    hooks get it. ``session`` records the states, ``recorder`` the frames; ``following`` takes in
    the configuration when it is saved. New messages go to stderr
    in every form.
    """
    new = NewMessages()

    async def follow() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        lines = _LINES[form](config)
        examine_rarely()
        async with open_monitor(make_source, config, session, headless=True) as (monitor, states):
            monitor.look_at(())
            own = following if isinstance(monitor, Monitor) else None
            async with followed(own, cast(Monitor, monitor)):
                async for state in _printing_messages(states, new):
                    for line in lines.of(state):
                        sys.stdout.buffer.write(line + b"\n")
                        sys.stdout.flush()

    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(follow())
    finally:
        if session is not None:
            close_session(session, CLOSE_S)
        if recorder is not None:
            print_recording_error(recorder, new)
    return ExitCode.OK


def print_recording_error(recorder: EndedRecorder, printed: NewMessages) -> None:
    """End the recording, and print what went wrong with it where no state has said so."""
    recorder.close()
    stopped = Reason("recording_stopped", what=recorder.error)
    if recorder.error and not printed.stands(stopped):
        print_error(str(stopped))


async def _printing_messages(
    states: AsyncIterator[RiskState], new: NewMessages
) -> AsyncIterator[RiskState]:
    """``states`` as they are; their new messages are printed and logged."""
    async for state in states:
        for line in new.lines(state):
            print_error(line)
            _log.warning("%s", line)
        yield state


class Lines(Protocol):
    """What of each state is printed."""

    def of(self, state: RiskState) -> Iterator[bytes]:
        """The lines of ``state``, which comes after all states before it."""
        ...


class StateLines:
    """JSON of the states that differ in what a person would look at, and one a minute."""

    def __init__(self, config: Config) -> None:
        self._before: object = None
        self._printed_ms: int | None = None

    def of(self, state: RiskState) -> Iterator[bytes]:
        """The line of ``state``, if it is due."""
        now = (
            state.connection.status,
            [
                (name, s.status, s.severity.level, s.severity.held)
                for name, s in state.symbols.items()
            ],
            message_codes(state),
            [entry.occurrence for entry in state.alerts],
        )
        printed_ms = self._printed_ms
        late = printed_ms is None or not 0 <= state.time_ms - printed_ms < MINUTE_MS
        if now != self._before or late:
            self._printed_ms = state.time_ms
            yield to_json(state)
        self._before = now


class EventLines:
    """Each new alert as JSON."""

    def __init__(self, config: Config) -> None:
        self._reader = AlertReader()
        self._venue = config.exchange.venue

    def of(self, state: RiskState) -> Iterator[bytes]:
        """The lines of the alerts that are new in ``state``."""
        for entry in self._reader.read(state):
            yield msgspec.json.encode(alert_event(entry, state, self._venue))


class TextLines:
    """What is new in the log, and the severity that each symbol begins with."""

    def __init__(self, config: Config) -> None:
        self._words = Words(choose_language(config.ui.language))
        self._log: tuple[LogEntry, ...] | None = None
        self._begun: set[str] = set()

    def of(self, state: RiskState) -> Iterator[bytes]:
        """The lines of what is new in ``state``."""
        earlier = state.log[: state.history_entries] if self._log is None else self._log
        logged = {entry.change for entry in earlier}
        new = [entry for entry in state.log if entry.change not in logged]
        self._log = state.log
        in_log = {name for entry in new for name in (entry.symbol, *entry.symbols)}
        for name, symbol in state.symbols.items():
            if symbol.severity.level != "unknown" and name not in self._begun:
                self._begun.add(name)
                if name not in in_log:
                    yield self._line(_beginning(name, state, symbol.severity.level))
        for entry in new:
            yield self._line(entry)

    def _line(self, entry: LogEntry) -> bytes:
        return log_line(entry, self._words).encode()


def _beginning(name: str, state: RiskState, level: Severity) -> LogEntry:
    symbol = state.symbols[name]
    return LogEntry(
        time_ms=state.time_ms,
        symbol=name,
        kind="severity",
        before="",
        after=level,
        score=symbol.score.total,
        escalation=False,
        cause=symbol.severity.rule,
        text=symbol.severity.text,
    )


_LINES: Mapping[Form, Callable[[Config], Lines]] = {
    "text": TextLines,
    "json": StateLines,
    "events": EventLines,
}
