"""Where ``tuirisk serve --nats`` puts states and alerts, and the form of the values.

Two key-value buckets have the newest of each; permissions keep the second from those who may not
see the account:

- :data:`BUCKET`, ``head.PART``: what the server of a part of the symbols says of them as a whole,
  without account, each second at least; ``market.SYMBOL``: the symbol as its server sees it,
  without positions;
- :data:`ACCOUNT_BUCKET`, ``account.head`` and ``account.symbol.SYMBOL``: of the leading server,
  with the account: the whole, and the symbols with a position.

A value is a MessagePack map: ``server`` (the process), ``clock_ms`` and ``age_ms`` (see
``remote.protocol``), ``fields`` (field → its value's own MessagePack, so that a reader converts
what changed alone), and for a head ``names``: its symbols in their order; of the account's, those
that are held.

Two streams have alerts as the hooks get them: :data:`ALERTS` has ``tuirisk.alerts.market.SYMBOL``,
:data:`ACCOUNT_ALERTS` has ``tuirisk.alerts.account.SYMBOL`` (``_`` where several or none are
meant).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from tuirisk.remote.protocol import PROTOCOL, field_converters
from tuirisk.state.binary import MalformedError, decode_untyped, encode

BUCKET: Final = f"tuirisk-v{PROTOCOL}"
"""The version is in the name: a bucket of another protocol is another bucket."""
ACCOUNT_BUCKET: Final = f"tuirisk-account-v{PROTOCOL}"
LEASES: Final = f"tuirisk-leases-v{PROTOCOL}"
ALERTS: Final = "TUIRISK_ALERTS"
ACCOUNT_ALERTS: Final = "TUIRISK_ACCOUNT_ALERTS"
ALERT_SUBJECTS: Final = "tuirisk.alerts.market.>"
ACCOUNT_ALERT_SUBJECTS: Final = "tuirisk.alerts.account.>"
HEAD, MARKET, ACCOUNT_HEAD, ACCOUNT = "head.", "market.", "account.head", "account.symbol."
LEADER: Final = "leader"
"""Key of the lease."""
LEASE_S = 5.0
"""Seconds after which a lease that is not renewed is free."""
RENEWAL_S = 1.5


@dataclass(frozen=True, slots=True)
class BucketEntry:
    """A value of the bucket, its fields still encoded."""

    server: str
    clock_ms: int
    age_ms: int
    fields: dict[str, bytes]
    names: tuple[str, ...] = ()


def pack(server: str, clock_ms: int, age_ms: int, fields: dict[str, bytes], **more: Any) -> bytes:
    """The bytes of an entry."""
    body = {"server": server, "clock_ms": clock_ms, "age_ms": age_ms, "fields": fields}
    return encode(body | more)


def unpack(data: bytes) -> BucketEntry:
    """The entry of the bytes.

    Raises:
        MalformedError: they are none.
    """
    try:
        body = decode_untyped(data)
        times = (body["clock_ms"], body["age_ms"])
        if not all(type(time) is int and 0 <= time < 10**15 for time in times):
            raise MalformedError("an entry without its times")
        fields = {str(name): bytes(value) for name, value in body["fields"].items()}
        names = tuple(str(name) for name in body.get("names", ()))
        return BucketEntry(str(body["server"]), *times, fields, names)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MalformedError(f"not an entry of this version: {error}") from None


class Parts:
    """The fields of one state or symbol, converted when their bytes change."""

    def __init__(self, kind: Hashable) -> None:
        """Of ``RiskState`` or ``SymbolState``."""
        self._converters = field_converters(cast(type, kind))
        self._bytes: dict[str, bytes] = {}
        self.values: dict[str, Any] = {}

    def update(self, fields: dict[str, bytes]) -> None:
        """Take over ``fields``: all, or nothing.

        Raises:
            MalformedError: a field is nothing of its kind.
        """
        new = {}
        for name, data in fields.items():
            convert = self._converters.get(name)
            if convert is None or self._bytes.get(name) == data:
                continue
            try:
                new[name] = convert(decode_untyped(data))
            except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
                raise MalformedError(f"{name}: {error}") from None
        self.values |= new
        self._bytes |= fields


def server_url(text: str) -> str:
    """``text`` as the URL of a NATS server.

    Raises:
        ValueError: it is none, or has a password in it; the text says what to write.
    """
    url = urlsplit(text)
    if url.scheme not in ("nats", "tls") or not url.hostname:
        raise ValueError(f"{text!r} is no NATS server; write nats://HOST:PORT or tls://HOST:PORT")
    if url.username or url.password:
        raise ValueError("a token or password does not belong in the URL; use --token-file")
    return text
