"""Make the bundled leverage brackets from a file of all symbols' tiers.

    python .ci/bracket_table.py leverage_tiers_2024-10-24.json.gz 2024-10-24 \
        > tuirisk/analytics/leverage/bracket_table.json

The file is a JSON object (or its gzip) ``{"BTC/USDT:USDT": [{"minNotional", "maxNotional",
"maintenanceMarginRate", "maxLeverage", "info": {"cum"}}, …]}``, as ccxt prints the exchange's
leverage brackets. Symbols with the same brackets share a table. The cumulative amounts are not
written: they follow from continuity, which is checked here for every row.
"""

from __future__ import annotations

import gzip
import json
import sys
from itertools import pairwise
from math import isclose
from pathlib import Path
from typing import Any

UNBOUNDED = 1e15
"""Quote asset. A cap from here on (the exchange writes 2**63 - 1) is no cap."""


def name_of(market: str) -> str:
    """``BTC/USDT:USDT-241227`` as the exchange writes it: ``BTCUSDT_241227``."""
    pair, _, settle = market.partition(":")
    _, _, date = settle.partition("-")
    return pair.replace("/", "") + (f"_{date}" if date else "")


def table_of(market: str, rows: list[dict[str, Any]]) -> tuple[tuple[float | None, ...], ...]:
    """(cap or None, most leverage, maintenance rate) of each bracket.

    Raises ``ValueError`` where floors and caps do not meet, or a cumulative amount leaves a jump.
    """
    start = {"maxNotional": 0.0, "maintenanceMarginRate": 0.0}
    cumulative = 0.0
    for before, row in pairwise([start, *rows]):
        cumulative += row["minNotional"] * (
            row["maintenanceMarginRate"] - before["maintenanceMarginRate"]
        )
        told = float(row["info"]["cum"])
        if row["minNotional"] != before["maxNotional"]:
            raise ValueError(f"{market}: a gap below {row['minNotional']}")
        if not isclose(told, cumulative, rel_tol=1e-9, abs_tol=1e-6):
            raise ValueError(f"{market}: cum {told} where continuity asks for {cumulative}")
    return tuple(
        (
            None if row["maxNotional"] >= UNBOUNDED else row["maxNotional"],
            row["maxLeverage"],
            row["maintenanceMarginRate"],
        )
        for row in rows
    )


def main() -> None:
    data = Path(sys.argv[1]).read_bytes()
    markets = json.loads(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
    tables: dict[tuple[tuple[float | None, ...], ...], int] = {}
    symbols = {
        name_of(market): tables.setdefault(table_of(market, rows), len(tables))
        for market, rows in sorted(markets.items())
    }
    lines = ",\n".join(json.dumps(table).replace(".0,", ",") for table in tables)
    print(
        f'{{"date": {json.dumps(sys.argv[2])},\n"tables": [\n{lines}\n],\n'
        f'"symbols": {json.dumps(symbols)}}}'
    )


if __name__ == "__main__":
    main()
