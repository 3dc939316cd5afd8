"""The half of the application that takes states in and paints them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.screen import Screen

from tuirisk.alerts import BellGate, notification, notifier
from tuirisk.config import Config
from tuirisk.state import LogEntry, Position, RiskState, Wish
from tuirisk.ui.canvas import COMPONENTS, Canvas
from tuirisk.ui.frame import Frame
from tuirisk.ui.messages import (
    Connect,
    MonitorFailed,
    MonitorHandle,
    StateChanged,
    WhatIfAnswered,
    WhatIfAsked,
)
from tuirisk.ui.ordering import arranged, matching
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.view import View
from tuirisk.ui.widgets.watchlist import Watchlist

SILENCE = 10.0
"""Seconds without a state after which what is shown counts as old."""
SETTLED_MS = 5_000
"""A sorted watchlist is sorted anew this often: rows that change places cannot be read."""


class PaintedApp(App[int]):
    """Shows one :class:`View`, made anew from every state and every key."""

    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

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
        self._frame = Frame(view.ascii)
        self._handle: MonitorHandle | None = None
        self._received: RiskState | None = None
        self._sorted: tuple[object, ...] = ()
        self._panels: list[Canvas | Watchlist] = []

    @property
    def config(self) -> Config:
        return self.view.config

    def find_panels(self) -> None:
        """Learn what is on the dashboard; called once it is composed."""
        watchlist = self.query_one(Watchlist)
        others = (one for one in self.query(Canvas) if one.parent is not watchlist)
        self._panels = [watchlist, *others]

    def begin(self) -> None:
        """Start the monitor; called once the first paint is out."""
        self._heard = self._monotonic()
        self._handle = self._connect(self._publish, self._fail)
        self.set_interval(1.0, self._check_silence)
        if not self.is_headless:
            # Ended from outside, the terminal is put back as it was, too.
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, 128 + number)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's last step before the terminal: what the terminal shows already is left out."""
        if isinstance(renderable, CompositorUpdate):
            renderable = self._frame.lean(renderable)
        super()._display(screen, renderable)

    def _publish(self, state: RiskState) -> None:
        """Called from the monitor's thread."""
        self.post_message(StateChanged(state))

    def _fail(self, reason: str) -> None:
        """Called from the monitor's thread."""
        self.post_message(MonitorFailed(reason))

    def on_unmount(self) -> None:
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
        self._alert(self._bell.alerts(before, state.log, self.view.muted))
        if self.view.frozen:
            return
        self.look(state=state, failure="", silent_ms=0.0)

    def _alert(self, entries: tuple[LogEntry, ...]) -> None:
        """The bell, and a notification of the desktop where the terminal can show one."""
        if not entries:
            return
        if self.config.alerts.bell:
            self.bell()
        kind = notifier(os.environ)
        if kind is not None and self._driver is not None and not self.is_headless:
            words = self.view.words
            for entry in entries:
                body = f"{entry.symbol} {words.code('severity', entry.after)}"
                self._driver.write(notification(kind, "tuirisk", body))

    def on_what_if_asked(self, message: WhatIfAsked) -> None:
        wish, handle = message.wish, self._handle
        if handle is None or not handle.what_if(wish, partial(self._answer, wish)):
            self.post_message(WhatIfAnswered(wish, None))

    def _answer(self, wish: Wish, position: Position) -> None:
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
        self.view = view
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
        order = arranged(view, matching(view.watched, view.filter))
        return view if order == view.order else replace(view, order=order)

    def paint(self) -> None:
        with self.batch_update():
            for screen in reversed(self.screen_stack):
                if isinstance(screen, PaintedScreen):
                    screen.show(self.view)
                    return
            for panel in self._panels:
                panel.show(self.view)
