"""Persists a live run to the history database and sends its alerts to hooks and notifications.

Demos and replays do neither: nobody acts on their alarms, and what they show must not depend on
what was seen before.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words, choose_language
from tuirisk.state import Acknowledgement, EarlierRuns, RiskState

if TYPE_CHECKING:
    from tuirisk.alerts.heartbeat import Heartbeat
    from tuirisk.alerts.hooks import Hooks
    from tuirisk.alerts.notifications import Notifications
    from tuirisk.history.history import History
    from tuirisk.history.run_history import RunHistory
    from tuirisk.state.account_values import AccountHistory
    from tuirisk.state.history_span import HistorySpan
    from tuirisk.state.score_history import ScoreHistory
    from tuirisk.state.track_record import TrackRecord

DAY_MS = 86_400_000
LOG_MS = 7 * 86_400_000
"""How far back the log on the screen begins."""
LOG_ENTRIES = 200
NOTICES = 20
LAST_ALERTS_S = 2.0
"""For the alerts that wait when the run ends."""
POLL_MS = 2_000
"""How often is looked for what other programs acknowledged."""

_log = logging.getLogger(__name__)


class LiveSession:
    """The history and the hooks of one live run, opened when first needed.

    All methods but :meth:`close` are for the monitor's thread.
    """

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        rng: random.Random,
        *,
        screen: bool = False,
    ) -> None:
        """``screen``: a person has the monitor before him."""
        self._config = config
        self._environ = environ
        self._rng = rng
        self._screen = screen
        self._notices: dict[Reason, Reason] = {}
        """What went wrong → its sentence, with how often by now; that which came last is last."""
        self._counts: Counter[Reason] = Counter()
        self._lock = threading.Lock()
        """Of the notices, which the threads of the history and the hooks add to."""
        self._closed = False
        self._closing = threading.RLock()
        self._earlier_runs: EarlierRuns | None = None
        self._polled_ms = 0
        self._run_history: RunHistory | None = None
        """While the history cannot be used."""

    @cached_property
    def history(self) -> History:
        # Imported after the first paint, as the monitor is.
        from tuirisk.history.database import database_path
        from tuirisk.history.history import History

        path = database_path(self._environ, self._config.exchange)
        return History.open(path, report=self._add_notice, screen=self._screen)

    @cached_property
    def hooks(self) -> Hooks:
        from tuirisk.alerts.hooks import Hooks

        return Hooks(
            self._config.alerts,
            report=self._add_notice,
            rng=self._rng,
            environ=self._environ,
            venue=self._config.exchange.venue,
        )

    @cached_property
    def notifications(self) -> Notifications | None:
        """None where no way is configured: apprise is not imported then."""
        if not self._config.notify:
            return None
        from tuirisk.alerts.notifications import Notifications

        return Notifications(
            self._config.notify,
            Words(choose_language(self._config.ui.language)),
            report=self._add_notice,
            rng=self._rng,
            venue=self._config.exchange.venue,
        )

    @cached_property
    def heartbeat(self) -> Heartbeat:
        from tuirisk.alerts.heartbeat import Heartbeat

        return Heartbeat(self._config.alerts.heartbeat, self._add_notice)

    def earlier_runs(self, now_ms: int) -> EarlierRuns:
        """What earlier runs stored, as of ``now_ms`` (UTC, ms).

        A monitor that is started again within this run gets the newest severities and positions,
        and the log and the absence that the first one got.
        """
        if self._earlier_runs is None:
            log = self.history.entries(now_ms - LOG_MS, LOG_ENTRIES)
            absence = self.history.absence_summary(now_ms)
            if absence is not None:
                missed = sum(entry.time_ms > absence.since_ms for entry in log)
                absence = replace(absence, entries=missed)
            self._earlier_runs = EarlierRuns({}, log, absence)
        return replace(
            self._earlier_runs,
            severities=self.history.last_severities(),
            ledgers=self.history.ledgers(),
            account_values=self.history.account_values(now_ms - DAY_MS),
        )

    def acknowledgements(self, now_ms: int) -> tuple[Acknowledgement, ...]:
        """What any run has acknowledged of the log; empty most of the time, as it is a poll."""
        if 0 <= now_ms - self._polled_ms < POLL_MS:
            return ()
        self._polled_ms = now_ms
        return self.history.acknowledgements(now_ms - LOG_MS)

    def live_record(self) -> TrackRecord | None:
        """The record of the forecasts that this run and earlier ones issued."""
        return self.history.live_record

    async def score_history(self, symbol: str, span: HistorySpan, now_ms: int) -> ScoreHistory:
        """The scores of ``symbol`` in ``span`` until ``now_ms``; the file is read in a thread."""
        if self._run_history is not None:
            return await self._run_history.score_history(symbol, span, now_ms)
        from tuirisk.history.score_reading import read_score_history

        recent = self.history.recent_scores(symbol)
        return await asyncio.to_thread(
            read_score_history, self.history.path, recent, symbol, span, now_ms
        )

    async def account_history(self, state: RiskState, span: HistorySpan) -> AccountHistory:
        """What the account of ``state`` was worth in ``span``; the file is read in a thread."""
        if self._run_history is not None:
            return await self._run_history.account_history(state, span)
        from tuirisk.history.account_reading import read_account_history

        return await asyncio.to_thread(read_account_history, self.history.path, state, span)

    def _remember(self, state: RiskState) -> None:
        """Keep scores in memory while the history keeps nothing."""
        if self.history.usable:
            self._run_history = None
            return
        if self._run_history is None:
            from tuirisk.history.run_history import RunHistory

            self._run_history = RunHistory(Reason("scores_history_unusable"))
        self._run_history.record(state)

    def notices(self) -> tuple[Reason, ...]:
        """What went wrong with the history and the hooks, one line each, newest last."""
        with self._lock:
            return tuple(self._notices.values())

    def record(self, state: RiskState) -> None:
        """Store ``state`` and queue its new escalations for the hooks; never blocks.

        Call it with every state, in their order. After :meth:`close` nothing happens.
        """
        if not self._closed:
            self.history.record(state)
            self._remember(state)
            self.hooks.send(state)
            if self.notifications is not None:
                self.notifications.send(state)
            self.heartbeat.beat(state)

    def close(self, timeout: float = 0.1, *, alerts: float | None = None) -> int:
        """Write what is queued within ``timeout`` seconds and end the hooks, all within ``alerts``
        seconds, by default :data:`LAST_ALERTS_S`.

        Returns how many alerts were not passed on; 0 where it was closed before.
        """
        with self._closing:
            if self._closed:
                return 0
            self._closed = True
            # What was never needed need not be opened to be closed.
            opened = vars(self)
            senders = [s for s in map(opened.get, ("hooks", "notifications")) if s is not None]
            for sender in senders:
                sender.stop()
            if "history" in opened:
                self.history.close(timeout)
            if "heartbeat" in opened:
                self.heartbeat.close(timeout)
            deadline = time.monotonic() + (LAST_ALERTS_S if alerts is None else alerts)
            given_up: int = sum(s.close(max(0.0, deadline - time.monotonic())) for s in senders)
            if given_up:
                _log.warning("%s", Reason("alerts_given_up", count=given_up))
            return given_up

    def _add_notice(self, reason: Reason) -> None:
        with self._lock:
            self._counts[reason] += 1
            times = self._counts[reason]
            more = Reason("times_by_now", reason=reason, count=times)
            self._notices.pop(reason, None)
            self._notices[reason] = reason if times == 1 else more
            while len(self._notices) > NOTICES:
                del self._notices[next(iter(self._notices))]
