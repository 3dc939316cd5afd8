"""Errors of the exchange and of the network, each in one line that a person understands."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Literal, TypeAlias

import aiohttp
import msgspec
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from msgspec import Meta

from tuirisk.foreign.decoding import UndecodableError, decimal, decode_json
from tuirisk.foreign.text import printable
from tuirisk.language.reason import Reason
from tuirisk.language.reason_codes import ReasonCode

ErrorKind: TypeAlias = Literal[
    "unreachable", "limited", "banned", "country", "firewall", "server", "refused", "garbled"
]

DEFAULT_PAUSE = {"limited": 60.0, "banned": 120.0}
"""Seconds to stand still when a 429 or 418 does not say how long."""
LONGEST_PAUSE = {"limited": 3_600, "banned": 3 * 86_400}
"""Seconds that are obeyed at most; the exchange's own bans last three days at most."""

_PROXY_ERRORS = (
    aiohttp.ClientProxyConnectionError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
)
_LONGEST_DATE = 40
NETWORK_ERRORS = (aiohttp.ClientError, OSError, asyncio.TimeoutError, *_PROXY_ERRORS)
"""Exceptions of a request or a handshake that have their cause outside this program."""


_SYSTEM_ERRORS: Mapping[int, ReasonCode] = {
    errno.ECONNREFUSED: "connection_refused",
    errno.ENETUNREACH: "network_unreachable",
    errno.EHOSTUNREACH: "no_route_to_host",
    errno.ECONNRESET: "connection_reset",
}


class ExchangeError(Exception):
    """A request failed. ``str()`` is one plain line without secrets.

    ``pause`` is the number of seconds without requests that the exchange demands; ``code`` its own
    error number.
    """

    def __init__(
        self,
        kind: ErrorKind,
        reason: Reason,
        *,
        status: int | None = None,
        code: int | None = None,
        pause: float = 0.0,
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.status = status
        self.code = code
        self.pause = pause

    @property
    def lasting(self) -> bool:
        """Whether trying again at once makes no sense."""
        return self.kind in {"country", "firewall", "refused", "limited", "banned"}


class _Refusal(msgspec.Struct):
    code: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)] = 0
    msg: str = ""


_REFUSAL = msgspec.json.Decoder(_Refusal)


def answer_error(
    what: str, status: int, headers: Mapping[str, str], body: bytes
) -> ExchangeError | None:
    """The error of an HTTP answer to ``what``; None of a success."""
    if status == 200:
        if body.lstrip()[:1] in (b"{", b"["):
            return None
        return ExchangeError(
            "garbled",
            Reason("not_json", what=what),
            status=status,
        )
    if status in (418, 429):
        return _limited(what, status, headers)
    return status_error(what, status, _refusal(body))


def status_error(what: str, status: int, refusal: tuple[int, str] | None = None) -> ExchangeError:
    """The error for a status that is not a success, of an answer or of a WebSocket handshake."""
    if status == 451:
        return ExchangeError("country", Reason("country_not_served"), status=status)
    if refusal is not None and 400 <= status < 500:
        code, text = refusal
        reason = Reason("request_refused", what=what, text=text, code=code)
        return ExchangeError("refused", reason, status=status, code=code)
    if status == 403:
        return ExchangeError("firewall", Reason("firewall_refused"), status=status)
    if status == 407:
        return ExchangeError("refused", Reason("proxy_wants_password"), status=status)
    if 300 <= status < 400:
        return ExchangeError(
            "garbled", Reason("redirected", what=what, status=status), status=status
        )
    if status >= 500:
        return ExchangeError(
            "server", Reason("server_error", what=what, status=status), status=status
        )
    return ExchangeError("refused", Reason("not_found", what=what, status=status), status=status)


def network_error(host: str, error: BaseException) -> ExchangeError:
    """The error for an exception of the network. Its text is not quoted: it may hold a query."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        what = f"the WebSocket of {host}"
        if error.status in (418, 429):
            return _limited(what, error.status, error.headers or {})
        return status_error(what, error.status)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return status_error("the proxy", error.status)
    return ExchangeError("unreachable", Reason("unreachable", host=host, reason=_why(error)))


def _why(error: BaseException) -> Reason:
    if isinstance(error, ssl.CertificateError | aiohttp.ClientConnectorCertificateError):
        return Reason("bad_certificate")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return Reason("no_secure_connection")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Reason("name_not_resolved")
    if isinstance(error, _PROXY_ERRORS):
        return Reason("proxy_silent")
    if isinstance(error, asyncio.TimeoutError):
        return Reason("no_answer")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _of_system(error.os_error) or Reason("no_connection")
    return (isinstance(error, OSError) and _of_system(error)) or Reason("connection_broke_off")


def _of_system(error: OSError) -> Reason | None:
    """The reason of the operating system's ``error``, by code where it is a common one."""
    if error.errno is not None and error.errno in _SYSTEM_ERRORS:
        return Reason(_SYSTEM_ERRORS[error.errno])
    return Reason.from_text(error.strerror) if error.strerror else None


def _limited(what: str, status: int, headers: Mapping[str, str]) -> ExchangeError:
    kind: ErrorKind = "banned" if status == 418 else "limited"
    pause = retry_after(headers, LONGEST_PAUSE[kind])
    if pause is None:
        pause = DEFAULT_PAUSE[kind]
    if kind == "banned":
        reason = Reason("banned", seconds=round(pause))
    else:
        reason = Reason("too_many_requests", what=what, seconds=round(pause))
    return ExchangeError(kind, reason, status=status, pause=pause)


def retry_after(headers: Mapping[str, str], most: int) -> float | None:
    """The seconds that ``Retry-After`` asks for, at most ``most``; None where it says nothing.

    A date counts from the ``Date`` of the same answer, by the same clock.
    """
    text = headers.get("Retry-After", "").strip()
    seconds = decimal(text, most)
    if seconds is not None:
        return float(seconds)
    until, now = _http_date(text), _http_date(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max(0.0, (until - now).total_seconds()), float(most))


def _http_date(text: str) -> datetime | None:
    if not 20 <= len(text) <= _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _refusal(body: bytes) -> tuple[int, str] | None:
    """The exchange's own (code, message), where the body has one; HTML has none."""
    try:
        refusal = decode_json(_REFUSAL, body)
    except UndecodableError:
        return None
    return (refusal.code, printable(refusal.msg)) if refusal.msg else None
