"""What every action needs, and the actions that put a screen or a question over the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from textual.app import SystemCommand
from textual.screen import Screen

from tuirisk.config.model import Config
from tuirisk.state.radar import RadarState
from tuirisk.ui.app.condition_editor import ConditionEditor
from tuirisk.ui.app.kept_choices import KeptChoices
from tuirisk.ui.app.monitor_link import MonitorLink
from tuirisk.ui.app.order_picker import OrderPicker
from tuirisk.ui.app.ordered_keys import OrderedKeys
from tuirisk.ui.app.position_editor import PositionEditor
from tuirisk.ui.app.terminal_output import TerminalOutput
from tuirisk.ui.app.terminal_title import TerminalTitle
from tuirisk.ui.app.theme_switcher import ThemeSwitcher
from tuirisk.ui.app.view_updates import ViewUpdates
from tuirisk.ui.app.watchlist_editor import WatchlistEditor
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.view import commands
from tuirisk.ui.view.messages import OpenRadar
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.welcome import Welcome


class ScreenActions(OrderedKeys):
    """The actions of the commands that open a screen."""

    config: Config
    updates: ViewUpdates
    output: TerminalOutput
    terminal_title: TerminalTitle
    monitor: MonitorLink
    editor: WatchlistEditor
    choices: KeptChoices
    position_editor: PositionEditor
    orders: OrderPicker
    conditions: ConditionEditor
    themes: ThemeSwitcher
    read_only: bool
    open_radar: OpenRadar | None

    @property
    def view(self) -> View:
        """What is shown, and how."""
        return self.updates.view

    def update_view(self, **changes: Any) -> None:
        """Replace fields of the view and paint it; nothing if they change nothing."""
        self.choices.keep_view(changes)
        if self.updates.change(**changes):
            self.paint()

    def paint(self) -> None:
        """Show the view."""
        raise NotImplementedError

    def show_outcome(self, key: str, *, wrong: bool = False, **values: object) -> None:
        """Tell the outcome of an edit."""
        raise NotImplementedError

    def shown_key(self, name: str) -> str:
        """The key of a command now."""
        raise NotImplementedError

    def show_welcome(self, shown: bool) -> None:
        """Show or hide the lines of the first start."""
        self.query_one(Welcome).display = shown
        self.update_view(welcoming=shown)

    def action_open(self, tab: int = 1) -> None:
        """The chosen symbol in full, at ``tab`` (from 1)."""
        from tuirisk.ui.screens.symbol import SymbolScreen

        if self.view.chosen:
            ask = self.position_editor.ask_what_if
            self.push_screen(SymbolScreen(self.view, tab, ask), self._returned)

    def action_account(self) -> None:
        """The account and every position, over what is shown."""
        from tuirisk.ui.screens.account_screen import AccountScreen

        if not isinstance(self.screen, AccountScreen):
            self.push_screen(AccountScreen(self.view), self._returned)

    def _returned(self, _: None) -> None:
        self.call_later(self.paint)

    def action_explain(self) -> None:
        """Where the chosen symbol's score comes from."""
        from tuirisk.ui.screens.symbol import SymbolScreen
        from tuirisk.ui.screens.tabs import WHY

        if isinstance(self.screen, SymbolScreen):
            self.screen.action_tab(WHY)
        else:
            self.action_open(WHY)

    def action_help(self) -> None:
        from tuirisk.ui.dialogs.help import HelpScreen

        offered = (
            *commands.SYMBOL_COMMANDS,
            *commands.ACCOUNT_COMMANDS,
            *commands.RADAR_COMMANDS,
            *commands.COMMANDS,
        )
        here = commands.commands_on(offered, *self.command_scopes)
        if self.view.welcoming:
            self.show_welcome(False)
        panel = self.screen.focused
        self.push_screen(HelpScreen(self.view, here, panel if isinstance(panel, Canvas) else None))

    def action_messages(self) -> None:
        """Every message, over what is shown."""
        from tuirisk.ui.dialogs.message_list import MessageListScreen

        self.push_screen(MessageListScreen(self.view))

    def action_radar(self) -> None:
        """Every perpetual that trades, ranked by danger; received while it is shown."""
        from tuirisk.ui.screens.radar import RadarScreen
        from tuirisk.ui.view.messages import RadarChanged

        def publish(state: RadarState) -> None:
            self.post_message(RadarChanged(state))

        def ask(text: str, show: Callable[[str], None]) -> None:
            from tuirisk.ui.dialogs.inputs import FilterScreen

            self.push_screen(FilterScreen(replace(self.view, filter=text), show))

        def receive() -> Callable[[], None] | None:
            if self.open_radar is None:
                return None
            return self.open_radar(publish)

        screen = RadarScreen(self.view, receive, self.editor.add_symbols, ask)
        self.push_screen(screen, self._returned)

    def action_filter(self) -> None:
        from tuirisk.ui.dialogs.inputs import FilterScreen

        self.push_screen(FilterScreen(self.view, lambda text: self.update_view(filter=text)))

    def action_command_palette(self) -> None:
        from tuirisk.ui.app.palette import Palette

        placeholder = self.view.words("palette.hint")
        self.push_screen(Palette(placeholder=placeholder, id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        from tuirisk.ui.app.palette import palette_entries
        from tuirisk.ui.screens.symbol import SymbolScreen

        return palette_entries(self, isinstance(screen, SymbolScreen))

    @property
    def command_scopes(self) -> tuple[commands.Where, ...]:
        """Where the person is: the screen that takes the keys, or lies under a question."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, PaintedScreen):
                return screen.command_scopes
        return ("dashboard",)
