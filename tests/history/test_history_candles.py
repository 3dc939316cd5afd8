"""Candles in the history: complete, without gaps, no more than a ring holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import astuple, replace
from support import build

from tuirisk.events import Candle, CandleHistory
from tuirisk.history.candles import CANDLES_KEPT
from tuirisk.history.history import History
from tuirisk.market.candles import CAPACITY

NOW = build.NOW_NS // 1_000_000
PATIENCE = 10.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


def bars(n: int, interval: str = "15m", seed: float = 100.0) -> tuple[Candle, ...]:
    return build.candles_from([seed + i for i in range(n)], interval, NOW)


def candles(path: Path, symbol: str = "BTCUSDT", interval: str = "15m") -> CandleHistory | None:
    said: list[str] = []
    history = History.open(path, report=lambda reason: said.append(str(reason)))
    try:
        return history.candles(symbol, interval, NOW)
    finally:
        history.close(PATIENCE)


def keep_bars(path: Path, *portions: tuple[Candle, ...], received: int = build.NOW_NS) -> None:
    said: list[str] = []
    history = History.open(path, report=lambda reason: said.append(str(reason)))
    for portion in portions:
        history.record_candles("BTCUSDT", "15m", portion, received)
    history.close(PATIENCE)
    assert said == []


def test_stored_candles_are_read_as_a_cached_event(path: Path) -> None:
    told = bars(1_300)
    keep_bars(path, told[800:], told[:801])
    assert candles(path) == CandleHistory("BTCUSDT", build.NOW_NS, "15m", told, cached=True)
    assert candles(path, interval="1h") is None
    assert candles(path, "ETHUSDT") is None


def test_a_later_version_of_a_bar_replaces_it(path: Path) -> None:
    mended = bars(5, seed=200.0)[4:]
    keep_bars(path, bars(5), mended)
    kept = candles(path)
    assert kept is not None
    assert kept.candles == (*bars(5)[:4], *mended)


def test_bars_before_a_gap_are_not_read(path: Path) -> None:
    told = bars(20)
    keep_bars(path, told[:9], told[10:])
    kept = candles(path)
    assert kept is not None
    assert kept.candles == told[10:]


def test_no_more_candles_are_kept_than_a_ring_holds(path: Path) -> None:
    told = bars(5_000)
    keep_bars(path, told[:4_000], told[4_000:])
    kept = candles(path)
    assert kept is not None
    assert max(CAPACITY.values()) <= CANDLES_KEPT
    assert kept.candles == told[-CANDLES_KEPT:]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM candles").fetchone() == (CANDLES_KEPT,)


def test_a_closed_bar_writes_one_row(path: Path) -> None:
    told = bars(5)
    keep_bars(path, told[:4])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE written (open_time)")
        connection.execute(
            "CREATE TRIGGER write AFTER INSERT ON candles "
            "BEGIN INSERT INTO written VALUES (new.open_time); END"
        )
        keep_bars(path, told[4:])
        assert connection.execute("SELECT * FROM written").fetchall() == [(told[4].open_time,)]


FUTURE = 4_102_443_900_000


def set_aside(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT open_time FROM candles_set_aside").fetchall()
    return [row[0] for row in rows]


def changed(bar: Candle, **changes: Any) -> Candle:
    return replace(bar, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"open_time": FUTURE, "close_time": FUTURE + 899_999},
        {"open_time": bars(1)[0].open_time + 1, "close_time": bars(1)[0].close_time + 1},
        {"close_time": bars(1)[0].close_time + 900_000},
        {"low": 1e9},
        {"volume": -1.0},
    ],
)
def test_a_bar_that_cannot_be_is_not_stored_and_deletes_nothing(
    path: Path, changes: dict[str, Any]
) -> None:
    told = bars(20)
    keep_bars(path, told)
    keep_bars(path, (changed(told[-1], **changes),))
    kept = candles(path)
    assert kept is not None
    assert kept.candles == told


def test_a_history_hurt_by_a_page_of_2099_heals(path: Path) -> None:
    told = bars(20)
    keep_bars(path, told)
    row = (*astuple(changed(told[-1], open_time=FUTURE, close_time=FUTURE + 899_999))[:-1],)
    with closing(sqlite3.connect(path)) as connection:
        mark = ", ".join("?" * 13)
        connection.execute(f"INSERT INTO candles VALUES ({mark})", ("BTCUSDT", "15m", *row))
        connection.execute(
            f"INSERT INTO candles VALUES ({mark})",
            ("BTCUSDT", "15m", told[0].open_time - 7, *row[1:]),
        )
        connection.commit()
    said: list[str] = []
    history = History.open(path, report=lambda reason: said.append(str(reason)))
    kept = history.candles("BTCUSDT", "15m", NOW)
    history.close(PATIENCE)
    assert kept is not None
    assert kept.candles == told
    assert said == ["history: 2 15m bars of BTCUSDT that cannot be were set aside"]
    assert sorted(set_aside(path)) == [told[0].open_time - 7, FUTURE]
    again = candles(path)
    assert again is not None
    assert again.candles == told
