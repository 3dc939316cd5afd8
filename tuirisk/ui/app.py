"""The application: takes states in, keeps how the person looks at them, paints."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from tuirisk.alerts import BellGate
from tuirisk.config import Config
from tuirisk.state import RiskState
from tuirisk.ui import commands
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.messages import Connect, MonitorFailed, MonitorHandle, StateChanged
from tuirisk.ui.themes import ANSI, Themes
from tuirisk.ui.view import View
from tuirisk.ui.widgets.depth import Depth
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.header import Header, Notice
from tuirisk.ui.widgets.impact import ImpactPanel
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.watchlist import Clicked, Watchlist
from tuirisk.ui.words import LANGUAGES, Words, choose_language

WIDTHS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (160, "-wide")]
HEIGHTS = [(0, "-flat"), (16, "-short"), (32, "-medium"), (50, "-tall")]
"""Least columns and rows of each layout in tuirisk.tcss."""
SILENCE = 10.0
"""Seconds without a state after which what is shown counts as old."""


class TuiriskApp(App[int]):
    """The monitor's screen. Returns the exit code: 0, or 3 when the monitor had failed."""

    CSS_PATH = "tuirisk.tcss"
    TITLE = "tuirisk"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings(),
        Binding("escape", "unzoom", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        config: Config,
        connect: Connect,
        *,
        themes: Themes,
        language: str = "auto",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``monotonic`` (seconds) only measures how long the monitor has been silent."""
        # Without colour Textual would paint in greys; the terminal's own colours have none.
        colourless = "NO_COLOR" in os.environ and ANSI in themes.names
        super().__init__(ansi_color=True if colourless else None)
        self.config = config
        self._connect = connect
        self._themes = themes
        self._monotonic = monotonic
        self._bell = BellGate(config.alerts)
        self._handle: MonitorHandle | None = None
        self._received: RiskState | None = None
        self._heard = monotonic()
        for file in themes.files:
            self.register_theme(file.theme())
        self.theme = ANSI if colourless else themes.check(config.ui.theme)
        self.view = View(
            config,
            Words(choose_language(language)),
            self.theme,
            chosen=config.symbols[0] if config.symbols else "",
        )

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Notice(id="notice")
        yield Watchlist(len(self.config.symbols), id="watchlist")
        with Horizontal(id="panels"):
            yield Depth(id="depth")
            yield ImpactPanel(id="impact")
            yield Detail(id="detail")
        yield StatusLine(id="status")
        yield Log(id="log")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        watchlist = self.query_one(Watchlist)
        self._panels: list[Canvas | Watchlist] = [
            watchlist,
            *(one for one in self.query(Canvas) if one.parent is not watchlist),
        ]
        watchlist.focus()
        self.paint()
        if self._themes.problems:
            self.notify("\n".join(self._themes.problems), severity="warning", timeout=10)
        self.set_interval(1.0, self._check_silence)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self._heard = self._monotonic()
        self._handle = self._connect(self._publish, self._fail)

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
        self._received = state
        self._heard = self._monotonic()
        if self._bell.rings(before, state.log, self.view.muted):
            self.bell()
        if self.view.frozen:
            return
        self._look(state=state, failure="", silent_ms=0.0)

    def on_monitor_failed(self, message: MonitorFailed) -> None:
        self._look(failure=message.reason)

    def _check_silence(self) -> None:
        """Numbers that nobody renews must not go on looking alive."""
        quiet = self._monotonic() - self._heard
        state = self._received
        if state is None or state.source == "recording" or self.view.failure:
            return
        if quiet >= SILENCE:
            self._look(silent_ms=int(quiet) * 1000.0)

    # What is painted.

    def _look(self, **changes: Any) -> None:
        """Paint the view with ``changes``; nothing if they change nothing."""
        view = replace(self.view, **changes)
        symbols = view.symbols
        if view.chosen not in symbols:
            old = self.view.symbols
            index = old.index(view.chosen) if view.chosen in old else 0
            view = replace(view, chosen=symbols[min(index, len(symbols) - 1)] if symbols else "")
        self.view = view
        self.paint()

    def paint(self) -> None:
        with self.batch_update():
            for panel in self._panels:
                panel.show(self.view)

    def watch_theme(self, theme: str) -> None:
        if self.is_running:
            self._look(theme=theme)

    # What the person does.

    def action_choose(self, step: int) -> None:
        symbols = self.view.symbols
        if symbols:
            index = symbols.index(self.view.chosen) if self.view.chosen in symbols else 0
            self._look(chosen=symbols[(index + step) % len(symbols)])

    def on_clicked(self, message: Clicked) -> None:
        self._look(chosen=message.symbol)

    def action_freeze(self) -> None:
        if self.view.frozen:
            self._look(frozen=False, state=self._received)
        elif self.view.state is not None:
            self._look(frozen=True)

    def action_mute(self) -> None:
        self._look(muted=not self.view.muted)

    def action_acknowledge(self) -> None:
        """The chosen symbol's escalations; all of them if it has none."""
        unread = self.view.unread()
        mine = [entry for entry in unread if entry.symbol == self.view.chosen] or unread
        times = dict(self.view.acknowledged)
        for entry in mine:
            times[entry.symbol] = max(times.get(entry.symbol, -1), entry.time_ms)
        self._look(acknowledged=times)

    def action_theme(self) -> None:
        self.theme = self._themes.after(self.theme)

    def action_use_theme(self, name: str) -> None:
        self.theme = name

    def action_language(self) -> None:
        now = LANGUAGES.index(self.view.words.language)
        self._look(words=Words(LANGUAGES[(now + 1) % len(LANGUAGES)]))

    def action_zoom(self) -> None:
        """One panel over all others; the header stays, for nothing may hide a lost connection."""
        screen, panel = self.screen, self.screen.focused
        if screen.has_class("zoom"):
            self.action_unzoom()
        elif panel is not None:
            screen.add_class("zoom")
            panel.add_class("zoomed")
            self.query_one("#panels").set_class(panel.parent is not screen, "holds-zoomed")

    def action_unzoom(self) -> None:
        self.screen.remove_class("zoom")
        for panel in self.query(".zoomed"):
            panel.remove_class("zoomed")

    def action_help(self) -> None:
        from tuirisk.ui.dialogs import HelpScreen

        self.push_screen(HelpScreen(self.view))

    def action_add(self) -> None:
        from tuirisk.ui.dialogs import AddScreen

        self.push_screen(AddScreen(self.view), self._add)

    def _add(self, symbol: str | None) -> None:
        if symbol and self._handle is not None:
            self._handle.add(symbol)
            self.notify(self.view.words("done.added", symbol=symbol))

    def action_remove(self) -> None:
        if self._handle is None:
            return
        if len(self.view.symbols) < 2:
            self.notify(self.view.words("add.last"), severity="warning")
            return
        self._handle.remove(self.view.chosen)
        self.notify(self.view.words("done.removed", symbol=self.view.chosen))

    def action_reconnect(self) -> None:
        if self._handle is not None:
            self._handle.reconnect()
            self.notify(self.view.words("done.reconnecting"))

    async def action_quit(self) -> None:
        self.exit(3 if self.view.failure else 0)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command with a key, and every theme by name."""
        words = self.view.words
        for command in commands.COMMANDS:
            if command.name != "palette":
                yield SystemCommand(
                    words(f"command.{command.name}").capitalize(),
                    command.shown,
                    partial(self.run_action, command.action),
                )
        for name in self._themes.names:
            title = words("command.use_theme", name=name).capitalize()
            yield SystemCommand(title, "", partial(self.action_use_theme, name))
