"""Bybit: every liquidation of the watched perpetuals, their funding and open interest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from tuirisk.events.external import (
    ProviderEvent,
    ProviderLiquidation,
    ProviderValue,
    asset_of,
)
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import Poll, ProviderPlan, ProviderRequest, ProviderStream
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.liquidation_stream import LiquidationStream
from tuirisk.feed.providers.reading import document, each_row, member, number, time_ms, within

_TOPIC = "allLiquidation."
STALE_MS = 300_000
MOST_RATE = 0.05
"""Funding of 8 hours, a fraction; no exchange has had more."""


class Bybit(LiquidationStream):
    name = "bybit"
    rest = "https://api.bybit.com"
    ws = "wss://stream.bybit.com"
    gap = 0.2
    complete = True

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("free", 0.5, 0.0)
        self._accepted: list[str] = []
        self._unknown: set[str] = set()
        """Symbols that Bybit does not have."""

    @property
    def _listed(self) -> tuple[str, ...]:
        return tuple(symbol for symbol in self.symbols if symbol not in self._unknown)

    @property
    def gives(self) -> tuple[tuple[str, str], ...]:
        assets = dict.fromkeys(map(asset_of, self._listed))
        return tuple(("liquidations", asset) for asset in assets)

    def polls(self) -> tuple[Poll, ...]:
        return tuple(
            Poll(
                f"{symbol} ticker",
                lambda now, symbol=symbol: ProviderRequest(  # type: ignore[misc]
                    "/v5/market/tickers", {"category": "linear", "symbol": symbol}
                ),
                60.0,
                awaited=False,
            )
            for symbol in self._listed
        )

    def stream(self) -> ProviderStream | None:
        hello = tuple(
            json.dumps({"op": "subscribe", "req_id": symbol, "args": [f"{_TOPIC}{symbol}"]})
            for symbol in self._listed
        )
        if not hello:
            return None
        return ProviderStream("/v5/public/linear", hello, ping='{"op":"ping"}')

    def disconnected(self, received: int) -> ProviderEvent:
        # What it did not have it may have by the next connection.
        self._unknown.clear()
        return super().disconnected(received)

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        if frame.request:
            return self._ticker(frame, body)
        if not isinstance(body, dict):
            raise ProviderError(Trouble.BAD_ANSWER, "no object")
        if "op" in body:
            return self._reply(frame, body)
        if not str(body.get("topic", "")).startswith(_TOPIC):
            return []
        return each_row(member(body, "data", list), partial(self._liquidation, frame))

    def _reply(self, frame: ProviderFrame, body: dict[str, Any]) -> list[ProviderEvent]:
        if body["op"] != "subscribe":
            return []
        text = str(body.get("ret_msg", ""))
        if body.get("success") is not True:
            symbol = text.rpartition(_TOPIC)[2] if _TOPIC in text else str(body.get("req_id"))
            if symbol not in self.symbols:
                raise ProviderError(Trouble.BAD_ANSWER, text or "a subscription is refused")
            self._leave_out(symbol)
            return [self.heard(frame, tuple(self._accepted))]
        asset = asset_of(str(body.get("req_id", "")))
        events: list[ProviderEvent] = []
        if asset in self._accepted:
            # A new connection: what came meanwhile is not known.
            self._accepted.clear()
            events.append(self.heard(frame, ()))
        self._accepted.append(asset)
        return [*events, self.heard(frame, tuple(self._accepted))]

    def _liquidation(self, frame: ProviderFrame, row: Any) -> list[ProviderEvent]:
        """``S`` is the side of the position: ``Buy`` is a long that was liquidated."""
        side = member(row, "S", str)
        if side not in ("Buy", "Sell"):
            raise ProviderError(Trouble.BAD_ANSWER, f"side {side}")
        price = number(row.get("p"), "p")
        return [
            ProviderLiquidation(
                "",
                frame.received,
                self.name,
                asset_of(member(row, "s", str)),
                time_ms(row.get("T"), frame.received, "T"),
                "long" if side == "Buy" else "short",
                price,
                within(price * number(row.get("v"), "v"), 0.0, 1e10, "notional"),
            )
        ]

    def _ticker(self, frame: ProviderFrame, body: Any) -> list[ProviderEvent]:
        if not isinstance(body, dict):
            raise ProviderError(Trouble.BAD_ANSWER, "no object")
        if body.get("retCode", 0) != 0:
            return self._no_ticker(frame, body)
        if wrong := http_error(frame.status):
            raise wrong
        now = time_ms(body.get("time"), frame.received)
        rows = member(member(body, "result", dict), "list", list)
        if not rows:
            raise ProviderError(Trouble.BAD_ANSWER, "no rows")
        return each_row(rows[:1], partial(self._numbers, frame, now))

    def _no_ticker(self, frame: ProviderFrame, body: dict[str, Any]) -> list[ProviderEvent]:
        """A symbol that Bybit does not have is not asked for again."""
        if body.get("retCode") in (10006, 10018):
            raise ProviderError(Trouble.RATE_LIMITED, str(body.get("retMsg", "")))
        symbol = frame.request.rpartition("symbol=")[2]
        if body.get("retCode") != 10001 or symbol not in self.symbols:
            text = f"{body.get('retMsg', '')} ({body.get('retCode')})"
            raise ProviderError(Trouble.BAD_ANSWER, text)
        self._leave_out(symbol)
        return []

    def _leave_out(self, symbol: str) -> None:
        self._unknown.add(symbol)
        if not self._listed:
            raise ProviderError(Trouble.UNKNOWN_SYMBOL, symbol)

    def _numbers(self, frame: ProviderFrame, now: int, row: dict[str, Any]) -> list[ProviderEvent]:
        asset = asset_of(member(row, "symbol", str))
        events: list[ProviderEvent] = []
        hours = row.get("fundingIntervalHour")
        if hours and row.get("fundingRate"):
            span = within(number(hours, "hours"), 1, 24, "hours")
            rate = number(row["fundingRate"], "fundingRate") * 8 / span
            rate = within(rate, -MOST_RATE, MOST_RATE, "funding")
            events.append(self._value(frame, "funding_rate_8h", asset, now, rate))
        if row.get("singleOpenInterest"):
            # openInterest counts both sides since June 2026.
            coins = number(row["singleOpenInterest"], "singleOpenInterest")
            value = within(coins * number(row.get("markPrice"), "markPrice"), 0.0, 1e12, "OI")
            events.append(self._value(frame, "open_interest", asset, now, value))
        return events

    def _value(
        self, frame: ProviderFrame, measure: Any, asset: str, time: int, value: float
    ) -> ProviderValue:
        return ProviderValue(
            "", frame.received, self.name, measure, asset, time, value, STALE_MS, venue="Bybit"
        )
