"""What a simulation starts from, what it refuses, and when another one is due."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan
from typing import Any

import numpy as np
import pytest
from support.build import (
    NOW_NS,
    candles_from,
    close_bar,
    depth_snapshot,
    events_of,
    keep_bars,
    listed,
    mark_price,
    ready_market,
)

from tuirisk import events as ev
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.open_positions import OpenPositions, open_positions
from tuirisk.analytics.leverage.portfolio import portfolio_of
from tuirisk.analytics.liquidity.book_walk import Levels, walk
from tuirisk.analytics.stress.inputs import StressInputs, stress_inputs
from tuirisk.analytics.stress.settlement_times import settlement_steps
from tuirisk.analytics.stress.trigger import (
    StressBaseline,
    StressTrigger,
    simulation_due,
    stress_baseline,
    stress_trigger,
)
from tuirisk.config.model import AccountConfig, Config, PositionConfig, ScenarioConfig
from tuirisk.events.intervals import HOUR_MS, INTERVALS, MINUTE_MS
from tuirisk.language.reason import Reason
from tuirisk.market.derivatives import DerivativesData
from tuirisk.market.market import Market
from tuirisk.state import SIMULATING, Missing

BTC, ETH = "BTCUSDT", "ETHUSDT"
SECOND = 1_000_000_000
CONFIG = Config(
    account=AccountConfig(equity=20_000.0),
    positions=(
        PositionConfig(BTC, "long", 0.5, 66_000.0, 20.0),
        PositionConfig(ETH, "short", 5.0, 3_400.0, 10.0, "cross"),
    ),
)


def gathered(market: Market, config: Config = CONFIG, now: int = NOW_NS) -> StressInputs:
    return stress_inputs(market, open_positions(market.account, config), config, now)


@pytest.fixture
def market() -> Market:
    return ready_market((BTC, ETH))


def test_everything_a_simulation_needs(market: Market) -> None:
    found = gathered(market)
    assert [a.symbol for a in found.assets] == [BTC, ETH]
    assert found.refused == {}
    assert found.returns.shape == (2, 3_071)
    closes = market.symbols[ETH].candles["15m"].bars().close
    np.testing.assert_allclose(found.returns[1], np.diff(np.log(closes)), rtol=1e-12)
    assert found.assets[0].mark == 67_000.0
    assert found.assets[0].funding_rate == 0.0001
    assert found.assets[0].positions[0].wallet == pytest.approx(0.5 * 66_000.0 / 20.0)
    assert found.time_ms == NOW_NS // 1_000_000


def test_the_exit_is_walked_through_todays_book_and_the_shocked_one(market: Market) -> None:
    config = replace(CONFIG, scenarios=(ScenarioConfig("rain", -0.1, 1.0, 3.0, 4.0),))
    found = gathered(market, config)
    book = market.symbols[BTC].book
    levels = Levels.of_pairs(1, book.bids.levels())
    bid, ask = book.bids.best(), book.asks.best()
    assert bid is not None
    assert ask is not None
    mid = (bid + ask) / 2
    exits = found.exits[found.open_positions.positions[0]]
    assert exits[""] == walk(levels, mid, quantity=0.5).slippage
    thinner = walk(levels, mid, quantity=2.0).slippage
    assert not isinstance(thinner, Missing)
    assert exits["rain"] == pytest.approx(thinner + (ask - bid) / 2 / mid * 2.0)


def test_an_exhausted_book_refuses_the_exit(market: Market) -> None:
    market.apply(depth_snapshot(BTC, [(66_999.0, 0.2)], [(67_001.0, 9.0)]))
    found = gathered(market)
    cost = found.exits[found.open_positions.positions[0]][""]
    assert cost == Missing("order_book_too_short")
    assert isnan(found.assets[0].slippages[0])
    assert not isnan(found.assets[1].slippages[0])


def test_a_stale_book_refuses_the_exit(market: Market) -> None:
    found = gathered(market, now=NOW_NS + 6 * SECOND)
    for exits in found.exits.values():
        assert isinstance(exits[""], Missing)


def test_returns_are_aligned_in_time() -> None:
    market = ready_market((BTC, ETH))
    keep_bars(market, ETH, "15m", np.r_[:500, 510:3_072])
    found = gathered(market)
    assert found.returns.shape == (2, 3_071 - 11)


# Refusals.


def unready(*gone: type[ev.Event]) -> Market:
    """A market in which ETH lacks some families."""
    market = ready_market((BTC,))
    for event in events_of(ETH):
        if not isinstance(event, gone):
            market.apply(event)
    return market


def test_a_symbol_that_is_not_ready_yet_is_waited_for() -> None:
    found = gathered(unready(ev.MarkPrice))
    assert [a.symbol for a in found.assets] == [BTC]
    assert list(found.refused.values()) == [SIMULATING]
    assert list(gathered(ready_market((BTC,))).refused.values()) == [SIMULATING]


def test_a_symbol_that_does_not_trade_has_the_exchanges_reason() -> None:
    market = ready_market((BTC,))
    market.apply(ev.SymbolRefused(ETH, NOW_NS, Reason("not_trading", status="SETTLING")))
    (reason,) = gathered(market).refused.values()
    assert reason == Missing("not_trading", status="SETTLING")


def test_a_coin_listed_lately_has_too_few_bars() -> None:
    market = unready(ev.CandleHistory)
    for interval in INTERVALS:
        bars = candles_from(np.linspace(3_400, 3_500, 300).tolist(), interval, NOW_NS // 1_000_000)
        market.apply(ev.CandleHistory(ETH, NOW_NS, interval, bars))
    (reason,) = gathered(market).refused.values()
    assert reason == Missing("few_15m_returns", have=299, need=672)


def test_a_coin_that_never_moves() -> None:
    market = unready(ev.CandleHistory)
    for interval in INTERVALS:
        bars = candles_from([3_500.0] * 1_000, interval, NOW_NS // 1_000_000)
        market.apply(ev.CandleHistory(ETH, NOW_NS, interval, bars))
    assert list(gathered(market).refused.values()) == [Missing("zero_variance")]


def test_one_cross_position_takes_the_others_along(market: Market) -> None:
    cross = tuple(replace(p, margin_mode="cross") for p in CONFIG.positions)
    third = PositionConfig("SOLUSDT", "long", 1.0, 100.0, 10.0)
    for event in events_of("SOLUSDT"):
        market.apply(event)
    market.apply(ev.SymbolRefused(ETH, NOW_NS, Reason.from_text("no such symbol")))
    found = gathered(market, replace(CONFIG, positions=(*cross, third)))
    assert {h.symbol: r.reason for h, r in found.refused.items()} == {
        ETH: "no such symbol",
        BTC: "cross margin: ETHUSDT: no such symbol",
    }
    assert [a.symbol for a in found.assets] == ["SOLUSDT"]


def test_an_account_that_gives_no_entry_price() -> None:
    market = ready_market((BTC,))
    told = ev.AccountPosition(BTC, "long", 0.5, 0.0, 10.0, "isolated", 300.0)
    market.apply(ev.AccountReport("", NOW_NS, 1_000.0, False, (told,)))
    assert list(gathered(market).refused.values()) == [Missing("no_entry_price")]


# Funding times.


def settling(next_in_ms: int, hours: int | None) -> tuple[int, ...]:
    derivatives = DerivativesData()
    now = NOW_NS // 1_000_000
    derivatives.set_mark(ev.MarkPrice(BTC, NOW_NS, now, 1.0, 1.0, 0.0001, now + next_in_ms))
    if hours is not None:
        derivatives.set_funding_schedule(ev.FundingSchedule(BTC, NOW_NS, hours, None, None))
    return settlement_steps(derivatives, float(now))


@pytest.mark.parametrize(("hours", "count"), [(1, 168), (4, 42), (8, 21), (None, 21)])
def test_funding_is_paid_at_its_real_times(hours: int | None, count: int) -> None:
    steps = settling(HOUR_MS // 2, hours)
    assert len(steps) == count
    assert steps[0] == 2
    assert set(np.diff(steps)) == {(hours or 8) * 4}
    assert max(steps) <= 672


@pytest.mark.parametrize(("hours", "last", "runs"), [(8, 1, 1), (None, 4, 4), (1, 4, 4)])
def test_a_changed_interval_shows_in_the_settlements_before_it_is_published(
    hours: int | None, last: int, runs: int
) -> None:
    """The newest settlement is ``last`` hours before the next; the terms tell another interval."""
    derivatives, now = DerivativesData(), NOW_NS // 1_000_000
    ahead = (2 * HOUR_MS) if hours == 1 else HOUR_MS // 2
    derivatives.set_mark(ev.MarkPrice(BTC, NOW_NS, now, 1.0, 1.0, 0.0001, now + ahead))
    if hours is not None:
        derivatives.set_funding_schedule(ev.FundingSchedule(BTC, NOW_NS, hours, None, None))
    derivatives.settlements[now + ahead - last * HOUR_MS] = (0.0001, True)
    assert set(np.diff(settlement_steps(derivatives, float(now)))) == {runs * 4}


def test_a_time_between_two_steps_is_the_later_one() -> None:
    assert settling(1, 8)[0] == 1
    assert settling(15 * MINUTE_MS, 8)[0] == 1
    assert settling(15 * MINUTE_MS + 1, 8)[0] == 2


def test_a_time_that_has_passed_is_the_next_one() -> None:
    assert settling(-1, 8)[0] == 32
    assert settling(-8 * HOUR_MS, 8)[0] == 1


def test_no_time_is_no_funding() -> None:
    assert settlement_steps(DerivativesData(), 0.0) == ()
    assert settling(-(NOW_NS // 1_000_000), 8) == ()


# When another one is due.


def begun(market: Market) -> tuple[StressBaseline, OpenPositions]:
    held = open_positions(market.account, CONFIG)
    return stress_baseline(gathered(market), stress_trigger(market, held, NOW_NS)), held


def later(market: Market, held: OpenPositions, seconds: float, before: StressBaseline) -> bool:
    return simulation_due(before, stress_trigger(market, held, NOW_NS + round(seconds * SECOND)))


def test_the_first_is_due_and_then_nothing_for_a_while(market: Market) -> None:
    before, held = begun(market)
    assert simulation_due(None, before.trigger)
    assert not later(market, held, 0.0, before)
    assert not later(market, held, 299.0, before)
    assert later(market, held, 301.0, before), "five minutes are old"
    assert later(market, held, -1.0, before), "a replay went back"


def test_near_to_liquidation_a_price_calls_for_two_runs_in_ten_seconds_at_most() -> None:
    """A mark price that moves by more than a quarter of the distance every 250 ms."""
    baseline: StressBaseline | None = None
    begun_ms: list[int] = []
    for step in range(240):
        trigger = StressTrigger(250 * step, {BTC: 100.0 + step}, ())
        if simulation_due(baseline, trigger):
            begun_ms.append(trigger.time_ms)
            pause_ms = inf if baseline is None else trigger.time_ms - baseline.trigger.time_ms
            baseline = StressBaseline(trigger, {BTC: 0.0025}, pause_ms)
    assert begun_ms[:3] == [0, 250, 10_250]
    assert len(begun_ms) == 12


def test_a_quarter_of_a_days_sigma_or_of_the_distance_is_due_at_once(market: Market) -> None:
    before, held = begun(market)
    found = gathered(market)
    mark = found.assets[0].mark
    near = min(
        abs(price / mark - 1.0)
        for position in held.of(BTC)
        for prices in [liquidation_of(position, portfolio_of(market, held))]
        for price in (prices.near, prices.far)
        if isinstance(price, float)
    )
    matters = 0.25 * min(near, float(found.sigmas[0]))
    assert before.moves[BTC] == pytest.approx(matters)
    for sign in (-1, 1):
        market.apply(mark_price(BTC, mark * (1 + sign * 0.99 * matters)))
        assert not later(market, held, 60.0, before)
        market.apply(mark_price(BTC, mark * (1 + sign * 1.01 * matters)))
        assert later(market, held, 0.1, before)


def test_what_changes_at_once_is_due_at_once(market: Market) -> None:
    before, held = begun(market)
    assert simulation_due(before, stress_trigger(market, replace(held, wallet=1.0), NOW_NS))
    moved = replace(held, positions=held.positions[:1])
    assert simulation_due(before, stress_trigger(market, moved, NOW_NS))
    close_bar(market, BTC, "15m", NOW_NS)
    assert later(market, held, 0.0, before)


@pytest.mark.parametrize(
    "event",
    [
        ev.LeverageBrackets(BTC, NOW_NS, (ev.Bracket(0, 1e9, 0.01, 0, 20),)),
        ev.FundingSchedule(BTC, NOW_NS, 4, None, None),
        ev.MarkPrice(BTC, NOW_NS, NOW_NS // 1_000_000, 67_000.0, 67_000.0, 0.0001, 1),
        ev.DepthLost(BTC, NOW_NS, Reason.from_text("gone")),
        ev.SymbolRefused(ETH, NOW_NS, Reason.from_text("no such symbol")),
    ],
    ids=lambda event: type(event).__name__,
)
def test_events_that_matter(market: Market, event: ev.Event) -> None:
    before, held = begun(market)
    market.apply(event)
    assert later(market, held, 0.0, before)


def test_a_new_hourly_bar_or_trade_does_not_matter(market: Market) -> None:
    before, held = begun(market)
    close_bar(market, BTC, "1h", NOW_NS)
    market.apply(ev.Trade(BTC, NOW_NS, 10_000, NOW_NS // 1_000_000, 67_000.0, 1.0, True))
    market.apply(listed(BTC))
    assert not later(market, held, 0.0, before)


def test_what_the_exchange_tells_anew_of_the_same_positions_calls_for_no_simulation() -> None:
    def started(**changes: Any) -> StressTrigger:
        market = ready_market()
        held = replace(open_positions(None, Config()), source="account", **changes)
        return stress_trigger(market, held, NOW_NS)

    assert started(available=5.0) == started(available=6.0)
    assert started(wallet=500.0) != started(wallet=501.0)
    whole: dict[str, Any] = {"mode": "multi_assets"}
    assert started(wallet=500.0, **whole) == started(wallet=501.0, **whole)
    assert started(wallet=500.0, **whole) != started(wallet=550.0, **whole)
