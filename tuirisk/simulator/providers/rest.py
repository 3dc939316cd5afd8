"""REST of all providers by path, without a socket or a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .draws import DAY_MS, MINUTE_MS, day_start, implied, sentiment


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its path, its parameters, its headers (names in lower case) and its time."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    now_ms: int
    seed: int
    prices: Mapping[str, float]
    """Symbol → price."""

    def number(self, name: str, otherwise: int) -> int:
        """A whole number among the parameters."""
        text = self.params.get(name, "")
        return int(text) if text.isdigit() else otherwise


@dataclass(frozen=True, slots=True)
class Told:
    """One answer."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] | None = None


Handler = Callable[[Asked], Told]


def dvol(asked: Asked) -> Told:
    """Deribit `get_volatility_index_data`: candles in percent points."""
    asset = asked.params.get("currency", "")
    steps = {"1": 1_000, "60": MINUTE_MS, "3600": 60 * MINUTE_MS, "43200": DAY_MS // 2}
    step = steps.get(asked.params.get("resolution", ""), DAY_MS)
    if asset not in ("BTC", "ETH"):
        error = {
            "code": -32602,
            "message": "Invalid params",
            "data": {"reason": "unknown currency", "param": "currency"},
        }
        return Told({"jsonrpc": "2.0", "error": error, "testnet": True}, 400)
    end = min(asked.number("end_timestamp", asked.now_ms), asked.now_ms)
    begin = max(asked.number("start_timestamp", end - 30 * step), end - 1_000 * step)
    rows = []
    for start in range(begin - begin % step, end + 1, step):
        opened = implied(asked.seed, asset, start)
        closed = implied(asked.seed, asset, min(start + step - 1, asked.now_ms))
        rows.append([start, opened, max(opened, closed), min(opened, closed), closed])
    return Told({"jsonrpc": "2.0", "result": {"data": rows, "continuation": None}, "testnet": True})


def fear_greed(asked: Asked) -> Told:
    """alternative.me `/fng/`: newest first, everything as text, seconds."""
    today = day_start(asked.now_ms)
    count = asked.number("limit", 1)
    rows: list[dict[str, str]] = []
    for i in range(min(count, 400)):
        value = sentiment(asked.seed, today // DAY_MS - i)
        label = "Fear" if value < 46 else "Greed" if value > 54 else "Neutral"
        stamp = str((today - i * DAY_MS) // 1_000)
        rows.append({"value": str(value), "value_classification": label, "timestamp": stamp})
    rows[0]["time_until_update"] = str((today + DAY_MS - asked.now_ms) // 1_000)
    return Told({"name": "Fear and Greed Index", "data": rows, "metadata": {"error": None}})


def index(asked: Asked) -> Told:
    """Some index: a number deep in a document."""
    value = implied(asked.seed, "BTC", asked.now_ms)
    return Told({"data": {"index": value, "timestamp": asked.now_ms}})


ROUTES: dict[str, Handler] = {
    "/api/v2/public/get_volatility_index_data": dvol,
    "/fng/": fear_greed,
    "/providers/index.json": index,
}
"""Path (a shell pattern) → handler."""


def answer(asked: Asked) -> Told | None:
    """The answer of whichever provider has the path; None where none has."""
    handler = ROUTES.get(asked.path)
    if handler is None:
        handler = next((h for p, h in ROUTES.items() if fnmatchcase(asked.path, p)), None)
    return handler(asked) if handler is not None else None
