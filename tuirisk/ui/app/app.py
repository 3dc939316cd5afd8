"""The application: its panels, and what the person does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tuirisk.config.model import Config
from tuirisk.language.words import LANGUAGES, Words, choose_language
from tuirisk.state import LogEntry
from tuirisk.terminal.capabilities import Terminal
from tuirisk.ui.app.theming import ThemedApp
from tuirisk.ui.render import format as fmt
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.themes.themes import ANSI, DEFAULT, Themes
from tuirisk.ui.view import commands, keys
from tuirisk.ui.view.messages import Connect
from tuirisk.ui.view.view import LOG_FILTERS, View
from tuirisk.ui.widgets.depth import Depth
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.header import Header, Notice
from tuirisk.ui.widgets.impact import ImpactPanel
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.table import row_text
from tuirisk.ui.widgets.watchlist import Clicked, WatchlistPanel
from tuirisk.watchlist.lists import Watchlists

WIDTHS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (160, "-wide")]
HEIGHTS = [(0, "-flat"), (16, "-short"), (32, "-medium"), (50, "-tall")]
"""Least columns and rows of each layout in tuirisk.tcss."""


class TuiriskApp(ThemedApp):
    """The monitor's screen. Returns the exit code: 0, or 3 when the monitor had failed."""

    CSS_PATH = "tuirisk.tcss"
    TITLE = "tuirisk"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.COMMANDS)]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        config: Config,
        connect: Connect,
        *,
        themes: Themes,
        language: str = "auto",
        terminal: Terminal | None = None,
        watchlists: Watchlists | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``monotonic`` (seconds) only measures how long the monitor has been silent."""
        terminal = terminal or Terminal(colourless=bool(os.environ.get("NO_COLOR")))
        theme = themes.check(config.ui.theme)
        if terminal.needs_own_colours(config.ui.theme != DEFAULT) and ANSI in themes.names:
            theme = ANSI
        bound, self._key_problems = keys.remapped(config.ui.keys)
        self._language = choose_language(language)
        view = View(
            config,
            Words("en" if terminal.ascii else self._language),
            theme,
            chosen=config.symbols[0] if config.symbols else "",
            ascii=terminal.ascii,
            colourless=terminal.colourless,
            commands=bound,
        )
        # Without colour Textual would paint in greys; the terminal's own colours have none.
        super().__init__(
            view,
            connect,
            themes=themes,
            watchlists=watchlists,
            ansi_color=True if terminal.colourless else None,
            monotonic=monotonic,
        )
        self.set_keymap({command.name: command.keys for command in bound})
        if terminal.ascii:
            self.add_class("-ascii")

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Notice(id="notice")
        yield WatchlistPanel(len(self.config.symbols), id="watchlist")
        with Horizontal(id="lower"):
            with Vertical(id="left"):
                with Horizontal(id="panels"):
                    yield Depth(id="depth")
                    yield ImpactPanel(id="impact")
                yield StatusLine(id="status")
                yield Log(id="log")
            yield Detail(id="detail")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.find_panels()
        self.query_one(WatchlistPanel).focus()
        self.paint()
        listed = () if self._watchlists is None else (self._watchlists.problem,)
        problems = [*self.themes.problems, *self._key_problems, *filter(None, listed)]
        if self.view.ascii and self._language != self.view.words.language:
            problems.append(self.view.words("done.ascii"))
        if problems:
            self.notify("\n".join(problems), severity="warning", timeout=15, markup=False)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.begin()
        self.watch_theme_files()

    def on_descendant_focus(self) -> None:
        """The keys of the panel that has the focus are offered first."""
        for footer in self.screen.query(Footer):
            footer.redraw()

    # What the person does.

    def action_choose(self, step: int) -> None:
        symbols = self.view.symbols
        if symbols:
            index = symbols.index(self.view.chosen) if self.view.chosen in symbols else 0
            self.look(chosen=symbols[(index + step) % len(symbols)])

    def on_clicked(self, message: Clicked) -> None:
        """The first click chooses a symbol, one on the chosen symbol opens it."""
        symbol = message.symbol
        if symbol == self.view.chosen:
            self.action_open()
        elif symbol in self.view.watched:
            kept = self.view.filter if symbol in self.view.symbols else ""
            self.look(chosen=symbol, filter=kept)
        else:
            self.say("add.unwatched", wrong=True, symbol=symbol)

    def action_freeze(self) -> None:
        if self.view.frozen:
            self.look(frozen=False, behind_ms=0, state=self._received)
        elif self.view.state is not None:
            self.look(frozen=True)

    def action_mute(self) -> None:
        self.look(muted=not self.view.muted)

    def action_acknowledge(self) -> None:
        """The chosen symbol's escalations; all of them if it has none."""
        unread = self.view.unread()
        self._acknowledge([e for e in unread if e.symbol == self.view.chosen] or unread)

    def action_acknowledge_all(self) -> None:
        self._acknowledge(self.view.unread())

    def _acknowledge(self, entries: Iterable[LogEntry]) -> None:
        times = dict(self.view.acknowledged)
        for entry in entries:
            times[entry.symbol] = max(times.get(entry.symbol, -1), entry.time_ms)
        self.look(acknowledged=times)

    def action_language(self) -> None:
        if self.view.ascii:
            self.notify(self.view.words("done.ascii"), severity="warning")
            return
        now = LANGUAGES.index(self.view.words.language)
        self.look(words=Words(LANGUAGES[(now + 1) % len(LANGUAGES)]))

    def action_log_filter(self) -> None:
        now = LOG_FILTERS.index(self.view.log_filter)
        self.look(log_filter=LOG_FILTERS[(now + 1) % len(LOG_FILTERS)])

    def action_scroll_log(self, pages: int) -> None:
        self.query_one(Log).action_scroll_log(pages)

    def action_copy(self) -> None:
        """The chosen symbol's row, to the clipboard of the terminal (OSC 52)."""
        if self.view.symbol(self.view.chosen) is not None:
            self.copy_to_clipboard(row_text(self.view, self.view.chosen))
            self.notify(self.view.words("done.copied", symbol=self.view.chosen))

    def action_save(self) -> None:
        """The screen as a picture, beside where the program was started."""
        moment = fmt.stamp(self.view.time_ms)
        path = Path.cwd() / f"tuirisk-{moment}.svg"
        try:
            path.write_text(self.export_screenshot(), encoding="utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            text = self.view.words("done.not_saved", path=path, reason=reason)
            self.notify(text, severity="error", markup=False)
        else:
            self.notify(self.view.words("done.saved", path=path), markup=False)

    def action_redraw(self) -> None:
        self.redraw()

    def action_zoom(self) -> None:
        """One panel over all others; the header stays, for nothing may hide a lost connection."""
        screen, panel = self.screen, self.screen.focused
        if screen.has_class("zoom"):
            self._unzoom()
        elif panel is not None:
            screen.add_class("zoom")
            panel.add_class("zoomed")
            for box in self.query("#lower, #left, #panels"):
                box.set_class(box in panel.ancestors, "holds-zoomed")
            self.look(zoomed=True)

    def _unzoom(self) -> None:
        self.screen.remove_class("zoom")
        for panel in self.query(".zoomed"):
            panel.remove_class("zoomed")
        self.look(zoomed=False)

    def action_leave(self) -> None:
        """One step back: from the zoomed panel, the filter, the order that was asked about."""
        if self.screen.has_class("zoom"):
            self._unzoom()
        elif self.view.filter:
            self.look(filter="")
        else:
            self.ask(None)

    def action_open(self, tab: int = 1) -> None:
        """The chosen symbol in full, at ``tab`` (from 1)."""
        from tuirisk.ui.screens.symbol import SymbolScreen

        if self.view.chosen:
            self.push_screen(SymbolScreen(self.view, tab), self._returned)

    def _returned(self, _: None) -> None:
        self.call_later(self.paint)

    def action_explain(self) -> None:
        """Where the chosen symbol's score comes from."""
        from tuirisk.ui.screens.symbol import WHY, SymbolScreen

        if isinstance(self.screen, SymbolScreen):
            self.screen.action_tab(WHY)
        else:
            self.action_open(WHY)

    def action_help(self) -> None:
        from tuirisk.ui.dialogs.dialogs import HelpScreen

        offered = (*commands.SYMBOL_COMMANDS, *commands.COMMANDS)
        self.push_screen(HelpScreen(self.view, commands.working(offered, *self._places)))

    def action_reconnect(self) -> None:
        self.reconnect()
        self.notify(self.view.words("done.reconnecting"))

    async def action_quit(self) -> None:
        self.exit(3 if self.view.failure else 0)

    def action_command_palette(self) -> None:
        placeholder = self.view.words("palette.hint")
        self.push_screen(CommandPalette(placeholder=placeholder, id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command that works on this screen, every tab and theme by name."""
        words = self.view.words
        for command in commands.working(self.view.commands, *self._places):
            if command.name not in ("palette", "open_tab"):
                yield SystemCommand(
                    words(f"command.{command.name}").capitalize(),
                    command.shown,
                    partial(self.run_action, command.action),
                )
        from tuirisk.ui.screens.symbol import TABS, SymbolScreen

        inside = isinstance(screen, SymbolScreen)
        for number, (name, _) in enumerate(TABS, 1):
            title = words("command.use_tab", name=words(f"tab.{name}")).capitalize()
            action = f"screen.tab({number})" if inside else f"open({number})"
            yield SystemCommand(title, str(number), partial(self.run_action, action))
        for name in self.themes.names:
            title = words("command.use_theme", name=name).capitalize()
            yield SystemCommand(title, self.about(name), partial(self.action_use_theme, name))

    @property
    def _places(self) -> tuple[commands.Where, ...]:
        """Where the person is: the screen that takes the keys, or lies under a question."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, PaintedScreen):
                return screen.places
        return ("dashboard",)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The dashboard's commands do nothing on another screen."""
        return commands.works(action, *self._places)
