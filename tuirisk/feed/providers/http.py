"""One request to a provider, and its answer: bounded in time and size; its key is shown nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import aiohttp

from tuirisk.feed.binance.rest.body import BodyTooLarge, UnknownEncoding, read_body
from tuirisk.feed.providers.adapter import ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.foreign.decoding import decimal

PATIENCE = 10.0
"""Seconds for an answer, all of it."""
LONGEST_RETRY = 3_600
MOST_SECONDS = 10**11
LEAST_MOMENT = 10**9
"""More seconds than that are since 1970."""
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def retry_after(self, now_s: int) -> float | None:
        """Seconds that the provider asked for at ``now_s`` (UTC, seconds), at most an hour.

        ``Retry-After`` as seconds or as a date; of a request limit also ``X-RateLimit-Reset``, as
        seconds from now or as the moment itself.
        """
        text = self.headers.get("Retry-After", "").strip()
        moment = decimal(text, MOST_SECONDS)
        if moment is None and text:
            moment = _moment(text)
        if moment is None and self.status in (418, 429):
            moment = decimal(self.headers.get("X-RateLimit-Reset", "").strip(), MOST_SECONDS)
        if moment is None:
            return None
        seconds = moment - now_s if moment >= LEAST_MOMENT else moment
        return float(min(max(seconds, 0), LONGEST_RETRY))


def _moment(text: str) -> int | None:
    """Seconds since 1970 of a date of HTTP; None where it is none."""
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a provider is, and what carries its key there."""

    origin: str
    query: str = ""
    """Query of the configured address, which may hold a key."""
    headers: Mapping[str, str] | None = None
    params: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return "Route(…)"


async def get(
    session: aiohttp.ClientSession, route: Route, request: ProviderRequest, proxy: str | None
) -> ProviderAnswer:
    """Send ``request``. No error names the address, which may carry a key.

    Raises:
        ProviderError: no answer in time, none at all, or one that cannot be read.
    """
    query = "&".join(
        part
        for part in (route.query, urlencode({**request.params, **(route.params or {})}))
        if part
    )
    url = f"{route.origin}{request.path}" + (f"?{query}" if query else "")
    try:
        async with (
            asyncio.timeout(PATIENCE),
            session.get(
                url,
                headers={**_HEADERS, **(route.headers or {})},
                proxy=proxy,
                allow_redirects=False,
            ) as response,
        ):
            return ProviderAnswer(response.status, response.headers, await read_body(response))
    except TimeoutError:
        raise ProviderError(Trouble.SILENT) from None
    except BodyTooLarge:
        raise ProviderError(Trouble.BAD_ANSWER, "too large") from None
    except UnknownEncoding:
        raise ProviderError(Trouble.BAD_ANSWER, "packed in an unknown way") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ProviderError(Trouble.UNAVAILABLE, type(error).__name__) from None
