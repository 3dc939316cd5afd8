"""What the person does to the watchlist."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.notifications import Notification, Notify, SeverityLevel

from tuirisk.state import OrderSize
from tuirisk.ui.app.painting import PaintedApp
from tuirisk.ui.view.messages import Connect
from tuirisk.ui.view.order_parser import stepped
from tuirisk.ui.view.sorting import SORTS
from tuirisk.ui.view.view import View
from tuirisk.watchlist.file import MOST_SYMBOLS
from tuirisk.watchlist.lists import Watchlists, difference

if TYPE_CHECKING:
    from tuirisk.ui.dialogs.add_symbols import AddScreen

SAID_SECONDS = 4.0


class EditingApp(PaintedApp):
    """Adds, removes, sorts and filters; switches between named lists."""

    def __init__(
        self,
        view: View,
        connect: Connect,
        *,
        watchlists: Watchlists | None,
        ansi_color: bool | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(view, connect, ansi_color=ansi_color, monotonic=monotonic)
        self._watchlists = watchlists
        self._said: Notification | None = None
        self._adding: AddScreen | None = None
        if watchlists is not None:
            self.view = replace(view, **_told(watchlists))

    @property
    def lists(self) -> Watchlists:
        """The person's lists; one for this run alone where nobody gave any."""
        if self._watchlists is None:
            self._watchlists = Watchlists(None, self.view.watched)
        return self._watchlists

    def say(self, key: str, *, wrong: bool = False, **values: object) -> None:
        """Tell what an edit did, in the place of what the edit before it told."""
        if self._said is not None:
            self._unnotify(self._said, refresh=False)
        severity: SeverityLevel = "warning" if wrong else "information"
        self._said = Notification(
            self.view.words(key, **values), "", severity, SAID_SECONDS, markup=False
        )
        self.post_message(Notify(self._said))

    def key_of(self, name: str) -> str:
        """The key of a command now; that of the palette where it has none."""
        keys = {command.name: command.shown for command in self.view.commands}
        return keys[name] or keys["palette"]

    def action_add(self) -> None:
        from tuirisk.ui.dialogs.add_symbols import AddScreen

        self._adding = AddScreen(self.view, self.lists.symbols)
        self.push_screen(self._adding, self._add)

    def paint(self) -> None:
        super().paint()
        if self._adding is not None and self.screen is self._adding and self.screen.is_mounted:
            self._adding.hear(self.view)

    def _add(self, symbols: tuple[str, ...] | None) -> None:
        self._adding = None
        if not symbols:
            return
        before = self.lists.symbols
        added = [symbol for symbol in symbols if self.lists.add(symbol)]
        self._watch(before)
        if len(added) < len(symbols):
            self.say("add.full", wrong=True, value=MOST_SYMBOLS)
        else:
            self.say("done.added", symbol=", ".join(added))

    def action_remove(self) -> None:
        """What is held stays watched: a risk monitor does not look away from it."""
        symbol = self.view.chosen
        if self._handle is None or symbol not in self.view.watched:
            return
        if self.view.holds(symbol):
            self.say("add.held", wrong=True, symbol=symbol)
            return
        before, shown = self.lists.symbols, self.view.symbols
        if not self.lists.remove(symbol):
            if symbol in before:
                self.say("add.last", wrong=True)
            else:
                # It came by itself, with a position that is closed by now.
                self._handle.remove(symbol)
            return
        if symbol in shown and len(shown) > 1:
            at = shown.index(symbol)
            self.look(chosen=shown[at + 1 if at + 1 < len(shown) else at - 1])
        self._watch(before)
        key = self.key_of("undo")
        self.say("done.removed", symbol=symbol, undo=key)

    def action_undo(self) -> None:
        """Bring back what was removed last: a symbol of this list, or a list."""
        before = self.lists.symbols
        name = self.lists.undo()
        self._watch(before)
        if name is None:
            self.say("done.nothing")
        elif name in self.lists.names:
            self.say("list.now", name=name)
        else:
            self.say("done.added", symbol=name)

    def action_sort(self) -> None:
        now = SORTS.index(self.view.sort)
        sort = SORTS[(now + 1) % len(SORTS)]
        self.look(sort=sort)
        self.say(f"sorted.{sort}")

    def action_filter(self) -> None:
        from tuirisk.ui.dialogs.dialogs import FilterScreen

        self.push_screen(FilterScreen(self.view, lambda text: self.look(filter=text)))

    # The order whose cost is told.

    def ask(self, order: OrderSize | None) -> None:
        """Have the impact panel tell of ``order``, from now on; None is the own exit."""
        if order == self.view.asked:
            return
        answered = self._handle is None or self._handle.ask(order)
        self.look(asked=order)
        if not answered and order is not None:
            self.say("symbol.no_answer", wrong=True)

    def action_size(self) -> None:
        """Set the order, or the share of the position, that the impact panel tells of."""
        from tuirisk.ui.dialogs.order_dialog import SizeScreen

        symbol = self.view.symbol(self.view.chosen)
        if symbol is not None:
            self.push_screen(SizeScreen(self.view, symbol, self.ask))

    def action_next_size(self) -> None:
        symbol = self.view.symbol(self.view.chosen)
        if symbol is not None:
            self.ask(stepped(self.view.asked, symbol, 1))

    # Lists.

    def action_next_list(self) -> None:
        """Watch the next list's symbols in place of this one's."""
        before = self.lists.symbols
        if len(self.lists.names) < 2:
            self.say("list.only", press=self.key_of("new_list"))
            return
        name = self.lists.switch_next()
        self._watch(before)
        self.say("list.now", name=name)

    def action_new_list(self) -> None:
        """A list of another name that begins with the symbols shown."""
        from tuirisk.ui.dialogs.dialogs import NameScreen

        words = self.view.words
        self.push_screen(NameScreen(words("list.title"), words("list.hint")), self._new_list)

    def _new_list(self, name: str | None) -> None:
        if name is None:
            return
        before = self.lists.symbols
        if self.lists.create(name, self.view.symbols or before):
            self.look(filter="")
            self._watch(before)
            self.say("list.now", name=name)
        else:
            self.say("list.refused", wrong=True, name=name)

    def action_delete_list(self) -> None:
        lists = self.lists
        name, before = lists.current, lists.symbols
        if lists.delete(name):
            self._watch(before)
            key = self.key_of("undo")
            self.say("list.deleted", name=name, undo=key)
        else:
            self.say("list.stays", wrong=True)

    def _watch(self, before: tuple[str, ...]) -> None:
        """Watch the current list's symbols in place of those ``before`` an edit, and what is held
        in any case; bring the view to what the lists say."""
        if self._handle is not None:
            gone, new = difference(before, self.lists.symbols)
            for symbol in new:
                self._handle.add(symbol)
            for symbol in gone:
                if not self.view.holds(symbol):
                    self._handle.remove(symbol)
        self.look(**_told(self.lists))
        if self.lists.problem:
            self.notify(self.lists.problem, severity="warning", timeout=15, markup=False)


def _told(lists: Watchlists) -> dict[str, Any]:
    """What the view shows of the lists: the order, and the name where there are several."""
    return {
        "listing": lists.symbols,
        "list_name": lists.current if len(lists.names) > 1 else "",
        "removed": lists.removed,
        "undoable": lists.undoable,
    }
