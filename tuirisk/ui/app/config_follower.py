"""The configuration file, edited while the screen shows: taken in, or said why not."""

from __future__ import annotations

import asyncio
from typing import Protocol

from tuirisk.config.model import Config
from tuirisk.config.reload import ConfigFileWatch, running_config
from tuirisk.ui.view.view import View


class ConfigHost(Protocol):
    """What following the file needs of the application."""

    @property
    def view(self) -> View: ...

    def warn(self, text: str) -> None: ...

    def show_outcome(self, key: str, *, wrong: bool = False, **values: object) -> None: ...

    def use_config(self, config: Config) -> None: ...


class ConfigFollower:
    """Looks at the file in a thread and hands each new configuration on."""

    def __init__(
        self, host: ConfigHost, watch: ConfigFileWatch | None, configured: Config | None
    ) -> None:
        """``configured`` is the configuration as the file and the command line have it, before
        the watchlist; without ``watch`` nothing is followed.
        """
        self._host = host
        self._watch = watch
        self._configured = configured
        self._looking = False

    @property
    def due(self) -> bool:
        """Whether to look now: never while an earlier look still waits for the file system."""
        return self._watch is not None and not self._looking

    async def look(self) -> None:
        """Look once; take in what was saved, say what is wrong with it."""
        if self._watch is None or self._configured is None or self._looking:
            return
        self._looking = True
        try:
            before = self._watch.problem
            config = await asyncio.to_thread(self._watch.look)
        finally:
            self._looking = False
        problem, words = self._watch.problem, self._host.view.words
        if problem and problem != before:
            self._host.warn(words("config.kept", problem=problem))
        if config is None:
            return
        running, taken, waiting = running_config(self._configured, config)
        self._configured = running
        if taken:
            self._host.use_config(running)
            self._host.show_outcome("config.taken", keys=", ".join(taken))
        elif problem != before:
            self._host.show_outcome("config.mended")
        if waiting:
            self._host.warn(words("config.at_restart", keys=", ".join(waiting)))
