"""Random accounts of the past: the same by seed, nothing from the future, judged twice."""

from __future__ import annotations

import csv
import io
from functools import cache

import numpy as np
import pytest
from support.candle_histories import changed_after, day_ms, history_of

from tuirisk.backtest.forecast_table import write_forecasts
from tuirisk.backtest.portfolio_record import portfolio_records, record_lines
from tuirisk.backtest.portfolios import PortfolioRow, portfolio_rows
from tuirisk.backtest.symbol_rows import Period

HISTORIES = (history_of(60, 1, "BTCUSDT"), history_of(60, 2, "ETHUSDT"))
PERIOD = Period(day_ms(30), day_ms(50))
COUNT = 8


@cache
def rows() -> list[PortfolioRow]:
    return portfolio_rows(HISTORIES, PERIOD, COUNT, 3)


def test_an_account_is_the_same_whatever_their_number() -> None:
    first = [row for row in rows() if row.parameter.startswith(("3.0 ", "3.1 "))]
    assert repr(portfolio_rows(HISTORIES, PERIOD, 2, 3)) == repr(first)  # NaN is no NaN
    assert portfolio_rows(HISTORIES, PERIOD, 2, 4) != portfolio_rows(HISTORIES, PERIOD, 2, 3)


def test_nothing_of_the_future_is_in_a_forecast() -> None:
    one = rows()[0]
    shuffled = [changed_after(history, one.time_ms) for history in HISTORIES]
    number = int(one.parameter.split()[0].split(".")[1])
    again = [
        row
        for row in portfolio_rows(shuffled, PERIOD, number + 1, 3)
        if row.parameter == one.parameter and row.horizon == one.horizon
    ]
    assert [row.forecast for row in again] == [one.forecast]


def test_forecasts_are_probabilities_and_the_worst_judge_is_no_milder() -> None:
    assert len(rows()) >= COUNT
    for row in rows():
        assert 0.0 <= row.forecast <= 1.0
        assert row.outcome <= row.worst
        assert 2.0 <= row.gross <= 20.0
        assert 0.0 <= row.net <= 1.0
    week = {row.parameter: row.forecast for row in rows() if row.horizon == "7d"}
    day = {row.parameter: row.forecast for row in rows() if row.horizon == "24h"}
    assert all(week[name] >= day[name] for name in week)


def test_the_table_has_a_seventh_column() -> None:
    out = io.StringIO()
    assert write_forecasts([], out, rows()) == len(rows())
    table = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert list(table[0]) == [
        *("time", "symbol", "what", "parameter", "forecast", "outcome", "outcome_worst")
    ]
    assert {line["symbol"] for line in table} == {"account"}
    assert {line["what"] for line in table} == {
        "p_account_liquidation_24h",
        "p_account_liquidation_7d",
    }


def test_a_record_knows_good_forecasts_from_bad_ones() -> None:
    rng = np.random.default_rng(5)

    def row(place: int, forecast: float, outcome: float) -> PortfolioRow:
        gross = float(rng.uniform(2.0, 20.0))
        time = day_ms(place)
        return PortfolioRow(time, "24h", "", gross, 0.2, forecast, 0.5, outcome, outcome)

    outcomes = (rng.random(300) < 0.3).astype(float).tolist()
    good = [row(n, 0.9 if came else 0.05, came) for n, came in enumerate(outcomes)]
    bad = [row(n, 0.5, came) for n, came in enumerate(outcomes)]
    (best,), (worst,) = portfolio_records(good), portfolio_records(bad)
    assert best.skill.value > 0.8
    assert worst.skill.value < 0.0
    assert best.hedged_skill.value > best.hedged_independent.value
    assert best.accounts == 300
    assert any("hedged" in line for line in record_lines((best,)))
    assert best.liquidated.value == pytest.approx(sum(outcomes) / 300)
