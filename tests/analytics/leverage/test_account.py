"""The account: its positions and brackets before the configured ones, its VaR, bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.build import NOW_NS, assess_market, ready_market
from support.positions import BTC, ETH, LONG, SHORT, account, given, only, state, told

from tuirisk import events as ev
from tuirisk.config.model import PositionConfig
from tuirisk.language.reason import Reason
from tuirisk.state import Missing, from_json, to_json


def test_the_accounts_positions_come_before_the_configured_ones() -> None:
    market = told(
        ev.AccountPosition(BTC, "short", 0.2, 68_000.0, 25.0, "isolated", 700.0),
        ev.AccountPosition(ETH, "long", 3.0, 3_450.0, 5.0, "cross", 0.0),
    )
    made = assess_market(market, config=given(LONG))
    found = only(made)
    assert (found.side, found.quantity) == ("short", 0.2)
    assert found.margin_balance == pytest.approx(700.0 + 0.2 * 1_000.0)
    assert only(made, ETH).margin_balance == pytest.approx(5_000.0 + 150.0)
    whole = account(made)
    assert whole.source == "account"
    assert whole.equity == pytest.approx(5_000.0 + 700.0 + 200.0 + 150.0)
    assert whole.var_budget == pytest.approx(0.02 * whole.equity)
    assert whole.unrealised_pnl == pytest.approx(350.0)


def test_the_accounts_brackets_are_used() -> None:
    market = told(ev.AccountPosition(BTC, "long", 0.2, 66_000.0, 20.0, "isolated", 700.0))
    market.apply(ev.LeverageBrackets(BTC, NOW_NS, (ev.Bracket(0.0, 1e9, 0.03, 0.0, 15.0),)))
    made = assess_market(market)
    found = only(made)
    assert found.bracket_source == "account"
    assert found.maintenance_margin == pytest.approx(0.03 * 0.2 * 67_000.0)
    assert "leverage_beyond_bracket" in made.symbols[BTC].recommendation.notes


def test_an_account_with_no_position() -> None:
    made = assess_market(told(), config=given(LONG))
    assert made.symbols[BTC].position is None
    assert made.symbols[BTC].stress is None
    whole = account(made)
    assert whole.equity == 5_000.0
    assert whole.var_1d_95 == whole.within_budget == Missing("no_positions")
    assert (whole.margin_ratio, whole.free_collateral) == (0.0, 5_000.0)
    from_json(to_json(made))


@pytest.mark.parametrize("quantity", [0.0, -1.0, float("nan")])
def test_what_is_no_position_is_none(quantity: float) -> None:
    market = told(ev.AccountPosition(BTC, "long", quantity, 66_000.0, 20.0, "cross", 0.0))
    assert assess_market(market).symbols[BTC].position is None


def test_an_entry_price_of_zero() -> None:
    market = told(
        ev.AccountPosition(BTC, "long", 0.2, 0.0, 20.0, "cross", 0.0),
        ev.AccountPosition(ETH, "long", 3.0, 3_450.0, 5.0, "isolated", 900.0),
    )
    made = assess_market(market)
    found = only(made)
    assert found.notional == pytest.approx(13_400.0)
    assert found.unrealised_pnl == Missing("no_entry_price")
    assert isinstance(found.liquidation_price, Missing)
    assert isinstance(only(made, ETH).liquidation_price, float)
    assert isinstance(account(made).equity, Missing)
    assert isinstance(account(made).var_1d_95, float), "that does not rest on the entry"
    from_json(to_json(made))


def test_a_position_in_a_coin_that_does_not_trade_is_not_lost() -> None:
    market = ready_market((BTC,))
    market.apply(ev.SymbolRefused(ETH, NOW_NS, Reason("not_trading", status="SETTLING")))
    made = assess_market(market, config=given(SHORT))
    found = only(made, ETH)
    assert (found.side, found.quantity, found.entry_price) == ("short", 20.0, 3_400.0)
    assert found.notional == Missing("not_trading", status="SETTLING")
    again = assess_market(market, config=given(SHORT), previous=made)
    assert again.symbols[ETH] is made.symbols[ETH]


def test_the_var_of_all_positions_is_of_their_days_together() -> None:
    market = ready_market((BTC, ETH))
    made = assess_market(market, config=given(LONG, SHORT))
    bars = [market.symbols[name].candles["1d"].bars() for name in (BTC, ETH)]
    returns = [b.close[1:] / b.close[:-1] - 1 for b in bars]
    profit = 33_500.0 * returns[0] - 70_000.0 * returns[1]
    whole = account(made)
    variance, residuals = np.mean(profit[:30] ** 2), []
    for value in profit[30:]:
        residuals.append(value / variance**0.5)
        variance = 0.94 * variance + 0.06 * value**2
    filtered = -np.quantile(residuals, 0.05) * variance**0.5
    blended = (-np.quantile(profit, 0.05) * filtered) ** 0.5
    assert whole.var_1d_95 == pytest.approx(blended, rel=1e-9)
    assert whole.within_budget is False
    assert "account_var_over_budget" in made.symbols[BTC].recommendation.notes
    small = state(replace(LONG, quantity=0.01))
    assert account(small).within_budget is True
    assert "account_var_over_budget" not in small.symbols[BTC].recommendation.notes


def test_a_full_hedge_risks_nothing_in_a_day() -> None:
    short = PositionConfig(BTC, "short", 0.5, 67_500.0, 10.0)
    assert account(state(LONG, short)).var_1d_95 == 0.0


def test_until_it_is_simulated_the_account_has_the_chances_of_its_positions() -> None:
    """Cross positions fall together; isolated ones by themselves."""
    alone = account(state(LONG))
    assert alone.p_any_liquidation_24h == pytest.approx(only(state(LONG)).p_liquidation_24h)
    both = state(LONG, SHORT)
    likely = [only(both, name).p_liquidation_24h or 0.0 for name in (BTC, ETH)]
    assert account(both).p_any_liquidation_24h == pytest.approx(
        1.0 - (1.0 - likely[0]) * (1.0 - likely[1])
    )
    assert isinstance(alone.p_liquidation_24h, Missing), "no cross position"
    cross = account(state(replace(LONG, margin_mode="cross")))
    assert cross.p_liquidation_24h == cross.p_any_liquidation_24h
