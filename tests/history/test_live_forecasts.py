"""Forecasts of live runs are kept, judged when their time has passed, and counted by band."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from math import log, sqrt
from pathlib import Path
from typing import Any

import pytest
from support import positions
from support.build import candle

from tuirisk.events import Candle
from tuirisk.history import forecast_rows, mark_ranges
from tuirisk.history.database import connect
from tuirisk.history.forecast_outcomes import judge
from tuirisk.history.history import History
from tuirisk.history.issued_forecasts import IssuedForecast, IssuedForecasts
from tuirisk.history.live_record import live_record, stored_live_record
from tuirisk.history.mark_ranges import MarkRanges
from tuirisk.state import NO_EXTERNAL, Freshness, ImpliedVolatility, RiskState

BTC = positions.BTC
QUARTER, HOUR, DAY = 900_000, 3_600_000, 86_400_000
MIDNIGHT = 1_780_012_800_000 // DAY * DAY
PATIENCE = 10.0


@pytest.fixture(scope="module")
def held() -> RiskState:
    return positions.state(positions.LONG)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


def at(state: RiskState, time_ms: int, mark: float | None = None) -> RiskState:
    """``state`` of BTC alone at another time, and at another mark price."""
    symbol = replace(state.symbols[BTC], freshness={"mark": Freshness(500.0, 5_000.0, False)})
    if mark is not None:
        symbol = replace(symbol, price=replace(symbol.price, mark=mark))
    return replace(state, time_ms=time_ms, symbols={BTC: symbol}, log=())


def kinds(issued: Sequence[IssuedForecast]) -> set[tuple[str, str]]:
    return {(one.what, one.parameter) for one in issued}


def test_each_full_hour_has_its_forecasts_once(held: RiskState) -> None:
    runs, hour = IssuedForecasts(), MIDNIGHT + HOUR
    issued = runs.add(at(held, hour + 1_500))
    assert kinds(issued) == {
        ("p_liquidation_24h", "held long"),
        ("p_liquidation_7d", "held long"),
        ("volatility_24h", ""),
        ("var_95", "blended"),
        ("score_total_volatility_24h", ""),
        ("score_total_fall_24h", ""),
    }
    assert {one.time_ms for one in issued} == {hour}
    position = held.symbols[BTC].position
    assert position is not None
    day = next(one for one in issued if one.what == "p_liquidation_24h")
    assert (day.forecast, day.level) == (position.p_liquidation_24h, position.liquidation_price)
    assert day.end_ms == hour + DAY
    assert not runs.add(at(held, hour + 2_500))
    assert not IssuedForecasts().add(at(held, hour + 61_000)), "too late to be of the full hour"


def test_what_options_imply_is_a_forecast_while_it_is_fresh(held: RiskState) -> None:
    def issued(stale: bool) -> list[IssuedForecast]:
        time = "2026-11-22T12:00:00.000Z"
        implied = ImpliedVolatility(0.55, 50.0, 0.1, time, 1e3, "deribit", stale=stale)
        external = replace(NO_EXTERNAL, implied_volatility={"BTC": implied})
        found = IssuedForecasts().add(at(replace(held, external=external), MIDNIGHT + HOUR))
        return [one for one in found if one.what == "implied_volatility_24h"]

    (one,) = issued(stale=False)
    assert (one.parameter, one.end_ms) == ("deribit", MIDNIGHT + HOUR + DAY)
    assert one.forecast == pytest.approx(0.55 / sqrt(365))
    assert not issued(stale=True)


def test_a_position_that_changed_is_forecast_from_the_next_quarter_hour_on(
    held: RiskState,
) -> None:
    runs, hour = IssuedForecasts(), MIDNIGHT + HOUR
    flat = replace(held.symbols[BTC], position=None, positions=())
    without = replace(held, symbols={BTC: flat})
    assert ("p_liquidation_24h", "held long") not in kinds(runs.add(at(without, hour)))
    assert not runs.add(at(held, hour + 5_000))
    assert kinds(runs.add(at(held, hour + QUARTER))) == {
        ("p_liquidation_24h", "held long"),
        ("p_liquidation_7d", "held long"),
    }
    assert not runs.add(at(held, hour + 2 * QUARTER)), "it has not changed since"


def test_every_six_hours_standard_leverages_are_forecast(held: RiskState) -> None:
    issued = IssuedForecasts().add(at(held, MIDNIGHT + 6 * HOUR))
    whats = kinds(issued)
    assert {("p_liquidation_24h", "long 20"), ("p_liquidation_7d", "short 100")} <= whats
    assert all(0.0 <= one.forecast <= 1.0 for one in issued if one.level is not None)


def test_a_stale_mark_price_is_no_beginning(held: RiskState) -> None:
    symbol = replace(
        at(held, MIDNIGHT).symbols[BTC], freshness={"mark": Freshness(9_000.0, 5_000.0, True)}
    )
    stale = replace(held, time_ms=MIDNIGHT, symbols={BTC: symbol})
    assert not {what for what, _ in kinds(IssuedForecasts().add(stale)) if "liquidation" in what}


def test_a_quarter_hour_of_mark_prices_counts_where_it_was_seen_whole(held: RiskState) -> None:
    marks = MarkRanges()
    finished = []
    for second in range(0, 3 * 900 + 2, 2):
        hole = 1_000 < second < 1_020
        if not hole:
            price = 100.0 + (7.0 if second == 300 else 0.0) - (4.0 if second == 2_000 else 0.0)
            finished += marks.add(at(held, MIDNIGHT + second * 1000, price))
    assert finished == [
        (BTC, MIDNIGHT, 100.0, 107.0),
        (BTC, MIDNIGHT + 2 * QUARTER, 96.0, 100.0),
    ]


def chance(forecast: float, at_level: float, side: str = "long", **other: Any) -> IssuedForecast:
    made = IssuedForecast(
        BTC, MIDNIGHT, "p_liquidation_24h", f"{side} 20", MIDNIGHT + DAY, forecast, 100.0, at_level
    )
    return made._replace(**other)


def bars(low: float = 99.0, high: float = 101.0, skip: int = -2) -> list[Candle]:
    """From a quarter hour before midnight to a day after it; the extremes at noon."""
    found = []
    for number in range(-1, 96):
        if number != skip:
            bar = candle(MIDNIGHT + number * QUARTER, "15m", 100.0, 100.0)
            wide = number == 48
            found.append(replace_bar(bar, low if wide else 99.5, high if wide else 100.5))
    return found


def replace_bar(bar: Candle, low: float, high: float) -> Candle:
    import msgspec

    return msgspec.structs.replace(bar, low=low, high=high)


def judged(
    path: Path,
    issued: Sequence[IssuedForecast],
    stored: Sequence[Candle],
    marks: Sequence[mark_ranges.Row] = (),
    now_ms: int = MIDNIGHT + DAY + 120_000,
) -> list[tuple[float | None, str]]:
    """Outcome and basis of each of ``issued``, in the order of their parameters."""
    from tuirisk.history import candles

    with closing(connect(path, 1.0)) as connection:
        forecast_rows.store(connection, issued)
        candles.store(connection, BTC, "15m", stored, now_ms * 1_000_000)
        mark_ranges.store(connection, marks)
        judge(connection, now_ms)
        return connection.execute(
            "SELECT outcome, basis FROM forecasts ORDER BY what, parameter"
        ).fetchall()


def test_outcomes_by_the_last_price(path: Path) -> None:
    rows = judged(
        path,
        [
            chance(0.1, 95.0),
            chance(0.1, 98.0, parameter="long 50"),
            chance(0.1, 101.5, "short"),
            chance(0.1, 101.5, "short", parameter="short 50", end_ms=MIDNIGHT + 7 * DAY),
        ],
        bars(low=97.0, high=102.0),
    )
    assert rows == [(0.0, "last"), (1.0, "last"), (1.0, "last"), (None, "")]


def test_the_mark_price_decides_where_it_was_seen_whole(path: Path) -> None:
    marks = [(BTC, MIDNIGHT + n * QUARTER, 99.0, 101.0) for n in range(96)]
    wide = bars(low=90.0)
    assert judged(path, [chance(0.1, 95.0)], wide, marks) == [(0.0, "mark")]
    other = path.with_name("other.sqlite3")
    assert judged(other, [chance(0.1, 95.0)], wide, marks[:40] + marks[41:]) == [(1.0, "last")]


def test_holes_leave_a_forecast_unjudged_until_they_are_filled(path: Path) -> None:
    later = MIDNIGHT + DAY + 120_000
    assert judged(path, [chance(0.1, 95.0)], bars(skip=30)) == [(None, "")]
    with closing(connect(path, 1.0)) as connection:
        record = live_record(connection, later)
        assert record is not None
        assert (record.chance_24h, record.not_judged, record.awaited) == ((), 1, 0)
    assert judged(path, [], bars()) == [(0.0, "last")]


def test_outcomes_of_volatility_var_and_score(path: Path) -> None:
    stored = bars(low=97.0)
    stored[-1] = replace_bar(candle(stored[-1].open_time, "15m", 100.0, 96.0), 96.0, 100.0)
    of_day = chance(0.02, 0.0, level=None, price=None, parameter="")
    issued = [
        of_day._replace(what=what) for what in ("score_total_fall_24h", "var_95", "volatility_24h")
    ]
    (fall, _), (loss, _), (volatility, _) = judged(path, issued, stored)
    assert fall == pytest.approx(0.04)
    assert loss == pytest.approx(0.04)
    assert volatility == pytest.approx(sqrt(log(0.96) ** 2))


def test_the_record_counts_by_band(path: Path) -> None:
    issued = [
        chance(0.02, 98.0, time_ms=MIDNIGHT, parameter="long 20"),
        chance(0.04, 95.0, time_ms=MIDNIGHT, parameter="long 25"),
        chance(1.0, 98.0, time_ms=MIDNIGHT, parameter="long 100"),
    ]
    judged(path, issued, bars(low=97.0))
    record = stored_live_record(path, MIDNIGHT + 2 * DAY)
    assert record is not None
    assert record.source == "live"
    low, top = record.chance_24h
    assert (low.low, low.high, low.forecasts, low.days) == (0.01, 0.05, 2, 1)
    assert low.mean == pytest.approx(0.03)
    assert low.realised == 0.5
    assert (top.low, top.high, top.realised) == (0.8, 1.0, 1.0)
    assert not low.enough


def test_scores_on_another_scale_are_not_counted(path: Path) -> None:
    now: dict[str, Any] = {
        "what": "score_total_fall_24h",
        "level": None,
        "price": None,
        "parameter": "",
    }
    judged(path, [chance(50.0, 0.0, scale=1, **now), chance(0.02, 98.0)], bars())
    record = stored_live_record(path, MIDNIGHT + 2 * DAY)
    assert record is not None
    assert (len(record.chance_24h), record.score) == (1, ())


def test_a_run_keeps_its_forecasts_and_the_next_one_judges_them(
    path: Path, held: RiskState
) -> None:
    def run(*states: RiskState) -> History:
        history = History.open(path, report=lambda reason: pytest.fail(str(reason)))
        for state in states:
            history.record(state)
        return history

    run(at(held, MIDNIGHT + 1_000), at(held, MIDNIGHT + HOUR)).close(PATIENCE)
    history = run()
    history.record_candles(BTC, "15m", bars(), (MIDNIGHT + DAY) * 1_000_000)
    history.record(at(held, MIDNIGHT + DAY + 1_000))
    history.close(PATIENCE)
    record = history.live_record
    assert record is not None
    assert record.symbols == (BTC,)
    assert sum(band.forecasts for band in record.chance_24h) >= 15
    assert record.volatility is not None
    assert record.volatility.forecasts == 1, "the bars end before that of one o'clock could be"
    assert stored_live_record(path, MIDNIGHT + DAY + 1_000) == record


def test_the_table_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast_rows, "MOST_ROWS", 3)
    with closing(connect(path, 1.0)) as connection:
        times = [MIDNIGHT + n * HOUR for n in range(6)]
        forecast_rows.store(connection, [chance(0.1, 95.0, time_ms=time) for time in times])
        forecast_rows.delete_old(connection, times[-1])
        kept = connection.execute("SELECT min(time_ms), count(*) FROM forecasts").fetchone()
    assert kept == (times[2], 4)


def test_damaged_rows_are_left_out(path: Path) -> None:
    judged(path, [chance(0.02, 98.0)], bars())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE forecasts SET forecast = 'high'")
        connection.commit()
    assert stored_live_record(path, MIDNIGHT + 2 * DAY) is None
