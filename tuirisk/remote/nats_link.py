"""A connection to a NATS server that comes back by itself, for servers and viewers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuirisk.foreign.text import printable

if TYPE_CHECKING:
    from nats.aio.client import Client

CONNECT_S = 5.0
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
        import nats
        from nats.errors import Error
    except ImportError:
        raise LinkError("NATS needs nats-py: pip install 'tuirisk[nats]'") from None

    async def failed(error: Exception) -> None:
        await lost(printable(str(error)) or type(error).__name__)

    async def disconnected() -> None:
        await lost("connection lost")

    try:
        return await nats.connect(
            url,
            connect_timeout=CONNECT_S,
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_S,
            ping_interval=PING_S,
            max_outstanding_pings=2,
            error_cb=failed,
            disconnected_cb=disconnected,
            reconnected_cb=back,
            **_arguments(login),
        )
    except (Error, OSError, TimeoutError, ValueError) as error:
        raise LinkError(_reason(error)) from None


def _arguments(login: Login) -> dict[str, Any]:
    return dict(login.options())


def _reason(error: Exception) -> str:
    text = printable(str(error)) or type(error).__name__
    if "authorization" in text.lower() or "authentication" in text.lower():
        return "NATS refuses the token or user; see --token-file"
    return f"NATS cannot be reached: {text}"
