"""The positions of each account as they were known last, kept across runs."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from tuirisk.foreign.text import printable
from tuirisk.history.sound_rows import number, text, time
from tuirisk.state.position_ledger import Leg, PositionLedger, RecordedPosition

TABLE = """
CREATE TABLE ledgers (
    account TEXT PRIMARY KEY,
    reported_ms INTEGER NOT NULL,
    wallet REAL NOT NULL,
    positions TEXT NOT NULL
) WITHOUT ROWID;
"""


def store(connection: sqlite3.Connection, ledger: PositionLedger) -> None:
    """Keep ``ledger`` of its account, unless another run has kept a newer one."""
    rows = [
        [symbol, side, p.quantity, p.entry_price, p.isolated_wallet, p.liquidation_price]
        for (symbol, side), p in ledger.positions.items()
    ]
    connection.execute(
        "INSERT INTO ledgers VALUES (?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET "
        "reported_ms = excluded.reported_ms, wallet = excluded.wallet, "
        "positions = excluded.positions WHERE excluded.reported_ms >= reported_ms",
        (ledger.account, ledger.reported_ms, ledger.wallet, json.dumps(rows)),
    )


def load(connection: sqlite3.Connection) -> dict[str, PositionLedger]:
    """Account → its ledger; one that cannot be read is left out."""
    ledgers = {}
    for account, reported_ms, wallet, body in connection.execute(
        "SELECT account, reported_ms, wallet, positions FROM ledgers "
        f"WHERE {text('account')} AND {time('reported_ms')} AND {number('wallet')}"
    ):
        try:
            positions = dict(map(_position, json.loads(body)))
        except (ValueError, TypeError, RecursionError):
            continue
        ledgers[account] = PositionLedger(
            "account",
            wallet,
            reported_ms,
            positions,
            0,
            account=account,
            reported_ms=reported_ms,
        )
    return ledgers


def _position(row: list[Any]) -> tuple[Leg, RecordedPosition]:
    symbol, side, quantity, entry_price, isolated_wallet, liquidation_price = row
    position = RecordedPosition(
        float(quantity),
        float(entry_price),
        None if isolated_wallet is None else float(isolated_wallet),
        None if liquidation_price is None else float(liquidation_price),
    )
    return (printable(str(symbol)), side), position
