"""The record beside the forecasts on screen: the user's own backtest, else the shipped one.

The shipped one, ``record.json``, is made by ``.ci/backtest_record.py``. What computes a backtest is
not imported here: the screen only reads.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from tuirisk.history.track_records import latest_track_record
from tuirisk.state.track_record import TrackRecord


def track_record(database: Path | None) -> TrackRecord:
    """The newest of the user's own in ``database`` (the history), else the shipped one."""
    own = latest_track_record(database) if database is not None else None
    return shipped_record() if own is None else own


@cache
def shipped_record() -> TrackRecord:
    """The record of the shipped file."""
    data = files("tuirisk.backtest").joinpath("record.json").read_bytes()
    return msgspec.json.decode(data, type=TrackRecord)
