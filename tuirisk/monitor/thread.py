"""The monitor in a thread of its own, for the screen.

Imports nothing heavy: the monitor and its source are imported in the thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.model import Config
from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.feed.files.folder_error import FolderError
from tuirisk.language.reason import Reason
from tuirisk.monitor.abilities import Configurable, RadarSource
from tuirisk.state import LogEntry, OrderSize, RiskState, WhatIfAnswer, WhatIfPosition
from tuirisk.state.history_span import HistorySpan
from tuirisk.state.radar import RadarState
from tuirisk.state.track_record import TrackRecord

if TYPE_CHECKING:
    from tuirisk.monitor.hedging import AnswerHedges
    from tuirisk.monitor.monitor import (
        AnswerAccount,
        AnswerScores,
        EventSource,
        Session,
        StateSource,
    )
    from tuirisk.remote.monitor import RemoteMonitor


class MonitorThread:
    """A monitor in a worker thread with an event loop of its own.

    ``make_source`` and ``session`` are called in that thread, so what they import and read does
    not hold up the caller. ``publish`` and ``failed`` are called there too and must
    be thread-safe and quick.
    """

    def __init__(
        self,
        make_source: Callable[[], EventSource | RemoteMonitor],
        config: Config,
        publish: Callable[[RiskState], None],
        failed: Callable[[str], None],
        session: Session | None = None,
        read_track_record: Callable[[], TrackRecord | None] = lambda: None,
    ) -> None:
        self._session = session
        self._read_track_record = read_track_record
        self._make_source = make_source
        self._config = config
        self._publish = publish
        self._failed = failed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._source: EventSource | RemoteMonitor | None = None
        self._monitor: StateSource | None = None
        self._in_view: frozenset[str] | None = None
        self._conditions: tuple[ConditionConfig, ...] | None = None
        """Those made on the screen, once one was changed there."""
        self._publish_radar: Callable[[RadarState], None] | None = None
        """While somebody looks at the radar."""
        self._shown_radar: RadarState | None = None
        self._queued: list[Callable[[EventSource | RemoteMonitor], None]] = []
        """Calls that came before there was a source."""
        self._starting = threading.Lock()
        """Of the source and the queued calls, while the first is made."""
        self._stopped = threading.Event()
        self._closed = threading.Event()
        """Set once the source is closed, its recording whole."""
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._thread.start()

    def add(self, symbol: str) -> None:
        self._call_source(lambda source: source.add(symbol))

    def remove(self, symbol: str) -> None:
        self._call_source(lambda source: source.remove(symbol))

    def reconnect(self) -> None:
        self._call_source(lambda source: source.reconnect())

    @property
    def playback(self) -> Playback | None:
        """How far the replay is; None of a source that is no recording."""
        player = getattr(self._source, "player", None)
        return None if player is None else player.playback()

    def play(self, command: PlaybackCommand) -> None:
        """Control a replay; the newest state is published again once that is done."""

        def control(source: object) -> None:
            player = getattr(source, "player", None)
            if player is not None:
                player.command(command)

        self._call_source(control)

    def what_if(self, position: WhatIfPosition, answer: Callable[[WhatIfAnswer], None]) -> bool:
        """See ``Monitor.what_if``; ``answer`` is called from the worker thread.

        False where nothing will answer: the monitor has not started, or has ended.
        """
        monitor = self._monitor
        if monitor is None or self._closed.is_set():
            return False
        self._call_source(lambda _: monitor.what_if(position, answer))
        return True

    def hedge(self, answer: AnswerHedges) -> bool:
        """See ``Monitor.hedge``; ``answer`` is called from the worker thread.

        False where nothing will answer: the monitor has not started, or has ended.
        """
        monitor = self._monitor
        if monitor is None or self._closed.is_set():
            return False
        self._call_source(lambda _: monitor.hedge(answer))
        return True

    def score_history(self, symbol: str, span: HistorySpan, answer: AnswerScores) -> bool:
        """See ``Monitor.score_history``; ``answer`` is called from the worker thread.

        False where nothing will answer: the monitor has not started, or has ended.
        """
        monitor = self._monitor
        if monitor is None or self._closed.is_set():
            return False
        self._call_source(lambda _: monitor.score_history(symbol, span, answer))
        return True

    def account_history(self, span: HistorySpan, answer: AnswerAccount) -> bool:
        """See ``Monitor.account_history``; ``answer`` is called from the worker thread.

        False where nothing will answer: the monitor has not started, or has ended.
        """
        monitor = self._monitor
        if monitor is None or self._closed.is_set():
            return False
        self._call_source(lambda _: monitor.account_history(span, answer))
        return True

    def look_at(self, symbols: frozenset[str]) -> None:
        """See ``Monitor.look_at``: these are on the screen."""
        self._in_view = symbols
        if self._monitor is not None:
            self._monitor.look_at(symbols)

    def set_order(self, order: OrderSize | None) -> bool:
        """From the next state on, compute the impact of ``order`` (``RiskState.order_impacts``).

        False where no state will come: the monitor has not started, or has ended.
        """
        monitor = self._monitor
        if monitor is None or self._closed.is_set():
            return False

        def change(_: object) -> None:
            monitor.order = order

        self._call_source(change)
        return True

    def set_conditions(self, conditions: tuple[ConditionConfig, ...]) -> bool:
        """See ``Monitor.set_conditions``; False where the states are another tuirisk's, or no
        state will come.
        """
        self._conditions, monitor = conditions, self._monitor
        if self._closed.is_set():
            return False
        if monitor is None:
            return True
        self._call_source(lambda _: monitor.set_conditions(conditions))
        return monitor.takes_conditions

    def acknowledge(self, entries: Iterable[LogEntry]) -> bool:
        """See ``Monitor.acknowledge``: the next state has these alerts acknowledged.

        False where no state will come: the monitor has not started, or has ended.
        """
        monitor, chosen = self._monitor, tuple(entries)
        if monitor is None or self._closed.is_set():
            return False
        self._call_source(lambda _: monitor.acknowledge(chosen))
        return True

    def configure(self, config: Config) -> None:
        """See ``Monitor.configure``: the next state is by ``config``."""
        self._config = config

        def change(_: object) -> None:
            if isinstance(self._monitor, Configurable):
                self._monitor.configure(config)

        self._call_source(change)

    def open_radar(self, publish: Callable[[RadarState], None]) -> Callable[[], None]:
        """Give every state of the radar to ``publish`` until the returned function is called.

        ``publish`` is called from the worker thread, once a second. The whole market is received
        while it is wanted; where it cannot be, one state says so.
        """

        def begin(source: EventSource | RemoteMonitor) -> None:
            self._publish_radar = publish
            self._shown_radar = None
            state = self._monitor.state if self._monitor is not None else None
            if isinstance(source, RadarSource):
                source.read_radar("screen", reads=True)
            elif state is None or state.radar is None:
                publish(RadarState(0, source.name, "offline", Reason("radar_no_source")))
            if state is not None:
                self._show_radar(state)

        def end(source: EventSource | RemoteMonitor) -> None:
            self._publish_radar = None
            if isinstance(source, RadarSource):
                source.read_radar("screen", reads=False)

        self._call_source(begin)
        return lambda: self._call_source(end)

    def _publish_state(self, state: RiskState) -> None:
        self._publish(state)
        self._show_radar(state)

    def _show_radar(self, state: RiskState) -> None:
        if self._publish_radar is None or state.radar is None or state.radar is self._shown_radar:
            return
        self._shown_radar = state.radar
        self._publish_radar(state.radar)

    def stop(self, timeout: float = 0.3) -> None:
        """End the monitor, waiting ``timeout`` seconds at most for its source to be closed."""
        self._stopped.set()
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        # A thread that is still importing has no source that must be closed.
        if self._source is not None:
            self._closed.wait(timeout)

    def _call_source(self, action: Callable[[EventSource | RemoteMonitor], None]) -> None:
        """Call ``action`` with the source in its event loop, as soon as there is one."""
        with self._starting:
            loop, source = self._loop, self._source
            if loop is None or source is None:
                self._queued.append(action)
                return
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(action, source)

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except asyncio.CancelledError:
            return
        except FolderError as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - the screen must learn of anything that ends it
            if not self._stopped.is_set():
                self._failed(f"the monitor ended: {type(error).__name__}: {error}")

    async def _listen(self) -> None:
        from tuirisk.monitor.sources import controlled_monitor_of

        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        source = self._make_source()
        with self._starting:
            self._source = source
            queued, self._queued = self._queued, []
        try:
            if self._stopped.is_set():
                return
            for action in queued:
                action(source)
            record = await asyncio.to_thread(self._read_track_record)
            monitor = controlled_monitor_of(
                source, self._config, self._session, record, self._publish_state
            )
            self._monitor = monitor
            if self._conditions is not None:
                monitor.set_conditions(self._conditions)
            if self._in_view is not None:
                monitor.look_at(self._in_view)
            async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
                async for state in states:
                    self._publish_state(state)
        finally:
            try:
                await source.close()
            finally:
                self._closed.set()
