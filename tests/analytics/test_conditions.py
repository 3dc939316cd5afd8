"""The user's own conditions over whole assessments, and their rules in the configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.build import LIVE, NOW_NS, mark_price, ready_market

from tuirisk.analytics.assess import assess
from tuirisk.analytics.condition_numbers import _OF_ACCOUNT, _OF_POSITION, _OF_SYMBOL
from tuirisk.analytics.conditions import Measured, advance_conditions
from tuirisk.analytics.radar_conditions import RADAR_NUMBERS
from tuirisk.config.alert_model import AlertsConfig, ConditionConfig
from tuirisk.config.condition_values import CONDITION_VALUES
from tuirisk.config.model import Config, PositionConfig
from tuirisk.market.market import Market
from tuirisk.state import Acknowledgement, LogEntry, Missing, Number, RiskState
from tuirisk.state.binary import decode_untyped, encode, typed
from tuirisk.state.condition import ConditionState, condition_sentence
from tuirisk.state.external import NO_EXTERNAL

BTC = "BTCUSDT"
SECOND = 1_000_000_000
ABOVE = ConditionConfig("mark", BTC, above=70_000.0)


def config(*conditions: ConditionConfig, positions: tuple[PositionConfig, ...] = ()) -> Config:
    return Config(alerts=AlertsConfig(when=conditions), positions=positions)


def step(
    market: Market, settings: Config, second: int, price: float | None, before: RiskState | None
) -> RiskState:
    now = NOW_NS + second * SECOND
    if price is not None:
        market.apply(mark_price(BTC, price, now_ns=now))
    return assess(market, settings, now, before, connection=LIVE, source="simulator")


def story(settings: Config, prices: list[float | None], market: Market | None = None) -> RiskState:
    """The state after one mark price a second; None is a second without one."""
    market, state = market or ready_market((BTC,)), None
    for second, price in enumerate(prices):
        state = step(market, settings, second, price, state)
    assert state is not None
    return state


def met(state: RiskState) -> list[LogEntry]:
    return [entry for entry in state.alerts if entry.kind == "condition"]


def test_a_condition_alerts_once_a_crossing() -> None:
    state = story(config(ABOVE), [69_000.0, 70_001.0, 70_500.0, 69_000.0, 70_400.0])
    first, second = met(state)
    assert (first.symbol, first.after, first.escalation) == (BTC, "mark above 70000", True)
    assert first.text == "mark price 70,001 is above 70,000"
    assert second.text == "mark price 70,400 is above 70,000"
    assert str(condition_sentence(first)) == first.text


def test_one_that_holds_when_first_measured_alerts_at_once() -> None:
    assert len(met(story(config(ABOVE), [70_001.0]))) == 1


def test_a_number_that_swings_about_its_bound_alerts_once() -> None:
    assert len(met(story(config(ABOVE), [70_010.0, 69_990.0] * 10))) == 1


def test_a_number_that_stays_just_short_of_its_bound_can_alert_again() -> None:
    assert len(met(story(config(ABOVE), [70_010.0, *[69_990.0] * 32, 70_010.0]))) == 2


def test_a_stale_number_neither_fires_nor_clears() -> None:
    state = story(config(ABOVE), [70_001.0, *[None] * 60, 70_002.0])
    assert len(met(state)) == 1
    below = ConditionConfig("mark", BTC, below=70_000.0)
    market = ready_market((BTC,))
    quiet = story(config(), [70_001.0, *[None] * 60], market)
    assert not met(step(market, config(below, ABOVE), 70, None, quiet))


def test_a_repeated_condition_alerts_until_it_is_acknowledged() -> None:
    settings = config(replace(ABOVE, repeat=True))
    market = ready_market((BTC,))
    state = step(market, settings, 0, 70_001.0, None)
    state = step(market, settings, 299, 70_001.0, state)
    assert met(state)[0].repeats == 0
    state = step(market, settings, 300, 70_001.0, state)
    assert (met(state)[0].repeats, len(met(state))) == (1, 1)
    now = NOW_NS + 301 * SECOND
    state = assess(
        market, settings, now, state, connection=LIVE, source="simulator",
        acknowledgements=[Acknowledgement.of(met(state)[0])],
    )  # fmt: skip
    state = step(market, settings, 700, 70_001.0, state)
    assert met(state)[0].repeats == 1


def test_symbols_that_meet_a_condition_together_share_an_alert() -> None:
    market = ready_market((BTC, "ETHUSDT"))
    state = story(config(ConditionConfig("mark", "*", above=1.0)), [67_000.0], market)
    (entry,) = met(state)
    assert (entry.symbol, entry.symbols) == ("", (BTC, "ETHUSDT"))
    assert entry.text == "mark price is above 1: BTCUSDT, ETHUSDT"


def test_a_position_that_was_closed_is_forgotten_and_the_next_one_alerts() -> None:
    held = (PositionConfig(BTC, "long", 0.1, 66_000.0, 20.0),)
    near = ConditionConfig("distance", BTC, below=0.5)
    market = ready_market((BTC,))
    state = step(market, config(near, positions=held), 0, 67_000.0, None)
    assert len(met(state)) == 1
    state = step(market, config(near), 1, 67_000.0, state)
    assert state.conditions == ()
    state = step(market, config(near, positions=held), 2, 67_000.0, state)
    assert len(met(state)) == 2


def test_every_name_has_its_number() -> None:
    by_scope = {
        scope: {name for name, value in CONDITION_VALUES.items() if value.scope == scope}
        for scope in ("symbol", "position", "account")
    }
    assert by_scope["symbol"] == set(_OF_SYMBOL)
    assert by_scope["position"] == {*_OF_POSITION, "pnl"}
    assert by_scope["account"] == set(_OF_ACCOUNT)


def test_every_number_can_be_measured_and_said() -> None:
    held = (PositionConfig(BTC, "long", 0.1, 66_000.0, 20.0),)
    of_radar = {name for name, value in CONDITION_VALUES.items() if value.scope == "radar"}
    conditions = tuple(ConditionConfig(name, above=0.5) for name in CONDITION_VALUES)
    state = story(config(*conditions, positions=held), [67_000.0])
    names = {one.condition.value for one in state.conditions}
    assert names == set(CONDITION_VALUES) - of_radar
    assert of_radar < set(RADAR_NUMBERS)
    for entry in met(state):
        assert str(condition_sentence(entry)) == entry.text


def test_what_nobody_gives_or_watches_is_said() -> None:
    outside = ConditionConfig("implied_volatility", BTC, above=0.8)
    state = story(config(outside, replace(ABOVE, symbol="DOGEUSDT")), [67_000.0])
    codes = {message.code for message in state.messages}
    assert {"condition_unmeasurable", "condition_unwatched"} <= codes


@pytest.mark.parametrize(
    ("value", "holds"), [(Missing("not_computed_yet"), True), (0.5, True), (0.9, False)]
)
def test_a_missing_number_leaves_a_condition_as_it_was(value: Number, holds: bool) -> None:
    condition = ConditionConfig("implied_volatility", BTC, below=0.6)
    before = ConditionState(condition, BTC, 0.5, holds=True)
    market = ready_market((BTC,))
    symbols = step(market, config(), 0, 67_000.0, None).symbols
    nothing = Measured(symbols, None, NO_EXTERNAL)
    assert advance_conditions([before], [condition], nothing, 0, 0.0)[0][0].holds
    from tuirisk.analytics.conditions import _advanced

    assert _advanced(condition, BTC, value, before, 1, 30_000.0)[0].holds == holds


def test_conditions_reach_a_viewer_whole() -> None:
    outside = ConditionConfig("implied_volatility", BTC, below=0.6)
    state = story(config(ABOVE, outside), [70_001.0])
    assert len(state.conditions) == 2
    assert typed(RiskState, decode_untyped(encode(state))).conditions == state.conditions
