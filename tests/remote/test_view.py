"""A viewer never shows an old state as live, and never less severe than it was."""

from __future__ import annotations

import pytest
from support import ui_states

from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.remote.view import aged, nothing_yet, of_symbols, with_problem
from tuirisk.state import Missing, RiskState

LOST = Reason("server_lost")
STATES = (ui_states.ready(), ui_states.critical(), ui_states.loading(), ui_states.degraded())


@pytest.mark.parametrize("state", STATES)
def test_an_old_state_is_offline_and_all_of_it_stale(state: RiskState) -> None:
    old = aged(state, 7_000, LOST)
    assert old.connection.status == "offline"
    assert old.time_ms == state.time_ms + 7_000
    for name, symbol in old.symbols.items():
        before = state.symbols[name]
        assert symbol.status == ("error" if before.status == "error" else "stale")
        if symbol.status == "stale":
            assert symbol.severity.held
            assert all(family.stale for family in symbol.freshness.values())
        assert symbol.severity.level == before.severity.level
        assert all(position.stale for position in symbol.positions)
        if not isinstance(before.age_ms, Missing) and symbol.status == "stale":
            assert symbol.age_ms == before.age_ms + 7_000


def test_the_problem_comes_first_among_the_messages() -> None:
    state = with_problem(ui_states.degraded(), LOST)
    assert state.messages[0].code == "server_lost"
    assert str(state.connection.message).startswith(str(LOST))


def test_before_anything_came_nothing_is_calm() -> None:
    waiting = nothing_yet(5, Reason("server_awaited"), refused=False)
    assert (waiting.connection.status, waiting.symbols) == ("connecting", {})
    assert nothing_yet(5, LOST, refused=True).connection.status == "offline"


def test_a_viewer_has_its_own_symbols_and_says_what_is_not_served() -> None:
    state = ui_states.ready()
    served = list(state.symbols)[1]
    mine = of_symbols(state, [served, "NOUSDT"], Config())
    assert list(mine.symbols) == [served, "NOUSDT"]
    assert mine.symbols[served] is state.symbols[served]
    other = mine.symbols["NOUSDT"]
    assert (other.status, other.severity.level) == ("error", "unknown")
    assert other.message == Reason("not_served")
    assert set(mine.danger_order) == {served, "NOUSDT"}
    assert mine.watchlist.symbols == (served,)
    assert isinstance(mine.watchlist.mean_correlation, Missing)
    assert all(entry.symbol in (served, "") for entry in mine.log)


def test_all_symbols_of_the_server_are_its_state_itself() -> None:
    state = ui_states.ready()
    assert of_symbols(state, None, Config()) is state
    assert of_symbols(state, list(state.symbols), Config()) is state
