"""A year of other people's data: one value a day, the fresh ones alone."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from msgspec.structs import replace as replace_struct

from tuirisk.events.external import ProviderSeries
from tuirisk.history.external_days import (
    DAY_MS,
    TABLE,
    delete_old,
    load,
    rows_of,
    rows_of_series,
    store,
)
from tuirisk.state import NO_EXTERNAL, External, Missing, Number, OutsideValue

NOW = 1_795_003_200_000
TODAY = NOW - NOW % DAY_MS


def external(
    value: Number, stale: bool = False, measure: str = "implied_volatility", tenor: int = 30
) -> External:
    one = OutsideValue("binance_options", measure, "SOL", "", tenor, value, 1_000.0, stale)
    return replace(NO_EXTERNAL, values=(one,))


def test_the_last_fresh_value_of_a_day_is_kept_and_read_as_a_complete_day() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLE)
    for value in (0.7, 0.8):
        store(connection, rows_of(external(value), NOW))
    (series,) = load(connection, NOW + DAY_MS)
    assert (series.provider, series.measure, series.asset) == (
        "binance_options",
        "implied_volatility",
        "SOL",
    )
    assert series.rows == ((TODAY, 0.8),)
    assert load(connection, NOW) == (), "today is not a day yet"
    delete_old(connection, NOW + 500 * DAY_MS)
    assert load(connection, NOW + 500 * DAY_MS) == ()


def test_the_days_that_a_provider_gives_are_kept_with_its_own() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLE)
    days = ((TODAY - 2 * DAY_MS, 0.5), (TODAY - DAY_MS, 0.6))
    given = ProviderSeries("", 0, "deribit", "implied_volatility", "BTC", days, 2 * DAY_MS)
    store(connection, rows_of_series(given))
    store(connection, rows_of_series(replace_struct(given, measure="net_flow")))
    (series,) = load(connection, NOW)
    assert (series.provider, series.asset, series.rows) == ("deribit", "BTC", days)


def test_what_is_stale_missing_revised_or_of_another_horizon_is_not_kept() -> None:
    assert rows_of(external(0.7, stale=True), NOW) == []
    assert rows_of(external(Missing("no_provider")), NOW) == []
    assert rows_of(external(5.0, measure="net_flow", tenor=0), NOW) == []
    assert rows_of(external(0.7, tenor=7), NOW) == []


def test_a_damaged_row_is_left_out() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLE)
    store(connection, rows_of(external(0.7), NOW))
    connection.execute("INSERT INTO external_days VALUES ('x', 'index', 'y', 'soon', 'much')")
    assert len(load(connection, NOW + DAY_MS)) == 1
