"""Nothing from the future, and exactly what the monitor would have forecast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.candle_histories import changed_after, day_ms, history_of

from tuirisk.analytics.derivatives.funding import rate_percentile
from tuirisk.analytics.leverage.hypothetical import hypothetical_positions
from tuirisk.analytics.market_risk.cone import rolling_volatility
from tuirisk.analytics.market_risk.regime import WINDOW, regime_state
from tuirisk.analytics.market_risk.volatility_divergence import volatility_divergence
from tuirisk.backtest import liquidation
from tuirisk.backtest.forecast_series import cut
from tuirisk.backtest.known_bars import known_bars
from tuirisk.backtest.price_ranges import PriceRanges
from tuirisk.backtest.signals import divergences, funding_rows, regime_rows
from tuirisk.backtest.symbol_rows import Period, SymbolRows, symbol_rows
from tuirisk.backtest.what_followed import WhatFollowed
from tuirisk.config.model import RiskConfig
from tuirisk.events.intervals import DAY_MS
from tuirisk.feed.files.folder import read_folder
from tuirisk.feed.files.model import SymbolHistory

RISK = RiskConfig()
HISTORY = history_of(150)
SPLIT = 144


@pytest.fixture(autouse=True)
def _few_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liquidation, "PATHS", 40)


def walked(history: SymbolHistory, first: int = 140, last: int = 146) -> SymbolRows:
    return symbol_rows(history, Period(day_ms(first), day_ms(last)), RISK)


def forecasts(rows: SymbolRows, until_ms: int) -> list[tuple[object, ...]]:
    """Every forecast made by ``until_ms``, without what became of it."""
    assert rows.score is not None
    hours = rows.score.time_ms <= until_ms
    return [
        *((c.time_ms, c.horizon, c.side, c.leverage, c.forecast, c.brownian) for c in rows.chances),
        *((v.time_ms, v.forecast) for v in rows.volatility),
        *((x.time_ms, x.method, x.var, x.es) for x in rows.losses),
        *((s.time_ms, s.signal, s.value) for s in rows.signals),
        *(
            (time, name, round(value, 9))
            for name, column in rows.score.parts.items()
            for time, value in zip(
                rows.score.time_ms[hours].tolist(), column[hours].tolist(), strict=True
            )
            if value == value
        ),
    ]


def test_no_forecast_changes_with_what_comes_after_it() -> None:
    now = day_ms(SPLIT)
    before, after = walked(HISTORY), walked(changed_after(HISTORY, now))
    known = [row for row in forecasts(before, now) if isinstance(row[0], int) and row[0] <= now]
    again = [row for row in forecasts(after, now) if isinstance(row[0], int) and row[0] <= now]
    assert len(known) > 5 * 14
    assert {row[1] for row in known} >= {"24h", "7d", "blended", "regime", "total", "market"}
    # The 7-day window of the last days is not over in either.
    assert known == again
    outcomes = [[c.outcome for c in rows.chances] for rows in (before, after)]
    assert outcomes[0] != outcomes[1], "the shuffled future is another one"


def test_real_days_are_judged_by_the_mark_price(shared_data: Path) -> None:
    bnb = read_folder(shared_data / "klines", symbols=["BNBUSDT"]).symbols["BNBUSDT"]
    # Without 1h bars there is no score.
    bnb = replace(bnb, bars={name: bnb.bars[name] for name in ("15m", "1d")})
    begin = 1_743_984_000_000  # 2025-04-07
    rows = symbol_rows(bnb, Period(begin, begin + 2 * DAY_MS), RISK)
    assert (rows.days, rows.skipped) == (2, 0)
    assert {row.basis for row in rows.chances} == {"mark"}
    assert len(rows.chances) == 2 * 2 * 2 * 6, "BNB allows up to 75x"
    of = {(r.time_ms, r.horizon, r.side, r.leverage): r for r in rows.chances}
    for (time_ms, horizon, side, leverage), row in of.items():
        higher = of.get((time_ms, horizon, side, 2 * leverage))
        assert 0.0 <= row.forecast <= (1.0 if higher is None else higher.forecast)
        assert row.forecast <= of[time_ms, "7d", side, leverage].forecast
        if higher is not None:
            assert row.outcome <= higher.outcome
    # The 24 h from that midnight went 6.4 % below it.
    assert of[begin, "24h", "long", 10].outcome == 0.0
    assert of[begin, "24h", "long", 20].outcome == 1.0


def test_the_bars_are_those_that_the_monitor_would_hold() -> None:
    now = day_ms(100)
    bars = known_bars(HISTORY, "15m", now)
    assert len(bars) == 3_072
    assert int(bars.open_time[-1]) + bars.interval_ms == now
    assert len(known_bars(HISTORY, "1d", now)) == 100
    assert len(known_bars(HISTORY, "4h", now)) == 0
    rows = HISTORY.bars["15m"]
    there = (rows.open_time < day_ms(20)) | (rows.open_time >= day_ms(90))
    names = ("open_time", "open", "high", "low", "close", "volume", "quote_volume")
    holed = replace(rows, **{name: getattr(rows, name)[there] for name in names})
    bars = known_bars(replace(HISTORY, bars={"15m": holed}), "15m", now)
    assert len(bars) == 960, "what stood before a hole of months is not the last month"


def test_positions_are_judged_by_the_mark_price_where_it_is_known() -> None:
    prices = PriceRanges(HISTORY)
    window = prices.window(day_ms(30), day_ms(31))
    assert window is not None
    assert window.basis == "mark"
    mark = HISTORY.mark["8h"]
    assert window.low == mark.low[90:93].min()
    assert window.start == mark.close[89]
    short = replace(HISTORY, mark={"8h": cut(mark, 0, 92)})
    window = PriceRanges(short).window(day_ms(30), day_ms(31))
    assert window is not None
    assert window.basis == "last"
    assert window.high == HISTORY.bars["15m"].high[30 * 96 : 31 * 96].max()
    assert prices.window(day_ms(149), day_ms(151)) is None, "it is not over"
    assert prices.window(day_ms(0), day_ms(1)) is None, "there is no price before it"


def test_an_outcome_is_the_touch_of_the_liquidation_price() -> None:
    positions = hypothetical_positions("BTCUSDT", 100.0)
    assert len(positions) == 14
    levels = {(p.position.side, p.leverage): p.level for p in positions}
    # Maintenance rate of the first bracket: 0.4 %.
    assert levels["long", 10] == pytest.approx(90.0 / 0.996)
    assert levels["short", 10] == pytest.approx(110.0 / 1.004)
    rows = walked(HISTORY, 100, 101)
    window = PriceRanges(HISTORY).window(day_ms(100), day_ms(101))
    assert window is not None
    for row in rows.chances:
        if row.horizon == "24h" and row.side == "long":
            level = levels["long", row.leverage] / 100.0 * window.start
            assert row.outcome == float(window.low <= level)


def test_a_leverage_that_the_brackets_do_not_allow_is_no_position() -> None:
    held = hypothetical_positions("CTKUSDT", 1.0)
    assert held
    assert max(p.leverage for p in held) < 100


def test_funding_ahead_is_the_rate_settled_last_at_its_interval() -> None:
    now = day_ms(100)
    rate, steps = liquidation.funding_ahead(HISTORY.funding, now)
    assert rate == HISTORY.funding.rate[300]
    assert steps[:3] == (32, 64, 96)
    assert len(steps) == 21
    assert liquidation.funding_ahead(HISTORY.funding, day_ms(200)) == (0.0, ())


def test_regimes_and_divergences_are_those_of_the_bars_up_to_each() -> None:
    bars = HISTORY.bars["15m"]
    followed = WhatFollowed(bars)
    rows = [row for row in regime_rows(bars, followed) if row.time_ms % DAY_MS == 0][-20::5]
    for row in rows:
        known = known_bars(HISTORY, "15m", row.time_ms)
        assert regime_state(known).state == row.value
    places, flags = divergences(bars)
    assert 0.0 < flags.mean() < 1.0
    for place, flag in list(zip(places.tolist(), flags.tolist(), strict=True))[-40::4]:
        known = cut(bars, 0, place + 1)
        rolling = rolling_volatility(known, WINDOW)
        assert volatility_divergence(known, rolling) is flag


def test_the_funding_signal_ranks_a_rate_among_those_before_it() -> None:
    followed = WhatFollowed(HISTORY.bars["15m"])
    rows = {row.time_ms: row.value for row in funding_rows(HISTORY.funding, RISK, followed)}
    now = day_ms(120)
    place = int(np.searchsorted(HISTORY.funding.time, now))
    rate = float(HISTORY.funding.rate[place])
    percentile = rate_percentile(rate, HISTORY.funding.rate[place - 269 : place].tolist())
    assert isinstance(percentile, float)
    overheated = abs(rate) >= RISK.extreme_rate_8h or (percentile > 95 and rate > 1e-4)
    assert (rows[now] != "neutral") is overheated


def test_what_followed_is_of_the_next_96_bars() -> None:
    bars = HISTORY.bars["15m"]
    followed = WhatFollowed(bars)
    row = 1_000
    after = slice(row + 1, row + 97)
    close = bars.close[row]
    assert followed.fall[row] == pytest.approx(1.0 - bars.low[after].min() / close)
    returns = np.diff(np.log(bars.close[row : row + 97]))
    assert followed.volatility[row] == pytest.approx(np.sqrt(np.square(returns).sum()))
    assert followed.volatility_before[row + 96] == followed.volatility[row]
    assert followed.change[row] == pytest.approx(bars.close[row + 96] / close - 1.0)
    assert np.isnan(followed.volatility[-96:]).all()
    assert followed.rows(np.array([followed.time[5], followed.time[5] + 1])).tolist() == [5, -1]
