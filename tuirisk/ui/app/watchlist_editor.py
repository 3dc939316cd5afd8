"""What the person does to the watchlist.

Lists that are kept in a file are changed in a thread, one edit after the other: another program
may hold the file, and what is shown must not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from textual.screen import Screen

from tuirisk.ui.app.monitor_link import MonitorLink
from tuirisk.ui.view.view import View
from tuirisk.watchlist.file import MOST_SYMBOLS
from tuirisk.watchlist.lists import Watchlists, difference

if TYPE_CHECKING:
    from tuirisk.ui.dialogs.add_symbols import AddScreen

T = TypeVar("T")


class EditorHost(Protocol):
    """What editing the watchlist needs of the application."""

    @property
    def view(self) -> View: ...

    @property
    def monitor(self) -> MonitorLink: ...

    def update_view(self, **changes: Any) -> None: ...

    def show_outcome(self, key: str, *, wrong: bool = False, **values: object) -> None: ...

    def warn(self, text: str) -> None: ...

    def shown_key(self, name: str) -> str: ...

    def open_dialog(self, screen: Screen[T], answered: Callable[[T | None], None]) -> None: ...

    def run_edit(self, edit: Coroutine[Any, Any, None]) -> None:
        """Run ``edit`` beside what is shown."""


class WatchlistEditor:
    """Adds and removes symbols; makes, switches and deletes named lists."""

    def __init__(self, host: EditorHost, lists: Watchlists | None) -> None:
        """Without ``lists`` edits last for this run alone."""
        self._host = host
        self._session_lists = lists
        self._dialog: AddScreen | None = None
        self._one_edit = asyncio.Lock()

    @property
    def problem(self) -> str:
        """One line on what could not be read or written; empty when all is well."""
        return "" if self._session_lists is None else self._session_lists.problem

    def show(self, view: View) -> None:
        """Bring the open question for symbols to what is listed by now."""
        dialog = self._dialog
        if dialog is not None and dialog.is_mounted and dialog.is_current:
            dialog.update_listed(view)

    def add(self) -> None:
        """Ask for symbols and add them."""
        from tuirisk.ui.dialogs.add_symbols import AddScreen

        view = self._host.view
        self._dialog = AddScreen(view, view.listing or self._lists.symbols)
        self._host.open_dialog(self._dialog, self._add)

    def remove(self) -> None:
        """Remove the chosen symbol, unless there is a position in it."""
        view, host = self._host.view, self._host
        symbol = view.chosen
        if not host.monitor.started or symbol not in view.watched:
            return
        if view.holds(symbol):
            host.show_outcome("add.held", wrong=True, symbol=symbol)
            return

        def removed(outcome: tuple[bool, bool]) -> None:
            was_listed, done = outcome
            if done:
                self._choose_neighbour(symbol)
                host.show_outcome("done.removed", symbol=symbol, undo=host.shown_key("undo"))
            elif was_listed:
                host.show_outcome("add.last", wrong=True)
            elif symbol in host.view.watched:
                # It came by itself, with a position that is closed by now.
                host.monitor.change_symbols((), (symbol,))

        self._edit(lambda lists: (symbol in lists.symbols, lists.remove(symbol)), removed)

    def undo(self) -> None:
        """Bring back what was removed last: a symbol of this list, or a list."""

        def undone(name: str | None) -> None:
            if name is None:
                self._host.show_outcome("done.nothing")
            elif name in self._lists.names:
                self._host.show_outcome("list.now", name=name)
            else:
                self._host.show_outcome("done.added", symbol=name)

        self._edit(lambda lists: lists.undo(), undone)

    def next_list(self) -> None:
        """Watch the next list's symbols in place of this one's."""
        host = self._host
        if not host.view.list_name:
            host.show_outcome("list.only", press=host.shown_key("new_list"))
            return
        self._edit(
            lambda lists: lists.switch_next(), lambda name: host.show_outcome("list.now", name=name)
        )

    def new_list(self) -> None:
        """Ask for a name and make a list that begins with the symbols shown."""
        from tuirisk.ui.dialogs.inputs import NameScreen

        words = self._host.view.words
        self._host.open_dialog(NameScreen(words("list.title"), words("list.hint")), self._create)

    def delete_list(self) -> None:
        """Delete the current list; the default one stands always."""
        host = self._host

        def deleted(outcome: tuple[str, bool]) -> None:
            name, done = outcome
            if done:
                host.show_outcome("list.deleted", name=name, undo=host.shown_key("undo"))
            else:
                host.show_outcome("list.stays", wrong=True)

        self._edit(lambda lists: (lists.current, lists.delete(lists.current)), deleted)

    @property
    def _lists(self) -> Watchlists:
        if self._session_lists is None:
            self._session_lists = Watchlists(None, self._host.view.watched)
        return self._session_lists

    def configure(self, symbols: Sequence[str]) -> None:
        """Watch what the configuration gained, and no longer what it lost, now ``symbols``."""

        def done(_: None) -> None:
            pass

        self._edit(lambda lists: lists.configure(symbols), done)

    def _add(self, symbols: tuple[str, ...] | None) -> None:
        self._dialog = None
        if symbols:
            self.add_symbols(symbols)

    def add_symbols(self, symbols: tuple[str, ...]) -> None:
        """Add ``symbols`` and say so; nothing changes about one that is there."""

        def added(done: tuple[str, ...]) -> None:
            if len(done) < len(symbols):
                self._host.show_outcome("add.full", wrong=True, value=MOST_SYMBOLS)
            else:
                self._host.show_outcome("done.added", symbol=", ".join(done))

        self._edit(lambda lists: lists.add_all(symbols), added)

    def _create(self, name: str | None) -> None:
        if name is None:
            return
        symbols = self._host.view.symbols

        def created(done: bool) -> None:
            if done:
                self._host.update_view(filter="")
                self._host.show_outcome("list.now", name=name)
            else:
                self._host.show_outcome("list.refused", wrong=True, name=name)

        self._edit(lambda lists: lists.create(name, symbols or lists.symbols), created)

    def _choose_neighbour(self, symbol: str) -> None:
        """Choose the symbol after ``symbol`` if that is the chosen one, or the one before it."""
        view = self._host.view
        shown = view.symbols
        if symbol == view.chosen and symbol in shown and len(shown) > 1:
            at = shown.index(symbol)
            self._host.update_view(chosen=shown[at + 1 if at + 1 < len(shown) else at - 1])

    def _edit(self, change: Callable[[Watchlists], T], done: Callable[[T], None]) -> None:
        """Make ``change`` to the lists; then tell its result by ``done`` and show the lists."""
        if self._lists.stored:
            self._host.run_edit(self._edit_in_thread(change, done))
        else:
            before = self._lists.symbols
            done(change(self._lists))
            self._follow(before)

    async def _edit_in_thread(
        self, change: Callable[[Watchlists], T], done: Callable[[T], None]
    ) -> None:
        async with self._one_edit:
            before = self._lists.symbols
            done(await asyncio.to_thread(change, self._lists))
            self._follow(before)

    def _follow(self, before: tuple[str, ...]) -> None:
        """Watch the current list's symbols in place of those ``before`` the edit, symbols with a
        position in any case, and show what the lists are by now.
        """
        lists, host = self._lists, self._host
        removed, new = difference(before, lists.symbols)
        host.monitor.change_symbols(
            new, [symbol for symbol in removed if not host.view.holds(symbol)]
        )
        host.update_view(**listing_of(lists))
        if lists.problem:
            host.warn(lists.problem)


def listing_of(lists: Watchlists) -> dict[str, Any]:
    """The fields of the view that tell of the lists."""
    return {
        "listing": lists.symbols,
        "list_name": lists.current if len(lists.names) > 1 else "",
        "removed": lists.removed,
        "undoable": lists.undoable,
    }
