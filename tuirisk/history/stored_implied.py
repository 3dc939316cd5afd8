"""What options implied day by day, as providers gave it to live runs: for a backtest."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tuirisk.analytics.external import VOLATILITY_SOURCES
from tuirisk.events.external import ProviderSeries
from tuirisk.foreign.files import check_regular
from tuirisk.history import external_days


def stored_implied(path: Path, now_ms: int) -> dict[str, ProviderSeries]:
    """Asset → the complete days of the first provider that has some, in the history at ``path``.

    Empty without a history, and where it cannot be read.
    """
    if not path.exists():
        return {}
    try:
        check_regular(path)
        address = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            series = external_days.load(connection, now_ms)
    except (sqlite3.Error, OSError):
        return {}
    ranks = {name: rank for rank, name in enumerate(VOLATILITY_SOURCES)}
    implied = [s for s in series if s.measure == "implied_volatility" and s.provider in ranks]
    found: dict[str, ProviderSeries] = {}
    for one in sorted(implied, key=lambda s: ranks[s.provider]):
        found.setdefault(one.asset, one)
    return found
