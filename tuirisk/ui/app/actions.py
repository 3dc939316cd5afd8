"""What each command does: its action, by the name that bindings and the palette use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tuirisk.events.playback import PlaybackCommand, PlaybackKind
from tuirisk.language.words import LANGUAGES, Words
from tuirisk.state import LogEntry
from tuirisk.ui.app.screen_actions import ScreenActions
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.picture import save_picture
from tuirisk.ui.view import commands
from tuirisk.ui.view.messages import MomentClicked
from tuirisk.ui.view.sorting import SORTS
from tuirisk.ui.view.view import LOG_FILTERS
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.table_columns import row_text
from tuirisk.ui.widgets.watchlist import SymbolClicked


class CommandActions(ScreenActions):
    """The actions of the commands; those of a subject are the business of that subject's class."""

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

    def restore_zoom(self) -> None:
        """Zoom the panel that an earlier run zoomed last, where the terminal has room for it."""
        for panel in self.query(Canvas):
            if panel.id == self.choices.zoomed_panel and panel.focusable and panel.region:
                panel.focus()
                self.call_after_refresh(self.action_zoom)

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

    def action_reconnect(self) -> None:
        """Connect anew; of a monitor that has ended nothing counts any more."""
        if not self.view.failure:
            self.monitor.reconnect()
        else:
            self.monitor.restart(self.config.symbols, self.view.watched)
            if self.updates.forget_state():
                self.paint()
        self.notify(self.view.words("done.reconnecting"))

    def action_sort(self) -> None:
        now = SORTS.index(self.view.sort)
        sort = SORTS[(now + 1) % len(SORTS)]
        self.update_view(sort=sort, follow_chosen=False)
        self.show_outcome(f"sorted.{sort}")

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The dashboard's commands do nothing on another screen."""
        return commands.works_on(action, *self.command_scopes)
