"""REST of the embedded exchange: public and signed paths, providers, limits, injected faults."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import msgspec
from aiohttp import web

from .clock import SimulatedClock
from .exchange import Exchange
from .faults import InjectedFaults, RestFault
from .providers.request import Asked
from .providers.rest import answer as provider_answer
from .rate_limits import RequestLimits
from .signed_rest import SignedEndpoints, SignedRequest

_TIMES = ("serverTime", "time", "E")


class RestServer:
    """Answers every path that is no WebSocket's.

    `requests` holds (path, parameters) of the requests seen.
    """

    def __init__(self, exchange: Exchange, clock: SimulatedClock, faults: InjectedFaults) -> None:
        self.exchange = exchange
        self.clock = clock
        self.faults = faults
        self.requests: deque[tuple[str, dict[str, str]]] = deque(maxlen=2_000)
        self.limiter = RequestLimits(lambda: clock.now_ms() / 1e3)
        self._signed = SignedEndpoints(exchange, exchange.accounts, clock, faults)

    async def respond(self, request: web.Request) -> web.Response:
        params = dict(request.query)
        self.requests.append((request.path, params))
        answer = None
        for fault in self.faults.consume_rest_rules(request.path):
            if fault.delay:
                await asyncio.sleep(fault.delay)
            elif answer is None:
                answer = self._faulty(request.path, fault)
        return (
            answer
            or self._provider_answer(request, params)
            or self._answer(request, params, await request.text())
        )

    def _provider_answer(self, request: web.Request, params: dict[str, str]) -> web.Response | None:
        """The answer of a provider of other people's data; None where none has the path."""
        asked = Asked(
            request.path,
            params,
            {name.lower(): value for name, value in request.headers.items()},
            self.clock.now_ms(),
            self.exchange.seed,
            {name: one.price for name, one in self.exchange.instruments.items()},
        )
        told = provider_answer(asked)
        if told is None:
            return None
        return web.Response(
            status=told.status,
            body=msgspec.json.encode(told.body),
            content_type="application/json",
            headers=told.headers,
        )

    def _faulty(self, path: str, fault: RestFault) -> web.Response:
        verdict = self.limiter.charge(path, 1)
        html = fault.body.startswith("<")
        return web.Response(
            status=fault.status or 200,
            text=fault.body,
            content_type="text/html" if html else "application/json",
            headers=fault.headers | _weight_header(verdict.used_weight),
        )

    def _answer(self, request: web.Request, params: dict[str, str], sent: str) -> web.Response:
        path = request.path
        if self._signed.serves(path):
            key = request.headers.get("X-MBX-APIKEY", "")
            query = request.rel_url.raw_query_string
            signed = SignedRequest(request.method, path, key, query, sent)
            status, body, weight = self._signed.answer(signed)
        else:
            status, body, weight = self.exchange.rest(path, params)
        verdict = self.limiter.charge(path, weight)
        headers = _weight_header(verdict.used_weight)
        if verdict.status != 200:
            status, body = verdict.status, _TOO_MANY[verdict.status]
            headers["Retry-After"] = str(verdict.retry_after)
        elif path == "/fapi/v1/time":
            # Between two steps, unless the machine cannot keep up with the speed.
            body = {"serverTime": min(self.clock.now_ms(), self.exchange.now_ms + 1_000)}
        if self.faults.clock_offset_ms:
            body = shifted(body, self.faults.clock_offset_ms)
        return web.Response(
            status=status,
            body=msgspec.json.encode(body),
            content_type="application/json",
            headers=headers,
        )


_TOO_MANY: dict[int, dict[str, Any]] = {
    429: {
        "code": -1003,
        "msg": "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute. "
        "Please use the websocket for live updates to avoid polling the API.",
    },
    418: {
        "code": -1003,
        "msg": "Way too much request weight used; IP banned. "
        "Please use WebSocket Streams for live updates to avoid bans.",
    },
}


def _weight_header(used: int) -> dict[str, str]:
    return {"X-MBX-USED-WEIGHT-1M": str(used)}


def shifted(payload: Any, offset_ms: int) -> Any:
    """`payload` with every time of the exchange moved by `offset_ms`."""
    if isinstance(payload, list):
        return [shifted(row, offset_ms) for row in payload]
    if not isinstance(payload, dict):
        return payload
    moved = {key: payload[key] + offset_ms for key in _TIMES if isinstance(payload.get(key), int)}
    return {**payload, **moved}
