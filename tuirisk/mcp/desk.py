"""The monitor behind the tools: follows its states, and gives the newest to whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from tuirisk.mcp.answers import NoAnswerError, Seen
from tuirisk.state import RiskState

FIRST_STATE_S = 45.0
"""How long an answer waits for the first symbols to be ready."""


class Desk:
    """The newest state of a monitor. Used in one event loop."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """``monotonic`` is a clock in seconds."""
        self._monotonic = monotonic
        self._state: RiskState | None = None
        self._made = monotonic()
        self._ended = ""
        self._ready = asyncio.Event()
        """Set once every symbol of a state is ready, or will not be."""

    async def follow(self, states: AsyncIterator[RiskState]) -> None:
        """Take over every state until there are no more."""
        async for state in states:
            self._state, self._made = state, self._monotonic()
            symbols = state.symbols.values()
            if symbols and not any(symbol.status == "warming" for symbol in symbols):
                self._ready.set()
            if state.connection.status == "offline":
                self._ready.set()
        self._ready.set()

    async def seen(self) -> Seen:
        """The newest state; the first answers wait until the symbols are ready.

        Raises:
            NoAnswerError: nothing came within :data:`FIRST_STATE_S`.
        """
        try:
            async with asyncio.timeout(FIRST_STATE_S):
                await self._ready.wait()
        except TimeoutError:
            pass
        if self._state is None or not self._state.symbols:
            message = self._state.connection.message if self._state is not None else None
            raise NoAnswerError(f"no data yet: {message or 'nothing was received'}")
        return Seen(self._state, self._monotonic() - self._made)
