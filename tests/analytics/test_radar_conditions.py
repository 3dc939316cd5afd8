"""The user's own conditions on every perpetual that trades."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from analytics.test_radar import NAMES, NOW, market, state

from tuirisk.analytics.conditions import Measured, advance_conditions
from tuirisk.analytics.radar_conditions import RADAR_NUMBERS, is_of_radar, radar_message
from tuirisk.config.alert_model import ConditionConfig
from tuirisk.events.radar import AllMarks, DayTickers, Perpetuals, RadarConnection
from tuirisk.language.reason import Reason
from tuirisk.market.radar import RadarMarket
from tuirisk.state import LogEntry, Missing
from tuirisk.state.condition import ConditionState, condition_sentence
from tuirisk.state.external import NO_EXTERNAL
from tuirisk.state.radar import RadarState

FAST = ConditionConfig("change_24h", above=0.05)
"""Of the three perpetuals FASTUSDT alone has moved so far."""


def measured(radar: RadarState | None, *, is_new: bool = True) -> Measured:
    return Measured({}, None, NO_EXTERNAL, radar, is_new)


def advance(
    before: Sequence[ConditionState], now: Measured, *conditions: ConditionConfig, second: int = 0
) -> tuple[tuple[ConditionState, ...], list[LogEntry]]:
    return advance_conditions(before, conditions, now, NOW + second * 1_000, 60_000.0)


def moved(*last: float) -> RadarMarket:
    made = market()
    made.apply(DayTickers(NAMES, [NOW + 1] * 3, last, [100.0, 100.0, 5.0], [1e6] * 3))
    return made


def test_a_perpetual_that_nobody_watches_alerts_once() -> None:
    states, (entry,) = advance((), measured(state(market())), FAST)
    assert [(one.symbol, one.holds) for one in states] == [("FASTUSDT", True)]
    assert (entry.symbol, entry.text) == ("FASTUSDT", "change in 24 h 10% is above 5%")
    assert str(condition_sentence(entry)) == entry.text
    states, entries = advance(states, measured(state(moved(101.0, 111.0, 5.0))), FAST, second=1)
    assert entries == []
    assert states[0].value == pytest.approx(0.11)


def test_between_two_seconds_of_the_radar_it_stays_as_it_was() -> None:
    radar = state(market())
    states, _ = advance((), measured(radar), FAST)
    again, entries = advance(states, measured(radar, is_new=False), FAST, second=1)
    assert again == states
    assert entries == []


def test_it_can_alert_again_once_it_was_back_and_is_forgotten_meanwhile() -> None:
    states, _ = advance((), measured(state(market())), FAST)
    states, _ = advance(states, measured(state(moved(100.0, 104.97, 5.0))), FAST, second=1)
    assert states[0].holds  # Back by less than the margin.
    states, _ = advance(states, measured(state(moved(100.0, 104.0, 5.0))), FAST, second=2)
    assert states == ()
    states, entries = advance(states, measured(state(moved(100.0, 106.0, 5.0))), FAST, second=3)
    assert [entry.symbol for entry in entries] == ["FASTUSDT"]


def test_many_at_once_share_an_alert_that_names_eight_of_them() -> None:
    names = [f"X{i:02}USDT" for i in range(20)]
    made = RadarMarket()
    made.apply(Perpetuals(dict.fromkeys(names, "TRADING")))
    made.apply(DayTickers(names, [NOW] * 20, [110.0] * 20, [100.0] * 20, [1e6] * 20))
    made.apply(AllMarks(names, [NOW] * 20, [110.0] * 20, [110.0] * 20, [0.0001] * 20))
    _, (entry,) = advance((), measured(state(made)), FAST)
    assert entry.symbols == tuple(names)
    assert entry.text.endswith("X07USDT (+12)")
    assert str(condition_sentence(entry)) == entry.text


@pytest.mark.parametrize("late", [10_001, 60_000])
def test_a_stale_row_neither_alerts_nor_ends_an_alert(late: int) -> None:
    stale = state(market(), NOW + late)
    assert advance((), measured(stale), FAST) == ((), [])
    states, _ = advance((), measured(state(market())), FAST)
    (kept,), entries = advance(states, measured(stale), FAST, second=late // 1_000)
    assert (kept.holds, kept.value, entries) == (True, Missing("radar_stale"), [])


def test_what_trades_no_longer_is_forgotten() -> None:
    states, _ = advance((), measured(state(market())), FAST)
    made = market()
    made.apply(Perpetuals(dict.fromkeys(NAMES[::2], "TRADING")))
    assert advance(states, measured(state(made)), FAST, second=1) == ((), [])


def test_a_number_that_is_the_radars_alone_needs_no_star() -> None:
    one = ConditionConfig("move_sigmas", "FASTUSDT", above=3.0)
    other = ConditionConfig("move_sigmas", "CALMUSDT", above=3.0)
    states, (entry,) = advance((), measured(state(market())), one, other)
    assert [found.symbol for found in states] == ["FASTUSDT"]
    assert entry.text == f"move in 24 h (σ) {math.log(1.1) / 0.02:.6g} is above 3"


def test_a_condition_on_one_symbol_or_on_what_the_radar_lacks_needs_no_radar() -> None:
    assert is_of_radar(FAST)
    assert not is_of_radar(ConditionConfig("change_24h", "BTCUSDT", above=0.05))
    assert not is_of_radar(ConditionConfig("score", above=60.0))
    assert not is_of_radar(ConditionConfig("equity", below=1_000.0))


@pytest.mark.parametrize("name", sorted(RADAR_NUMBERS))
def test_every_number_is_that_of_its_row(name: str) -> None:
    radar = state(market())
    column, factor = RADAR_NUMBERS[name]
    states, _ = advance((), measured(radar), ConditionConfig(name, above=-0.5))
    assert {one.symbol for one in states} <= set(NAMES)
    for one in states:
        value = radar.row(radar.symbols.index(one.symbol))
        if column in ("mark", "index", "funding"):
            assert isinstance(one.value, float)
        else:
            assert one.value == pytest.approx(value[column] * factor)
    assert states


def test_why_nothing_is_measured() -> None:
    made = market()
    broken = Reason("radar_stale")

    def why(radar: RadarState | None, source: str = "binance") -> str | None:
        found = radar_message((FAST,), radar, source)  # type: ignore[arg-type]
        return None if found is None else str(found)

    assert radar_message((), None, "binance") is None
    assert why(state(made)) is None
    said = "alerts.when on every perpetual: "
    assert why(None) == f"{said}not received yet"
    assert why(None, "recording") == f"{said}the whole market was not recorded"
    assert why(state(RadarMarket())) == f"{said}not received yet"
    assert why(state(made, NOW + 60_000)) == f"{said}{broken}"
    made.apply(RadarConnection(False, broken, 0))
    assert why(state(made)) == f"{said}{broken}"
