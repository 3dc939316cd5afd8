"""Named watchlists that last between runs: a state file of the program's own, not the config.

The list ``default`` is the configuration's ``symbols`` with the person's edits; where the
configuration changes later, so does the list. Other lists stand for themselves.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from tuirisk.config_rules import symbol as wrong_symbol
from tuirisk.places import set_aside, state_directory

SCHEMA = 1
DEFAULT = "default"
MOST_LISTS = 50
MOST_SYMBOLS = 200
LONGEST_NAME = 24


class _List(msgspec.Struct):
    symbols: list[str]
    base: list[str] | None = None
    """The configuration's symbols when this was written (of ``default`` alone)."""


class _File(msgspec.Struct):
    schema: int
    current: str
    lists: dict[str, _List]


class _Schema(msgspec.Struct):
    schema: int


class Watchlists:
    """The lists, one of them current. Every edit is written at once; none of it raises.

    ``problem`` is one line on what could not be read or written, "" when all is well. Without a
    path (the demo, a replay, ``--symbols``) edits last as long as the object.
    """

    def __init__(self, path: Path | None, configured: Sequence[str]) -> None:
        """``configured``: the symbols of the configuration."""
        self.problem = ""
        self.current = DEFAULT
        self._path = path
        self._configured = list(configured)
        self._lists: dict[str, list[str]] = {DEFAULT: list(configured)}
        self._removed: list[tuple[str, str, int]] = []
        """(list, symbol, place) of each removal, the latest last."""
        if path is not None:
            self._read(path)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._lists)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Those of the current list, in its order."""
        return tuple(self._lists[self.current])

    def of(self, name: str) -> tuple[str, ...]:
        """The symbols of the list ``name``.

        Raises:
            KeyError: there is no such list.
        """
        return tuple(self._lists[name])

    def add(self, symbol: str) -> bool:
        """Put ``symbol`` at the end of the current list; False where it cannot be or is there."""
        symbols = self._lists[self.current]
        if symbol in symbols or wrong_symbol(symbol) or len(symbols) >= MOST_SYMBOLS:
            return False
        symbols.append(symbol)
        self._write()
        return True

    def remove(self, symbol: str) -> bool:
        """Take ``symbol`` out of the current list; False where it is not there, or the last."""
        symbols = self._lists[self.current]
        if symbol not in symbols or len(symbols) == 1:
            return False
        self._removed.append((self.current, symbol, symbols.index(symbol)))
        symbols.remove(symbol)
        self._write()
        return True

    def undo(self) -> str | None:
        """Put back what was removed last from the current list, at its place; which it was."""
        for at in range(len(self._removed) - 1, -1, -1):
            name, symbol, place = self._removed[at]
            if name == self.current:
                del self._removed[at]
                symbols = self._lists[name]
                if symbol in symbols or len(symbols) >= MOST_SYMBOLS:
                    continue
                symbols.insert(place, symbol)
                self._write()
                return symbol
        return None

    def switch(self, name: str) -> bool:
        """Make ``name`` the current list; False where there is none of that name."""
        if name not in self._lists:
            return False
        self.current = name
        self._write()
        return True

    def switch_next(self, step: int = 1) -> str:
        """Make the next list (or another, ``step`` away, round the end) current; its name."""
        names = self.names
        self.switch(names[(names.index(self.current) + step) % len(names)])
        return self.current

    def create(self, name: str, symbols: Iterable[str]) -> bool:
        """Make a list and make it current; False for a name that is taken or not printable, and
        where no symbol is right."""
        wanted = _right(symbols)
        if not wanted or name in self._lists or not _is_name(name):
            return False
        if len(self._lists) >= MOST_LISTS:
            return False
        self._lists[name] = wanted
        self.current = name
        self._write()
        return True

    def delete(self, name: str) -> bool:
        """Forget the list ``name``; False for ``default``, which always stands."""
        if name == DEFAULT or name not in self._lists:
            return False
        del self._lists[name]
        self._removed = [removal for removal in self._removed if removal[0] != name]
        if self.current == name:
            self.current = DEFAULT
        self._write()
        return True

    def _read(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            self._without_file(f"cannot be read ({_reason(error)})")
            return
        try:
            schema = msgspec.json.decode(data, type=_Schema).schema
            if schema > SCHEMA:
                self._without_file("a newer tuirisk wrote it")
                return
            self._take(msgspec.json.decode(data, type=_File))
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._set_aside(path)

    def _take(self, file: _File) -> None:
        for name, found in file.lists.items():
            symbols = _right(found.symbols)
            if name == DEFAULT and found.base is not None:
                symbols = _followed(symbols, found.base, self._configured)
            if symbols and _is_name(name) and len(self._lists) <= MOST_LISTS:
                self._lists[name] = symbols
        if file.current in self._lists:
            self.current = file.current

    def _set_aside(self, path: Path) -> None:
        try:
            moved = set_aside(path)
        except OSError as error:
            self._without_file(f"is damaged and cannot be moved ({_reason(error)})")
        else:
            self.problem = f"watchlists: {path} is damaged, kept as {moved.name}; beginning anew"

    def _without_file(self, why: str) -> None:
        self.problem = f"watchlists: {self._path}: {why}; edits last for this run only"
        self._path = None

    def _write(self) -> None:
        if self._path is None:
            return
        lists = {name: _List(symbols) for name, symbols in self._lists.items()}
        lists[DEFAULT].base = self._configured
        data = msgspec.json.encode(_File(SCHEMA, self.current, lists))
        try:
            _replace(self._path, msgspec.json.format(data, indent=2) + b"\n")
            self.problem = ""
        except OSError as error:
            self.problem = f"watchlists: {self._path}: cannot be written ({_reason(error)})"


def watchlists_path(environ: Mapping[str, str]) -> Path:
    return state_directory(environ) / "watchlists.json"


def difference(
    before: Sequence[str], after: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(what leaves, what joins) when one list takes the place of another."""
    return (
        tuple(symbol for symbol in before if symbol not in after),
        tuple(symbol for symbol in after if symbol not in before),
    )


def _followed(saved: list[str], base: list[str], configured: list[str]) -> list[str]:
    """``saved``, an edit of ``base``, with what the configuration has gained and lost since."""
    kept = [symbol for symbol in saved if symbol in configured or symbol not in base]
    gained = [symbol for symbol in configured if symbol not in base and symbol not in kept]
    return kept + gained


def _right(symbols: Iterable[str]) -> list[str]:
    right = [symbol for symbol in dict.fromkeys(symbols) if not wrong_symbol(symbol)]
    return right[:MOST_SYMBOLS]


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip() == name


def _replace(path: Path, data: bytes) -> None:
    """Write ``data`` so that a reader finds the old file or the new one, never a part."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A state file that is a link stays one.
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
