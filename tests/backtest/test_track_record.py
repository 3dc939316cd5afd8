"""The record that is shown: the shipped one, and the user's own from the history."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tuirisk.backtest.kept_record import shipped_record, track_record
from tuirisk.history.database import SCHEMA, connect
from tuirisk.history.track_records import latest_track_record, store_track_record
from tuirisk.state.track_record import ChanceBand, ScoreOutcome, TrackRecord

OWN = TrackRecord(
    "own",
    ("XUSDT",),
    "2025-01-01",
    "2025-12-30",
    (ChanceBand(0.0, 0.01, 900, 90, 0.002, 0.003), ChanceBand(0.8, 1.0, 10, 5, 0.9, 0.85)),
    (),
    (ScoreOutcome(80.0, 100.0, 50, 0.02, 0.4, 0.1, 0.06),),
)


def test_the_shipped_record_names_its_dates_and_adds_up() -> None:
    record = shipped_record()
    assert record.source == "shipped"
    assert record.first_day == "2024-01-01"
    assert set(record.symbols) == {"BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT"}
    for bands in (record.chance_24h, record.chance_7d):
        assert [band.low for band in bands] == [0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8]
        assert all(band.low <= band.mean <= band.high for band in bands)
        assert sum(band.forecasts for band in bands) > 4_000
    assert np.sum([outcome.share for outcome in record.score]) == pytest.approx(1.0)
    assert record.chance_band("24h", 1.0) is record.chance_24h[-1]
    assert record.chance_band("7d", 0.03) is record.chance_7d[1]


def test_the_band_of_a_number() -> None:
    assert OWN.chance_band("24h", 0.0) is OWN.chance_24h[0]
    assert OWN.chance_band("24h", 0.01) is None, "no forecast was in that band"
    assert OWN.score_band(100.0) is OWN.score[0]
    assert OWN.score_band(12.0) is None


def test_the_users_own_record_stands_in_place_of_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    assert track_record(None) is track_record(path) is shipped_record()
    store_track_record(path, shipped_record(), 1)
    store_track_record(path, OWN, 2)
    assert latest_track_record(path) == OWN
    assert track_record(path) == OWN


SCORES_OF_SCHEMA_5 = """
CREATE TABLE scores (
    symbol TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    peak REAL NOT NULL,
    severity TEXT NOT NULL,
    PRIMARY KEY (symbol, time_ms)
) WITHOUT ROWID
"""


def test_a_history_of_schema_5_has_room_for_a_record(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    connect(path, 1.0).close()
    with closing(sqlite3.connect(path)) as old:
        for table in (
            "track_records",
            "forecasts",
            "mark_ranges",
            "external_days",
            "account_values",
        ):
            old.execute(f"DROP TABLE {table}")
        old.execute("ALTER TABLE log DROP COLUMN score_scale")
        old.execute("DROP TABLE scores")
        old.execute(SCORES_OF_SCHEMA_5)
        old.execute("PRAGMA user_version = 5")
    assert track_record(path) is shipped_record()
    store_track_record(path, OWN, 1)
    assert track_record(path) == OWN
    with closing(sqlite3.connect(path)) as new:
        assert new.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


def test_a_damaged_record_is_none(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    store_track_record(path, OWN, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE track_records SET body = '{\"source\": 3}'")
        connection.commit()
    assert track_record(path) is shipped_record()
    path.write_bytes(b"not a database")
    assert track_record(path) is shipped_record()
