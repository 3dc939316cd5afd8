"""The simulated world behind real sockets: a relay between a client's process and the exchange."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

import aiohttp
from aiohttp import web

from benchmarks.simulation.memory_session import MemorySocket
from benchmarks.simulation.world import World

_NO_ANSWER = (OSError, aiohttp.ClientError)


class Front:
    """Serves ``world`` on loopback; what its faults raise becomes a reset connection."""

    def __init__(self, world: World, tls: ssl.SSLContext | None = None) -> None:
        self._world = world
        self._tls = tls
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        await self._runner.setup()
        listening = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(self._runner, listening, ssl_context=self._tls).start()
        self.port = listening.getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._websocket(request)
            return await self._rest(request)
        except aiohttp.WSServerHandshakeError as error:
            return web.Response(status=error.status)
        except _NO_ANSWER:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)

    async def _rest(self, request: web.Request) -> web.Response:
        key = request.headers.get("X-MBX-APIKEY", "")
        answer = await self._world.answer(
            request.method, request.rel_url, key, await request.text()
        )
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers=answer.headers,
            content_type="application/json",
        )

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        client = await self._world.open(request.rel_url)
        websocket = web.WebSocketResponse(compress=False)
        await websocket.prepare(request)
        pump = asyncio.ensure_future(self._pump(client, websocket, request))
        try:
            async for message in websocket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._world.on_sent(client, message.data)
        finally:
            await client.close()
            pump.cancel()
        return websocket

    async def _pump(
        self, client: MemorySocket, websocket: web.WebSocketResponse, request: web.Request
    ) -> None:
        with contextlib.suppress(ConnectionError):
            async for message in client:
                await websocket.send_frame(message.data, aiohttp.WSMsgType.TEXT)
        if request.transport is not None:
            request.transport.abort()
