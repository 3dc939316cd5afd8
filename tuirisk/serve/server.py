"""An HTTP server of states: where it listens, its TLS, and its bounds."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakSet

from aiohttp import web

from tuirisk.foreign.files import open_own
from tuirisk.serve.address import Address
from tuirisk.serve.hub import MOST_VIEWERS

MOST_PEM_BYTES = 1 << 20
"""Of a file of certificates or of a key."""
MOST_CONNECTIONS = MOST_VIEWERS + 56
"""Sockets that are open at once; further ones are closed unread."""
REQUEST_S = 10.0
"""Seconds in which a connection must have sent its request."""


Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class ListenError(Exception):
    """Where to listen cannot be used; one line that says why and what to do."""


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS by the files of a certificate chain and its key (PEM).

    Raises:
        ListenError: a file cannot be read, or the two do not belong together.
    """
    for path in (certificate, key):
        _check_pem(path)

    def passphrase() -> str:
        # Without this OpenSSL asks at the terminal and waits.
        raise ListenError(f"TLS: {key} has a passphrase; name a key without one")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, passphrase)
    except (OSError, ssl.SSLError) as error:
        why = getattr(error, "reason", None) or error.strerror or error
        raise ListenError(f"TLS: {certificate} and {key} cannot be used: {why}") from None
    return context


def _check_pem(path: Path) -> None:
    """See that OpenSSL can read ``path`` to its end.

    Raises:
        ListenError: it cannot be opened, is no regular file, or is too large.
    """
    try:
        with open_own(path) as file:
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise ListenError(f"TLS: {path} does not exist") from None
    except OSError as error:
        raise ListenError(f"TLS: {path} cannot be read: {error.strerror}") from None
    if size > MOST_PEM_BYTES:
        raise ListenError(f"TLS: {path} has more than {MOST_PEM_BYTES >> 20} MiB")


@asynccontextmanager
async def listening(
    answer: Answer, where: Address, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Address]:
    """Answer requests at ``where`` by ``answer`` meanwhile; gives the address with its real port.

    Raises:
        ListenError: nothing can listen there.
    """
    spoken: WeakSet[asyncio.Transport] = WeakSet()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.transport is not None:
            spoken.add(request.transport)
        return await answer(request)

    def close_if_silent(handler: web.RequestHandler) -> None:
        if handler.transport is not None and handler.transport not in spoken:
            handler.transport.close()

    server = web.Server(handle, keepalive_timeout=REQUEST_S)
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.BaseProtocol:
        if len(server.connections) >= MOST_CONNECTIONS:
            return _Refused()
        handler = server()
        loop.call_later(REQUEST_S, close_if_silent, handler)
        return handler

    try:
        listener = await loop.create_server(protocol, where.host, where.port, ssl=tls)
    except OSError as error:
        raise ListenError(
            f"cannot listen at {where}: {error.strerror or error}; choose another with --listen"
        ) from None
    try:
        yield Address(where.host, listener.sockets[0].getsockname()[1])
    finally:
        listener.close()
        await server.shutdown(1.0)


class _Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
