"""The half of the application that takes states in and paints them."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from tuirisk.alerts.bell import BellGate, notification, notifier
from tuirisk.alerts.message import body, title
from tuirisk.config.model import Config
from tuirisk.state import LogEntry, Position, RiskState, WhatIfPosition
from tuirisk.terminal.backpressure import BackPressure
from tuirisk.terminal.errors import UnexpectedError
from tuirisk.terminal.signals import on_end, on_return
from tuirisk.ui.render.terminal_diff import TerminalDiff
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.view.changes import same_picture
from tuirisk.ui.view.messages import (
    Connect,
    MonitorFailed,
    MonitorHandle,
    StateChanged,
    WhatIfAnswered,
    WhatIfRequested,
)
from tuirisk.ui.view.sorting import filter_symbols, sort_symbols
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import COMPONENTS, Canvas
from tuirisk.ui.widgets.watchlist import WatchlistPanel
from tuirisk.watchlist.lists import difference

_log = logging.getLogger(__name__)

SILENCE = 10.0
"""Seconds without a state after which what is shown counts as old."""
PAUSE = 0.9
"""Seconds without a state after which panels that wait for their pace are painted."""
SETTLED_MS = 5_000
"""A sorted watchlist is sorted anew this often: rows that change places cannot be read."""


class PaintedApp(App[int]):
    """Shows one :class:`View`, made anew from every state and every key."""

    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "suspend_process", show=False)]

    def __init__(
        self,
        view: View,
        connect: Connect,
        *,
        ansi_color: bool | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(ansi_color=ansi_color)
        self.view = view
        self._connect = connect
        self._monotonic = monotonic
        self._heard = monotonic()
        self._bell = BellGate(view.config.alerts)
        self._frame = TerminalDiff(view.ascii)
        self._outlet: BackPressure | None = None
        """None before the first paint and where there is no terminal."""
        self._handle: MonitorHandle | None = None
        self._received: RiskState | None = None
        self._sorted: tuple[object, ...] = ()
        self._panels: list[Canvas | WatchlistPanel] = []
        self._failed = False
        self.bugs_in_full = False
        """Whether a bug is shown with where it is, as ``--debug`` asks for."""
        self.leaving: Callable[[], object] | None = None
        """Called as the screen begins to end."""

    @property
    def config(self) -> Config:
        return self.view.config

    def find_panels(self) -> None:
        """Learn what is on the dashboard; called once it is composed."""
        watchlist = self.query_one(WatchlistPanel)
        others = (one for one in self.query(Canvas) if one.parent is not watchlist)
        self._panels = [watchlist, *others]

    def begin(self) -> None:
        """Start the monitor; called once the first paint is out."""
        if not self.is_headless and sys.__stderr__ is not None:
            # Where Textual paints.
            self._outlet = BackPressure(sys.__stderr__.fileno(), self._catch_up)
            on_end(self.exit)
            on_return(self.redraw)
        self._heard = self._monotonic()
        self._handle = self._connect(self._publish, self._fail)
        self.set_interval(1.0, self._check_silence)

    def reconnect(self) -> None:
        """Connect anew. A monitor that has ended is begun anew: what it said counts no more."""
        if self._handle is None:
            return
        if not self.view.failure:
            self._handle.reconnect()
            return
        self._handle.stop()
        watched = self.view.watched
        self._received = None
        self._heard = self._monotonic()
        self._handle = self._connect(self._publish, self._fail)
        gone, new = difference(self.config.symbols, watched)
        for symbol in new:
            self._handle.add(symbol)
        for symbol in gone:
            self._handle.remove(symbol)
        self.look(state=None, failure="", silent_ms=0.0, frozen=False)

    def redraw(self) -> None:
        """Send the whole screen again."""
        self._frame.forget()
        self.screen.refresh()

    def _handle_exception(self, error: Exception) -> None:
        """Textual's end of every bug: what it shows then is one line, unless all is asked for."""
        if self.bugs_in_full or self.is_headless:
            super()._handle_exception(error)
        elif not self._failed:
            # One bug brings others with it.
            self._failed = True
            super()._handle_exception(UnexpectedError(error))

    def _display(self, *arguments: Any) -> None:
        """Textual's last step before the terminal: what the terminal shows already is left out,
        and so is everything while the terminal takes nothing.

        Without this step (no public one) more bytes are sent, and nothing else changes.
        """
        if self._terminal_takes():
            given: list[Any] = [self._frame.lean(one) for one in arguments]
            super()._display(*given)

    def bell(self) -> None:
        if self._terminal_takes():
            super().bell()

    def _terminal_takes(self) -> bool:
        return self._outlet is None or self._outlet.takes()

    def _catch_up(self) -> None:
        self.screen.refresh()

    def on_resize(self) -> None:
        """The terminal has moved what it showed."""
        self._frame.forget()

    def _publish(self, state: RiskState) -> None:
        """Called from the monitor's thread."""
        self.post_message(StateChanged(state))

    def _fail(self, reason: str) -> None:
        """Called from the monitor's thread."""
        self.post_message(MonitorFailed(reason))

    def on_unmount(self) -> None:
        if self.leaving is not None:
            self.leaving()
        if self._outlet is not None:
            self._outlet.close()
        if self._handle is not None:
            self._handle.stop()

    # What arrives.

    def on_state_changed(self, message: StateChanged) -> None:
        state = message.state
        before = state.log if self._received is None else self._received.log
        known = () if self._received is None else self._received.notices
        for notice in state.notices if state.notices != known else ():
            if notice not in known:
                self.notify(notice, severity="warning", timeout=15, markup=False)
        self._received = state
        self._heard = self._monotonic()
        self._alert(before, state)
        if self.view.asked is not None and self._handle is not None and not state.asked:
            # A monitor that was begun anew has not been asked.
            self._handle.ask(self.view.asked)
        if self.view.frozen:
            behind = max(0, state.time_ms - self.view.time_ms) // 1000 * 1000
            self.look(failure="", silent_ms=0.0, behind_ms=behind)
            return
        self.look(state=state, failure="", silent_ms=0.0)

    def _alert(self, before: tuple[LogEntry, ...], state: RiskState) -> None:
        """The bell, a notification of the desktop where the terminal can show one, and a word
        where the log is frozen."""
        muted, now = self.view.muted, self._monotonic()
        entries = self._bell.alerts(before, state.log, muted=muted, now=now)
        if not entries:
            return
        config, words = self.config, self.view.words
        text = body(entries, words)
        if config.alerts.bell:
            self.bell()
        kind = notifier(os.environ) if config.alerts.desktop else None
        if kind is not None and self._driver is not None and self._terminal_takes():
            name = title(state, config.exchange.venue, words)
            self._driver.write(notification(kind, name, text))
        if self.view.frozen:
            self.notify(words("notice.frozen_alert", text=text), severity="warning", markup=False)

    def notify(self, message: str, **options: Any) -> None:
        """What is said for a few seconds stays in the log of ``--log``."""
        usual = options.get("severity", "information") == "information"
        _log.log(logging.INFO if usual else logging.WARNING, "%s", message)
        super().notify(message, **options)

    def on_what_if_requested(self, message: WhatIfRequested) -> None:
        wish, handle = message.wish, self._handle
        if handle is None or not handle.what_if(wish, partial(self._answer, wish)):
            self.post_message(WhatIfAnswered(wish, None))

    def _answer(self, wish: WhatIfPosition, position: Position) -> None:
        """Called from the monitor's thread."""
        self.post_message(WhatIfAnswered(wish, position))

    def on_what_if_answered(self, message: WhatIfAnswered) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PaintedScreen):
                screen.answered(message.wish, message.position)

    def on_monitor_failed(self, message: MonitorFailed) -> None:
        self.look(failure=message.reason)

    def _check_silence(self) -> None:
        """Numbers that nobody renews must not go on looking alive."""
        quiet = self._monotonic() - self._heard
        state = self._received
        if state is not None:
            # What waited for the last alert to be over.
            self._alert(state.log, state)
        if quiet >= PAUSE:
            self._paint_skipped()
        if state is None or state.source == "recording" or self.view.failure:
            return
        if quiet >= SILENCE:
            self.look(silent_ms=int(quiet) * 1000.0)

    # What is painted.

    def look(self, **changes: Any) -> None:
        """Paint the view with ``changes``; nothing if they change nothing."""
        view = self._ordered(replace(self.view, **changes))
        symbols = view.symbols
        if symbols and view.chosen not in symbols:
            old = self.view.symbols
            index = old.index(view.chosen) if view.chosen in old else 0
            view = replace(view, chosen=symbols[min(index, len(symbols) - 1)])
        same, self.view = same_picture(self.view, view), view
        if not same:
            self.paint()

    def _ordered(self, view: View) -> View:
        """``view`` with its symbols filtered and, if they are due, sorted anew."""
        if view.sort == "list" and not view.filter and not view.listing:
            return view if view.order is None else replace(view, order=None)
        pace = 0 if view.sort == "list" else view.time_ms // SETTLED_MS
        due = (view.sort, view.filter, view.watched, view.listing, pace)
        if due == self._sorted and view.order is not None:
            return view
        self._sorted = due
        order = sort_symbols(view, filter_symbols(view.watched, view.filter))
        return view if order == view.order else replace(view, order=order)

    def paint(self) -> None:
        with self.batch_update():
            for panel in self._shown():
                panel.show(self.view)

    def _paint_skipped(self) -> None:
        with self.batch_update():
            for panel in self._shown():
                panel.paint_skipped()

    def _shown(self) -> Sequence[PaintedScreen | Canvas | WatchlistPanel]:
        """The screen over the dashboard, or what is on the dashboard."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, PaintedScreen):
                return [screen]
        return self._panels
