"""What each command does: its action, by the name that bindings and the palette use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.app import SystemCommand
from textual.screen import Screen

from tuirisk.config.model import Config
from tuirisk.events.playback import PlaybackCommand, PlaybackKind
from tuirisk.language.words import LANGUAGES, Words
from tuirisk.state import LogEntry
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
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.picture import save_picture
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.view import commands
from tuirisk.ui.view.messages import MomentClicked, OpenRadar
from tuirisk.ui.view.sorting import SORTS
from tuirisk.ui.view.view import LOG_FILTERS, View
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.table_columns import row_text
from tuirisk.ui.widgets.watchlist import SymbolClicked
from tuirisk.ui.widgets.welcome import Welcome


class CommandActions(OrderedKeys):
    """The actions of the commands; those of a subject are the business of that subject's class."""

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

    def action_choose(self, step: int) -> None:
        symbols = self.view.symbols
        if symbols:
            index = symbols.index(self.view.chosen) if self.view.chosen in symbols else 0
            chosen = symbols[(index + step) % len(symbols)]
            self.update_view(chosen=chosen, follow_chosen=True)

    def on_symbol_clicked(self, message: SymbolClicked) -> None:
        """The first click chooses a symbol, one on the chosen symbol opens it."""
        symbol = message.symbol
        if symbol == self.view.chosen:
            self.action_open()
        elif symbol in self.view.watched:
            filter_text = self.view.filter if symbol in self.view.symbols else ""
            self.update_view(chosen=symbol, filter=filter_text, follow_chosen=True)
        else:
            self.show_outcome("add.unwatched", wrong=True, symbol=symbol)

    def action_freeze(self) -> None:
        """Let the picture stand still; a replay pauses."""
        if self.view.playback is not None:
            self.monitor.play(PlaybackCommand("pause"))
        elif self.updates.toggle_freeze():
            self.paint()

    def action_play(self, kind: PlaybackKind, value: float) -> None:
        """Control the replay; elsewhere there is nothing to control."""
        if self.view.playback is None:
            self.show_outcome("playback.none", wrong=True)
        else:
            self.monitor.play(PlaybackCommand(kind, value))

    def action_arrow(self, step: int) -> None:
        """A replay: 10 s on or back, one state where it is paused. Else another symbol."""
        playback = self.view.playback
        if playback is None:
            self.action_choose(step)
        elif playback.paused:
            self.monitor.play(PlaybackCommand("step", step))
        else:
            self.monitor.play(PlaybackCommand("seek_by", 10 * step))

    def on_moment_clicked(self, message: MomentClicked) -> None:
        """To the moment of a log entry, or to a place on the position bar of a replay."""
        if message.symbol in self.view.symbols:
            self.update_view(chosen=message.symbol, follow_chosen=True)
        self.monitor.play(message.command)

    def action_mute(self) -> None:
        self.update_view(muted=not self.view.muted)

    def action_acknowledge(self) -> None:
        """The chosen symbol's alerts, and no other's."""
        chosen = self.view.chosen
        entries = self.view.unacknowledged_of(chosen)
        if entries:
            self._acknowledge(entries)
        else:
            self.show_outcome(
                "done.no_alert", symbol=chosen, press=self.shown_key("acknowledge_all")
            )

    def action_acknowledge_all(self) -> None:
        self._acknowledge(self.view.unacknowledged())

    def _acknowledge(self, entries: Sequence[LogEntry]) -> None:
        """At once on the screen, and in the monitor so that later runs know it too."""
        self.monitor.acknowledge(entries)
        if self.updates.acknowledge(entries):
            self.paint()

    def action_language(self) -> None:
        if self.view.ascii:
            self.notify(self.view.words("done.ascii"), severity="warning")
            return
        now = LANGUAGES.index(self.view.words.language)
        self.update_view(words=Words(LANGUAGES[(now + 1) % len(LANGUAGES)]))

    def action_log_filter(self) -> None:
        now = LOG_FILTERS.index(self.view.log_filter)
        self.update_view(log_filter=LOG_FILTERS[(now + 1) % len(LOG_FILTERS)])

    def action_scroll_log(self, pages: int) -> None:
        self.query_one(Log).action_scroll_log(pages)

    def action_conditions(self) -> None:
        """The conditions on the chosen symbol, and one more."""
        if self.read_only:
            self.notify(self.view.words("done.read_only"), severity="warning")
        else:
            self.conditions.edit()

    def action_copy(self) -> None:
        """The chosen symbol's row, to the clipboard of the terminal (OSC 52)."""
        if self.view.symbol(self.view.chosen) is not None:
            self.copy_to_clipboard(row_text(self.view, self.view.chosen))
            self.notify(self.view.words("done.copied", symbol=self.view.chosen))

    def action_save(self) -> None:
        """The screen as a picture, beside where the program was started."""
        if self.read_only:
            self.notify(self.view.words("done.read_only"), severity="warning")
            return
        moment = fmt.stamp(self.view.time_ms)
        stem = f"tuirisk-{moment}"
        folder = Path(os.curdir)
        try:
            folder = Path.cwd()
            path = save_picture(self.export_screenshot(), folder, stem)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            path = folder / f"{stem}.svg"
            text = self.view.words("done.not_saved", path=path, reason=reason)
            self.notify(text, severity="error", markup=False)
        else:
            self.notify(self.view.words("done.saved", path=path), markup=False)

    def action_redraw(self) -> None:
        """Send the whole screen again."""
        self.output.forget()
        self.terminal_title.forget()
        self.screen.refresh()

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
            self.choices.keep_zoom(panel.id or "")
            self.update_view(zoomed=True)

    def _unzoom(self) -> None:
        self.screen.remove_class("zoom")
        for panel in self.query(".zoomed"):
            panel.remove_class("zoomed")
        self.choices.keep_zoom("")
        self.update_view(zoomed=False)

    def show_welcome(self, shown: bool) -> None:
        """Show or hide the lines of the first start."""
        self.query_one(Welcome).display = shown
        self.update_view(welcoming=shown)

    def action_leave(self) -> None:
        """One step back: from the zoomed panel, the filter, the order that was asked about.

        The lines of the first start go with any of them.
        """
        if self.view.welcoming:
            self.show_welcome(False)
        if self.screen.has_class("zoom"):
            self._unzoom()
        elif self.view.filter:
            self.update_view(filter="")
        else:
            self.orders.use(None)

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
        from tuirisk.ui.screens.symbol import WHY, SymbolScreen

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

    def action_reconnect(self) -> None:
        """Connect anew; of a monitor that has ended nothing counts any more."""
        if not self.view.failure:
            self.monitor.reconnect()
        else:
            self.monitor.restart(self.config.symbols, self.view.watched)
            if self.updates.forget_state():
                self.paint()
        self.notify(self.view.words("done.reconnecting"))

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

    def action_sort(self) -> None:
        now = SORTS.index(self.view.sort)
        sort = SORTS[(now + 1) % len(SORTS)]
        self.update_view(sort=sort, follow_chosen=False)
        self.show_outcome(f"sorted.{sort}")

    def action_filter(self) -> None:
        from tuirisk.ui.dialogs.inputs import FilterScreen

        self.push_screen(FilterScreen(self.view, lambda text: self.update_view(filter=text)))

    def action_add(self) -> None:
        self.editor.add()

    def action_remove(self) -> None:
        self.editor.remove()

    def action_undo(self) -> None:
        self.editor.undo()

    def action_next_list(self) -> None:
        self.editor.next_list()

    def action_new_list(self) -> None:
        self.editor.new_list()

    def action_delete_list(self) -> None:
        self.editor.delete_list()

    def action_size(self) -> None:
        self.orders.choose()

    def action_next_size(self) -> None:
        self.orders.use_next()

    def action_position(self) -> None:
        self.position_editor.edit()

    def action_theme(self) -> None:
        self.themes.choose()

    def action_use_theme(self, name: str) -> None:
        self.themes.use(name)

    async def action_quit(self) -> None:
        self.exit(3 if self.view.failure else 0)

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The dashboard's commands do nothing on another screen."""
        return commands.works_on(action, *self.command_scopes)
