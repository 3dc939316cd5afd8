"""Faults of a network, drawn by a seed: episodes of one kind each, many of which may overlap."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, TypeAlias

import aiohttp
import msgspec
from aiohttp.client_reqrep import ConnectionKey
from yarl import URL

from benchmarks.simulation.judge import Family, Judge
from benchmarks.simulation.memory_session import HttpAnswer
from benchmarks.simulation.mutation import damaged_bytes, forged

if TYPE_CHECKING:
    from benchmarks.simulation.world import World

Kind: TypeAlias = Literal[
    "drop", "duplicate", "reorder", "delay", "late", "silence", "damage", "forge",
    "cut", "cut_private", "refuse_sockets", "refuse_requests", "refuse_key",
    "status", "slow", "damage_answer", "forge_answer", "old_snapshot",
    "clock_set", "standstill", "trade_position",
]  # fmt: skip
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]
NamedKind: TypeAlias = (
    Kind
    | Literal[
        "growing",
        "half_open",
        "dns",
        "tls",
        "shutdown",
        "clock_back",
        "close_position",
        "expire_key",
        "inject",
        "kill",
        "full_disk",
    ]
)
"""Those of ``benchmarks.faults`` as well, which are not drawn."""
PATTERNS = (
    "*", "*@depth*", "*@markPrice*", "*@aggTrade", "*@kline_*", "*@kline_15m", "*@bookTicker",
)  # fmt: skip
PATHS = (
    "*", "*/depth", "*/klines", "*/time", "*/premiumIndex", "*/fundingRate", "*/exchangeInfo",
    "*/openInterest*", "*/account", "*/positionRisk",
)  # fmt: skip
STATUSES = (400, 403, 404, 418, 429, 451, 500, 502, 503, 504)
LONGEST_BAN = 8
"""Seconds: a longer one would outlast the recovery that is judged."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One fault between two moments (seconds of the run)."""

    kind: NamedKind
    begin: float
    end: float
    pattern: str
    share: float
    """Of the frames or requests that it meets."""
    amount: float
    """Seconds of delay."""
    changes: tuple[tuple[str, object], ...] = ()
    """Of ``inject``: the fields in which the forged frame differs from the newest true one."""

    def __str__(self) -> str:
        return f"{self.begin:6.1f}–{self.end:6.1f} s {self.kind} {self.pattern} {self.share:.2f}"


_OF_FRAMES = ("drop", "duplicate", "reorder", "delay", "late", "silence", "damage", "forge")
_OF_REQUESTS = ("refuse_requests", "status", "slow", "damage_answer", "forge_answer")


def draw_episodes(rng: random.Random, begin: float, end: float) -> tuple[Episode, ...]:
    """Faults from ``begin`` until ``end``, about one in three seconds."""
    episodes = []
    at = begin
    while at < end:
        kind = rng.choice(KINDS)
        patterns = PATHS if kind in _OF_REQUESTS else PATTERNS if kind in _OF_FRAMES else ("*",)
        length = rng.choice((0.3, 2.0, 8.0, 20.0, 40.0))
        episodes.append(
            Episode(
                kind,
                at,
                min(end, at + length),
                rng.choice(patterns),
                rng.choice((0.05, 0.3, 1.0)),
                rng.choice((0.3, 2.0, 8.0, 20.0)),
            )
        )
        at += rng.expovariate(1 / 3)
    return tuple(episodes)


FAMILIES: tuple[tuple[str, tuple[Family, ...]], ...] = (
    ("@depth", ("book",)),
    ("@bookTicker", ("book",)),
    ("@markPrice", ("mark", "last", "book")),
    ("@aggTrade", ("last",)),
    ("@kline", ("bars", "last")),
)
"""What a forged frame of a stream may make wrong."""
_ANSWER_FAMILIES: dict[str, tuple[Family, ...]] = {
    "/fapi/v1/depth": ("book",),
    "/fapi/v1/premiumIndex": ("mark",),
    "/fapi/v1/klines": ("bars", "last"),
}
_NEVER_FORGED = ("/fapi/v3/account", "/fapi/v3/positionRisk", "/fapi/v1/exchangeInfo")
"""What a signed answer or a listing says cannot be checked against anything else."""


class DrawnFaults:
    """Carries out episodes. Every random number comes from ``rng``, in the order of events."""

    def __init__(
        self,
        world: World,
        episodes: tuple[Episode, ...],
        rng: random.Random,
        judge: Judge,
        set_clock: Callable[[float], None],
        stand_still: Callable[[float], None],
    ) -> None:
        self._world = world
        self._episodes = episodes
        self._rng = rng
        self._judge = judge
        self._set_clock = set_clock
        self._stand_still = stand_still
        self._last_snapshot: dict[str, HttpAnswer] = {}
        self._kept_back: dict[str, bytes] = {}
        self._due: dict[str, float] = {}
        self._newest: dict[str, bytes] = {}

    async def run(self) -> None:
        """Carry out what happens at one moment, each when its episode begins."""
        loop = asyncio.get_running_loop()
        for episode in self._episodes:
            await asyncio.sleep(max(0.0, episode.begin - loop.time()))
            self._begin(episode)

    def _begin(self, episode: Episode) -> None:
        world, rng = self._world, self._rng
        if episode.kind == "cut":
            world.cut()
        elif episode.kind == "cut_private":
            world.cut(private=True)
        elif episode.kind == "clock_set":
            self._set_clock(rng.choice((-3_600.0, 3_600.0, -2.0, 86_400.0)))
        elif episode.kind == "standstill":
            self._stand_still(episode.amount)
        elif episode.kind == "trade_position" and world.account is not None:
            symbol = rng.choice(sorted(self._judge.truth.symbols))
            step = world.exchange.instruments[symbol].step_size
            world.account.set_position(symbol, rng.choice((0, 0, 40, -25)) * step)
        else:
            self._begin_named(episode)

    def _begin_named(self, episode: Episode) -> None:
        world = self._world
        if episode.kind == "half_open":
            for line in world.lines:
                line.mute = True
        elif episode.kind == "clock_back":
            self._set_clock(-3_600.0)
        elif episode.kind == "shutdown":
            for line in world.lines:
                line.client.put(b'{"e":"serverShutdown","E":1795003200000}')
        elif episode.kind == "close_position" and world.account is not None:
            for symbol in self._judge.truth.symbols:
                world.account.set_position(symbol, 0.0)
        elif episode.kind == "expire_key" and world.account is not None:
            world.account.listen_key.expire()
        elif episode.kind == "inject":
            self._inject(episode)

    def _inject(self, episode: Episode) -> None:
        """Send a copy of the newest true frame of a stream with other fields."""
        stream = next(name for name in self._newest if fnmatchcase(name, episode.pattern))
        message = msgspec.json.decode(self._newest[stream])
        data = message["data"]
        for field, value in episode.changes:
            holder = data["k"] if field in data.get("k", {}) else data
            if isinstance(value, tuple):
                source, more = value
                value = holder[source] + more
            holder[field] = value
        symbol = stream.partition("@")[0].upper()
        for part, families in FAMILIES:
            if part in stream:
                self._judge.forge(symbol, *families)
        for line in self._world.lines:
            if stream in line.streams:
                line.client.put(msgspec.json.encode(message))

    def _active(self, kind: NamedKind, name: str) -> Episode | None:
        """The episode of ``kind`` that meets ``name`` now, if one does."""
        now = asyncio.get_running_loop().time()
        for episode in self._episodes:
            if (
                episode.kind == kind
                and episode.begin <= now < episode.end
                and fnmatchcase(name, episode.pattern)
                and (episode.share == 1.0 or self._rng.random() < episode.share)
            ):
                return episode
        return None

    # Frames

    def frames(self, stream: str, data: bytes) -> list[tuple[float, bytes]]:
        if stream == "account":
            return [] if self._active("drop", "account") else [(0.0, data)]
        self._newest[stream] = data
        if self._active("silence", stream) or self._active("drop", stream):
            return []
        arriving = [data]
        if self._active("damage", stream):
            arriving = [damaged_bytes(data, self._rng)]
        if self._active("forge", stream) and self._rng.random() < 0.1:
            arriving.append(self._forged_frame(stream, data))
        if self._active("duplicate", stream):
            arriving.append(arriving[-1])
        kept = self._kept_back.pop(stream, None)
        if kept is not None:
            arriving.append(kept)
        elif self._active("reorder", stream):
            self._kept_back[stream] = arriving.pop()
        return [(self._lateness(stream), each) for each in arriving]

    def _lateness(self, stream: str) -> float:
        """Seconds. ``delay`` is of single frames, which others overtake; ``late`` of a whole
        stream, whose order it keeps."""
        now = asyncio.get_running_loop().time()
        delayed = self._active("delay", stream)
        if delayed is not None:
            return self._rng.uniform(0.0, delayed.amount)
        late = self._active("late", stream)
        due = now if late is None else now + late.amount
        growing = self._active("growing", stream)
        if growing is not None:
            due += (now - growing.begin) * growing.amount
        due = max(due, self._due.get(stream, 0.0))
        self._due[stream] = due + 1e-6
        return due - now

    def _forged_frame(self, stream: str, data: bytes) -> bytes:
        symbol = stream.partition("@")[0].upper()
        for part, families in FAMILIES:
            if part in stream:
                self._judge.forge(symbol, *families)
        return forged(data, self._rng)

    # Requests

    async def before_open(self, path: str) -> None:
        self._refuse_host(path)
        if self._active("refuse_sockets", path):
            await asyncio.sleep(0.05)
            if self._rng.random() < 0.5:
                raise ConnectionRefusedError(111, "Connection refused")
            url = URL("ws://simulation" + path)
            info = aiohttp.RequestInfo(url, "GET", {}, url)  # type: ignore[arg-type]
            raise aiohttp.WSServerHandshakeError(info, (), status=503)

    def _refuse_host(self, path: str) -> None:
        key = ConnectionKey("simulation", 443, True, True, None, None, None)
        if self._active("dns", path):
            raise aiohttp.ClientConnectorDNSError(key, socket.gaierror(-2, "Name not known"))
        if self._active("tls", path):
            error = ssl.SSLCertVerificationError("certificate verify failed")
            raise aiohttp.ClientConnectorCertificateError(key, error)

    async def before_answer(self, path: str) -> HttpAnswer | None:
        slow = self._active("slow", path)
        if slow is not None:
            await asyncio.sleep(self._rng.uniform(0.0, slow.amount))
        self._refuse_host(path)
        if self._active("refuse_requests", path):
            raise ConnectionRefusedError(111, "Connection refused")
        refused_key = self._active("refuse_key", path)
        if path in ("/fapi/v3/account", "/fapi/v3/positionRisk") and refused_key:
            return HttpAnswer(401, b'{"code":-2015,"msg":"Invalid API-key, IP, or permissions"}')
        failing = self._active("status", path)
        if failing is not None:
            status = round(failing.amount) if failing.amount > 100 else self._rng.choice(STATUSES)
            headers = {}
            if status in (418, 429):
                headers["Retry-After"] = str(self._rng.randint(0, LONGEST_BAN))
            return HttpAnswer(status, b'{"code":-1,"msg":"simulated"}', headers)
        return None

    def answer(self, url: URL, answer: HttpAnswer) -> HttpAnswer:
        path = url.path
        if answer.status != 200:
            return answer
        if path.endswith("/depth"):
            symbol = url.query.get("symbol", "")
            before = self._last_snapshot.get(symbol)
            self._last_snapshot[symbol] = answer
            if before is not None and self._active("old_snapshot", path):
                return before
        body = answer.body
        if self._active("damage_answer", path):
            body = damaged_bytes(body, self._rng)
        elif path not in _NEVER_FORGED and self._active("forge_answer", path):
            for symbol in self._judge.truth.symbols:
                self._judge.forge(symbol, *_ANSWER_FAMILIES.get(path, ()))
            body = forged(body, self._rng)
        return HttpAnswer(answer.status, body, answer.headers)
