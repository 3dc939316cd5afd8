"""What was last chosen on the screen, kept between runs: a state file of the program's own.

Each choice is kept beside the value that the configuration had then; once the configuration says
something else, the choice no longer counts.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from tuirisk.config.paths import set_aside, state_directory
from tuirisk.config.shared_file import lock_folder, replace_file
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.files import open_own

SCHEMA = 1
MOST_BYTES = 64 * 1024
"""Of the file; a longer one counts as damaged."""
LONGEST = 64
"""Characters of a value."""
Setting = Literal["theme", "language", "sort", "order_size", "zoom", "welcomed"]


class _Choice(msgspec.Struct, frozen=True):
    value: str
    base: str = ""
    """The configuration's value when this was chosen."""


class _File(msgspec.Struct):
    schema: int
    choices: dict[str, _Choice] = {}


_DECODER = msgspec.json.Decoder(_File)


def display_settings_path(environ: Mapping[str, str]) -> Path:
    """Where the choices are kept."""
    return state_directory(environ) / "display.json"


class DisplaySettings:
    """The choices of earlier runs and of this one. Nothing here raises.

    ``problem`` is one line on what could not be read or written, "" when all is well. Only what
    this run changed is written, into what the file holds then: two running programs keep each
    other's choices.
    """

    def __init__(self, path: Path, bases: Mapping[Setting, str]) -> None:
        """``bases``: what the configuration says; a setting that the command line names is
        neither read nor kept, and has no base.
        """
        self.problem = ""
        self._path: Path | None = path
        self._bases = dict(bases)
        self._changed: dict[str, _Choice] = {}
        stored = self._read()
        self._values: dict[str, str] = {
            name: stored[name].value
            for name, base in self._bases.items()
            if name in stored and stored[name].base == base
        }

    def value(self, name: Setting) -> str:
        """What was chosen, empty for nothing."""
        return self._values.get(name, "")

    def choose(self, name: Setting, value: str) -> None:
        """Keep ``value`` from the next :meth:`save` on."""
        base = self._bases.get(name)
        if base is not None and value != self.value(name) and len(value) <= LONGEST:
            self._values[name] = value
            self._changed[name] = _Choice(value, base)

    @property
    def unsaved(self) -> bool:
        return bool(self._changed) and self._path is not None

    def save(self) -> None:
        """Write what was chosen since the last time; what goes wrong is in ``problem``."""
        changed, self._changed = self._changed, {}
        if self._path is None or not changed:
            return
        handle = None
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = lock_folder(self._path.parent)
        try:
            choices = self._read() | changed
            if self._path is None:
                return
            data = msgspec.json.encode(_File(SCHEMA, choices))
            replace_file(self._path, msgspec.json.format(data, indent=2) + b"\n")
        except OSError as error:
            self._stop(f"cannot be written ({_reason(error)})")
        finally:
            if handle is not None:
                os.close(handle)

    def _read(self) -> dict[str, _Choice]:
        path = self._path
        if path is None:
            return {}
        try:
            with open_own(path) as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise UndecodableError("too long")
            read = decode_json(_DECODER, data)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._stop(f"cannot be read ({_reason(error)})")
            return {}
        except UndecodableError:
            self._set_aside(path)
            return {}
        if read.schema > SCHEMA:
            self._stop("a newer tuirisk wrote it")
            return {}
        return {n: c for n, c in read.choices.items() if len(c.value) <= LONGEST}

    def _set_aside(self, path: Path) -> None:
        try:
            moved = set_aside(path)
        except OSError as error:
            self._stop(f"damaged, and it cannot be moved ({_reason(error)})")
        else:
            self.problem = f"display settings: {path}: damaged; it is kept as {moved.name}"

    def _stop(self, why: str) -> None:
        self.problem = f"display settings: {self._path}: {why}; choices last for this run only"
        self._path = None


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
