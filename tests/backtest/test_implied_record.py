"""What options implied, judged beside the forecast of the same days."""

from __future__ import annotations

import numpy as np
import pytest

from tuirisk.backtest.implied_record import implied_record
from tuirisk.backtest.symbol_rows import ImpliedRow, SymbolRows, VolatilityRow
from tuirisk.events.intervals import DAY_MS


def rows_of(realised: list[float], implied: list[float]) -> SymbolRows:
    """One symbol with a realised and an implied σ of 24 h a day; its forecast is always .02."""
    found = SymbolRows("BTCUSDT", "table")
    for day, (outcome, options) in enumerate(zip(realised, implied, strict=True)):
        found.volatility.append(VolatilityRow(day * DAY_MS, 0.02, outcome, outcome))
        found.implied.append(ImpliedRow(day * DAY_MS, "deribit", options, 0.02, outcome))
    return found


def test_options_that_know_the_next_day_are_right_and_their_ratio_is_one() -> None:
    realised = (0.02 * np.exp(np.random.default_rng(1).normal(0, 0.3, 50))).tolist()
    record = implied_record([rows_of(realised, realised)])
    assert record is not None
    assert (record.sources, record.forecasts) == (("deribit",), 50)
    assert record.rank_correlation == pytest.approx(1.0)
    assert record.ratio.value == pytest.approx(1.0)
    assert record.qlike.value == pytest.approx(0.0)
    assert record.qlike_forecast.value > 0.01
    assert record.month is None, "fewer than 90 months"


def test_a_month_is_judged_by_its_own_thirty_days_and_those_before() -> None:
    record = implied_record([rows_of([0.02] * 200, [0.03] * 200)])
    assert record is not None
    assert record.ratio.value == pytest.approx(4 / 9)
    month = record.month
    assert month is not None
    assert month.forecasts == 200 - 30 - 29, "30 days before and 30 after"
    assert month.qlike_before.value == pytest.approx(0.0, abs=1e-12)
    assert month.premium.value == pytest.approx(0.01 * 365**0.5)


def test_a_day_that_is_missing_takes_its_months() -> None:
    rows = rows_of([0.02] * 200, [0.03] * 200)
    del rows.volatility[100]
    record = implied_record([rows])
    assert record is not None
    assert record.month is None


def test_without_a_provider_there_is_no_record() -> None:
    assert implied_record([SymbolRows("BTCUSDT", "table")]) is None
