"""A forecast of the backtest is that of the monitor with the same bars, seed and paths."""

from __future__ import annotations

import numpy as np
import pytest
from support.candle_histories import day_ms, history_of

from tuirisk.analytics.forecast.daily_risk import daily_risk
from tuirisk.analytics.forecast.volatility_forecast import volatility_forecast
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.analytics.leverage.hypothetical import hypothetical_positions
from tuirisk.analytics.leverage.liquidation import liquidation_of
from tuirisk.analytics.leverage.liquidation_chance import Barriers, liquidation_chance
from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.leverage.portfolio import Contract, Portfolio
from tuirisk.analytics.market_risk.volatility import volatility_state
from tuirisk.analytics.stress.inputs import StressInputs, bar_moves
from tuirisk.analytics.stress.paths import SimulatedAsset
from tuirisk.analytics.stress.return_models import BarMoves
from tuirisk.analytics.stress.simulate import simulate
from tuirisk.backtest import liquidation
from tuirisk.backtest.known_bars import known_bars
from tuirisk.backtest.liquidation import (
    funding_ahead,
    liquidation_chances,
)
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import DAY_MS

PATHS = 200
SYMBOL = "BTCUSDT"


def test_the_chance_is_that_of_the_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liquidation, "PATHS", PATHS)
    history, now = history_of(120), day_ms(110)
    bars = {name: known_bars(history, name, now) for name in ("15m", "1h", "1d")}
    forecast = volatility_forecast(bars["15m"], bars["1d"])
    mark = float(bars["15m"].close[-1])
    hypothetical = hypothetical_positions(SYMBOL, mark)
    funding = funding_ahead(history.funding, now)
    found = liquidation_chances(hypothetical, bars["15m"], bars["1d"], forecast, funding, now)
    assert found is not None

    held = tuple(each.position for each in hypothetical)
    book = OpenPositions("config", 0.0, None, False, held)
    brackets, source = brackets_of(SYMBOL, ())
    _, rows = bar_moves(bars["15m"])
    assert isinstance(forecast.sigma_24h, float)
    inputs = StressInputs(
        now,
        now // DAY_MS,
        book,
        (SimulatedAsset(SYMBOL, mark, brackets, held, (0.0,) * len(held), *funding),),
        BarMoves(*(row[np.newaxis] for row in rows)),
        np.array([forecast.sigma_24h]),
        {},
        {},
        (),
        {position: {"": 0.0} for position in held},
    )
    stress = simulate(inputs, paths=PATHS)
    portfolio = Portfolio(book, {SYMBOL: Contract(mark, brackets, source)}, stress)
    daily = daily_risk(bars["1d"], volatility_state(bars, RiskConfig().windows), forecast)
    for position, chance in zip(held, found, strict=True):
        prices = liquidation_of(position, portfolio)
        barriers = Barriers(prices.near, prices.far, prices.due)
        shown = liquidation_chance(position, portfolio, daily, barriers)
        assert shown.model == "simulation_and_extremes"
        assert (chance.day, chance.week) == pytest.approx((shown.day, shown.week), rel=1e-12)
