"""The configuration file, edited while ``watch``, ``serve`` or ``web`` runs: taken in, or said why
not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from tuirisk.cli.errors import print_error
from tuirisk.config.model import Config, ConfigError
from tuirisk.config.reload import ConfigFileWatch, running_config
from tuirisk.language.words import Words, choose_language

LOOK_S = 1.0
"""How often the file is looked at."""

_log = logging.getLogger(__name__)


class SymbolSource(Protocol):
    """What symbols are added to and removed from while it runs."""

    def add(self, symbol: str) -> None: ...
    def remove(self, symbol: str) -> None: ...


class FollowingMonitor(Protocol):
    """A monitor that goes by another configuration from its next state on."""

    @property
    def source(self) -> SymbolSource: ...

    def configure(self, config: Config) -> None: ...


class ConfigFollowing:
    """Hands each saved configuration on to a monitor without a screen."""

    def __init__(
        self,
        watch: ConfigFileWatch,
        configured: Config,
        completed: Callable[[Config], Config],
        say: Callable[[str], None] = print_error,
    ) -> None:
        """``configured``: the configuration as file and command line have it; ``completed`` gives
        it what the monitor runs with beside: typed positions, the symbols to watch.
        """
        self._watch = watch
        self._configured = configured
        self._completed = completed
        self._say = say
        self._symbols = completed(configured).symbols
        self._words = Words(choose_language(configured.ui.language))

    async def look(self, monitor: FollowingMonitor) -> None:
        """Look once; take in what was saved, say what is wrong with it."""
        before = self._watch.problem
        config = await asyncio.to_thread(self._watch.look)
        problem = self._watch.problem
        if problem and problem != before:
            self._tell("config.kept", problem=problem)
        if config is None:
            return
        running, taken, waiting = running_config(self._configured, config)
        try:
            whole = self._completed(running)
        except ConfigError as error:
            self._tell("config.kept", problem=str(error))
            return
        self._configured = running
        if taken:
            monitor.configure(whole)
            self._watch_symbols(monitor.source, whole.symbols)
            self._tell("config.taken", keys=", ".join(taken))
        elif problem != before:
            self._tell("config.mended")
        if waiting:
            self._tell("config.at_restart", keys=", ".join(waiting))

    def _watch_symbols(self, source: SymbolSource, symbols: Iterable[str]) -> None:
        now = tuple(symbols)
        for symbol in now:
            if symbol not in self._symbols:
                source.add(symbol)
        for symbol in self._symbols:
            if symbol not in now:
                source.remove(symbol)
        self._symbols = now

    def _tell(self, key: str, **values: object) -> None:
        text = self._words(key, **values)
        _log.info("%s", text)
        self._say(text)

    async def follow(self, monitor: FollowingMonitor) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look(monitor)


@asynccontextmanager
async def followed(
    following: ConfigFollowing | None, monitor: FollowingMonitor
) -> AsyncIterator[None]:
    """The file is followed for as long as this is open."""
    if following is None:
        yield
        return
    task = asyncio.create_task(following.follow(monitor))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
