"""What the person does to the watchlist."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tuirisk.ui.messages import Connect
from tuirisk.ui.ordering import SORTS
from tuirisk.ui.painting import PaintedApp
from tuirisk.ui.view import View
from tuirisk.watchlists import Watchlists, difference


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
        if watchlists is not None:
            self.view = replace(view, **_told(watchlists))

    @property
    def lists(self) -> Watchlists:
        """The person's lists; one for this run alone where nobody gave any."""
        if self._watchlists is None:
            self._watchlists = Watchlists(None, self.view.watched)
        return self._watchlists

    def action_add(self) -> None:
        from tuirisk.ui.adding import AddScreen

        self.push_screen(AddScreen(self.view), self._add)

    def _add(self, symbols: tuple[str, ...] | None) -> None:
        for symbol in symbols or ():
            if self._handle is not None and symbol not in self.view.watched:
                self.lists.add(symbol)
                self._handle.add(symbol)
        if symbols:
            self.notify(self.view.words("done.added", symbol=", ".join(symbols)))
            self._tell()

    def action_remove(self) -> None:
        if self._handle is None or not self.view.chosen:
            return
        if len(self.view.watched) < 2:
            self.notify(self.view.words("add.last"), severity="warning")
            return
        symbol = self.view.chosen
        self.lists.remove(symbol)
        self._handle.remove(symbol)
        self.look(removed=(*self.view.removed, symbol))
        key = next((c.shown for c in self.view.commands if c.name == "undo"), "u")
        self.notify(self.view.words("done.removed", symbol=symbol, undo=key))
        self._tell()

    def action_undo(self) -> None:
        """Bring the symbol removed last back."""
        if self._handle is None or not self.view.removed:
            return
        *rest, symbol = self.view.removed
        self.lists.undo()
        self._handle.add(symbol)
        self.look(removed=tuple(rest))
        self._tell()
        self.notify(self.view.words("done.added", symbol=symbol))

    def action_sort(self) -> None:
        now = SORTS.index(self.view.sort)
        self.look(sort=SORTS[(now + 1) % len(SORTS)])

    def action_filter(self) -> None:
        from tuirisk.ui.dialogs import FilterScreen

        self.push_screen(FilterScreen(self.view, lambda text: self.look(filter=text)))

    def action_next_list(self) -> None:
        """Watch the next list's symbols in place of this one's."""
        lists = self.lists
        if self._handle is None or len(lists.names) < 2:
            self.notify(self.view.words("list.only"))
            return
        before = lists.symbols
        name = lists.switch_next()
        self._watch(before, lists.symbols)
        self.notify(self.view.words("list.now", name=name))

    def action_new_list(self) -> None:
        """A list of another name that begins with the symbols of this one."""
        from tuirisk.ui.dialogs import NameScreen

        words = self.view.words
        self.push_screen(NameScreen(words("list.title"), words("list.hint")), self._new_list)

    def _new_list(self, name: str | None) -> None:
        if name is None:
            return
        made = self.lists.create(name, self.view.watched)
        self.notify(self.view.words("list.now" if made else "list.refused", name=name))
        self._tell()

    def action_delete_list(self) -> None:
        lists = self.lists
        name, before = lists.current, lists.symbols
        if lists.delete(name):
            self.notify(self.view.words("list.deleted", name=name))
            self._watch(before, lists.symbols)
        else:
            self.notify(self.view.words("list.stays"))

    def _watch(self, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """Watch one list's symbols in place of another's."""
        if self._handle is not None:
            gone, new = difference(before, after)
            for symbol in new:
                self._handle.add(symbol)
            for symbol in gone:
                self._handle.remove(symbol)
        self.look(removed=())
        self._tell()

    def _tell(self) -> None:
        """Bring the view to what the lists say, and say what is wrong with them."""
        self.look(**_told(self.lists))
        if self.lists.problem:
            self.notify(self.lists.problem, severity="warning", markup=False)


def _told(lists: Watchlists) -> dict[str, Any]:
    """What the view shows of the lists: the order, and the name where there are several."""
    name = lists.current if len(lists.names) > 1 else ""
    return {"listing": lists.symbols, "list_name": name}
