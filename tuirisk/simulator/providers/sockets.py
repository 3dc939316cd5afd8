"""WebSockets of the providers: what a subscription is answered with, and what is sent by time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from .draws import implied, noise

PAUSE = 0.5
"""Real seconds between two looks at what is due."""
DVOL_EVERY_MS = 1_000


class ProviderSocket:
    """One client's WebSocket; `now_ms` is the exchange's time."""

    def __init__(self, socket: web.WebSocketResponse, now_ms: Callable[[], int], seed: int) -> None:
        self.socket = socket
        self.now_ms = now_ms
        self.seed = seed

    async def run(self) -> None:
        """Serve until the socket closes."""
        sending = asyncio.create_task(self._send_forever())
        try:
            async for message in self.socket:
                if message.type is WSMsgType.TEXT:
                    await self._handle(message.data)
        finally:
            sending.cancel()

    async def _send_forever(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                for text in self.due():
                    await self.socket.send_str(text)
                await asyncio.sleep(PAUSE)

    async def _handle(self, text: str) -> None:
        if text == "ping":
            await self.socket.send_str("pong")
            return
        try:
            message = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return
        if isinstance(message, dict):
            for reply in self.handle(message):
                await self.socket.send_str(json.dumps(reply))

    def handle(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to a message."""
        return []

    def due(self) -> list[str]:
        """What is sent now."""
        return []


class DeribitSocket(ProviderSocket):
    """JSON-RPC: DVOL each second of what is subscribed."""

    def __init__(self, socket: web.WebSocketResponse, now_ms: Callable[[], int], seed: int) -> None:
        super().__init__(socket, now_ms, seed)
        self._channels: list[str] = []
        self._sent = 0

    def handle(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        params = message.get("params") or {}
        result: Any = "ok"
        if message.get("method") == "public/subscribe":
            known = ("btc_usd", "eth_usd")
            asked = [c for c in params.get("channels", []) if c.rpartition(".")[2] in known]
            self._channels += [c for c in asked if c not in self._channels]
            result = asked
        return [{"jsonrpc": "2.0", "id": message.get("id"), "result": result}]

    def due(self) -> list[str]:
        now = self.now_ms()
        if now - self._sent < DVOL_EVERY_MS:
            return []
        self._sent = now
        return [json.dumps(self._frame(channel, now)) for channel in self._channels]

    def _frame(self, channel: str, now: int) -> dict[str, Any]:
        name = channel.rpartition(".")[2]
        value = implied(self.seed, name.partition("_")[0].upper(), now)
        data = {"timestamp": now, "volatility": value, "index_name": name}
        return {
            "jsonrpc": "2.0",
            "method": "subscription",
            "params": {"channel": channel, "data": data},
        }


class LiquidationSocket(ProviderSocket):
    """Invented liquidations, about one in a few seconds."""

    def __init__(self, socket: web.WebSocketResponse, now_ms: Callable[[], int], seed: int) -> None:
        super().__init__(socket, now_ms, seed)
        self._second = 0

    def draws(self, names: list[str]) -> list[tuple[str, int, bool, float]]:
        """(name, time, whether a long, coins) of the liquidations since the last call."""
        now = self.now_ms()
        second, self._second = self._second or now // 1_000 - 1, now // 1_000
        drawn = []
        for step in range(max(second, now // 1_000 - 5) + 1, now // 1_000 + 1):
            for name in names:
                size = noise(self.seed, f"liquidation {name}", step)
                if abs(size) > 1.3:
                    drawn.append((name, min(now, step * 1_000), size < 0, abs(size)))
        return drawn


class BybitSocket(LiquidationSocket):
    """`allLiquidation.SYMBOL`: `S` is the side of the position."""

    def __init__(self, socket: web.WebSocketResponse, now_ms: Callable[[], int], seed: int) -> None:
        super().__init__(socket, now_ms, seed)
        self._symbols: list[str] = []

    def handle(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        if message.get("op") == "ping":
            return [{"success": True, "ret_msg": "pong", "conn_id": "1", "op": "ping"}]
        topics = [str(topic) for topic in message.get("args", [])]
        bad = [topic for topic in topics if not topic.endswith("USDT")]
        reply = {"success": not bad, "ret_msg": "", "conn_id": "1", "op": "subscribe"}
        if bad:
            reply["ret_msg"] = f"error:handler not found,topic:{bad[0]}"
        else:
            self._symbols += [topic.rpartition(".")[2] for topic in topics]
        return [reply | {"req_id": message.get("req_id", "")}]

    def due(self) -> list[str]:
        return [
            json.dumps(
                {
                    "topic": f"allLiquidation.{symbol}",
                    "type": "snapshot",
                    "ts": time,
                    "data": [
                        {
                            "T": time,
                            "s": symbol,
                            "S": "Buy" if long else "Sell",
                            "v": f"{coins:.3f}",
                            "p": "20000",
                        }
                    ],
                }
            )
            for symbol, time, long, coins in self.draws(self._symbols)
        ]


class OkxSocket(LiquidationSocket):
    """`liquidation-orders`: contracts, net positions, the order's side."""

    def __init__(self, socket: web.WebSocketResponse, now_ms: Callable[[], int], seed: int) -> None:
        super().__init__(socket, now_ms, seed)
        self._subscribed = False

    def handle(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        arguments = message.get("args") or [{}]
        if arguments[0].get("channel") != "liquidation-orders":
            return [{"event": "error", "code": "60018", "msg": "wrong channel"}]
        self._subscribed = True
        return [{"event": "subscribe", "arg": arguments[0], "connId": "1"}]

    def due(self) -> list[str]:
        names = ["BTC-USDT-SWAP", "ETH-USDT-SWAP"] if self._subscribed else []
        return [
            json.dumps(
                {
                    "arg": {"channel": "liquidation-orders", "instType": "SWAP"},
                    "data": [
                        {
                            "instId": name,
                            "details": [
                                {
                                    "side": "sell" if long else "buy",
                                    "posSide": "net",
                                    "bkPx": "20000",
                                    "sz": f"{coins:.1f}",
                                    "ts": str(time),
                                }
                            ],
                        }
                    ],
                }
            )
            for name, time, long, coins in self.draws(names)
        ]


SOCKETS: dict[str, type[ProviderSocket]] = {
    "/ws/api/v2": DeribitSocket,
    "/v5/public/linear": BybitSocket,
    "/ws/v5/public": OkxSocket,
}
"""Path → what serves it."""
