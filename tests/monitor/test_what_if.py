"""A position that is asked about: what holding it would be, answered at once and then in full."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.build import NOW_NS, assess_market, ready_market

from tuirisk.analytics.portfolio.simulation import simulate_chances
from tuirisk.analytics.portfolio.what_if import WhatIfRequest, what_if_request
from tuirisk.analytics.stress.simulate import simulate
from tuirisk.config.model import Config, PositionConfig
from tuirisk.events import Batch, ConnectionReport
from tuirisk.market.market import Market
from tuirisk.monitor import simulations
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.simulations import WhatIfSimulation
from tuirisk.monitor.thread import MonitorThread
from tuirisk.state import (
    SIMULATING,
    AccountRisk,
    OrderSize,
    WhatIfAnswer,
    WhatIfPosition,
    to_json,
)

BTC, ETH = "BTCUSDT", "ETHUSDT"
PATIENCE = 60.0
"""Real seconds after which a test has failed."""
WISH = WhatIfPosition(BTC, "long", 0.5, 66_000.0, 20.0, "isolated")


def config(*positions: PositionConfig) -> Config:
    return Config(symbols=(BTC, ETH), positions=positions)


def asked(wish: WhatIfPosition, configured: Config, market: Market) -> WhatIfRequest:
    state = assess_market(market, config=configured)
    found = what_if_request(market, configured, wish, state.symbols, NOW_NS)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def market() -> Market:
    return ready_market((BTC, ETH))


@pytest.mark.parametrize("mode", ["isolated", "cross"])
def test_asking_about_what_is_held_gives_what_is_held(market: Market, mode: str) -> None:
    own = PositionConfig(BTC, "long", 0.5, 66_000.0, 20.0, mode)  # type: ignore[arg-type]
    other = PositionConfig(ETH, "short", 3.0, 3_500.0, 5.0, "cross")
    configured = config(own, other)
    held = assess_market(market, config=configured).symbols[BTC].position
    assert held is not None
    wish = replace(WISH, margin_mode=own.margin_mode)
    answer = asked(wish, configured, market).position(None)
    assert answer == held


def test_more_leverage_is_liquidated_nearer_and_oftener(market: Market) -> None:
    low, high = (asked(replace(WISH, leverage=x), config(), market) for x in (10.0, 50.0))
    answers = [one.position(simulate(one.inputs, 400)) for one in (low, high)]
    prices = [a.liquidation_price for a in answers]
    chances = [a.p_liquidation_7d for a in answers]
    assert prices[0] < prices[1]  # type: ignore[operator]
    assert chances[0] <= chances[1]  # type: ignore[operator]
    assert isinstance(chances[0], float)


def test_a_what_if_of_an_unwatched_symbol_is_refused(market: Market) -> None:
    state = assess_market(market, config=config())
    wish = replace(WISH, symbol="XYZUSDT")
    assert what_if_request(market, config(), wish, state.symbols, NOW_NS) is None


async def test_the_rules_answer_at_once_and_the_paths_later(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulations, "simulate", lambda i, stopped: simulate(i, 100, stopped))
    monkeypatch.setattr(
        simulations, "simulate_chances", lambda i, stopped: simulate_chances(i, stopped, 100)
    )
    answers: asyncio.Queue[WhatIfAnswer] = asyncio.Queue()
    WhatIfSimulation().start(asked(WISH, config(), market), answers.put_nowait)
    first = answers.get_nowait()
    by_rules = first.position
    assert by_rules.p_liquidation_time == SIMULATING
    assert by_rules.p_liquidation_model == "daily_extremes"
    assert isinstance(by_rules.p_liquidation_24h, float)
    assert isinstance(by_rules.liquidation_price, float)
    second = await asyncio.wait_for(answers.get(), PATIENCE)
    simulated = second.position
    assert simulated.p_liquidation_model == "simulation_and_extremes"
    assert simulated.liquidation_price == by_rules.liquidation_price
    assert first.account is not None
    assert second.account is not None
    assert (first.account.simulated, second.account.simulated) == (False, True)


def test_the_account_is_asked_about_as_a_whole(market: Market) -> None:
    other = PositionConfig(ETH, "short", 3.0, 3_500.0, 5.0, "cross", 4_000.0)
    accounts = []
    for quantity in (0.01, 0.6):
        wish = replace(WISH, quantity=quantity, margin_mode="cross")
        accounts.append(asked(wish, config(other), market).account(None))
    for name in ("p_liquidation_24h", "p_liquidation_7d", "var_1d_95", "margin_ratio"):
        small, large = (getattr(account, name) for account in accounts)
        assert small < large
    sigmas = [account.reverse_stress.sigmas for account in accounts]
    assert sigmas[0] > sigmas[1]  # type: ignore[operator]


def test_asking_about_what_is_held_gives_the_account_that_is_held(market: Market) -> None:
    own = PositionConfig(BTC, "long", 0.5, 66_000.0, 20.0, "cross", 9_000.0)
    state = assess_market(market, config=config(own))
    assert state.account is not None
    wish = replace(WISH, margin_mode="cross")
    assert asked(wish, config(own), market).answer(None).account == AccountRisk.of(state.account)


def test_the_scenarios_are_of_the_position_that_is_asked_about(market: Market) -> None:
    one, two = (
        {s.name: s for s in asked(wish, config(), market).answer(None).scenarios}
        for wish in (WISH, replace(WISH, quantity=1.0, leverage=1.0))
    )
    assert one.keys() == two.keys()
    assert one["2020-03-12"].liquidated is True
    assert two["2020-03-12"].liquidated is False
    rises = two["2021-02-08"].pnl
    short = replace(WISH, side="short", quantity=1.0, leverage=1.0)
    falls = {s.name: s for s in asked(short, config(), market).answer(None).scenarios}
    assert falls["2021-02-08"].pnl == pytest.approx(-rises, rel=0.02)


async def test_a_newer_question_stops_the_one_before_it(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_runs, stops = threading.Event(), []

    def slow(inputs: Any, stopped: Callable[[], bool]) -> Any:
        if not first_runs.is_set():
            first_runs.set()
            while not stopped():
                pass
            stops.append(True)
        return simulate(inputs, 100, stopped)

    monkeypatch.setattr(simulations, "simulate", slow)
    simulation = WhatIfSimulation()
    old: list[WhatIfAnswer] = []
    new: asyncio.Queue[WhatIfAnswer] = asyncio.Queue()
    simulation.start(asked(WISH, config(), market), old.append)
    assert await asyncio.to_thread(first_runs.wait, PATIENCE)
    simulation.start(asked(replace(WISH, leverage=5.0), config(), market), new.put_nowait)
    for _ in range(2):
        await asyncio.wait_for(new.get(), PATIENCE)
    assert stops == [True]
    assert len(old) == 1


def test_an_ended_thread_refuses_a_what_if() -> None:
    class Ends:
        name = "recording"

        async def batches(self) -> Any:
            return
            yield

        async def close(self) -> None:
            pass

    thread = MonitorThread(Ends, Config(), lambda _: None, lambda _: None)  # type: ignore[arg-type]
    thread.stop(timeout=PATIENCE)
    assert thread.what_if(WISH, lambda _: None) is False
    assert thread.set_order(OrderSize("notional", 1e5)) is False


async def test_each_state_has_the_cost_of_the_chosen_order() -> None:
    class Calm:
        """The market as it is, again and again."""

        name = "recording"

        async def batches(self) -> Any:
            for i in range(3):
                yield Batch(NOW_NS + i, (), ConnectionReport("live"), listed=())

        def add(self, symbol: str) -> None: ...

    monitor = Monitor(Calm(), Config(symbols=(BTC, ETH)))  # type: ignore[arg-type]
    monitor.market = ready_market((BTC, ETH))
    told = []
    async for state in monitor.states():
        told.append({name: one.order for name, one in state.order_impacts.items()})
        monitor.order = [OrderSize("notional", 1e5), OrderSize("quantity", 0.5, ETH), None][
            len(told) - 1
        ]
    assert told == [
        {},
        {BTC: OrderSize("notional", 1e5), ETH: OrderSize("notional", 1e5)},
        {ETH: OrderSize("quantity", 0.5, ETH)},
    ]
    assert b"order_impacts" not in to_json(state), "it is the screen's alone"
