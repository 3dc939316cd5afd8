"""Positions in the state: margin, liquidation price, distances, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest
from support.build import NOW_NS, assess_market, events_of, mark_price, ready_market
from support.positions import BRACKETS, BTC, ETH, LONG, SHORT, account, given, only, state, told

from tuirisk import events as ev
from tuirisk.analytics.forecast.daily_risk import daily_sigma
from tuirisk.analytics.leverage.margin import maintenance_margin
from tuirisk.config.model import PositionConfig, RiskConfig
from tuirisk.state import Missing, SymbolState


def test_an_isolated_position() -> None:
    made = state(LONG)
    found, symbol = only(made), made.symbols[BTC]
    wallet = 0.5 * 66_000.0 / 20.0
    profit = 0.5 * 1_000.0
    needed = maintenance_margin(BRACKETS[BTC], 33_500.0)
    assert found.notional == pytest.approx(33_500.0)
    assert found.unrealised_pnl == pytest.approx(profit)
    assert found.margin_balance == pytest.approx(wallet + profit)
    assert found.maintenance_margin == pytest.approx(needed)
    assert found.margin_ratio == pytest.approx(needed / (wallet + profit))
    assert found.leverage == pytest.approx(33_500.0 / (wallet + profit))
    assert found.leverage_setting == 20.0
    assert found.max_leverage == 125.0
    assert found.initial_margin == pytest.approx(33_500.0 / 20.0)
    assert found.free_collateral == pytest.approx(wallet + profit - 33_500.0 / 20.0)
    assert found.bracket_source == "table 2024-10-24"
    price = (0.5 * 66_000.0 - wallet) / (0.5 - 0.5 * 0.004)
    assert found.liquidation_price == pytest.approx(price)
    distance = price / 67_000.0 - 1
    assert distance < 0
    assert found.distance == pytest.approx(distance)
    sigma = symbol.forecast.volatility_24h
    assert not isinstance(sigma, Missing)
    assert found.distance_sigmas == pytest.approx(distance / sigma)
    assert symbol.forecast.model in ("har", "har_pooled")
    assert found.distance_atr == pytest.approx(distance * 67_000.0 / symbol.daily.atr)
    assert isinstance(found.other_liquidation_price, Missing)


def test_cross_positions_share_their_margin() -> None:
    made = state(replace(LONG, margin_mode="cross"), SHORT)
    needed = {
        BTC: maintenance_margin(BRACKETS[BTC], 33_500.0),
        ETH: maintenance_margin(BRACKETS[ETH], 70_000.0),
    }
    profits = {BTC: 500.0, ETH: -2_000.0}
    balance = 20_000.0 - 1_500.0
    for name, other in ((BTC, ETH), (ETH, BTC)):
        found = only(made, name)
        assert found.margin_balance == pytest.approx(balance)
        assert found.maintenance_margin == pytest.approx(needed[name])
        assert found.margin_ratio == pytest.approx(sum(needed.values()) / balance)
        sign, quantity, entry = (1, 0.5, 66_000.0) if name == BTC else (-1, 20.0, 3_400.0)
        price = found.liquidation_price
        assert not isinstance(price, Missing)
        left = 20_000.0 + profits[other] + sign * quantity * (price - entry)
        assert left == pytest.approx(
            needed[other] + maintenance_margin(BRACKETS[name], quantity * price)
        )
    assert only(made, ETH).distance > 0  # type: ignore[operator]
    whole = account(made)
    assert whole.maintenance_margin == pytest.approx(sum(needed.values()))
    assert whole.free_collateral == pytest.approx(balance - 33_500.0 / 20.0 - 7_000.0)


def test_a_cross_position_whose_partner_has_no_price() -> None:
    market = ready_market((BTC,))
    for event in events_of(ETH):
        if not isinstance(event, ev.MarkPrice):
            market.apply(event)
    made = assess_market(market, config=given(replace(LONG, margin_mode="cross"), SHORT, LONG))
    cross, isolated = made.symbols[BTC].positions
    reason = Missing(
        "of_cross_margin", symbol="ETHUSDT", reason=Missing("not_received_yet", thing="mark_price")
    )
    assert cross.liquidation_price == cross.margin_ratio == cross.distance == reason
    assert isinstance(isolated.liquidation_price, float)
    assert account(made).var_1d_95 == Missing(
        "of_symbol", symbol="ETHUSDT", reason=Missing("not_received_yet", thing="mark_price")
    )
    assert account(made).within_budget == account(made).var_1d_95


def test_both_sides_of_a_symbol() -> None:
    short = PositionConfig(BTC, "short", 0.4, 66_500.0, 10.0)
    made = state(LONG, short)
    symbol = made.symbols[BTC]
    assert [p.side for p in symbol.positions] == ["long", "short"]
    alone = [only(state(p)).liquidation_price for p in (LONG, short)]
    assert [p.liquidation_price for p in symbol.positions] == alone
    assert symbol.position is symbol.positions[0], "the nearer one"
    assert account(made).hedge_mode is True
    assert account(made).positions == 2
    assert [t.name for t in symbol.score.terms["liquidity"]] == [
        "sell_slippage",
        "buy_slippage",
        "spread_percentile",
        "depth_percentile",
    ]
    assert symbol.liquidity.impact.notional == pytest.approx(0.5 * 67_000.05)


def test_a_cross_hedge_is_one_margin() -> None:
    long = PositionConfig(BTC, "long", 10.0, 67_000.0, 10.0, "cross")
    short = PositionConfig(BTC, "short", 9.0, 67_000.0, 10.0, "cross")
    symbol = state(long, short).symbols[BTC]
    one, other = symbol.positions
    assert one.liquidation_price == other.liquidation_price
    assert one.other_liquidation_price == other.other_liquidation_price
    below, above = sorted((one.liquidation_price, one.other_liquidation_price))  # type: ignore[type-var]
    assert below < 67_000.0 < above  # type: ignore[operator]


def test_no_liquidation_price() -> None:
    found = only(state(PositionConfig(BTC, "long", 0.5, 66_000.0, 1.0)))
    assert isinstance(found.liquidation_price, Missing)
    assert "no liquidation price" in found.liquidation_price.reason
    assert found.distance == found.distance_sigmas == found.liquidation_price
    assert found.liquidation_due is False


def test_a_position_that_is_past_its_liquidation() -> None:
    made = state(replace(LONG, entry_price=71_000.0))
    found = only(made)
    assert found.liquidation_due
    assert found.margin_ratio == Missing("margin_used")
    assert found.free_collateral == 0.0
    advice = made.symbols[BTC].recommendation
    assert (advice.code, advice.severity) == ("liquidation_due", "critical")
    assert "liquidation_due" in advice.notes
    ruin = replace(LONG, entry_price=500_000.0, margin_mode="cross")
    gone = only(state(SHORT, ruin), ETH)
    assert gone.liquidation_due
    assert gone.liquidation_price == Missing("margin_gone_everywhere")


def test_a_position_that_is_due_counts_as_the_nearest_to_liquidation() -> None:
    due = replace(LONG, entry_price=71_000.0)
    close = PositionConfig(BTC, "short", 0.4, 67_000.0, 125.0)
    for config in ((due, close), (close, due)):
        symbol = state(*config).symbols[BTC]
        distances = {p.side: abs(p.distance) for p in symbol.positions}
        assert distances["short"] < distances["long"]  # type: ignore[operator]
        assert symbol.position is not None
        assert (symbol.position.side, symbol.position.liquidation_due) == ("long", True)


def test_a_position_may_use_the_equity_that_is_its_own_margin() -> None:
    config = replace(given(LONG, SHORT), risk=RiskConfig(var_budget=1.0))
    made = assess_market(ready_market((BTC, ETH)), config=config)
    btc, eth = only(made, BTC), only(made, ETH)
    assert btc.size_limits["margin"] == pytest.approx((20_000.0 - 7_000.0) * 20.0 / 67_000.0)
    margin = (20_000.0 - 33_500.0 / 20.0) * 10.0 / 3_500.0
    assert eth.size_limits["margin"] == pytest.approx(margin, abs=1e-3)
    assert btc.max_size == pytest.approx(min(btc.size_limits.values()), abs=1e-3)  # type: ignore[type-var]
    assert next(iter(btc.size_limits)) == btc.max_size_limit


def test_a_stale_price_is_not_warned_of() -> None:
    market = ready_market((BTC,))
    config = given(replace(LONG, leverage=100.0, entry_price=67_000.0))
    near = assess_market(market, config=config).symbols[BTC]
    assert "liquidation_within_1_sigma" in near.recommendation.notes
    later = NOW_NS + 6_000_000_000
    stale = assess_market(market, later, config).symbols[BTC]
    assert "liquidation_within_1_sigma" not in stale.recommendation.notes


def test_nothing_is_computed_anew_while_nothing_changes() -> None:
    market, config = ready_market((BTC, ETH)), given(LONG, SHORT)
    before = assess_market(market, config=config)
    again = assess_market(market, config=config, previous=before)
    for name in (BTC, ETH):
        assert again.symbols[name].positions is before.symbols[name].positions
        assert again.symbols[name].daily is before.symbols[name].daily
    market.apply(mark_price(BTC, 67_100.0))
    moved = assess_market(market, config=config, previous=again)
    assert moved.symbols[BTC].positions is not before.symbols[BTC].positions


def test_a_changed_position_is_walked_anew() -> None:
    one = ev.AccountPosition(BTC, "long", 0.5, 66_000.0, 20.0, "cross", 0.0)
    market = told(one)
    before = assess_market(market).symbols[BTC]
    bigger = ev.AccountPosition(BTC, "short", 2.0, 66_000.0, 20.0, "cross", 0.0)
    market.apply(ev.AccountReport("", NOW_NS, 5_000.0, False, (bigger,)))
    after = assess_market(market, previous=assess_market(told(one))).symbols[BTC]
    assert after.liquidity.impact.notional == pytest.approx(4 * before.liquidity.impact.notional)
    assert after.performance.cagr != before.performance.cagr


def test_the_longest_bars_that_have_a_volatility_give_sigma() -> None:
    symbol: SymbolState = assess_market(ready_market((BTC,))).symbols[BTC]
    blank = replace(symbol.volatility.cone["1d"]["7"], current=Missing.from_text("short"))
    cone = dict(symbol.volatility.cone)
    cone["1d"] = dict.fromkeys(cone["1d"], blank)
    sigma = daily_sigma(replace(symbol.volatility, cone=cone))
    hourly = cone["1h"]["60"].current
    assert not isinstance(hourly, Missing)
    assert sigma == pytest.approx(hourly / sqrt(365))
    nothing = {name: dict.fromkeys(cells, blank) for name, cells in cone.items()}
    assert isinstance(daily_sigma(replace(symbol.volatility, cone=nothing)), Missing)


def test_the_next_funding_is_paid_by_one_side_to_the_other() -> None:
    short = PositionConfig(BTC, "short", 0.4, 66_500.0, 10.0)
    symbol = state(LONG, short).symbols[BTC]
    rate = symbol.funding.rate
    assert isinstance(rate, float)
    assert rate != 0
    paid = [position.next_funding for position in symbol.positions]
    assert paid == [pytest.approx(0.5 * 67_000.0 * rate), pytest.approx(-0.4 * 67_000.0 * rate)]
