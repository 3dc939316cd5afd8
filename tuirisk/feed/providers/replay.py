"""The recorded answers of providers as events, by the decoders that the live feed uses."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.events.external import ProviderEvent, ProviderStatus
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.feed.providers.json_index import decode_index
from tuirisk.feed.providers.registry import BY_NAME

MOST_PROVIDERS = 50
"""Names of one recording that are followed."""


class ProviderReplay:
    """Decodes frames in their order; of a failure its status is the event."""

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        """``symbols`` are those that the recording watches."""
        self._symbols = tuple(symbols)
        self._adapters: dict[str, Adapter] = {}
        self._statuses: dict[str, ProviderStatus] = {}

    def events(self, frame: ProviderFrame) -> list[ProviderEvent]:
        """The events of ``frame``, with a status where that changed."""
        name = frame.provider
        if name not in self._statuses and len(self._statuses) >= MOST_PROVIDERS:
            return []
        problem, refused = None, 0
        events: list[ProviderEvent] = []
        try:
            events = self._decode(frame)
        except ProviderError as error:
            problem = error.reason(name)
            refused = error.trouble is Trouble.IMPLAUSIBLE
        before = self._statuses.get(name)
        refused += 0 if before is None else before.refused
        if problem is None and not events and before is None:
            return []
        adapter = self._adapters.get(name)
        plan = adapter.plan if adapter is not None else None
        status = ProviderStatus(
            "",
            frame.received,
            name,
            "live" if problem is None else "failing",
            adapter.gives if adapter is not None else (("index", name),),
            problem,
            plan.name if plan is not None else "",
            plan.resolution_s if plan is not None else None,
            plan.lag_s if plan is not None else None,
            frame.received if problem is None else (before.answered if before else None),
            refused,
        )
        self._statuses[name] = status
        return [*events, status]

    def _decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        kind = BY_NAME.get(frame.provider)
        if kind is None:
            return [decode_index(frame)]
        if frame.provider not in self._adapters:
            self._adapters[frame.provider] = kind(self._symbols)
        return self._adapters[frame.provider].decode(frame)
