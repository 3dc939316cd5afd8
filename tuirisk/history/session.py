"""What of a live run outlasts it or leaves it: the history, and the hooks.

A demo and a replay have none: their alarms are nobody's, and they must not change with what was
seen before.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from tuirisk.config.model import Config
from tuirisk.state import AbsenceSummary, LogEntry, RiskState, Severity

if TYPE_CHECKING:
    from tuirisk.alerts.hooks import Hooks
    from tuirisk.history.history import History

AWAY_MS = 7 * 86_400_000
"""How far back the log on the screen begins."""
AWAY_ENTRIES = 200
NOTICES = 20


class LiveSession:
    """Opened when first needed, in the monitor's thread; every state passes :meth:`note`."""

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
        self._notices: deque[str] = deque(maxlen=NOTICES)
        self._said: Counter[str] = Counter()
        self._saying = threading.Lock()
        self._closed = False
        self._earlier: tuple[LogEntry, ...] | None = None
        self._away: AbsenceSummary | None = None
        self._log: tuple[LogEntry, ...] | None = None
        self._whole: tuple[LogEntry, ...] = ()

    @cached_property
    def history(self) -> History:
        # Imported after the first paint, as the monitor is.
        from tuirisk.history.database import database_path
        from tuirisk.history.history import History

        path = database_path(self._environ, self._config.exchange)
        return History.open(path, say=self._say, screen=self._screen)

    @cached_property
    def hooks(self) -> Hooks:
        from tuirisk.alerts.hooks import Hooks

        return Hooks(self._config.alerts, say=self._say, rng=self._rng, environ=self._environ)

    def severities(self) -> Mapping[str, Severity]:
        """What earlier runs ended with, so that only what differs from it is news."""
        return self.history.last_severities()

    def note(self, state: RiskState) -> RiskState:
        """Keep ``state`` and tell the hooks of it; the state as it is to be shown.

        Its log begins with what earlier runs kept (``earlier`` entries, of which ``away`` tells
        more), and ``notices`` says what became of the history and the hooks. Call it with every
        state, from one thread.
        """
        if self._closed:
            return state
        if self._earlier is None:
            self._earlier = self._read(state.time_ms)
        self.history.record(state)
        self.hooks.note(state)
        if not self._earlier and self._away is None and not self._notices:
            return state
        if state.log is not self._log:
            self._log, self._whole = state.log, (*self._earlier, *state.log)
        return replace(
            state,
            log=self._whole,
            earlier=len(self._earlier),
            away=self._away,
            notices=tuple(self._notices),
        )

    def _read(self, now_ms: int) -> tuple[LogEntry, ...]:
        """What earlier runs logged; what of it nobody has seen is said in ``_away``."""
        earlier = self.history.entries(now_ms - AWAY_MS, AWAY_ENTRIES)
        away = self.history.absence_summary(now_ms)
        if away is not None:
            missed = sum(entry.time_ms > away.since_ms for entry in earlier)
            self._away = replace(away, entries=missed)
        return earlier

    def _say(self, text: str) -> None:
        """Called in the threads of the history and the hooks, too."""
        with self._saying:
            self._said[text] += 1
            times = self._said[text]
            self._notices.append(text if times == 1 else f"{text} ({times} times by now)")

    def through(self, publish: Callable[[RiskState], None]) -> Callable[[RiskState], None]:
        """``publish`` behind :meth:`note`."""
        return lambda state: publish(self.note(state))

    def close(self, timeout: float = 0.1) -> None:
        """Write what waits and end the hooks, each within ``timeout`` seconds."""
        self._closed = True
        # What was never needed need not be opened to be closed.
        opened = vars(self)
        if "hooks" in opened:
            self.hooks.close(timeout)
        if "history" in opened:
            self.history.close(timeout)
