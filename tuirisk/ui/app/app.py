"""The application: what it is made of, its start and its end, and what the terminal gets."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.notifications import Notification, Notify, SeverityLevel
from textual.screen import Screen

from tuirisk.alerts.own_conditions import OwnConditions
from tuirisk.config.display_settings import DisplaySettings
from tuirisk.config.file import with_positions
from tuirisk.config.model import Config
from tuirisk.config.reload import ConfigFileWatch
from tuirisk.config.typed_positions import TypedPositions
from tuirisk.terminal.capabilities import Terminal
from tuirisk.terminal.errors import UnexpectedError
from tuirisk.terminal.signals import on_end, on_return
from tuirisk.terminal.title import has_title
from tuirisk.ui.app.alert_presenter import AlertPresenter
from tuirisk.ui.app.condition_editor import ConditionEditor
from tuirisk.ui.app.config_follower import ConfigFollower
from tuirisk.ui.app.first_view import first_view
from tuirisk.ui.app.kept_choices import KeptChoices
from tuirisk.ui.app.monitor_link import MonitorLink
from tuirisk.ui.app.order_picker import OrderPicker
from tuirisk.ui.app.position_editor import PositionEditor
from tuirisk.ui.app.sizes import HEIGHTS, WIDTHS, size_classes
from tuirisk.ui.app.state_updates import EDITS, StateUpdates
from tuirisk.ui.app.terminal_output import TerminalOutput
from tuirisk.ui.app.terminal_title import TerminalTitle
from tuirisk.ui.app.theme_switcher import RELOAD_SECONDS, ThemeSwitcher
from tuirisk.ui.app.view_updates import ViewUpdates
from tuirisk.ui.app.watchlist_editor import WatchlistEditor, listing_of
from tuirisk.ui.screens.account_panel import AccountPanel
from tuirisk.ui.themes.themes import Themes
from tuirisk.ui.view import commands
from tuirisk.ui.view.messages import Connect, OpenRadar
from tuirisk.ui.widgets.canvas import COMPONENTS, Canvas
from tuirisk.ui.widgets.depth import Depth
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.header import Header, Notice
from tuirisk.ui.widgets.impact import ImpactPanel
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.watchlist import WatchlistPanel
from tuirisk.ui.widgets.welcome import Welcome, fits
from tuirisk.watchlist.lists import Watchlists

WARNING_SECONDS = 15.0
OUTCOME_SECONDS = 4.0
"""How long a warning is shown, and how long the outcome of an edit."""
T = TypeVar("T")

_log = logging.getLogger(__name__)


class TuiriskApp(StateUpdates):
    """The monitor's screen. Returns the exit code: 0, or 3 when the monitor had failed."""

    CSS_PATH = "tuirisk.tcss"
    TITLE = "tuirisk"
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings(commands.COMMANDS),
        Binding("ctrl+z", "suspend_process", show=False),
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
        terminal: Terminal | None = None,
        watchlists: Watchlists | None = None,
        settings: DisplaySettings | None = None,
        own_conditions: OwnConditions | None = None,
        config_file: tuple[ConfigFileWatch, Config] | None = None,
        own_positions: TypedPositions | None = None,
        welcome: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``settings`` keeps what is chosen on the screen for later runs.
        ``welcome``: the first start that they know of shows what to press.
        ``config_file`` watches the configuration, which is beside it as the file has it.

        ``monotonic`` (seconds) only measures how long the monitor has been silent.
        """
        terminal = terminal or Terminal(colourless=bool(os.environ.get("NO_COLOR")))
        # Without colour Textual would paint in greys; the terminal's own colours have none.
        super().__init__(ansi_color=True if terminal.colourless else None)
        self.choices = KeptChoices(settings)
        begun_with = self.choices.applied_to_config(config, themes)
        language = self.choices.language(language)
        view, self._problems = first_view(begun_with, terminal, themes, language)
        view = self.choices.applied_to_view(replace(view, config=config))
        if settings is not None and settings.problem:
            self._problems.append(settings.problem)
        if watchlists is not None:
            view = replace(view, **listing_of(watchlists))
        self.config = config
        self.updates = ViewUpdates(view)
        self.output = TerminalOutput(terminal.ascii)
        self.panels: list[Canvas | WatchlistPanel] = []
        self._notification: Notification | None = None
        """The outcome of an edit that is told now."""
        self.monitor = MonitorLink(connect, self.post_message, monotonic)
        self.alerts = AlertPresenter(self, monotonic)
        self.terminal_title = TerminalTitle(self.write_to_terminal, has_title(os.environ))
        self.editor = WatchlistEditor(self, watchlists)
        self.orders = OrderPicker(self)
        self.conditions = ConditionEditor(self, own_conditions or OwnConditions(None))
        self.position_editor = PositionEditor(self, own_positions)
        self._configured_positions = (config_file[1] if config_file else config).positions
        self.config_follower = ConfigFollower(self, *(config_file or (None, None)))
        self.themes = ThemeSwitcher(self, themes)
        self._failed = False
        self._welcomes = welcome
        self.bugs_in_full = False
        """Whether a bug is shown with where it is, as ``--debug`` asks for."""
        self.read_only = False
        """Whether whoever looks may write nothing to this machine, as in a browser."""
        self.open_radar: OpenRadar | None = None
        """Begins to receive the radar; None where there is none."""
        self.leaving: Callable[[], object] | None = None
        """Called as the screen begins to end."""
        self.theme = view.theme
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_keymap({command.name: command.keys for command in view.commands})
        self.toggles = commands.keys_of(c for c in view.commands if c.toggle)
        self.quitting = commands.keys_of(c for c in view.commands if c.name == "quit")
        self.opening_texts = commands.keys_of(c for c in view.commands if c.opens_text)
        if terminal.ascii:
            self.add_class("-ascii")

    def compose(self) -> ComposeResult:
        yield Header(id="header")
        yield Notice(id="notice")
        yield WatchlistPanel(len(self.config.symbols), id="watchlist")
        yield AccountPanel(id="holdings")
        with Horizontal(id="lower"):
            with Vertical(id="left"):
                with Horizontal(id="panels"):
                    yield Depth(id="depth")
                    yield ImpactPanel(id="impact")
                yield StatusLine(id="status")
                yield Log(id="log")
            yield Detail(id="detail")
        welcome = Welcome(id="welcome")
        welcome.display = False
        yield welcome
        yield Footer(id="footer")

    def get_default_screen(self) -> Screen[Any]:
        """The dashboard's, laid out for its size from the first on.

        Textual gives a screen the classes of its size after a first layout, and lays it out anew.
        """
        return Screen(id="_default", classes=" ".join(size_classes(self.size)))

    def push_screen(self, screen: Any, *arguments: Any, **options: Any) -> Any:
        """Textual's; the screen is laid out for its size from the first on."""
        if isinstance(screen, Screen):
            screen.add_class(*size_classes(self.size), update=False)
        return super().push_screen(screen, *arguments, **options)

    # From the start to the end.

    def on_load(self) -> None:
        """Before the terminal is changed, so that no signal leaves it so."""
        if not self.is_headless and sys.__stderr__ is not None:
            on_end(self.exit)

    def on_mount(self) -> None:
        watchlist = self.query_one(WatchlistPanel)
        others = (one for one in self.query(Canvas) if one.parent is not watchlist)
        self.panels = [watchlist, *others]
        watchlist.focus()
        if self._welcomes and self.choices.first_start and fits(self.size):
            self.choices.keep_welcomed()
            self.show_welcome(True)
        self.paint()
        problems = [*self.themes.problems, *self._problems, *filter(None, [self.editor.problem])]
        if problems:
            self.warn("\n".join(problems))
        self.call_after_refresh(self.begin)
        if self.choices.zoomed_panel:
            self.call_after_refresh(self.restore_zoom)

    def begin(self) -> None:
        """Start the monitor; called once the first paint is out."""
        if not self.is_headless and sys.__stderr__ is not None:
            # Where Textual paints.
            self.output.attach(sys.__stderr__.fileno(), lambda: self.screen.refresh())
            on_return(self.action_redraw)
        self.monitor.start()
        self.set_interval(1.0, self.every_second)
        self.set_interval(RELOAD_SECONDS, self.themes.reload)

    def on_unmount(self) -> None:
        if self.leaving is not None:
            self.leaving()
        if self.choices.unsaved:
            self.choices.save()
        self.output.close()
        self.monitor.stop()

    def use_config(self, config: Config) -> None:
        """Go by ``config``, which was saved while this ran, from now on.

        Its symbols are those of the file; what is watched is the current list.
        """
        self.editor.configure(config.symbols)
        self._configured_positions = config.positions
        own_conditions = self.config.own_conditions
        self._apply(replace(config, symbols=self.config.symbols, own_conditions=own_conditions))

    def use_own_positions(self) -> None:
        """Go by the positions typed here, as they are now."""
        self._apply(replace(self.config, positions=self._configured_positions))

    def _apply(self, config: Config) -> None:
        """Go by ``config`` and the positions typed here."""
        config = with_positions(self.position_editor.applied(config))
        self.config = config
        self.monitor.configure(config)
        self.alerts.configure(config.alerts)
        self.update_view(config=config)

    # What the terminal gets.

    def output_for(self, update: object) -> object | None:
        return self.output.reduced(update)

    def bell(self) -> None:
        if self.output.takes:
            super().bell()

    def on_resize(self) -> None:
        """The terminal has moved what it showed."""
        self.output.forget()

    def refresh_css(self, animate: bool = True) -> None:
        """Textual's, but for the first theme: the style sheet is read with it a moment later."""
        if self.panels:
            super().refresh_css(animate=animate)

    def watch_theme(self, theme: str) -> None:
        if self.is_running:
            self.update_view(theme=theme)

    def error_to_show(self, error: Exception) -> Exception | None:
        """An unexpected error in one line, unless all of it is asked for."""
        if self.bugs_in_full or self.is_headless:
            return error
        # One bug brings others with it.
        first, self._failed = not self._failed, True
        return UnexpectedError(error) if first else None

    # What is said for some seconds.

    def notify(self, message: str, **options: Any) -> None:
        """What is said for a few seconds stays in the log of ``--log``."""
        usual = options.get("severity", "information") == "information"
        _log.log(logging.INFO if usual else logging.WARNING, "%s", message)
        super().notify(message, **options)

    def warn(self, text: str) -> None:
        """Show a warning."""
        self.notify(text, severity="warning", timeout=WARNING_SECONDS, markup=False)

    def show_outcome(self, key: str, *, wrong: bool = False, **values: object) -> None:
        """Tell the outcome of an edit, in the place of the outcome of the edit before it."""
        if self._notification is not None:
            self.withdraw(self._notification)
        severity: SeverityLevel = "warning" if wrong else "information"
        text = self.view.words(key, **values)
        self._notification = Notification(text, "", severity, OUTCOME_SECONDS, markup=False)
        self.post_message(Notify(self._notification))

    # What the editor, the orders and the themes need.

    def shown_key(self, name: str) -> str:
        """The key of a command now; that of the palette where it has none."""
        shown = {command.name: command.shown for command in self.view.commands}
        return shown[name] or shown["palette"]

    def open_dialog(self, screen: Screen[T], answered: Callable[[T | None], None]) -> None:
        """Ask what ``screen`` asks; ``answered`` gets the answer."""
        self.push_screen(screen, answered)

    def run_edit(self, edit: Coroutine[Any, Any, None]) -> None:
        """Run an edit of the person's lists beside what is shown."""
        self.run_worker(edit, group=EDITS)

    def on_descendant_focus(self) -> None:
        """The keys of the panel that has the focus are offered first."""
        for footer in self.screen.query(Footer):
            footer.redraw()
