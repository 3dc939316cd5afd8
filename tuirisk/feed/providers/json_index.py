"""Any number in a JSON document: an index that tuirisk does not know, by its address and path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from tuirisk.config.model import ProviderConfig
from tuirisk.events.external import ProviderEvent, ProviderValue
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter, Poll, ProviderPlan, ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.reading import document, number, time_ms, within

EVERY, STALE_AFTER = 300.0, 900.0
_TIMES = ("time", "timestamp", "ts", "t", "updated_at", "date")
"""Keys around the number that may tell its time."""
_SHORT_TIMES = ("t", "ts")
"""Keys that may stand for something else, a temperature or a total."""
_PLAUSIBLE: dict[str, tuple[float, float]] = {"percent": (-1e4, 1e4), "fraction": (-10.0, 10.0)}


class JsonIndex(Adapter):
    """``name`` is that of its table."""

    key: Literal["none"] = "none"  # type: ignore[misc]

    def __init__(self, name: str, config: ProviderConfig, symbols: Any = ()) -> None:
        super().__init__(symbols)
        self.name = name  # type: ignore[misc]
        parts = urlsplit(config.url)
        self.rest = f"{parts.scheme}://{parts.netloc}"  # type: ignore[misc]
        self._request = ProviderRequest(parts.path or "/", private=True)
        self.query = parts.query
        self.path, self.unit = config.path, config.unit
        self.every = config.every or EVERY
        self.stale_after = config.stale_after or STALE_AFTER
        self.plan = ProviderPlan("none", self.every, None)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return (("index", self.name),)

    def polls(self) -> tuple[Poll, ...]:
        return (Poll("now", lambda now: self._request, self.every),)

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        return [decode_index(frame)]


def decode_index(frame: ProviderFrame) -> ProviderValue:
    """The number of ``frame``, which says where it is and in which unit.

    Its time is the nearest around it, else the receipt's.

    Raises:
        ProviderError: an error's status, or no such number.
    """
    if wrong := http_error(frame.status):
        raise wrong
    holders: list[Any] = []
    value: Any = document(frame)
    for step in filter(None, frame.path.split(".")):
        holders.append(value)
        value = _inner(value, step, frame.path)
    plain = number(value, frame.path or "the document")
    if frame.unit:
        plain = within(plain, *_PLAUSIBLE[frame.unit], frame.unit)
    if frame.unit == "percent":
        plain /= 100
    stale_ms = round((frame.stale_after or STALE_AFTER) * 1_000)
    return ProviderValue(
        "",
        frame.received,
        frame.provider,
        "index",
        frame.provider,
        _time(holders, frame.received),
        plain,
        stale_ms,
    )


def _inner(value: Any, step: str, path: str) -> Any:
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list) and step.lstrip("-").isdigit() and len(step) < 8:
        index = int(step)
        if -len(value) <= index < len(value):
            return value[index]
    raise ProviderError(Trouble.BAD_ANSWER, f"nothing at {step} of {path}")


def _time(holders: Sequence[Any], received: int) -> int:
    """The first time in the objects around the number, the innermost first (UTC ms)."""
    for holder in reversed(holders):
        for key in _TIMES if isinstance(holder, dict) else ():
            if key in holder:
                try:
                    return time_ms(holder[key], received)
                except ProviderError as error:
                    if error.trouble is Trouble.IMPLAUSIBLE and key not in _SHORT_TIMES:
                        raise
    return received // 1_000_000
