"""One request to a provider, and its answer: bounded in time and size; its key is shown nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from tuirisk.feed.binance.rest.body import BodyTooLarge, UnknownEncoding, read_body
from tuirisk.feed.providers.adapter import ProviderRequest
from tuirisk.feed.providers.errors import ProviderError, Trouble
from tuirisk.foreign.decoding import decimal

PATIENCE = 10.0
"""Seconds for an answer, all of it."""
LONGEST_RETRY = 3_600
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds that the provider asked for (``Retry-After``), at most an hour."""
        seconds = decimal(self.headers.get("Retry-After", "").strip(), LONGEST_RETRY)
        return None if seconds is None else float(seconds)


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
