"""Keys out of what a provider repeats of a request: in a refusal, a page of its error, an echo."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from tuirisk.feed.binance.account.credentials import Secret

SHORTEST = 6
"""Characters of an address's part that is taken for a secret; a shorter one is a plain word."""
SHORTEST_STEP = 16
"""The same of a step of its path."""


def secrets_of(key: str, address: str = "") -> tuple[Secret, ...]:
    """``key`` and what may be one in ``address``, in every way in which it may be written."""
    parts = urlsplit(address)
    plain = {key, parts.username or "", parts.password or ""}
    found = {text for text in plain if text}
    if parts.query:
        found |= {parts.query} if len(parts.query) >= SHORTEST else set()
        values = (value for _, value in parse_qsl(parts.query, keep_blank_values=False))
        found |= {value for value in values if len(value) >= SHORTEST}
    found |= {step for step in parts.path.split("/") if len(unquote(step)) >= SHORTEST_STEP}
    written = {way for text in found for way in _ways(text)}
    return tuple(Secret(text) for text in sorted(written, key=len, reverse=True))


def without_secrets(body: bytes, secrets: Iterable[Secret]) -> bytes:
    """``body`` with dots in place of every one of ``secrets``."""
    for secret in secrets:
        text = secret.reveal().encode()
        if text in body:
            body = body.replace(text, b"...")
    return body


def _ways(text: str) -> set[str]:
    return {text, quote(text, safe=""), quote_plus(text), unquote(text), text.replace("/", "\\/")}
