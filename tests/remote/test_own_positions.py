"""Positions by hand at a viewer are judged as a monitor judges them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import symbol_states
from support.positions import state as assessed_with

from tuirisk.config.model import Config, PositionConfig
from tuirisk.language.reason import Reason
from tuirisk.remote.own_positions import OwnPositions
from tuirisk.remote.view import aged, of_symbols
from tuirisk.state import Missing, RiskState

BTC = "BTCUSDT"
"""The margin of a position, and what it is 27 times."""
HELD = PositionConfig(BTC, "long", 0.5, 60_000.0, 27.0, "isolated")


def without_account(state: RiskState) -> RiskState:
    symbols = {n: replace(s, position=None, positions=()) for n, s in state.symbols.items()}
    return replace(state, account=None, symbols=symbols)


@pytest.fixture(scope="module")
def by_monitor() -> RiskState:
    return assessed_with(HELD)


def test_price_distance_and_chance_are_those_of_a_monitor(by_monitor: RiskState) -> None:
    own = OwnPositions(Config(positions=(HELD,)))
    judged = own.judged(without_account(by_monitor)).symbols[BTC]
    expected = by_monitor.symbols[BTC]
    mine, theirs = judged.positions[0], expected.positions[0]
    assert mine.liquidation_price == theirs.liquidation_price
    assert mine.distance == theirs.distance
    assert mine.unrealised_pnl == theirs.unrealised_pnl
    assert mine.levels["distance"] == theirs.levels["distance"]
    assert mine.bracket_source == theirs.bracket_source
    assert isinstance(mine.max_size, Missing)
    assert judged.position == mine


def test_the_account_of_a_server_stands() -> None:
    state = symbol_states.rich()
    assert state.account is None or OwnPositions(Config(positions=(HELD,))).judged(state) is state
    nothing = OwnPositions(Config())
    assert nothing.judged(state) is state


def test_an_old_market_never_makes_an_own_position_calm(by_monitor: RiskState) -> None:
    own = OwnPositions(Config(positions=(HELD,)))
    state = without_account(by_monitor)
    before = own.judged(state).symbols[BTC]
    old = own.judged(aged(state, 60_000, Reason("server_lost"))).symbols[BTC]
    levels = ("ok", "unknown", "caution", "warning", "critical")
    assert levels.index(old.severity.level) >= levels.index(before.severity.level)
    assert old.severity.level != "ok"


def test_a_position_that_the_server_does_not_watch_is_unknown_and_said() -> None:
    odd = PositionConfig("NOUSDT", "long", 1.0, 10.0, 5.0, "isolated")
    config = Config(positions=(odd,))
    served = without_account(symbol_states.rich())
    state = of_symbols(served, [*served.symbols, "NOUSDT"], config)
    judged = OwnPositions(config).judged(state).symbols["NOUSDT"]
    assert (judged.status, judged.severity.level) == ("error", "unknown")
    assert len(judged.positions) == 1
    assert isinstance(judged.positions[0].liquidation_price, Missing)
