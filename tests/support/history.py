"""A history with three entries, for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support import build
from tuirisk.history.history import History
from tuirisk.state import LogEntry, Missing, RiskState

NOW = build.NOW_NS // 1_000_000
PATIENCE = 10.0
HEADING = (
    "time,symbol,kind,before,after,score,escalation,rule,component,"
    "text,symbols,pnl,quantity,price,count,since,repeats,acknowledged\n"
)
LOG = (
    LogEntry(NOW, "BTCUSDT", "severity", "", "ok", Missing.from_text("insufficient data"), False),
    LogEntry(
        NOW + 1, "BTCUSDT", "severity", "ok", "warning", 61.25, True, "no_new_positions", "market"
    ),
    LogEntry(NOW + 2, "1000SHIBUSDT", "severity", "warning", "ok", 12.0, False, "under_control"),
)


def kept_in(folder: Path, state: RiskState) -> None:
    """Put the three entries into the history under ``folder``, the XDG_DATA_HOME."""
    history = History.open(
        folder / "tuirisk" / "history.sqlite3", report=lambda reason: pytest.fail(str(reason))
    )
    history.record(replace(state, log=LOG))
    history.close(PATIENCE)
