"""Deribit's DVOL: 30-day implied volatility of BTC and ETH, by WebSocket, its year by REST."""

from __future__ import annotations

import json
from typing import Any

from tuirisk.events.external import ProviderEvent, ProviderSeries, ProviderValue
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import (
    HOUR,
    MINUTE,
    Adapter,
    Poll,
    ProviderPlan,
    ProviderRequest,
    ProviderStream,
)
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.reading import DAY_MS, document, member, number, time_ms, within

ASSETS = ("BTC", "ETH")
STALE_MS = 600_000
LOWEST, HIGHEST = 10.0, 300.0
"""Percent points; the documented sample (0.21) is of another unit than the service's."""
_PATH = "/api/v2/public/get_volatility_index_data"
_CHANNEL = "deribit_volatility_index."
_TEST = '{"jsonrpc":"2.0","id":3,"method":"public/test","params":{}}'


class Deribit(Adapter):
    name = "deribit"
    rest = "https://www.deribit.com"
    ws = "wss://www.deribit.com"
    gap = 0.2

    def __init__(self, symbols: Any = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("free", 60.0, 240.0)
        self._days: dict[int, float] = {}
        self._continuation = 0
        self._asset = ""

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        return tuple(("implied_volatility", asset) for asset in ASSETS)

    def polls(self) -> tuple[Poll, ...]:
        latest = [
            Poll(f"{a} now", lambda now, a=a: _request(a, now, 7_200_000, "60"), MINUTE, True)  # type: ignore[misc]
            for a in ASSETS
        ]
        year = [
            Poll(f"{a} year", lambda now, a=a: _request(a, now, 366 * DAY_MS, "1D"), HOUR)  # type: ignore[misc]
            for a in ASSETS
        ]
        return (*year, *latest)

    def stream(self) -> ProviderStream:
        channels = [f"{_CHANNEL}{asset.lower()}_usd" for asset in ASSETS]
        return ProviderStream(
            "/ws/api/v2",
            (
                _call(1, "public/subscribe", {"channels": channels}),
                _call(2, "public/set_heartbeat", {"interval": 30}),
            ),
            silence=90.0,
            quiet=120.0,
        )

    def next_page(self) -> ProviderRequest | None:
        if not self._continuation or len(self._days) > 366:
            return None
        return _request(self._asset, self._continuation, 366 * DAY_MS, "1D")

    def reply(self, frame: ProviderFrame) -> str:
        return _TEST if b'"test_request"' in frame.body else ""

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        _refuse(body, frame.status)
        if frame.request:
            return self._candles(frame, body)
        if not isinstance(body, dict) or body.get("method") != "subscription":
            return []
        data = member(member(body, "params", dict), "data", dict)
        asset = member(data, "index_name", str).partition("_")[0].upper()
        if asset not in ASSETS:
            return []
        return [_value(frame, asset, data.get("timestamp"), data.get("volatility"))]

    def _candles(self, frame: ProviderFrame, body: Any) -> list[ProviderEvent]:
        """Rows [start ms, open, high, low, close]; the last of them is forming."""
        asset = next((a for a in ASSETS if f"currency={a}" in frame.request), "")
        rows = member(member(body, "result", dict), "data", list)
        if not rows:
            raise ProviderError(Trouble.BAD_ANSWER, "no candles")
        if any(not isinstance(row, list) or len(row) < 5 for row in rows):
            raise ProviderError(Trouble.BAD_ANSWER, "a candle is cut off")
        if "resolution=1D" not in frame.request:
            self._continuation = 0
            # A candle's close is of now while it forms.
            last = rows[-1]
            start = time_ms(last[0], frame.received)
            moment = min(start + 60_000, frame.received // 1_000_000)
            return [_value(frame, asset, moment, last[4])]
        days = {time_ms(row[0], frame.received): _percent(row[4]) for row in rows}
        # Pages run backwards: `continuation` is the end of the next one.
        if self._continuation and f"end_timestamp={self._continuation}" in frame.request:
            days |= self._days
        self._days = days
        more = body["result"].get("continuation")
        self._continuation = more if isinstance(more, int) and more > 0 else 0
        self._asset = asset
        now = frame.received // 1_000_000
        complete = tuple(day for day in sorted(days.items()) if day[0] + DAY_MS <= now)
        return [
            ProviderSeries(
                "", frame.received, self.name, "implied_volatility", asset, complete, 2 * DAY_MS
            )
        ]


def _request(asset: str, now: int, span_ms: int, resolution: str) -> ProviderRequest:
    return ProviderRequest(
        _PATH,
        {
            "currency": asset,
            "start_timestamp": str(now - span_ms),
            "end_timestamp": str(now),
            "resolution": resolution,
        },
    )


def _call(number: int, method: str, params: dict[str, Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def _refuse(body: Any, status: int) -> None:
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        text = f"{error.get('message')} ({error.get('code')})"
        limited = error.get("code") == 10028
        raise ProviderError(Trouble.RATE_LIMITED if limited else Trouble.BAD_ANSWER, text)
    if wrong := http_error(status):
        raise wrong


def _percent(value: Any) -> float:
    """Percent points as a fraction."""
    return within(number(value, "volatility"), LOWEST, HIGHEST, "volatility in percent") / 100


def _value(frame: ProviderFrame, asset: str, time: Any, value: Any) -> ProviderValue:
    return ProviderValue(
        "",
        frame.received,
        "deribit",
        "implied_volatility",
        asset,
        time_ms(time, frame.received),
        _percent(value),
        STALE_MS,
        tenor_days=30,
    )
