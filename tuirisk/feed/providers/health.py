"""How a provider fares: what it was last refused or failed, and what it still has to answer.

A live run and the replay of its recording keep the same record of the same frames.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from msgspec.structs import replace

from tuirisk.events.external import ProviderPhase, ProviderStatus
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Adapter
from tuirisk.feed.providers.errors import ProviderError, Trouble

STREAM = "stream"
"""The topic of the WebSocket; that of a request is the name of its poll."""
_REPEATED_NS = 60_000_000_000
"""A status that differs in the time of the last answer alone is put so often."""
_SHORTEST_MOMENT = 9
"""Digits of a parameter that is a time."""


class ProviderHealth:
    """Of ``adapter``, whose WebSocket is listened to where ``streams``."""

    def __init__(self, adapter: Adapter, *, streams: bool) -> None:
        self._adapter = adapter
        self._streams = streams
        self._problems: dict[str, ProviderError] = {}
        self._answered: int | None = None
        self._refused = 0
        self._tried: set[str] = set()
        """Topics that have been answered or refused once."""
        self._status: ProviderStatus | None = None

    def succeed(self, topic: str, received: int) -> None:
        """``topic`` was answered well at ``received`` (ns)."""
        self._tried.add(topic)
        self._problems.pop(topic, None)
        self._problems.pop("bug", None)
        self._answered = received

    def stand_in(self, topic: str) -> None:
        """``topic`` need not be asked: the WebSocket gives the same."""
        self._tried.add(topic)
        self._problems.pop(topic, None)

    def fail(self, topic: str, error: ProviderError) -> None:
        """``topic`` was refused, not answered, or answered with what cannot be read or be true."""
        self._refused += error.trouble is Trouble.IMPLAUSIBLE
        self._problems[topic] = error
        self._tried.add(topic)

    def status(self, now: int) -> ProviderStatus | None:
        """How it fares at ``now`` (ns) where that has changed since the last call.

        The time of its last answer alone is a change once a minute.
        """
        problem = self._problem()
        phase: ProviderPhase = "live"
        if problem is not None:
            phase = "failing"
        elif self._waiting():
            phase = "waiting"
        plan, before = self._adapter.plan, self._status
        status = ProviderStatus(
            "",
            now,
            self._adapter.name,
            phase,
            self._adapter.gives,
            None if problem is None else problem.reason(self._adapter.name),
            plan.name,
            plan.resolution_s,
            plan.lag_s,
            self._answered,
            self._refused,
            tuple(self._adapter.beyond_plan.items()),
        )
        if before is not None and _same(before, status):
            return None
        self._status = status
        return status

    def _waiting(self) -> bool:
        if self._answered is None:
            return True
        polls = self._adapter.polls()
        if any(poll.awaited and poll.name not in self._tried for poll in polls):
            return True
        if not self._streams or STREAM in self._tried or any(poll.fallback for poll in polls):
            return False
        return self._adapter.stream() is not None

    def _problem(self) -> ProviderError | None:
        """What to tell: a WebSocket that fails while REST stands in for it is no problem."""
        polls = self._adapter.polls()
        asked = {poll.name for poll in polls}
        stands_in = any(poll.fallback for poll in polls)
        problems = [
            error
            for topic, error in self._problems.items()
            if topic in asked
            or topic in ("key", "bug")
            or topic.startswith("GET ")
            or (
                topic == STREAM
                and not (stands_in and error.trouble in (Trouble.UNAVAILABLE, Trouble.SILENT))
            )
        ]
        order = list(Trouble)
        return min(problems, key=lambda error: order.index(error.trouble), default=None)


def topic_of(adapter: Adapter, frame: ProviderFrame) -> str:
    """The topic of a recorded frame: its poll's name, :data:`STREAM` of a message.

    Of a request that no poll makes it is the request itself.
    """
    if not frame.request:
        return STREAM
    path, params = _parts(frame.request)
    polls = adapter.polls()
    if len(polls) == 1:
        return polls[0].name
    for poll in polls:
        try:
            request = poll.request(frame.received // 1_000_000)
        except ProviderError:
            continue
        own_path, own = _parts(request.line)
        if own_path == path and all(params.get(key) == text for key, text in own.items()):
            return poll.name
    return frame.request


def _parts(line: str) -> tuple[str, dict[str, str]]:
    """Path and parameters of ``GET /path?query``, without times."""
    path, _, query = line.partition("?")
    return path, {
        key: text
        for key, text in parse_qsl(query, keep_blank_values=True)
        if not (text.isdigit() and len(text) >= _SHORTEST_MOMENT)
    }


def _same(one: ProviderStatus, other: ProviderStatus) -> bool:
    recent = one.answered is not None and other.received - one.received < _REPEATED_NS
    both_none = one.answered is None and other.answered is None
    alike = replace(other, received=one.received, answered=one.answered)
    return (recent or both_none) and one == alike
