"""Alerts that are acknowledged, and critical ones that are repeated until they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import build

from tuirisk.alerts.new_alerts import AlertReader, new_alerts
from tuirisk.analytics.score.repetition import (
    acknowledged,
    alerting,
    alerts,
    just_ready,
    repeated,
)
from tuirisk.state import Acknowledgement, LogEntry, RiskState, Severity, SymbolState

REPEAT = 300_000.0
CRITICAL = LogEntry(1_000, "BTCUSDT", "severity", "ok", "critical", 90.0)


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


def at_level(state: RiskState, level: Severity) -> dict[str, SymbolState]:
    symbol = state.symbols["BTCUSDT"]
    return {"BTCUSDT": replace(symbol, severity=replace(symbol.severity, level=level))}


def test_critical_is_repeated_until_it_is_acknowledged(ready: RiskState) -> None:
    symbols = at_level(ready, "critical")
    log: tuple[LogEntry, ...] = (CRITICAL,)
    assert repeated(log, symbols, 300_999, REPEAT) is log
    log = repeated(log, symbols, 301_000, REPEAT)
    assert (log[0].repeats, log[0].alert_ms, log[0].time_ms) == (1, 301_000, 1_000)
    assert new_alerts((CRITICAL,), log) == list(log)
    assert repeated(log, symbols, 600_999, REPEAT) is log
    seen = acknowledged(log, [Acknowledgement.of(log[0])])
    assert seen[0].acknowledged
    assert new_alerts(log, seen) == [], "an acknowledgement is no news"
    assert repeated(seen, symbols, 9_000_000, REPEAT) is seen


@pytest.mark.parametrize("level", ["warning", "unknown", "ok"])
def test_what_is_critical_no_more_is_not_repeated(ready: RiskState, level: Severity) -> None:
    log = (CRITICAL,)
    assert repeated(log, at_level(ready, level), 9_000_000, REPEAT) is log


def test_a_symbol_that_is_warming_is_not_repeated(ready: RiskState) -> None:
    symbols = at_level(ready, "critical")
    warming = {"BTCUSDT": replace(symbols["BTCUSDT"], status="warming")}
    assert repeated((CRITICAL,), warming, 9_000_000, REPEAT, ("BTCUSDT",)) == (CRITICAL,)
    assert just_ready(warming, symbols) == ["BTCUSDT"]
    assert just_ready(symbols, symbols) == []
    (again,) = repeated((CRITICAL,), symbols, 2_000, REPEAT, just_ready(warming, symbols))
    assert again.repeats == 1


def test_a_first_severity_that_is_critical_is_an_alert_where_nobody_looks() -> None:
    first = replace(CRITICAL, before="", escalation=False)
    assert alerting(first).escalation
    assert not alerting(replace(first, after="warning")).escalation
    assert not alerting(replace(first, before="warning", after="ok")).escalation


def test_alerts_of_earlier_runs_stay_until_somebody_has_seen_them() -> None:
    seen, unseen = replace(CRITICAL, acknowledged=True), replace(CRITICAL, time_ms=2_000)
    own = replace(CRITICAL, time_ms=3_000, acknowledged=True)
    fall = replace(CRITICAL, time_ms=4_000, escalation=False)
    assert alerts((seen, unseen, own, fall), 2) == (unseen, own)


def test_another_programs_acknowledgement_of_the_same_change_counts() -> None:
    other = Acknowledgement.of(replace(CRITICAL, time_ms=4_000))
    assert other.covers(CRITICAL)
    assert not other.covers(replace(CRITICAL, before="warning"))
    assert not other.covers(replace(CRITICAL, symbol="ETHUSDT"))
    assert not other.covers(replace(CRITICAL, time_ms=20_000))
    assert not other.covers(replace(CRITICAL, count=2)), "it swung again since"


def test_a_reader_gives_each_alert_once_and_none_of_earlier_runs(ready: RiskState) -> None:
    reader = AlertReader()
    own = replace(CRITICAL, time_ms=5_000)
    state = replace(ready, log=(CRITICAL, own), history_entries=1)
    assert reader.read(state) == [own]
    assert reader.read(replace(state, time_ms=state.time_ms + 1)) == []
    again = replace(CRITICAL, alerted_ms=301_000, repeats=1)
    assert reader.read(replace(state, log=(again, own))) == [again]


def test_a_liquidation_is_repeated_in_place_of_the_severity_that_was_acknowledged(
    ready: RiskState,
) -> None:
    symbols = at_level(ready, "critical")
    seen = replace(CRITICAL, acknowledged=True)
    liquidated = LogEntry(2_000, "BTCUSDT", "liquidated", "long 0.5", "", cause="liquidation")
    other = replace(liquidated, symbol="ETHUSDT")
    log = repeated((seen, liquidated, other), symbols, 302_000, REPEAT)
    assert [entry.repeats for entry in log] == [0, 1, 0]
    log = (seen, replace(liquidated, acknowledged=True))
    assert repeated(log, symbols, 302_000, REPEAT) is log
