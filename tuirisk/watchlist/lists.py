"""Named watchlists that last between runs: a state file of the program's own, not the config.

The list ``default`` is the configuration's ``symbols`` with the person's edits; where the
configuration changes later, so does the list. Other lists stand for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from tuirisk.config.paths import state_directory
from tuirisk.config.rules import symbol_error
from tuirisk.watchlist.file import (
    DEFAULT,
    MOST_LISTS,
    MOST_SYMBOLS,
    WatchlistFile,
    is_valid_name,
    merge_configured,
    valid_symbols,
)

T = TypeVar("T")


class _Removal(NamedTuple):
    """A symbol taken off a list at ``place``; a whole list where ``symbol`` is empty."""

    name: str
    symbol: str
    place: int
    symbols: tuple[str, ...] = ()


class Watchlists:
    """The lists, one of them current. Every edit is written at once; none of it raises.

    An edit begins with what the file holds then, so that two running programs keep each other's
    edits; what another one edited is seen from the next edit on. ``problem`` is one line on what
    could not be read or written, "" when all is well. Without a path (the demo, a replay,
    ``--symbols``) edits last as long as the object.
    """

    def __init__(self, path: Path | None, configured: Sequence[str]) -> None:
        """``configured``: the symbols of the configuration."""
        self._file = WatchlistFile(path, list(configured))
        self._removals: list[_Removal] = []
        """The latest last."""
        with self._file.locked():
            saved = self._file.read() or ({DEFAULT: list(configured)}, "")
        self._lists, current = saved
        self.current = current or DEFAULT

    @property
    def problem(self) -> str:
        return self._file.problem

    @property
    def stored(self) -> bool:
        """Whether edits are written to a file."""
        return self._file.stored

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._lists)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Those of the current list, in its order."""
        return tuple(self._lists[self.current])

    @property
    def removed(self) -> tuple[str, ...]:
        """Symbols that this run took off the current list and that are not back."""
        symbols = self._lists[self.current]
        removed = (r.symbol for r in self._removals if r.symbol and r.name == self.current)
        return tuple(dict.fromkeys(symbol for symbol in removed if symbol not in symbols))

    @property
    def undoable(self) -> bool:
        """Whether :meth:`undo` has something to take back."""
        return bool(self.removed) or any(not removal.symbol for removal in self._removals)

    def symbols_of(self, name: str) -> tuple[str, ...]:
        """The symbols of the list ``name``.

        Raises:
            KeyError: there is no such list.
        """
        return tuple(self._lists[name])

    def add(self, symbol: str) -> bool:
        """Put ``symbol`` at the end of the current list; False where it cannot be or is there."""
        return bool(self.add_all((symbol,)))

    def add_all(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Put ``symbols`` at the end of the current list with one write; those that were added."""
        return self._edit(lambda: tuple([symbol for symbol in symbols if self._add(symbol)]))

    def remove(self, symbol: str) -> bool:
        """Take ``symbol`` out of the current list; False where it is not there, or the last."""
        return self._edit(lambda: self._remove(symbol))

    def undo(self) -> str | None:
        """Take the latest removal back: a symbol of the current list at its place, or a list,
        which becomes the current one; its name. None where there is nothing to take back."""
        return self._edit(self._undo)

    def switch(self, name: str) -> bool:
        """Make ``name`` the current list; False where there is none of that name."""
        return self._edit(lambda: self._switch(name))

    def switch_next(self, step: int = 1) -> str:
        """Make the next list (or another, ``step`` away, round the end) current; its name."""
        self._edit(lambda: self._switch(self._neighbour(step)))
        return self.current

    def create(self, name: str, symbols: Iterable[str]) -> bool:
        """Make a list and make it current; False for a name that is taken or not printable, and
        where no symbol is right."""
        wanted = valid_symbols(symbols)
        return self._edit(
            lambda: bool(wanted) and is_valid_name(name) and self._create(name, wanted)
        )

    def configure(self, symbols: Sequence[str]) -> None:
        """Have the list ``default`` gain and lose what the configuration did, now ``symbols``."""
        before, self._file.configured = self._file.configured, list(symbols)

        def merge() -> bool:
            mine = self._lists[DEFAULT]
            self._lists[DEFAULT] = merge_configured(mine, before, self._file.configured) or mine
            return True

        self._edit(merge)

    def delete(self, name: str) -> bool:
        """Forget the list ``name``; False for ``default``, which is never deleted."""
        return self._edit(lambda: self._delete(name))

    # The edits themselves, on the lists as they are.

    def _add(self, symbol: str) -> bool:
        symbols = self._lists[self.current]
        if symbol in symbols or symbol_error(symbol) or len(symbols) >= MOST_SYMBOLS:
            return False
        symbols.append(symbol)
        return True

    def _remove(self, symbol: str) -> bool:
        symbols = self._lists[self.current]
        if symbol not in symbols or len(symbols) == 1:
            return False
        self._removals.append(_Removal(self.current, symbol, symbols.index(symbol)))
        symbols.remove(symbol)
        return True

    def _undo(self) -> str | None:
        for at in range(len(self._removals) - 1, -1, -1):
            removal = self._removals[at]
            if removal.symbol and removal.name != self.current:
                continue
            del self._removals[at]
            if removal.symbol:
                symbols = self._lists[self.current]
                if removal.symbol in symbols or len(symbols) >= MOST_SYMBOLS:
                    continue
                symbols.insert(removal.place, removal.symbol)
            elif not self._create(removal.name, list(removal.symbols)):
                continue
            return removal.symbol or removal.name
        return None

    def _switch(self, name: str) -> bool:
        if name not in self._lists:
            return False
        self.current = name
        return True

    def _neighbour(self, step: int) -> str:
        return self.names[(self.names.index(self.current) + step) % len(self.names)]

    def _create(self, name: str, symbols: list[str]) -> bool:
        if name in self._lists or len(self._lists) >= MOST_LISTS:
            return False
        self._lists[name] = symbols
        self.current = name
        return True

    def _delete(self, name: str) -> bool:
        if name == DEFAULT or name not in self._lists:
            return False
        # Another thread may read meanwhile: the current list always exists.
        if self.current == name:
            self.current = DEFAULT
        removals = [r for r in self._removals if not (r.symbol and r.name == name)]
        self._removals = [*removals, _Removal(name, "", 0, tuple(self._lists.pop(name)))]
        return True

    def _edit(self, change: Callable[[], T]) -> T:
        """Make ``change`` to the lists as they are in the file now, and write them if it has a
        result.
        """
        self._file.problem = ""
        with self._file.locked():
            mine = self._lists[self.current]
            lists, _ = self._file.read() or (self._lists, "")
            # A list that another program deleted meanwhile stays while it is looked at.
            lists.setdefault(self.current, mine)
            self._lists = lists
            done = change()
            if done:
                self._file.write(self._lists, self.current)
        return done


def watchlists_path(environ: Mapping[str, str]) -> Path:
    """Where the watchlists are kept."""
    return state_directory(environ) / "watchlists.json"


def difference(
    before: Sequence[str], after: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(what leaves, what joins) when one list takes the place of another."""
    return (
        tuple(symbol for symbol in before if symbol not in after),
        tuple(symbol for symbol in after if symbol not in before),
    )
