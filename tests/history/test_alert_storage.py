"""Alerts in the history: acknowledged once for all runs, and renewed rather than added to."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from support import build
from support.history import LOG, NOW, PATIENCE

from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.state import LogEntry, RiskState

ALERT = replace(LOG[1], time_ms=NOW)


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


def session_in(place: Path, *, screen: bool = False) -> LiveSession:
    return LiveSession(Config(), {"XDG_DATA_HOME": str(place)}, random.Random(1), screen=screen)


def recorded(place: Path, *states: RiskState) -> tuple[LogEntry, ...]:
    """The log that a later run begins with, after one that recorded ``states``."""
    session = session_in(place)
    for state in states:
        session.record(state)
    session.close(PATIENCE)
    later = session_in(place)
    log = later.earlier_runs(NOW + 400_000).log
    later.close(PATIENCE)
    return log


def test_an_acknowledgement_lasts_and_reaches_another_running_program(
    tmp_path: Path, ready: RiskState
) -> None:
    assert recorded(tmp_path, replace(ready, log=(ALERT,))) == (ALERT,), "nobody has seen it"
    beside, screen = session_in(tmp_path), session_in(tmp_path, screen=True)
    assert beside.acknowledgements(NOW + 1) == ()
    earlier = replace(ready, log=(ALERT,), history_entries=1)
    screen.record(earlier)
    screen.record(replace(earlier, log=(replace(ALERT, acknowledged=True),)))
    screen.close(PATIENCE)
    assert beside.acknowledgements(NOW + 2) == (), "it looks every two seconds"
    (seen,) = beside.acknowledgements(NOW + 2_001)
    beside.close(PATIENCE)
    assert seen.covers(replace(ALERT, time_ms=NOW + 900))
    assert [entry.acknowledged for entry in recorded(tmp_path)] == [True]


def test_swings_and_repetitions_renew_their_row(tmp_path: Path, ready: RiskState) -> None:
    swung = replace(ALERT, time_ms=NOW + 70_000, since_ms=NOW, count=2)
    again = replace(swung, alerted_ms=NOW + 300_000, repeats=1)
    states = [replace(ready, log=(entry,)) for entry in (ALERT, swung, again)]
    assert recorded(tmp_path, *states) == (again,)


def test_alerts_of_every_kind_are_kept_with_all_they_say(tmp_path: Path, ready: RiskState) -> None:
    gone = LogEntry(
        NOW, "BTCUSDT", "liquidated", "long 0.5", "", cause="liquidation", text="said",
        pnl=-1_500.0, quantity=0.5, price=60_000.0,
    )  # fmt: skip
    blind = LogEntry(NOW, "", "blind", "", "", cause="no_data", text="t", symbols=("A", "B"))
    late = replace(blind, cause="account_late", symbols=())
    log = recorded(tmp_path, replace(ready, log=(gone, blind, late)))
    kept = [
        replace(one, score=two.score) for one, two in zip(log, (gone, blind, late), strict=True)
    ]
    assert kept == [gone, blind, late]


def test_conditions_met_at_one_moment_are_alerts_of_their_own(
    tmp_path: Path, ready: RiskState
) -> None:
    price = LogEntry(NOW, "BTCUSDT", "condition", "", "price above 1", text="price 2 is above 1")
    move = replace(price, after="move_5m below 1", text="move in 5 min 0% is below 100%")
    assert price.occurrence != move.occurrence
    repeated = replace(price, alerted_ms=NOW + 300_000, repeats=1)
    states = [replace(ready, log=log) for log in ((price, move), (repeated, move))]
    kept = recorded(tmp_path, *states)
    assert {(one.after, one.repeats) for one in kept} == {(price.after, 1), (move.after, 0)}
