"""The recorded answers of providers as events, by the decoders that the live feed uses."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.config.model import ProviderConfig
from tuirisk.events.external import ProviderEvent
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter
from tuirisk.feed.providers.decoding import decode_frame
from tuirisk.feed.providers.health import ProviderHealth, topic_of
from tuirisk.feed.providers.registry import adapter_of

MOST_PROVIDERS = 50
"""Names of one recording that are followed."""


class ProviderReplay:
    """Decodes frames in their order; how a provider fares is an event where that changes."""

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        """``symbols`` are those that the recording watches."""
        self._symbols = tuple(symbols)
        self._providers: dict[str, tuple[Adapter, ProviderHealth]] = {}

    def events(self, frame: ProviderFrame) -> list[ProviderEvent]:
        """The events of ``frame``, with a status where that changed."""
        name = frame.provider
        if name not in self._providers:
            if len(self._providers) >= MOST_PROVIDERS:
                return []
            adapter = adapter_of(name, ProviderConfig(), self._symbols)
            health = ProviderHealth(adapter, streams=bool(adapter.ws))
            self._providers[name] = adapter, health
        adapter, health = self._providers[name]
        events, problem = decode_frame(adapter, frame)
        if problem is not None:
            health.fail(topic_of(adapter, frame), problem)
        elif frame.request or (events and not frame.failure):
            health.succeed(topic_of(adapter, frame), frame.received)
        status = health.status(frame.received)
        return events if status is None else [*events, status]
