"""What a provider's module says of it: what is asked, how often, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from tuirisk.events.external import ProviderEvent
from tuirisk.feed.frames import ProviderFrame

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """``GET path`` with ``params``; no key among them."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    """Whether the path may hold a key: it is then not recorded."""

    @property
    def line(self) -> str:
        """``GET /path?query`` as it is recorded."""
        if self.private:
            return "GET /"
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"GET {self.path}?{query}" if query else f"GET {self.path}"


@dataclass(frozen=True, slots=True)
class Poll:
    """A request that is repeated."""

    name: str
    request: Callable[[int], ProviderRequest]
    """Made at a time (UTC ms).

    Raises:
        ProviderError: the plan is known not to have it.
    """
    every: float
    """Seconds."""
    fallback: bool = False
    """Only while the WebSocket does not speak."""
    awaited: bool = True
    """Whether a provider that has not been asked this is still waited for."""


@dataclass(frozen=True, slots=True)
class ProviderStream:
    """A WebSocket: where, what is sent when it opens, and how it is kept open."""

    path: str
    hello: tuple[str, ...]
    ping: str = ""
    ping_every: float = 20.0
    silence: float = 60.0
    """Seconds without any message after which the connection is given up."""
    quiet: float = 0.0
    """Seconds without a value after which REST is asked again; 0 where values come seldom."""


@dataclass(slots=True)
class ProviderPlan:
    """What is known of the access: by the provider's word, or from its documents."""

    name: str = ""
    resolution_s: float | None = None
    lag_s: float | None = None


class Adapter:
    """A provider. One object serves one run; a replay has its own.

    ``symbols`` are the watched ones (empty in a replay).
    """

    name: ClassVar[str]
    rest: ClassVar[str] = ""
    """Origin of its REST, scheme and host."""
    ws: ClassVar[str] = ""
    """Origin of its WebSocket; empty where it has none."""
    key: ClassVar[Literal["none", "optional", "needed"]] = "none"
    gap: ClassVar[float] = 1.0
    """Least seconds between two requests: its budget."""

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        self.symbols = tuple(symbols)
        self.plan = ProviderPlan()
        self.keyed = True
        """Whether a key is sent."""

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        """(measure, asset) of what it should give."""
        return ()

    @property
    def beyond_plan(self) -> Mapping[str, str]:
        """Measure → the plan that has it, of what the plan of the key is known not to have."""
        return {}

    def polls(self) -> tuple[Poll, ...]:
        """Its requests, the one that tells the plan first."""
        return ()

    def stream(self) -> ProviderStream | None:
        """Its WebSocket for the symbols of now; None where it has none."""
        return None

    def headers(self, key: str) -> dict[str, str]:
        """Headers that carry ``key``."""
        return {}

    def secret_params(self, key: str) -> dict[str, str]:
        """Parameters that carry ``key``, where the provider takes it no other way."""
        return {}

    def gap_now(self, headers: Mapping[str, str]) -> float:
        """Least seconds to the next request, given the headers of an answer."""
        return self.gap

    def next_page(self) -> ProviderRequest | None:
        """What is still to be asked, after the answer that was decoded last."""
        return None

    def reply(self, frame: ProviderFrame) -> str:
        """What is sent back at once to a message of the WebSocket; empty for nothing."""
        return ""

    def disconnected(self, received: int) -> ProviderEvent | None:
        """What the end of the WebSocket at ``received`` (ns) says; None where it says nothing."""
        return None

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        """The events of an answer or of a message; of a message without any, none.

        Raises:
            ProviderError: it says that something is wrong, or cannot be understood or be true.
        """
        raise NotImplementedError
