"""When the simulation runs: beside the loop for live sources, in step with a recording."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Literal

import pytest
from support.build import NOW_NS, events_of, mark_price, ready_market

from tuirisk import events as ev
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.stress.inputs import stress_inputs
from tuirisk.analytics.stress.simulate import simulate
from tuirisk.config.model import Config, PositionConfig
from tuirisk.events import Batch, ConnectionReport
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.monitor import simulations
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.simulations import StressSimulation
from tuirisk.state import SIMULATING, Missing, to_json

BTC = "BTCUSDT"
SECOND = 1_000_000_000
PATIENCE = 60.0
"""Real seconds after which a test has failed."""
CONFIG = Config(symbols=(BTC,), positions=(PositionConfig(BTC, "long", 0.5, 66_000.0, 20.0),))


class Gate:
    """Stands for ``simulate``: few paths, and none before :meth:`open`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, opened: bool = True) -> None:
        self.threads: list[int] = []
        """The thread of each call."""
        self.stopped: Callable[[], bool] = bool
        self._called = threading.Semaphore(0)
        self._open = threading.Event()
        if opened:
            self._open.set()
        monkeypatch.setattr(simulations, "simulate", self)

    def open(self) -> None:
        self._open.set()

    async def called(self) -> None:
        """Return once there was another call."""
        assert await asyncio.to_thread(self._called.acquire, timeout=PATIENCE)

    @property
    def calls(self) -> int:
        return len(self.threads)

    def __call__(self, inputs: Any, stopped: Callable[[], bool] = lambda: False) -> Any:
        self.stopped = stopped
        self.threads.append(threading.get_ident())
        self._called.release()
        assert self._open.wait(PATIENCE)
        return simulate(inputs, 100)


async def finished(simulation: StressSimulation) -> None:
    """Return once the simulation under way has ended, well or not."""
    assert simulation.task is not None
    await asyncio.wait({simulation.task}, timeout=PATIENCE)
    assert simulation.task.done()


def test_in_step_with_a_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, market = Gate(monkeypatch), ready_market((BTC,))
    simulation = StressSimulation(inline=True)
    first = update(simulation, market, CONFIG, NOW_NS)
    assert first is not None
    assert first.time_ms == NOW_NS // 1_000_000
    assert update(simulation, market, CONFIG, NOW_NS + SECOND) is first
    later = update(simulation, market, CONFIG, NOW_NS + 301 * SECOND)
    assert later is not None
    assert later.time_ms == first.time_ms + 301_000
    assert gate.calls == 2
    assert gate.threads == [threading.get_ident()] * 2


def update(
    simulation: StressSimulation, market: Market, config: Config, now: int
) -> StressResult | None:
    return simulation.update(market, open_positions(market.account, config), config, now)


async def test_a_simulation_in_a_thread_gives_its_result_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, market = Gate(monkeypatch, opened=False), ready_market((BTC,))
    simulation = StressSimulation(inline=False)
    assert update(simulation, market, CONFIG, NOW_NS) is None
    market.apply(mark_price(BTC, 60_000.0))
    assert update(simulation, market, CONFIG, NOW_NS + 60 * SECOND) is None
    await gate.called()
    gate.open()
    await finished(simulation)
    found = update(simulation, market, CONFIG, NOW_NS + 61 * SECOND)
    assert found is not None
    assert found.time_ms == NOW_NS // 1_000_000, "its age is that of its inputs"
    assert gate.threads[0] != threading.get_ident()
    assert simulation.task is not None, "the price had moved meanwhile: another one at once"
    await gate.called()
    simulation.close()
    await finished(simulation)


async def test_a_reason_that_holds_no_longer_is_not_shown_while_the_next_simulation_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = stress_inputs
    lacking: list[Missing] = [Missing("few_15m_returns", have=497, need=672)]

    def inputs(market: Market, positions: Any, config: Config, now: int) -> Any:
        found = whole(market, positions, config, now)
        return replace(found, refused=dict.fromkeys(positions.positions, *lacking))

    monkeypatch.setattr(simulations, "stress_inputs", inputs)
    _, market = Gate(monkeypatch), ready_market((BTC,))
    simulation = StressSimulation(inline=False)
    update(simulation, market, CONFIG, NOW_NS)
    await finished(simulation)
    assert update(simulation, market, CONFIG, NOW_NS + SECOND) is not None
    monkeypatch.setattr(simulations, "stress_inputs", whole)
    market.symbols[BTC].candles["15m"].version += 1
    assert update(simulation, market, CONFIG, NOW_NS + 301 * SECOND) is None
    await finished(simulation)
    assert update(simulation, market, CONFIG, NOW_NS + 302 * SECOND) is not None


async def test_a_failed_simulation_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(inputs: Any, stopped: Callable[[], bool]) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(simulations, "simulate", fail)
    market, simulation = ready_market((BTC,)), StressSimulation(inline=False)
    update(simulation, market, CONFIG, NOW_NS)
    await finished(simulation)
    found = update(simulation, market, CONFIG, NOW_NS + SECOND)
    assert found is not None
    reason = Missing("simulation_failed", what="ZeroDivisionError: oops")
    assert found.symbols[BTC].horizons["24h"].var_95 == reason
    assert simulation.task is None, "not tried again at once"


async def test_what_is_closed_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch, opened=False)
    simulation = StressSimulation(inline=False)
    update(simulation, ready_market((BTC,)), CONFIG, NOW_NS)
    await gate.called()
    assert not gate.stopped()
    simulation.close()
    assert gate.stopped()
    gate.open()


def test_without_positions_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, market = Gate(monkeypatch), ready_market((BTC,))
    simulation = StressSimulation(inline=True)
    assert update(simulation, market, Config(), NOW_NS) is None
    assert gate.calls == 0
    assert update(simulation, market, CONFIG, NOW_NS) is not None
    assert update(simulation, market, Config(), NOW_NS) is None, "the position was closed"


# In the monitor.


class Played:
    """A source that plays batches, under either name."""

    def __init__(self, name: Literal["recording", "binance"], batches: list[Batch]) -> None:
        self.name: Literal["recording", "binance"] = name
        self._batches = batches

    async def batches(self) -> AsyncIterator[Batch]:
        for batch in self._batches:
            yield batch

    def add(self, symbol: str) -> None: ...
    def remove(self, symbol: str) -> None: ...
    def reconnect(self) -> None: ...
    def resync(self, symbol: str, reason: Reason) -> None: ...
    async def close(self) -> None: ...


def batch(seconds: float, *events: ev.Event) -> Batch:
    return Batch(NOW_NS + round(seconds * SECOND), events, ConnectionReport(status="live"))


def moving() -> list[Batch]:
    """A minute in which the price moves by half a per cent."""
    prices = [67_000.0 * (1 - 0.0002 * i) for i in range(25)]
    ticks = [
        batch(2.5 * i, mark_price(BTC, p, NOW_NS + round(2.5 * i * SECOND)))
        for i, p in enumerate(prices)
    ]
    return [batch(0, *events_of(BTC)), *ticks]


async def test_a_recording_played_twice_is_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)

    async def play() -> list[bytes]:
        states = Monitor(Played("recording", moving()), CONFIG).states()
        return [to_json(state) async for state in states]

    one, other = await play(), await play()
    assert one == other
    assert 2 <= gate.calls // 2 <= 8, "not on every tick"


async def test_a_live_monitor_goes_on_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch, opened=False)
    chances = []
    monitor = Monitor(Played("binance", moving()), CONFIG)
    async for state in monitor.states():
        position = state.symbols[BTC].position
        assert position is not None
        assert isinstance(position.p_liquidation_24h, float)
        chances.append(position.p_liquidation_time)
        if len(chances) == 5:
            gate.open()
            await finished(monitor.stress)
    assert chances[:5] == [SIMULATING] * 5
    assert all(isinstance(time, str) for time in chances[5:])
