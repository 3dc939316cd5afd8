"""The user's own backtest, kept so that the screen can show it beside the forecasts."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import msgspec

from tuirisk.foreign.decoding import UndecodableError, decode_json
from tuirisk.foreign.files import check_regular
from tuirisk.foreign.parts import printable_parts
from tuirisk.history.database import connect
from tuirisk.history.sound_rows import time
from tuirisk.state.track_record import TrackRecord

_RECORD = msgspec.json.Decoder(TrackRecord)
WAIT_S = 5.0
"""How long another program's lock is waited for."""


def store_track_record(path: Path, record: TrackRecord, time_ms: int) -> None:
    """Keep ``record``, made at ``time_ms`` (UTC), in the history at ``path`` in place of others.

    Raises:
        HistoryError: a newer tuirisk wrote the history.
        OSError, sqlite3.Error: it cannot be written.
    """
    with contextlib.closing(connect(path, WAIT_S)) as connection:
        connection.execute(
            "INSERT INTO track_records VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE "
            "SET time_ms = excluded.time_ms, body = excluded.body",
            (time_ms, msgspec.json.encode(record).decode()),
        )


def latest_track_record(path: Path) -> TrackRecord | None:
    """The record in the history at ``path``; None without one, and where it cannot be read."""
    if not path.exists():
        return None
    try:
        check_regular(path)
        address = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=WAIT_S)) as connection:
            row = connection.execute(
                f"SELECT body FROM track_records WHERE {time('time_ms')}"
            ).fetchone()
        if row is None:
            return None
        body = row[0] if isinstance(row[0], bytes) else str(row[0]).encode()
        return printable_parts(decode_json(_RECORD, body))
    except (sqlite3.Error, OSError, UndecodableError):
        return None
