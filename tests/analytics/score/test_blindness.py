"""Alerts that data of an open position stopped, and that they came back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuirisk.analytics.score.blindness import (
    ACCOUNT,
    BACK_MS,
    TOGETHER_MS,
    advance_sights,
)
from tuirisk.analytics.score.freshness import ACCOUNT_BUDGET
from tuirisk.state import LogEntry, Missing, Number, Sight

START = 1_000_000
LIMIT = 30_000.0
NEVER = Missing("no_frame")
ages_ms = st.floats(0.0, 120_000.0) | st.just(NEVER)
held = st.dictionaries(st.sampled_from(["BTCUSDT", "ETHUSDT", ACCOUNT]), ages_ms)


class Watch:
    """Sights that go on from one assessment to the next."""

    def __init__(self) -> None:
        self.sights: dict[str, Sight] = {}

    def at(self, seconds: float, **ages: Number) -> list[LogEntry]:
        """The alerts at ``seconds`` with these ages (ms); ``account`` is the account's."""
        named = {ACCOUNT if name == "account" else name: age for name, age in ages.items()}
        time_ms = START + int(seconds * 1000)
        self.sights, entries = advance_sights(self.sights, named, time_ms, LIMIT)
        return entries


def told(entries: list[LogEntry]) -> list[tuple[str, str]]:
    return [(entry.kind, entry.text) for entry in entries]


def test_a_symbol_without_data_for_the_limit_is_blind_once_and_sighted_once() -> None:
    watch = Watch()
    assert watch.at(0, BTCUSDT=100.0) == []
    assert watch.at(29.8, BTCUSDT=29_900.0) == []
    (blind,) = watch.at(30, BTCUSDT=30_100.0)
    assert (blind.kind, blind.symbol, blind.escalation) == ("blind", "BTCUSDT", True)
    assert blind.text == "no data of BTCUSDT for 30 s"
    assert watch.at(60, BTCUSDT=60_100.0) == []
    assert watch.at(70, BTCUSDT=50.0) == [], "one frame may be a flicker"
    (sighted,) = watch.at(73, BTCUSDT=50.0)
    assert (sighted.kind, sighted.symbol) == ("sighted", "BTCUSDT")
    assert sighted.text == "data of BTCUSDT come again, after 70 s without any"
    assert watch.at(74, BTCUSDT=50.0) == []


def test_what_never_came_is_blind_from_when_it_was_first_held() -> None:
    watch = Watch()
    assert watch.at(100, BTCUSDT=NEVER) == []
    assert watch.at(129.9, BTCUSDT=NEVER) == []
    assert [entry.kind for entry in watch.at(130, BTCUSDT=NEVER)] == ["blind"]


def test_symbols_that_stop_within_ten_seconds_are_one_alert() -> None:
    watch = Watch()
    watch.at(0, BTCUSDT=0.0, ETHUSDT=0.0, SOLUSDT=0.0)
    late = LIMIT - TOGETHER_MS
    (blind,) = watch.at(30, BTCUSDT=LIMIT, ETHUSDT=late, SOLUSDT=late - 1)
    assert (blind.symbol, blind.symbols) == ("", ("BTCUSDT", "ETHUSDT"))
    watch.at(40, BTCUSDT=0.0, ETHUSDT=0.0, SOLUSDT=0.0)
    (sighted,) = watch.at(43, BTCUSDT=0.0, ETHUSDT=0.0, SOLUSDT=0.0)
    assert (sighted.kind, sighted.symbols) == ("sighted", ("BTCUSDT", "ETHUSDT"))


def test_the_account_has_its_own_budget_and_its_own_alert() -> None:
    watch = Watch()
    watch.at(0, BTCUSDT=0.0, account=0.0)
    assert watch.at(89, BTCUSDT=0.0, account=89_000.0) == []
    (blind,) = watch.at(90, BTCUSDT=0.0, account=ACCOUNT_BUDGET)
    assert (blind.symbol, blind.symbols, blind.cause) == ("", (), "account_late")
    assert blind.text == "account: not read for 90 s"


def test_a_position_that_was_closed_is_forgotten_without_an_alert() -> None:
    watch = Watch()
    watch.at(0, BTCUSDT=LIMIT)
    assert watch.at(1) == []
    assert watch.sights == {}


@given(st.lists(st.tuples(st.integers(1, 40_000), held), max_size=30))
def test_no_source_is_lost_twice_or_returns_before_it_was_lost(
    steps: list[tuple[int, dict[str, Number]]],
) -> None:
    sights: dict[str, Sight] = {}
    blind: set[str] = set()
    time_ms = START
    for step, ages in steps:
        time_ms += step
        before = blind & set(ages)
        sights, entries = advance_sights(sights, ages, time_ms, LIMIT)
        blind = set(before)
        for entry in entries:
            names = set(entry.symbols or (entry.symbol,))
            if entry.kind == "blind":
                assert not names & blind
                blind |= names
            else:
                assert names <= blind
                blind -= names
        assert {name for name, one in sights.items() if one.blind_since_ms is not None} == blind
        for name, sight in sights.items():
            limit = ACCOUNT_BUDGET if name == ACCOUNT else LIMIT
            if time_ms - sight.seen_ms >= limit:
                assert name in blind, "silence past the limit is never unsaid"
            if sight.back_ms is not None:
                assert time_ms - sight.back_ms < BACK_MS
