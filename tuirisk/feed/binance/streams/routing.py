"""Which of the divided WebSocket addresses serves a stream (docs/binance.md; since 2026-04-23).

On the wrong one a subscription is acknowledged and stays silent.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Route: TypeAlias = Literal["public", "market", "private"]
Layout: TypeAlias = Literal["divided", "undivided"]

_ROUTES: dict[str, Route] = {
    "depth": "public",
    "bookTicker": "public",
    "kline": "market",
    "continuousKline": "market",
    "aggTrade": "market",
    "markPrice": "market",
    "forceOrder": "market",
    "ticker": "market",
    "miniTicker": "market",
    "contractInfo": "market",
}
"""Event family → address; ``depth5``, ``depth10`` and ``depth20`` belong to ``depth``."""


def route(stream: str) -> Route:
    """The address that serves ``stream``.

    Raises:
        ValueError: no such stream is known.
    """
    name = stream.removeprefix("!") if stream.startswith("!") else stream.partition("@")[2]
    family = name.partition("@")[0].partition("_")[0].rstrip("0123456789")
    try:
        return _ROUTES[family]
    except KeyError:
        raise ValueError(f"unknown stream {stream!r}") from None


def stream_url(
    base: str, where: Route, streams: tuple[str, ...], layout: Layout = "divided"
) -> str:
    """The combined-stream address for ``streams``, all of which ``where`` serves.

    The streams go into the address, not into a SUBSCRIBE: a connection then has them from its
    first moment, and there is no acknowledgement to be misled by.
    """
    prefix = f"/{where}" if layout == "divided" else ""
    return f"{base}{prefix}/stream?streams={'/'.join(streams)}"
