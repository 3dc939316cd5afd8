"""The configuration file, edited while the program runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from tuirisk.config.model import Config, ConfigError

AT_RESTART = ("exchange", "providers", "notify", "klines", "record", "ui")
"""Tables that a running program does not change."""
HOOKS = ("on_escalation", "webhook", "heartbeat")
"""Keys of ``[alerts]`` that a running program does not change."""
Stamp = tuple[int, int, int]
"""(time of change, size, inode): editors write anew in place or rename another file over it."""


class ConfigFileWatch:
    """Reads the file again once it was saved, when it has been still for one look.

    :meth:`look` does the reading and may take as long as the file system does; ``problem`` is one
    line on what is wrong with the file as it is now, "" when it is in order.
    """

    def __init__(self, path: Path, read: Callable[[], Config]) -> None:
        """``read`` raises :class:`ConfigError` where the file has a mistake."""
        self._path = path
        self._read = read
        self._taken = self._seen = _stamp(path)
        self.problem = ""

    def look(self) -> Config | None:
        """The configuration where the file was saved since it was last read and has no mistake."""
        stamp = _stamp(self._path)
        still, self._seen = stamp == self._seen, stamp
        if stamp == self._taken or not still:
            # A file that changes between two looks is only half written, perhaps.
            return None
        if stamp is None:
            self._taken = None
            self.problem = f"{self._path}: is gone; what it said counts on"
            return None
        try:
            config = self._read()
        except ConfigError as error:
            config = None
            problem = str(error)
        else:
            problem = ""
        if _stamp(self._path) != stamp:
            return None
        self._taken, self.problem = stamp, problem
        return config


def running_config(old: Config, new: Config) -> tuple[Config, tuple[str, ...], tuple[str, ...]]:
    """What counts from now on of the configuration ``new``, read while ``old`` runs.

    Beside it the keys that are taken in, and those that count from the next start on.
    """
    waiting = [name for name in AT_RESTART if getattr(old, name) != getattr(new, name)]
    hooks = [name for name in HOOKS if getattr(old.alerts, name) != getattr(new.alerts, name)]
    alerts = dataclasses.replace(new.alerts, **{name: getattr(old.alerts, name) for name in HOOKS})
    kept = {name: getattr(old, name) for name in (*AT_RESTART, "own_conditions")}
    running = dataclasses.replace(new, alerts=alerts, **kept)
    taken = tuple(
        field.name
        for field in dataclasses.fields(Config)
        if field.name != "path" and getattr(old, field.name) != getattr(running, field.name)
    )
    return running, taken, (*waiting, *(f"alerts.{name}" for name in hooks))


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
