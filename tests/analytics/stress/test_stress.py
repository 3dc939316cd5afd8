"""The simulation as a whole: its numbers, its scenarios, and what it says when it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.build import LIVE, NOW_NS, depth_snapshot, mark_price, ready_market, touch_book

from tuirisk import events as ev
from tuirisk.analytics.assess import assess
from tuirisk.analytics.leverage.open_positions import open_positions
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.market_risk.value_at_risk import historical_es, historical_var
from tuirisk.analytics.stress.filtered import filtered_moves
from tuirisk.analytics.stress.inputs import StressInputs, stress_inputs
from tuirisk.analytics.stress.paths import HORIZONS, simulate_paths
from tuirisk.analytics.stress.return_models import blocks
from tuirisk.analytics.stress.scenarios import PRESETS, shocks
from tuirisk.analytics.stress.simulate import histogram, horizon, simulate
from tuirisk.config.model import AccountConfig, Config, PositionConfig, RiskConfig, ScenarioConfig
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market
from tuirisk.state import SIMULATING, Missing, RiskState, Stress, from_json, to_json

BTC, ETH = "BTCUSDT", "ETHUSDT"
PATHS = 2_000
CONFIG = Config(
    account=AccountConfig(equity=9_000.0),
    positions=(
        PositionConfig(BTC, "long", 0.5, 66_000.0, 40.0),
        PositionConfig(ETH, "short", 20.0, 3_400.0, 10.0, "cross"),
        PositionConfig(BTC, "short", 1.0, 67_500.0, 10.0, "cross"),
    ),
    scenarios=(ScenarioConfig("rain", -0.02, 2.0, 3.0, 4.0, 0.001),),
)


def inputs(market: Market, config: Config = CONFIG) -> StressInputs:
    return stress_inputs(market, open_positions(market.account, config), config, NOW_NS)


def shown(market: Market, result: StressResult | None, config: Config = CONFIG) -> RiskState:
    return assess(market, config, NOW_NS, connection=LIVE, source="simulator", stress=result)


MARKET = ready_market((BTC, ETH))
INPUTS = inputs(MARKET)
RESULT = simulate(INPUTS, PATHS)


def stress(symbol: str, state: RiskState) -> Stress:
    found = state.symbols[symbol].stress
    assert found is not None
    return found


def test_the_same_inputs_give_the_same_result() -> None:
    assert simulate(inputs(ready_market((BTC, ETH))), PATHS) == RESULT
    other = replace(CONFIG, risk=replace(RiskConfig(), seed=2))
    assert simulate(inputs(MARKET, other), PATHS) != RESULT


def test_the_published_numbers_are_those_of_the_bootstrap() -> None:
    found = RESULT.symbols[BTC]
    assert found.block is not None
    assert isinstance(found.block, float)
    scaled = filtered_moves(INPUTS.moves, INPUTS.sigmas)
    for number, (name, moves) in enumerate((("24h", scaled), ("7d", INPUTS.moves))):
        make, horizons = blocks(moves, found.block), {name: HORIZONS[name]}
        outcomes = simulate_paths(
            make, INPUTS.assets, 9_000.0, (1, number), paths=PATHS, horizons=horizons
        )
        profit = outcomes[name].profit[0]
        assert found.horizons[name].var_95 == pytest.approx(historical_var(profit, 0.95))
        assert found.horizons[name].es_95 == pytest.approx(historical_es(profit, 0.95))
        for probability, value in found.horizons[name].quantiles.items():
            assert value == pytest.approx(np.quantile(profit, float(probability)))
    assert sum(found.histogram.counts) == PATHS  # type: ignore[union-attr]
    assert (found.paths, found.bars) == (PATHS, 3_071)


def test_chances_stand_at_the_positions() -> None:
    state = shown(MARKET, RESULT)
    long, short = state.symbols[BTC].positions
    assert (long.margin_mode, short.margin_mode) == ("isolated", "cross")
    day, week = RESULT.chances[RESULT.open_positions.positions[0]]
    alone = shown(MARKET, None).symbols[BTC].positions[0].p_liquidation_24h
    assert long.p_liquidation_24h == (day + alone) / 2
    assert long.p_liquidation_7d == week
    assert long.p_liquidation_model == "simulation_and_extremes"
    assert short.p_liquidation_model == "simulation", "its margin hangs on two prices"
    eth = state.symbols[ETH].position
    assert eth is not None
    assert eth.p_liquidation_7d == short.p_liquidation_7d, "one wallet, one fate"
    assert 0 < long.p_liquidation_24h < long.p_liquidation_7d < 1  # type: ignore[operator]
    account = state.account
    assert account is not None
    assert account.p_any_liquidation_24h >= alone  # type: ignore[operator]


def test_the_account_is_all_of_them_together() -> None:
    account = shown(MARKET, RESULT).account
    assert account is not None
    alone = sum(RESULT.symbols[s].horizons["24h"].var_95 for s in (BTC, ETH))
    assert 0 < account.horizons["24h"].var_95 < alone  # type: ignore[operator]
    assert account.time_ms == NOW_NS // 1_000_000


def test_the_exit_adds_to_the_loss() -> None:
    for found in RESULT.symbols.values():
        for one in found.horizons.values():
            assert one.var_95_impact >= one.var_95  # type: ignore[operator]
            assert one.es_95_impact >= one.es_95  # type: ignore[operator]


def test_a_book_that_ends_refuses_the_exit_and_nothing_else() -> None:
    market = ready_market((BTC, ETH))
    market.apply(depth_snapshot(ETH, [(3_499.0, 50.0)], [(3_501.0, 0.5)]))
    result = simulate(inputs(market), 200)
    reason = Missing("order_book_too_short")
    day = result.symbols[ETH].horizons["24h"]
    assert isinstance(day.var_95, float)
    assert day.var_95_impact == day.es_95_impact == reason
    assert isinstance(result.symbols[BTC].horizons["24h"].var_95_impact, float)
    whole = result.account.horizons["24h"].var_95_impact
    assert whole == Missing("of_symbol", symbol="ETHUSDT", reason=reason)
    last = result.symbols[ETH].scenarios[-1]
    assert isinstance(last.pnl, float)
    assert last.exit_cost == reason


def test_scenarios() -> None:
    found = {one.name: one for one in RESULT.symbols[ETH].scenarios}
    assert list(found) == [*(p.name for p in PRESETS), "rain"]
    rain = found["rain"]
    held = RESULT.open_positions.of(ETH)[0]
    shocked = 3_500.0 * 0.98
    assert rain.pnl == pytest.approx(20.0 * (3_500.0 - shocked) + 20.0 * shocked * 0.001)
    assert rain.liquidated is False
    slippage = INPUTS.exits[held]["rain"]
    assert not isinstance(slippage, Missing)
    assert rain.exit_cost == pytest.approx(20.0 * shocked * slippage)
    day = RESULT.symbols[ETH].horizons["24h"].var_95
    assert not isinstance(day, Missing)
    assert rain.var_95 == pytest.approx(day * 2.0 * 0.98)
    crash = {one.name: one for one in RESULT.symbols[BTC].scenarios}["2020-03-12"]
    assert crash.liquidated is True, "the isolated long"
    wallet = 0.5 * 66_000.0 / 40.0 + 0.5 * 1_000.0
    price = 67_000.0 * (1 - 0.444)
    funding = price * -0.003
    assert crash.pnl == pytest.approx(-wallet + (67_000.0 - price) + funding)


def test_cross_positions_share_a_loss_that_is_no_more_than_the_balance() -> None:
    config = replace(CONFIG, scenarios=(ScenarioConfig("moon", 1.0),))
    result = simulate(inputs(MARKET, config), 100)
    last = {s: result.symbols[s].scenarios[-1] for s in (BTC, ETH)}
    isolated_gain = 0.5 * 67_000.0
    balance = 9_000.0 + 20.0 * (3_400.0 - 3_500.0) + (67_500.0 - 67_000.0)
    total = sum(one.pnl for one in last.values())
    assert total == pytest.approx(isolated_gain - balance)
    assert result.account.scenarios[-1].pnl == pytest.approx(total)
    assert last[ETH].liquidated is True


def test_the_users_scenario_may_replace_a_preset() -> None:
    table = shocks((ScenarioConfig("2020-03-12", 0.5), ScenarioConfig("other", -0.1)))
    assert len(table) == len(PRESETS) + 1
    assert table[0].of(BTC) == table[0].of(ETH) == 0.5


def test_the_presets_fall_as_the_recorded_days_did(shared_data) -> None:  # type: ignore[no-untyped-def]
    from support.bars import crash_of_2020, real

    def worst(bars, day_ms: int) -> float:  # type: ignore[no-untyped-def]
        inside = (bars.open_time >= day_ms) & (bars.open_time < day_ms + 86_400_000)
        before = bars.close[bars.open_time < day_ms][-1]
        return float(bars.low[inside].min() / before - 1.0)

    named = {preset.name: preset for preset in PRESETS}
    march = worst(crash_of_2020(shared_data), 1_583_971_200_000)
    assert named["2020-03-12"].price == pytest.approx(march, abs=0.005)
    for name, day in (("2024-08-05", 1_722_816_000_000), ("2025-10-10", 1_760_054_400_000)):
        for coin in ("SOL", "BNB"):
            fall = worst(real(shared_data, coin, "1d"), day)
            assert named[name].of(f"{coin}USDT") == pytest.approx(fall, abs=0.001)


def test_each_symbol_has_its_own_shock_and_the_rest_the_worst_known() -> None:
    october = next(one for one in PRESETS if one.name == "2025-10-10")
    changes = [october.of(s) for s in (BTC, "ETHUSDC", "XRPUSDT", "DOGEUSDT", "PEPEUSDT")]
    assert changes == [-0.165, -0.221, -0.579, -0.662, -0.629]
    altcoins = [change for coin, change in october.coins.items() if coin != "BTC"]
    assert october.others == pytest.approx(np.quantile(altcoins, 0.1), abs=5e-4)
    assert october.of("BTCDOMUSDT") == -0.629, "another coin whose name begins alike"


def test_rises_hurt_shorts_and_falls_hurt_longs() -> None:
    for side, sign in (("long", 1.0), ("short", -1.0)):
        position = PositionConfig(BTC, side, 0.5, 67_000.0, 2.0)  # type: ignore[arg-type]
        config = replace(CONFIG, positions=(position,), scenarios=())
        table = simulate(inputs(ready_market((BTC,)), config), 100).symbols[BTC].scenarios
        assert [one.name for one in table] == [one.name for one in PRESETS]
        for one in table:
            assert one.pnl * one.price * sign > 0  # type: ignore[operator]
        changes = [one.price for one in table if isinstance(one.price, float)]
        assert min(changes) < 0 < max(changes)


# When it cannot, or not yet.


def test_before_the_first_result_the_closed_form_stands_alone() -> None:
    state = shown(MARKET, None)
    found = state.symbols[BTC]
    assert found.position is not None
    assert isinstance(found.position.p_liquidation_24h, float)
    assert isinstance(found.position.p_liquidation_7d, float)
    assert found.position.p_liquidation_model == "daily_extremes"
    assert found.position.p_liquidation_time == SIMULATING
    assert stress(BTC, state).horizons["7d"].var_95 == SIMULATING
    from_json(to_json(state))


def test_the_result_of_other_positions_is_not_shown() -> None:
    moved = replace(CONFIG.positions[0], quantity=0.6)
    config = replace(CONFIG, positions=(moved, *CONFIG.positions[1:]))
    state = shown(MARKET, RESULT, config)
    first, second = state.symbols[BTC].positions
    assert first.p_liquidation_time == SIMULATING
    assert second.p_liquidation_time == SIMULATING, "they are shown as one"
    eth = state.symbols[ETH].position
    assert eth is not None
    assert isinstance(eth.p_liquidation_time, str), "its own margin is as it was"
    assert state.account is not None
    assert state.account.histogram == SIMULATING
    assert isinstance(state.account.p_liquidation_24h, float), "that of its positions meanwhile"


def test_a_position_that_cannot_be_simulated_says_why() -> None:
    market = ready_market((BTC,))
    market.apply(ev.SymbolRefused(ETH, NOW_NS, Reason.from_text("no such symbol")))
    config = replace(CONFIG, positions=CONFIG.positions[:2])
    result = simulate(inputs(market, config), 100)
    state = shown(market, result, config)
    assert isinstance(stress(BTC, state).horizons["24h"].var_95, float)
    held = state.symbols[ETH].position
    assert held is not None
    assert (held.side, held.quantity) == ("short", 20.0), "nothing is lost"
    assert held.p_liquidation_24h == Missing.from_text("no such symbol")
    assert state.account is not None
    without = shown(MARKET, None, replace(CONFIG, positions=CONFIG.positions[:1])).account
    assert without is not None
    assert state.account.p_any_liquidation_24h >= without.p_any_liquidation_24h  # type: ignore[operator]
    assert ETH in state.account.guessed
    from_json(to_json(state))


def test_nothing_that_can_be_simulated() -> None:
    market = ready_market((BTC,))
    market.apply(ev.SymbolRefused(BTC, NOW_NS, Reason.from_text("no such symbol")))
    config = replace(CONFIG, positions=CONFIG.positions[:1])
    result = simulate(inputs(market, config))
    assert result.symbols[BTC].horizons["24h"].var_95 == Missing.from_text("no such symbol")
    assert result.account.chances[0] == Missing(
        "of_symbol", symbol="BTCUSDT", reason=Missing.from_text("no such symbol")
    )


def test_without_positions_there_is_no_stress() -> None:
    state = shown(MARKET, None, Config())
    assert state.symbols[BTC].stress is None
    assert state.account is None


def test_a_histogram_holds_every_path() -> None:
    rng = np.random.default_rng(1)
    made = histogram(rng.standard_t(2, 5_000) * 100)
    assert sum(made.counts) == 5_000
    assert len(made.edges) == len(made.counts) + 1
    flat = histogram(np.zeros(100))
    assert sum(flat.counts) == 100


def test_quantiles_var_and_es() -> None:
    profit = np.random.default_rng(2).normal(0, 100, 4_001)
    found = horizon(profit, np.full(profit.size, 7.0), None)
    assert found.var_95 == pytest.approx(historical_var(profit, 0.95))
    assert found.var_95_impact == pytest.approx(historical_var(profit, 0.95) + 7.0)
    assert found.es_95_impact == pytest.approx(historical_es(profit, 0.95) + 7.0)


def test_crossing_one_and_five_per_cent_escalates() -> None:
    config = replace(CONFIG, positions=(PositionConfig(BTC, "long", 0.5, 66_000.0, 10.0),))
    market = ready_market((BTC,))
    base = simulate(inputs(market, config), 100)
    (held,) = base.open_positions.positions
    state: RiskState | None = None
    # The mean with a closed form of almost nothing: half of these.
    for step, chance in enumerate([0.001] * 8 + [0.03] * 10 + [0.12] * 10):
        now = NOW_NS + step * 500_000_000
        market.apply(mark_price(BTC, 67_000.0, now))
        touch_book(market, BTC, now)
        result = replace(base, chances={held: (chance, 0.2)})
        state = assess(
            market, config, now, state, connection=LIVE, source="simulator", stress=result
        )
    assert state is not None
    own = [entry for entry in state.log if entry.symbol == BTC]
    assert [(e.before, e.after, e.escalation) for e in own] == [
        ("", "caution", False),
        ("caution", "warning", True),
        ("warning", "critical", True),
    ]
    assert [e.cause for e in own] == [
        "account_over_budget",
        "watch_margin",
        "add_margin_or_reduce",
    ]
