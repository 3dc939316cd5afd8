"""Whether each stream speaks, and how long the silent ones have been silent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tuirisk.events import StreamReport
from tuirisk.feed.binance.streams.stream_plan import KINDS, kind_of

Status: TypeAlias = Literal["awaiting", "live", "silent", "closed"]

_WORST: dict[Status, int] = {"live": 0, "awaiting": 1, "silent": 2, "closed": 3}


@dataclass(slots=True)
class _Health:
    status: Status
    since: int
    last: int | None = None
    quiet_until: int = 0
    """Until when silence is known to be no fault."""


class StreamHealth:
    """The state of every subscribed stream: times in ns, by the clock the frames are stamped with.

    An acknowledged subscription proves nothing, so a stream is ``awaiting`` until its first frame
    and ``silent`` when that, or a later one, is overdue. ``closed`` has no connection.
    """

    def __init__(self) -> None:
        self._streams: dict[str, _Health] = {}

    def __contains__(self, stream: str) -> bool:
        return stream in self._streams

    def expect_first_frame(self, stream: str, now: int) -> None:
        """The stream was subscribed on an open connection."""
        state = self._streams.get(stream)
        self._streams[stream] = _Health("awaiting", now, state.last if state else None)

    def record_frame(self, stream: str, received: int) -> int | None:
        """A frame came in: None if the stream was live, else when it was last heard (0: never)."""
        health = self._streams.get(stream)
        if health is None:
            return None
        last, health.last = health.last, received
        if health.status == "live":
            return None
        health.status = "live"
        return last or 0

    def excuse_silence(self, stream: str, until: int) -> None:
        """The stream has nothing to say: its silence until then (ns) is no fault."""
        health = self._streams.get(stream)
        if health is not None and health.status != "closed":
            health.status, health.quiet_until = "live", until

    def set_closed(self, stream: str) -> None:
        """The stream's connection is gone."""
        if stream in self._streams:
            self._streams[stream].status = "closed"

    def remove(self, stream: str) -> None:
        self._streams.pop(stream, None)

    def is_live(self, stream: str) -> bool:
        health = self._streams.get(stream)
        return health is not None and health.status == "live"

    def silent(self) -> list[str]:
        """The streams that are silent."""
        return [name for name, health in self._streams.items() if health.status == "silent"]

    def mark_silent(self, streams: Iterable[str], now: int) -> list[str]:
        """Those of ``streams`` that are silent at ``now``; marks them so."""
        silent = []
        for stream in streams:
            health = self._streams.get(stream)
            if health is None:
                continue
            if health.status in ("awaiting", "live") and self._too_long(stream, health, now):
                health.status = "silent"
            if health.status == "silent":
                silent.append(stream)
        return silent

    def worst_status(self) -> Status:
        """The worst status of all streams; ``awaiting`` when there is none.

        Streams that may well begin with a silence do not count as awaited.
        """
        states: list[Status] = [
            "live" if health.status == "awaiting" and not kind_of(name).prompt else health.status
            for name, health in self._streams.items()
        ]
        return max(states, key=_WORST.__getitem__, default="awaiting")

    def reports(self, now: int) -> tuple[StreamReport, ...]:
        """One report a kind of stream: its worst status and its greatest age."""
        by_kind: dict[str, list[tuple[Status, float | None]]] = {}
        for stream, health in self._streams.items():
            age = None if health.last is None else max(0.0, (now - health.last) / 1e6)
            state = (self._shown(stream, health), age)
            by_kind.setdefault(kind_of(stream).name, []).append(state)
        return tuple(
            StreamReport(
                kind.name,
                max((status for status, _ in by_kind[kind.name]), key=_WORST.__getitem__),
                max((age for _, age in by_kind[kind.name] if age is not None), default=None),
            )
            for kind in KINDS
            if kind.name in by_kind
        )

    @staticmethod
    def _shown(stream: str, health: _Health) -> Status:
        waits_for_nothing = kind_of(stream).first_frame is None
        return "live" if waits_for_nothing and health.status == "awaiting" else health.status

    @staticmethod
    def _too_long(stream: str, health: _Health, now: int) -> bool:
        kind = kind_of(stream)
        if now <= health.quiet_until:
            return False
        if health.status == "awaiting":
            return kind.first_frame is not None and now - health.since > kind.first_frame * 1e9
        return kind.age is not None and now - (health.last or 0) > kind.age * 1e9
