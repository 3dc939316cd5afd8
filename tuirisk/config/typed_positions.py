"""Positions typed on the screen or imported: a state file of the program's own, not the config."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from tuirisk.config.convert import convert
from tuirisk.config.model import ConfigError, PositionConfig
from tuirisk.config.paths import set_aside, state_directory
from tuirisk.config.shared_file import lock_folder, replace_file
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.files import open_own

SCHEMA = 1
MOST = 200
"""Positions that are kept at most."""
MOST_BYTES = 1 << 20


class _File(msgspec.Struct):
    schema: int
    positions: list[PositionConfig]


_DECODER = msgspec.json.Decoder(_File)


def typed_positions_path(environ: Mapping[str, str]) -> Path:
    """Where the positions are kept."""
    return state_directory(environ) / "positions.json"


def merged(
    configured: Iterable[PositionConfig], own: Iterable[PositionConfig]
) -> tuple[PositionConfig, ...]:
    """``configured`` and ``own``; of the same symbol and side the own one counts."""
    by_side = {(p.symbol, p.side): p for p in (*configured, *own)}
    return tuple(by_side.values())


class TypedPositions:
    """The positions as they were read or changed last; nothing here raises.

    Every change begins with what the file holds then, so that two running programs keep each
    other's. ``problem`` is one line on what went wrong with the file, "" when all is well.
    Without a path they last as long as the program.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.problem = ""
        self.positions: tuple[PositionConfig, ...] = self._read(())

    def put(self, positions: Sequence[PositionConfig]) -> bool:
        """Keep ``positions``, each in the place of the one on its side; False where there would be
        too many.
        """
        return self._edit(lambda now: merged(now, positions))

    def remove(self, symbol: str) -> bool:
        """Keep no position in ``symbol``; False where there was none."""
        had = any(p.symbol == symbol for p in self.positions)
        self._edit(lambda now: tuple(p for p in now if p.symbol != symbol))
        return had

    def _edit(
        self, change: Callable[[tuple[PositionConfig, ...]], tuple[PositionConfig, ...]]
    ) -> bool:
        self.problem = ""
        handle = None
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                handle = lock_folder(self._path.parent)
        try:
            new = change(self._read(self.positions))
            if len(new) > MOST:
                return False
            self.positions = new
            if self._path is not None:
                data = msgspec.json.format(msgspec.json.encode(_File(SCHEMA, list(new))), indent=2)
                replace_file(self._path, data + b"\n")
        except OSError as error:
            self.problem = f"positions: {self._path}: cannot be written ({_reason(error)})"
        finally:
            if handle is not None:
                os.close(handle)
        return True

    def _read(self, otherwise: tuple[PositionConfig, ...]) -> tuple[PositionConfig, ...]:
        path = self._path
        if path is None:
            return otherwise
        try:
            with open_own(path) as file:
                data = file.read(MOST_BYTES + 1)
            read = decode_json(_DECODER, data)
            if read.schema > SCHEMA:
                self.problem = f"positions: {self._path}: a newer tuirisk wrote it"
                self._path = None
                return otherwise
            positions = convert({"positions": msgspec.to_builtins(read.positions)}, "").positions
        except FileNotFoundError:
            return otherwise
        except OSError as error:
            self.problem = f"positions: {self._path}: cannot be read ({_reason(error)})"
            self._path = None
            return otherwise
        except (UndecodableError, ConfigError):
            self._set_aside(path)
            return otherwise
        return positions[:MOST]

    def _set_aside(self, path: Path) -> None:
        try:
            moved = set_aside(path)
        except OSError:
            self._path = None
            self.problem = f"positions: {path}: damaged; changes last for this run only"
        else:
            self.problem = f"positions: {path}: damaged; it is kept as {moved.name}"


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
