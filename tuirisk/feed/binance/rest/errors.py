"""Errors of the exchange and of the network, each in one line that a person understands."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Literal, TypeAlias

import aiohttp
import msgspec
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

FaultKind: TypeAlias = Literal[
    "unreachable", "limited", "banned", "country", "firewall", "server", "refused", "garbled"
]

DEFAULT_PAUSE = {"limited": 60.0, "banned": 120.0}
"""Seconds to stand still when a 429 or 418 does not say how long."""

_PROXY_ERRORS = (
    aiohttp.ClientProxyConnectionError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
)
NETWORK_ERRORS = (aiohttp.ClientError, OSError, asyncio.TimeoutError, *_PROXY_ERRORS)
"""What a request or a handshake may raise for reasons outside this program."""


class Fault(Exception):
    """A request failed. ``str()`` is one plain line without secrets.

    ``pause`` is for how many seconds the exchange wants no more; ``code`` its own error number.
    """

    def __init__(
        self,
        kind: FaultKind,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        pause: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.code = code
        self.pause = pause

    @property
    def lasting(self) -> bool:
        """Whether trying again at once makes no sense."""
        return self.kind in {"country", "firewall", "refused", "limited", "banned"}


class _Refusal(msgspec.Struct):
    code: int = 0
    msg: str = ""


def fault_of_answer(
    what: str, status: int, headers: Mapping[str, str], body: bytes
) -> Fault | None:
    """The fault that an HTTP answer to ``what`` stands for; None when it is a good one."""
    if status == 200:
        if body.lstrip()[:1] in (b"{", b"["):
            return None
        return Fault(
            "garbled",
            f"{what} was answered with something that is not JSON: is a proxy or a login page "
            "of the network in between?",
            status=status,
        )
    if status in (418, 429):
        return _limited(what, status, headers)
    return fault_of_status(what, status, _refusal(body))


def fault_of_status(what: str, status: int, refusal: tuple[int, str] | None = None) -> Fault:
    """The fault for a status that is not a success, of an answer or of a WebSocket handshake."""
    if status == 451:
        message = (
            "Binance does not serve this country or network (HTTP 451): "
            "set a proxy in [exchange], or go through another network"
        )
        return Fault("country", message, status=status)
    if refusal is not None and 400 <= status < 500:
        code, text = refusal
        return Fault("refused", f"{what} was refused: {text} ({code})", status=status, code=code)
    if status == 403:
        message = (
            "Binance's firewall turned us away (HTTP 403): "
            "wait some minutes, or go through another network or proxy"
        )
        return Fault("firewall", message, status=status)
    if status == 407:
        return Fault("refused", "the proxy wants a name and a password (HTTP 407)", status=status)
    if 300 <= status < 400:
        message = f"{what} was sent elsewhere (HTTP {status}): is a login page in between?"
        return Fault("garbled", message, status=status)
    if status >= 500:
        message = f"the exchange has a fault of its own (HTTP {status} to {what})"
        return Fault("server", message, status=status)
    message = f"{what} is not known there (HTTP {status}): is the address right?"
    return Fault("refused", message, status=status)


def fault_of_error(host: str, error: BaseException) -> Fault:
    """The fault for an exception of the network. Its text is not quoted: it may hold a query."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        what = f"the WebSocket of {host}"
        if error.status in (418, 429):
            return _limited(what, error.status, error.headers or {})
        return fault_of_status(what, error.status)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return fault_of_status("the proxy", error.status)
    return Fault("unreachable", f"cannot reach {host}: {_why(error)}")


def _why(error: BaseException) -> str:
    if isinstance(error, ssl.CertificateError | aiohttp.ClientConnectorCertificateError):
        return "its certificate is not valid (is the clock right? is a proxy in between?)"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "no secure connection could be made"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name cannot be resolved (is there a network?)"
    if isinstance(error, _PROXY_ERRORS):
        return "the proxy does not answer or refuses"
    if isinstance(error, asyncio.TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or "no connection"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the connection broke off"


def _limited(what: str, status: int, headers: Mapping[str, str]) -> Fault:
    kind: FaultKind = "banned" if status == 418 else "limited"
    told = headers.get("Retry-After", "")
    pause = float(told) if told.isdigit() else DEFAULT_PAUSE[kind]
    if kind == "banned":
        message = f"Binance has banned this address for {pause:.0f} s (HTTP 418): standing still"
    else:
        message = f"too many requests (HTTP 429 to {what}): standing still for {pause:.0f} s"
    return Fault(kind, message, status=status, pause=pause)


def _refusal(body: bytes) -> tuple[int, str] | None:
    """The exchange's own (code, message), where the body has one; HTML has none."""
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:
        return None
    return (refusal.code, refusal.msg) if refusal.msg else None
