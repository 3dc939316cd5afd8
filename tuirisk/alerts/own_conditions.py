"""The conditions made on the screen: kept in a file of their own, never in the configuration."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.condition_rules import condition_mistakes
from tuirisk.config.paths import data_directory, set_aside
from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.files import open_own

MOST = 200
"""Conditions that are kept at most."""
MOST_BYTES = 1 << 20
SCHEMA = 1


class _File(msgspec.Struct):
    schema: int
    conditions: list[ConditionConfig]


_DECODER = msgspec.json.Decoder(_File)


def own_conditions_path(environ: Mapping[str, str]) -> Path:
    """Where the conditions made on the screen are kept."""
    return data_directory(environ) / "conditions.json"


class OwnConditions:
    """The conditions as they were read or changed last; nothing here raises.

    Without a path they last as long as the program.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.problem = ""
        """One line on what went wrong with the file; empty when all is well."""
        self.conditions = self._read(()) if path is not None else ()

    def add(self, condition: ConditionConfig) -> bool:
        """Keep ``condition`` too; False where it is there or there are too many."""
        now = self._read(self.conditions)
        if condition in now or len(now) >= MOST:
            return False
        self._keep((*now, condition))
        return True

    def remove(self, condition: ConditionConfig) -> None:
        """Keep ``condition`` no more."""
        self._keep(tuple(one for one in self._read(self.conditions) if one != condition))

    def _read(self, otherwise: tuple[ConditionConfig, ...]) -> tuple[ConditionConfig, ...]:
        """Those of the file, which another tuirisk may have changed; ``otherwise`` without one.

        A damaged file is kept aside. One of a newer version is left as it is.
        """
        if self._path is None:
            return otherwise
        try:
            with open_own(self._path) as file:
                data = file.read(MOST_BYTES)
            read = decode_json(_DECODER, data)
        except FileNotFoundError:
            return otherwise
        except OSError as error:
            self.problem = f"{self._path}: {error.strerror or type(error).__name__}"
            return otherwise
        except UndecodableError:
            self.problem = f"{self._path}: damaged"
            with contextlib.suppress(OSError):
                self.problem = f"{self._path}: damaged, kept as {set_aside(self._path).name}"
            return otherwise
        if read.schema > SCHEMA:
            self.problem = f"{self._path}: written by a newer tuirisk"
            self._path = None
            return otherwise
        # A JSON document's name is known to the configuration alone: it counts as one here.
        return tuple(
            dict.fromkeys(
                one for one in read.conditions if not any(condition_mistakes(one, [one.value]))
            )
        )[:MOST]

    def _keep(self, conditions: tuple[ConditionConfig, ...]) -> None:
        self.conditions = conditions
        if self._path is None:
            return
        data = msgspec.json.format(msgspec.json.encode(_File(SCHEMA, list(conditions))))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".conditions-")
            with os.fdopen(handle, "wb") as file:
                file.write(data + b"\n")
            Path(name).replace(self._path)
        except OSError as error:
            self.problem = f"{self._path}: {error.strerror or type(error).__name__}"
