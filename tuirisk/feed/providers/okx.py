"""OKX: a sample of the liquidations of all its swaps, in contracts, not in the order of time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from tuirisk.events.external import ProviderEvent, ProviderLiquidation, asset_of
from tuirisk.feed.frames import ProviderFrame
from tuirisk.feed.providers.adapter import (
    HOUR,
    Poll,
    ProviderPlan,
    ProviderRequest,
    ProviderStream,
)
from tuirisk.feed.providers.errors import ProviderError, Trouble, http_error
from tuirisk.feed.providers.liquidation_stream import LiquidationStream
from tuirisk.feed.providers.reading import document, each_row, member, number, time_ms, within

_ARGUMENT = {"channel": "liquidation-orders", "instType": "SWAP"}


class Okx(LiquidationStream):
    name = "okx"
    rest = "https://www.okx.com"
    ws = "wss://ws.okx.com:8443"
    complete = False

    def __init__(self, symbols: Sequence[str] = ()) -> None:
        super().__init__(symbols)
        self.plan = ProviderPlan("free", None, 0.0)
        self._contracts: dict[str, tuple[float, bool]] = {}
        """Instrument → (value of a contract, whether that is in USD)."""
        self._subscribed = False

    def polls(self) -> tuple[Poll, ...]:
        request = ProviderRequest("/api/v5/public/instruments", {"instType": "SWAP"})
        return (Poll("instruments", lambda now: request, HOUR),)

    def stream(self) -> ProviderStream:
        hello = json.dumps({"op": "subscribe", "args": [_ARGUMENT]})
        return ProviderStream("/ws/v5/public", (hello,), ping="ping")

    def decode(self, frame: ProviderFrame) -> list[ProviderEvent]:
        body = document(frame)
        if not isinstance(body, dict):
            raise ProviderError(Trouble.BAD_ANSWER, "no object")
        if frame.request:
            return self._instruments(frame, body)
        if "event" in body:
            if body["event"] == "error":
                raise ProviderError(Trouble.BAD_ANSWER, f"{body.get('msg')} ({body.get('code')})")
            if body["event"] not in ("subscribe", "unsubscribe"):
                return []
            self._subscribed = body["event"] == "subscribe"
            return [self.heard(frame, ()), *self._listening(frame)]
        return each_row(member(body, "data", list), partial(self._of_instrument, frame))

    def disconnected(self, received: int) -> ProviderEvent:
        self._subscribed = False
        return super().disconnected(received)

    def _of_instrument(self, frame: ProviderFrame, row: dict[str, Any]) -> list[ProviderEvent]:
        name = member(row, "instId", str)
        decode = partial(self._liquidation, frame, name)
        return each_row(member(row, "details", list), decode)

    def _listening(self, frame: ProviderFrame) -> list[ProviderEvent]:
        assets = tuple(dict.fromkeys(_asset(name) for name in self._contracts))
        return [self.heard(frame, assets)] if self._subscribed and assets else []

    def _instruments(self, frame: ProviderFrame, body: Any) -> list[ProviderEvent]:
        code = str(body.get("code", "0"))
        if code != "0":
            limited = code in ("50011", "50061")
            trouble = Trouble.RATE_LIMITED if limited else Trouble.BAD_ANSWER
            raise ProviderError(trouble, f"{body.get('msg')} ({code})")
        if wrong := http_error(frame.status):
            raise wrong
        contracts = {}
        for row in member(body, "data", list):
            if not isinstance(row, dict) or not isinstance(row.get("instId"), str):
                continue
            try:
                value = number(row.get("ctVal"), "ctVal") * number(row.get("ctMult") or 1, "ctMult")
            except ProviderError:
                # What its contracts are worth is not known: its liquidations are left out.
                continue
            if value > 0:
                contracts[row["instId"]] = value, row.get("ctType") == "inverse"
        if not contracts:
            raise ProviderError(Trouble.BAD_ANSWER, "no instruments")
        self._contracts = contracts
        return self._listening(frame)

    def _liquidation(self, frame: ProviderFrame, name: str, row: Any) -> list[ProviderEvent]:
        """Of an instrument whose contract is not known, nothing: its size says nothing."""
        if name not in self._contracts:
            return []
        value, inverse = self._contracts[name]
        price = number(row.get("bkPx"), "bkPx")
        notional = number(row.get("sz"), "sz") * value * (1.0 if inverse else price)
        return [
            ProviderLiquidation(
                "",
                frame.received,
                self.name,
                _asset(name),
                time_ms(row.get("ts"), frame.received, "ts"),
                _side(row),
                price,
                within(notional, 0.0, 1e10, "notional"),
            )
        ]


def _asset(instrument: str) -> str:
    return asset_of(instrument.partition("-")[0])


def _side(row: Any) -> Literal["long", "short"]:
    """The position's side; with net positions the order's: sell closes a long."""
    position, order = row.get("posSide"), row.get("side")
    if position in ("long", "short"):
        return "long" if position == "long" else "short"
    if order in ("sell", "buy"):
        return "long" if order == "sell" else "short"
    raise ProviderError(Trouble.BAD_ANSWER, f"side {order}")
