"""The Fear & Greed index of alternative.me: one number a day, 0 to 100."""

from __future__ import annotations

from typing import Any

from tuirisk.events.external import ProviderEvent, ProviderSeries, ProviderValue
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import DAY, HOUR, Adapter, Poll, ProviderPlan, ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.reading import document, member, number, time_ms, within
from tuirisk.foreign.text import printable

STALE_MS = 36 * 3_600_000
LONGEST_LABEL = 30


class FearGreed(Adapter):
    name = "fear_greed"
    rest = "https://api.alternative.me"

    def __init__(self, symbols: Any = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("free", DAY, 0.0)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return (("sentiment", ""),)

    def polls(self) -> tuple[Poll, ...]:
        return (
            Poll(
                "now",
                lambda now: ProviderRequest("/fng/", {"limit": "365", "format": "json"}),
                HOUR,
            ),
        )

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        metadata = body.get("metadata") if isinstance(body, dict) else None
        if isinstance(metadata, dict) and metadata.get("error"):
            raise ProviderError(Trouble.BAD_ANSWER, str(metadata["error"]))
        if wrong := http_error(frame.status):
            raise wrong
        rows = member(body, "data", list)
        if not rows:
            raise ProviderError(Trouble.BAD_ANSWER, "no rows")
        days = sorted(
            (time_ms(member(row, "timestamp", object), frame.received), _points(row))
            for row in rows
        )
        newest, value = days[-1]
        row = max(rows, key=lambda row: time_ms(row["timestamp"], frame.received))
        label = printable(str(row.get("value_classification", "")), LONGEST_LABEL)
        return [
            ProviderValue(
                "",
                frame.received,
                self.name,
                "sentiment",
                "",
                newest,
                value,
                STALE_MS,
                label=label,
            ),
            ProviderSeries(
                "", frame.received, self.name, "sentiment", "", tuple(days), 2 * STALE_MS
            ),
        ]


def _points(row: Any) -> float:
    return within(number(member(row, "value", object), "value"), 0, 100, "value")
