"""The file of the watchlists: read leniently, written as a whole, shared by several programs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tuirisk.config.paths import set_aside
from tuirisk.config.rules import quoted, symbol_error
from tuirisk.config.shared_file import lock_folder, replace_file
from tuirisk.config.symbol_names import exchange_symbol
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.files import open_own

SCHEMA = 1
DEFAULT = "default"
MOST_LISTS = 50
MOST_SYMBOLS = 200
LONGEST_NAME = 24
MOST_BYTES = 16 * 1024 * 1024
"""Of the file; a longer one counts as damaged."""
Lists = dict[str, list[str]]


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


_SCHEMA_ALONE = msgspec.json.Decoder(_Schema)
_WHOLE = msgspec.json.Decoder(_File)


class WatchlistFile:
    """Nothing here raises: ``problem`` is one line on what went wrong, "" when all is well.

    Without a path nothing is read or written.
    """

    def __init__(self, path: Path | None, configured: list[str]) -> None:
        self.problem = ""
        self._path = path
        self.configured = configured
        """The symbols of the configuration."""
        self._held_by_another = False

    @property
    def stored(self) -> bool:
        """Whether there is a file to write to."""
        return self._path is not None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other programs from the file meanwhile.

        Goes on without a lock where the system has none, and where another program keeps its own
        for ``shared_file.LOCK_SECONDS``; ``problem`` says so when the file is written then.
        """
        handle = None
        if self._path is not None:
            try:
                handle = lock_folder(self._path.parent)
            except BlockingIOError:
                self._held_by_another = True
            except OSError:
                pass
        try:
            yield
        finally:
            self._held_by_another = False
            if handle is not None:
                os.close(handle)

    def read(self) -> tuple[Lists, str] | None:
        """The lists, and the name of the one that is current; None where there is no file."""
        path = self._path
        if path is None:
            return None
        try:
            with open_own(path) as file:
                data = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._stop_saving(f"cannot be read ({_reason(error)})")
            return None
        try:
            schema = decode_json(_SCHEMA_ALONE, data).schema
            if schema <= SCHEMA:
                return self._lists_of(decode_json(_WHOLE, data), path)
            self._stop_saving("a newer tuirisk wrote it")
        except UndecodableError:
            self._set_aside(path, "damaged")
        return None

    def write(self, lists: Lists, current: str) -> None:
        """Replace the file; what goes wrong is in ``problem``."""
        if self._path is None:
            return
        if self._held_by_another:
            why = "another program keeps it locked; saved all the same, it may overwrite this edit"
            self.problem = f"watchlists: {self._path}: {why}"
        body = {name: _List(symbols) for name, symbols in lists.items()}
        body[DEFAULT].base = self.configured
        data = msgspec.json.encode(_File(SCHEMA, current, body))
        try:
            replace_file(self._path, msgspec.json.format(data, indent=2) + b"\n")
        except OSError as error:
            self.problem = f"watchlists: {self._path}: cannot be written ({_reason(error)})"

    def _lists_of(self, file: _File, path: Path) -> tuple[Lists, str]:
        lists: Lists = {DEFAULT: list(self.configured)}
        wrong = ""
        for name, stored in file.lists.items():
            symbols = valid_symbols(stored.symbols)
            odd = next((one for one in stored.symbols if one.upper() not in symbols), None)
            if not is_valid_name(name) or len(lists) > MOST_LISTS:
                wrong = wrong or f"{quoted(name)} cannot be a list"
                continue
            if odd is not None:
                wrong = wrong or f"{quoted(odd)} cannot be on the list {quoted(name)}"
            if name == DEFAULT and stored.base is not None:
                symbols = merge_configured(symbols, stored.base, self.configured)
            if symbols:
                lists[name] = symbols
        current = file.current if file.current in lists else DEFAULT
        if wrong:
            # What is left out here would be lost with the next edit.
            self._set_aside(path, wrong)
            self.write(lists, current)
        return lists, current

    def _set_aside(self, path: Path, why: str) -> None:
        try:
            moved = set_aside(path)
        except OSError as error:
            self._stop_saving(f"{why}, and it cannot be moved ({_reason(error)})")
        else:
            self.problem = f"watchlists: {path}: {why}; it is kept as {moved.name}"

    def _stop_saving(self, why: str) -> None:
        self.problem = f"watchlists: {self._path}: {why}; edits last for this run only"
        self._path = None


def valid_symbols(symbols: Iterable[str]) -> list[str]:
    """The valid ones in upper case, each once; :data:`MOST_SYMBOLS` at most."""
    upper = dict.fromkeys(map(exchange_symbol, symbols))
    return [symbol for symbol in upper if not symbol_error(symbol)][:MOST_SYMBOLS]


def is_valid_name(name: str) -> bool:
    """Whether a list can have this name."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip() == name


def merge_configured(saved: list[str], base: list[str], configured: list[str]) -> list[str]:
    """``saved``, an edit of ``base``, with what the configuration gained and lost since."""
    merged = [symbol for symbol in saved if symbol in configured or symbol not in base]
    gained = [symbol for symbol in configured if symbol not in base and symbol not in merged]
    return merged + gained


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
