"""Monte Carlo simulations beside the monitor's loop: of the open positions, and of a what-if."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from functools import partial

from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.portfolio.account_inputs import AccountInputs, account_inputs
from tuirisk.analytics.portfolio.simulation import (
    AccountSimulation,
    simulate_account,
    simulate_chances,
)
from tuirisk.analytics.portfolio.what_if import WhatIfRequest
from tuirisk.analytics.stress.inputs import INTERVAL, StressInputs, stress_inputs
from tuirisk.analytics.stress.paths import SimulationStopped
from tuirisk.analytics.stress.simulate import refusal, simulate
from tuirisk.analytics.stress.trigger import (
    StressBaseline,
    simulation_due,
    stress_baseline,
    stress_trigger,
)
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import Missing, WhatIfAnswer

Simulated = tuple[StressResult, AccountSimulation | None]


class StressSimulation:
    """The newest simulation of the open positions, renewed when its inputs moved enough.

    With ``inline`` it is computed within :meth:`update`, so that a recording played twice gives
    the same states; else in a thread, one at a time, and its result is in a later state. If it
    fails (a bug), every number of the result is missing with the error as the reason.
    """

    def __init__(self, inline: bool) -> None:
        self.result: StressResult | None = None
        self.account: AccountSimulation | None = None
        """The same positions as one portfolio."""
        self.task: asyncio.Task[Simulated] | None = None
        """The simulation in a thread, until :meth:`update` has collected its result."""
        self._inline = inline
        self._baseline: StressBaseline | None = None
        self._inputs: StressInputs | None = None
        self._refused: Mapping[str, int] = {}
        """Symbol of a position that the newest simulation could not be of → version of its bars."""
        self._closed = threading.Event()

    def update(
        self, market: Market, positions: OpenPositions, config: Config, now: int
    ) -> StressResult | None:
        """Start a simulation if one is due at local time ``now`` (ns); the newest result."""
        self._collect()
        if any(_version(market, name) != version for name, version in self._refused.items()):
            # What was missing may have come: the reason may hold no longer.
            self.result = self.account = None
        if not positions.positions:
            self.result, self.account, self._baseline = None, None, None
            return None
        if self.task is not None:
            return self.result
        trigger = stress_trigger(market, positions, now)
        if not simulation_due(self._baseline, trigger):
            return self.result
        inputs = stress_inputs(market, positions, config, now)
        self._baseline = stress_baseline(inputs, trigger, self._baseline)
        whole = account_inputs(market, positions, config, now)
        self._refused = {p.symbol: _version(market, p.symbol) for p in inputs.refused}
        if self._inline:
            self.result, self.account = _simulated(inputs, whole)
        else:
            self._inputs = inputs
            work = partial(_simulated, inputs, whole, stopped=self._closed.is_set)
            self.task = asyncio.create_task(asyncio.to_thread(work))
        return self.result

    def close(self) -> None:
        """Stop a running simulation at its next step and discard its result."""
        self._closed.set()
        if self.task is not None:
            self.task.add_done_callback(_retrieve_exception)

    def _collect(self) -> None:
        task, inputs = self.task, self._inputs
        if task is None or inputs is None or not task.done():
            return
        self.task = self._inputs = None
        error = task.exception()
        if error is None:
            self.result, self.account = task.result()
        else:
            reason = Missing("simulation_failed", what=f"{type(error).__name__}: {error}")
            self.result, self.account = refusal(inputs, reason), None


def _version(market: Market, name: str) -> int:
    """The version of the bars that a simulation draws from; 0 of a symbol that is not watched."""
    symbol = market.symbols.get(name)
    return 0 if symbol is None else symbol.candles[INTERVAL].version


class WhatIfSimulation:
    """Simulates a hypothetical position, one at a time: a newer request stops the one before."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, request: WhatIfRequest, answer: Callable[[WhatIfAnswer], None]) -> None:
        """Call ``answer`` now, and again once the probabilities are known.

        Call it in the event loop; ``answer`` is called there.
        """
        self.close()
        answer(request.answer(None))
        self._stop = threading.Event()
        self._task = asyncio.create_task(self._simulate(request, answer, self._stop))

    def close(self) -> None:
        """Stop a running simulation at its next step and discard its result."""
        self._stop.set()

    async def _simulate(
        self, request: WhatIfRequest, answer: Callable[[WhatIfAnswer], None], stop: threading.Event
    ) -> None:
        work = partial(_both, request, stop.is_set)
        try:
            result, account = await asyncio.to_thread(work)
        except SimulationStopped:
            return
        if not stop.is_set():
            answer(request.answer(result, account))


def _both(request: WhatIfRequest, stopped: Callable[[], bool]) -> Simulated:
    """The position and the account of ``request``.

    Raises:
        SimulationStopped: ``stopped()`` became true.
    """
    result = simulate(request.inputs, stopped=stopped)
    return result, simulate_chances(request.whole, stopped)


def _simulated(
    inputs: StressInputs, whole: AccountInputs, stopped: Callable[[], bool] = lambda: False
) -> Simulated:
    """Leg by leg, and as one portfolio.

    Raises:
        SimulationStopped: ``stopped()`` became true.
    """
    result = simulate(inputs, stopped=stopped)
    return result, simulate_account(whole, stopped=stopped)


def _retrieve_exception(task: asyncio.Task[Simulated]) -> None:
    """Retrieve the task's exception, or asyncio logs that it was never retrieved."""
    if not task.cancelled():
        task.exception()
