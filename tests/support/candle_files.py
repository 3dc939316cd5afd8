"""Candle files as people have them, written by hand."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np

BEGIN = 1_735_689_600_000  # 2025-01-01
QUARTER = 900_000
HOUR = 3_600_000
TWELVE = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore"
)


def klines(n: int, length: int = QUARTER, begin: int = BEGIN) -> list[tuple[float, ...]]:
    """Rows (open time, open, high, low, close, volume) of a wave around 100."""
    closes = [round(100 + 5 * np.sin(i / 7), 2) for i in range(n + 1)]
    return [
        (
            begin + i * length,
            closes[i],
            round(max(closes[i], closes[i + 1]) + 0.5, 2),
            round(min(closes[i], closes[i + 1]) - 0.5, 2),
            closes[i + 1],
            10.0 + i % 3,
        )
        for i in range(n)
    ]


def twelve(rows: list[tuple[float, ...]], length: int = QUARTER, unit: int = 1) -> str:
    """The rows as lines of the exchange's twelve columns, times in 1/``unit`` ms."""
    return "".join(
        f"{int(t) * unit},{o},{h},{lo},{c},{v},{(int(t) + length) * unit - 1},{v * c},5,1,1,0\n"
        for t, o, h, lo, c, v in rows
    )


def six(rows: list[tuple[float, ...]], header: str = "timestamp,open,high,low,close,volume") -> str:
    return header + "\n" + "".join(",".join(map(str, (int(r[0]), *r[1:]))) + "\n" for r in rows)


def put(folder: Path, name: str, data: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = data.encode() if isinstance(data, str) else data
    if name.endswith(".gz"):
        raw = gzip.compress(raw, 1)
    elif name.endswith(".zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(path.with_suffix(".csv").name, raw)
        raw = packed.getvalue()
    path.write_bytes(raw)
