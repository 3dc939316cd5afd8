"""A connection to a NATS server that comes back by itself, for servers and viewers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuirisk.foreign.text import printable

if TYPE_CHECKING:
    from nats.aio.client import Client

_log = logging.getLogger(__name__)

CONNECT_S = 5.0
CLOSE_S = 1.0
RECONNECT_S = 0.5
"""Between two tries to reconnect."""
PING_S = 2
"""Between pings; two without an answer end the connection."""


class LinkError(Exception):
    """NATS cannot be used; one line that says why and shows no secret."""


@dataclass(slots=True)
class Login:
    """What a NATS server asks for; empty for nothing."""

    token: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def options(self) -> dict[str, str]:
        if self.user:
            return {"user": self.user, "password": self.password}
        return {"token": self.token} if self.token else {}

    def __repr__(self) -> str:
        return "Login(…)"


async def connect(
    url: str,
    login: Login,
    *,
    lost: Callable[[str], Awaitable[None]],
    back: Callable[[], Awaitable[None]],
) -> Client:
    """A client that reconnects for ever; ``lost`` and ``back`` are called when it does.

    Raises:
        LinkError: it cannot be reached now, or refuses; or the library is not installed.
    """
    try:
        from nats.aio.client import Client as NatsClient
        from nats.errors import Error
    except ImportError:
        raise LinkError("NATS needs nats-py: pip install 'tuirisk[nats]'") from None
    connected = False
    last = ""

    async def failed(error: Exception) -> None:
        nonlocal last
        last = printable(str(error)) or type(error).__name__
        if "permissions violation" in last.lower():
            _log.info("NATS: %s", last)  # what may not be seen is not seen; the rest goes on
        elif connected:
            await lost(last)

    async def disconnected() -> None:
        if connected:
            await lost("connection lost")

    # The first try is one: a client that may reconnect would try for ever within it.
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "allow_reconnect": False,
        "max_reconnect_attempts": 1,
        "reconnect_time_wait": RECONNECT_S,
        "ping_interval": PING_S,
        "max_outstanding_pings": 2,
        **login.options(),
    }
    client = NatsClient()
    try:
        async with asyncio.timeout(2 * CONNECT_S):
            await client.connect(
                url,
                error_cb=failed,
                disconnected_cb=disconnected,
                reconnected_cb=back,
                **options,
            )
        connected = True
    except (Error, OSError, TimeoutError, ValueError) as error:
        text = printable(str(error)) or type(error).__name__
        raise LinkError(_reason(last or text)) from None
    finally:
        if not connected:
            await close(client)
    client.options["allow_reconnect"], client.options["max_reconnect_attempts"] = True, -1
    return client


async def close(client: Client) -> None:
    """Close ``client``, whatever state it is in."""
    with suppress(Exception):  # it is gone already
        async with asyncio.timeout(CLOSE_S):
            await client.close()


def _reason(text: str) -> str:
    if "authorization" in text.lower() or "authentication" in text.lower():
        return "NATS refuses the token or user; see --token-file"
    return f"NATS cannot be reached: {text}"
