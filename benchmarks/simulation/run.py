"""One seed: the shipped feed and monitor in the simulated world, judged at every state."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import random
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from unittest import mock

from benchmarks.simulation.faults import DrawnFaults, Episode, draw_episodes
from benchmarks.simulation.judge import Finding, Judge, unfresh
from benchmarks.simulation.memory_session import MemorySession
from benchmarks.simulation.truth import Truth
from benchmarks.simulation.virtual_loop import VirtualLoop
from benchmarks.simulation.world import START_MS, World
from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.feed.binance.account.credentials import Keys, Secret
from tuirisk.feed.binance.live import LiveSource
from tuirisk.feed.clock import StandstillWatch
from tuirisk.monitor.monitor import Monitor
from tuirisk.simulator.demo_account import open_demo_account
from tuirisk.simulator.exchange import Exchange
from tuirisk.state import RiskState

CALM = 8.0
"""Seconds at the beginning without faults."""
RECOVERY = 30.0
"""Seconds after the last fault by which everything is as fresh as without any."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a seed."""

    seed: int
    states: int
    ready: int
    """How many times a symbol was shown as live."""
    findings: tuple[Finding, ...]
    graced: int
    unfresh: tuple[str, ...]
    """What had not recovered 30 s after the last fault."""
    failure: str
    """A bug that a background task met; empty where none did."""
    dropped: int
    """Frames and answers that the client left out."""
    resyncs: int
    """Books that it built anew."""
    digest: str
    """Of every published state, for comparing runs to the bit."""
    episodes: tuple[Episode, ...]

    @property
    def good(self) -> bool:
        return not (self.findings or self.unfresh or self.failure)


class _Clock:
    """The client's clock: steady, and never set."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now_ns(self) -> int:
        return START_MS * 1_000_000 + round(self._loop.now * 1e9)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class _NoStress:
    """In place of the simulation thread: its numbers say nothing about freshness."""

    account = None

    def update(self, *_: object) -> None:
        return None

    def close(self) -> None:
        return None


@lru_cache(maxsize=4)
def template(symbols: tuple[str, ...], account: bool) -> Exchange:
    """An exchange to be copied, its history made."""
    exchange = Exchange(symbols, 7, "calm", START_MS)
    for symbol in symbols:
        market = exchange.market(symbol)
        for interval in ("15m", "1h", "4h", "1d"):
            market.candles.closed(interval)
    if account:
        open_demo_account(exchange, symbols)
    return exchange


class Simulation:
    """One run of ``seconds`` of market."""

    def __init__(
        self, seed: int, seconds: float, symbols: tuple[str, ...], *, account: bool, cadence: float
    ) -> None:
        self.seed = seed
        self.seconds = seconds
        self.symbols = symbols
        self.cadence = cadence
        self.disturbed = True
        self.episodes: tuple[Episode, ...] = ()
        self.exchange = copy.deepcopy(template(symbols, account))
        self.account = account
        self.wall_offset = 0.0
        self.loop = VirtualLoop()
        self.truth = Truth(self.exchange, symbols)
        self.judge = Judge(self.truth)
        self.digest = hashlib.sha256()
        self.failure = ""
        self.dropped = self.resyncs = 0
        self.last_unfresh: tuple[str, ...] = ("no state",)

    def run(self) -> Outcome:
        """Run to the end and judge."""
        asyncio.set_event_loop(self.loop)
        try:
            with (
                mock.patch("aiohttp.ClientSession", MemorySession),
                mock.patch("aiohttp.TCPConnector", return_value=None),
                mock.patch("tuirisk.feed.binance.live.StandstillWatch", self._standstill_watch),
            ):
                self.loop.run_until_complete(self._main())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()
        judge = self.judge
        return Outcome(
            self.seed,
            judge.judged,
            judge.ready,
            tuple(judge.findings),
            sum(judge.graced.values()),
            self.last_unfresh,
            self.failure,
            self.dropped,
            self.resyncs,
            self.digest.hexdigest(),
            self.episodes,
        )

    def disturb(self, world: World) -> Coroutine[Any, Any, None]:
        """Put faults into ``world`` and return what carries out the rest of them."""
        rng = random.Random(self.seed)
        if self.disturbed:
            self.episodes = draw_episodes(rng, CALM, self.seconds - RECOVERY)
        world.faults = drawn = DrawnFaults(
            world, self.episodes, rng, self.judge, self._set_clock, self._stand_still
        )
        return drawn.run()

    def _standstill_watch(self) -> StandstillWatch:
        return StandstillWatch(
            lambda: round((self.loop.now + self.wall_offset) * 1e9),
            lambda: round(self.loop.now * 1e9),
        )

    async def _main(self) -> None:
        world = World(self.exchange, self.loop, self.truth)
        MemorySession.network = world
        monitor = self._make_monitor(world)
        tasks = [asyncio.ensure_future(work) for work in (world.run(), self.disturb(world))]
        try:
            await self._watch(monitor)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def _make_monitor(self, world: World) -> Monitor:
        account = world.account
        keys = None if account is None else Keys(Secret(account.key), Secret(account.secret))
        self.source = LiveSource(
            ExchangeConfig(rest_url="http://simulation", stream_url="ws://simulation"),
            self.symbols,
            clock=_Clock(self.loop),
            rng=random.Random(self.seed),
            cadence=self.cadence,
            name="simulator",
            resolve_keys=lambda: keys,
        )
        monitor = Monitor(self.source, replace(Config(), symbols=self.symbols))
        monitor.stress = _NoStress()  # type: ignore[assignment]
        return monitor

    async def _watch(self, monitor: Monitor) -> None:
        async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
            async for state in states:
                self.judge.judge(state, monitor.market)
                self.dropped = state.connection.dropped_frames
                self.resyncs = state.connection.resyncs
                self.digest.update(repr(_digested(state)).encode())
                session = self.source._session
                if session is not None and session.tasks.failure is not None:
                    self.failure = str(session.tasks.failure)
                self.on_state(state, monitor)
                if self.loop.now >= self.seconds:
                    self.last_unfresh = tuple(unfresh(state, self.truth, monitor.market))
                    await self.source.close()
                    return

    def on_state(self, state: RiskState, monitor: Monitor) -> None:
        """Called with every state after it was judged."""

    def _set_clock(self, seconds: float) -> None:
        self.wall_offset += seconds

    def _stand_still(self, seconds: float) -> None:
        """The client's machine sleeps; the exchange goes on. Recovery begins when it wakes."""
        self.loop.now += seconds
        self.seconds = max(self.seconds, self.loop.now + RECOVERY)


def _digested(state: RiskState) -> tuple[object, ...]:
    """What differs first when two runs part."""
    symbols = tuple(
        (name, s.status, s.age_ms, s.price, s.score.total, s.liquidity.bids, s.liquidity.asks)
        for name, s in state.symbols.items()
    )
    return state.time_ms, state.connection, symbols


def simulate(
    seed: int,
    minutes: float,
    symbols: tuple[str, ...] = ("BTCUSDT", "DOGEUSDT"),
    *,
    cadence: float = 0.25,
    disturbed: bool = True,
) -> Outcome:
    """Run one seed; seeds that are no multiple of 3 have an account."""
    run = Simulation(seed, 60 * minutes, symbols, account=seed % 3 != 0, cadence=cadence)
    run.disturbed = disturbed
    return run.run()


def describe(outcome: Outcome) -> str:
    """One line, and for a failing seed what happened."""
    word = "ok" if outcome.good else "FAILED"
    lines = [
        f"seed {outcome.seed}: {word}, {outcome.states} states, {outcome.ready} shown as live, "
        f"{len(outcome.findings)} wrong, {outcome.graced} within 15 s of a forged frame, "
        f"{outcome.dropped} dropped, {outcome.resyncs} resyncs, {outcome.digest[:12]}"
    ]
    if not outcome.good:
        lines += [f"  fault {episode}" for episode in outcome.episodes]
        lines += [f"  wrong {finding}" for finding in outcome.findings[:12]]
        lines += [f"  not recovered: {what}" for what in outcome.unfresh]
        lines += [f"  bug: {outcome.failure}"] * bool(outcome.failure)
    return "\n".join(lines)
