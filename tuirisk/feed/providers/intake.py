"""What a provider sends, on its way in: freed of its key, recorded, decoded, its events put."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from tuirisk.events.external import ProviderEvent
from tuirisk.feed.binance.account.credentials import Secret
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter
from tuirisk.feed.providers.decoding import DISCONNECTED, decode_frame
from tuirisk.feed.providers.errors import ProviderError
from tuirisk.feed.providers.health import ProviderHealth
from tuirisk.feed.providers.secrets import without_secrets

_log = logging.getLogger(__name__)


class Put(Protocol):
    """Takes the events of a provider."""

    def __call__(self, event: ProviderEvent, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Access:
    """Where a provider is reached, and with which key."""

    rest: str
    ws: str
    query: str = ""
    key: Secret = Secret("")
    every: float = 0.0
    """Seconds between two requests in place of the provider's own; 0 keeps those."""
    proxy: str | None = None
    secrets: tuple[Secret, ...] = ()
    """What no recording, log or line may show, wherever it is repeated."""
    stale_after: float = 0.0
    """Seconds after which its numbers are stale; 0 is the provider's own."""


class ProviderIntake:
    """Of ``adapter``; ``record`` gets every frame, ``put`` every event."""

    def __init__(
        self,
        adapter: Adapter,
        access: Access,
        put: Put,
        record: Callable[[ProviderFrame], None],
        clock: Clock,
    ) -> None:
        self.adapter = adapter
        self.access = access
        self.clock = clock
        self.health = ProviderHealth(adapter, streams=bool(access.ws))
        self._put = put
        self._record = record

    def frame(self, request: str, status: int, body: bytes, failure: str = "") -> ProviderFrame:
        """What was received now, without a secret in it."""
        return ProviderFrame(
            self.clock.now_ns(),
            self.adapter.name,
            request,
            status,
            without_secrets(body, self.access.secrets),
            getattr(self.adapter, "path", ""),
            getattr(self.adapter, "unit", ""),
            self.access.stale_after,
            failure,
        )

    def answer(self, frame: ProviderFrame) -> None:
        """Record an answer and put its events.

        Raises:
            ProviderError: it says that something is wrong, or cannot be understood or be true.
        """
        self._record(frame)
        events, problem = decode_frame(self.adapter, frame)
        self._put_all(events)
        if problem is not None:
            raise problem

    def message(self, topic: str, frame: ProviderFrame) -> bool:
        """Record a message of the WebSocket and put its events; whether it is a good one with any.

        One without events or anything wrong is not recorded.
        """
        events, problem = decode_frame(self.adapter, frame)
        if not events and problem is None:
            return False
        self._record(frame)
        self._put_all(events)
        if problem is not None:
            self._fail(topic, problem)
            return False
        self.succeed(topic)
        return True

    def disconnected(self) -> None:
        """The WebSocket has ended."""
        frame = self.frame("", 0, b'""', DISCONNECTED)
        events, _ = decode_frame(self.adapter, frame)
        if events:
            self._record(frame)
            self._put_all(events)

    def succeed(self, topic: str) -> None:
        """``topic`` was answered well."""
        self.health.succeed(topic, self.clock.now_ns())
        self.report()

    def fail(self, topic: str, error: ProviderError) -> None:
        """An answer to ``topic``, which is recorded, is a refusal or cannot be used."""
        self._fail(topic, error)

    def fail_without_answer(self, topic: str, error: ProviderError, request: str = "") -> None:
        """``request``, or the WebSocket, got no answer that could be recorded."""
        detail = msgspec.json.encode({"detail": error.detail, "needs": error.needs})
        self._record(self.frame(request, 0, detail, error.trouble.value))
        self._fail(topic, error)

    def _fail(self, topic: str, error: ProviderError) -> None:
        self.health.fail(topic, error)
        _log.info("%s, %s: %s", self.adapter.name, topic, error)
        self.report()

    def report(self) -> None:
        """Put how the provider fares, where that has changed."""
        status = self.health.status(self.clock.now_ns())
        if status is not None:
            self._put(status)

    def _put_all(self, events: list[ProviderEvent]) -> None:
        for event in events:
            self._put(event)
