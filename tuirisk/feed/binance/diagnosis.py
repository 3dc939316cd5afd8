"""The checks of ``tuirisk doctor`` on the way to the exchange. Secrets appear nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp

from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.events.contract_names import TRADFI
from tuirisk.feed.binance import decode, listings
from tuirisk.feed.binance.account_diagnosis import key_findings
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.endpoints import connector, endpoints, http_proxy, proxy_of
from tuirisk.feed.binance.finding import Finding, failed
from tuirisk.feed.binance.rest import client as rest
from tuirisk.feed.binance.rest.errors import NETWORK_ERRORS, ExchangeError, network_error
from tuirisk.feed.binance.rest.rate_limiter import SHARE, URGENT, WEIGHT_LIMIT, RateLimiter
from tuirisk.feed.binance.streams.layout import refuses_address
from tuirisk.feed.binance.streams.routing import Layout, Route, route, stream_url
from tuirisk.feed.binance.streams.websocket import open_socket
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import stream_name
from tuirisk.language.reason import Reason

FIRST_FRAME = 10.0
BETWEEN_CONNECTS = 1.0
TOLERATED_OFFSET_MS = 1_000.0
PROBES = ("depth@100ms", "markPrice@1s")
"""One stream that speaks at once for each of the divided addresses."""


async def diagnose(config: Config, environ: Mapping[str, str], clock: Clock) -> list[Finding]:
    """Look at REST, the clock, the watchlist, both WebSocket addresses and the key's rights.

    Raises:
        ConfigError: an address in the configuration makes no sense.
    """
    client = rest.RestClient(config.exchange, RateLimiter(clock), clock)
    try:
        findings, offset_ms = await _rest_and_clock(client, clock)
        findings = [*_proxy(config.exchange), *findings]
        findings += await _listings(client, config.symbols)
    finally:
        await client.close()
    findings += [*_addresses(config.exchange), *await _sockets(config, clock)]
    findings += await key_findings(config.exchange, environ, clock, offset_ms)
    return findings


def _addresses(config: ExchangeConfig) -> list[Finding]:
    """History of one exchange and streams of another make numbers that only look right."""
    if bool(config.rest_url) == bool(config.stream_url):
        return []
    given, other = ("rest_url", "stream_url") if config.rest_url else ("stream_url", "rest_url")
    detail = f"{given} is a server of yours, {other} the {config.environment}'s: two exchanges mix"
    return [Finding("addresses", "warning", detail, f"set {other} in [exchange] too")]


def _proxy(exchange: ExchangeConfig) -> list[Finding]:
    """The proxy that everything goes through, if there is one, and what names it."""
    proxy = proxy_of(exchange)
    if not proxy.url:
        return []
    origin = "[exchange] proxy" if proxy.origin == "proxy" else proxy.origin
    return [Finding("proxy", "ok", f"{proxy.shown}, by {origin}")]


async def _rest_and_clock(client: rest.RestClient, clock: Clock) -> tuple[list[Finding], float]:
    try:
        # The first request also pays for the handshakes; the second one is the round trip.
        await client.get(rest.TIME, URGENT)
        frame = await client.get(rest.TIME, URGENT)
        events = decode.decode(frame)
    except ExchangeError as error:
        return [failed("REST", error)], 0.0
    except BadFrame:
        garbled = ExchangeError("garbled", Reason("unreadable_answer", what="GET /fapi/v1/time"))
        return [failed("REST", garbled)], 0.0
    server_time = getattr(events[0], "server_time", 0) if events else 0
    offset_ms = server_time - frame.received / 1e6
    findings = [Finding("REST", "ok", f"round trip {client.latency_ms or 0:.0f} ms")]
    if abs(offset_ms) > TOLERATED_OFFSET_MS:
        detail = f"this machine is {abs(offset_ms) / 1e3:.1f} s {_side(offset_ms)} the exchange"
        findings.append(Finding("clock", "warning", detail, "synchronise the clock (NTP)"))
    else:
        findings.append(Finding("clock", "ok", f"{-offset_ms:+.0f} ms from the exchange's"))
    return findings, offset_ms


def _side(offset_ms: float) -> str:
    return "behind" if offset_ms > 0 else "ahead of"


async def _listings(client: rest.RestClient, symbols: tuple[str, ...]) -> list[Finding]:
    try:
        frame = await client.get(rest.EXCHANGE_INFO, URGENT)
        info = listings.decode_exchange_info(frame.body)
    except ExchangeError as error:
        return [failed("symbols", error)]
    except BadFrame as error:
        return [
            failed(
                "symbols",
                ExchangeError("garbled", Reason.from_text(f"exchangeInfo is unreadable: {error}")),
            )
        ]
    return [
        _weight(client.rate_limiter.reported_weight, info.weight_limit or WEIGHT_LIMIT),
        *(_symbol(symbol, info.listings.get(symbol)) for symbol in symbols),
    ]


def _weight(used: int | None, limit: int) -> Finding:
    detail = f"{used if used is not None else '?'} of {limit} used in this minute"
    if used is not None and used > SHARE * limit:
        remedy = "other programs on this address use it up: stop them, or tuirisk will wait"
        return Finding("request weight", "warning", detail, remedy)
    return Finding("request weight", "ok", detail)


def _symbol(symbol: str, listing: listings.Listing | None) -> Finding:
    if listing is None:
        detail = "not a symbol of Binance USDⓈ-M futures"
        return Finding(symbol, "error", detail, "correct it in symbols")
    if listing.status != "TRADING":
        detail = f"not trading (status {listing.status})"
        return Finding(symbol, "error", detail, "take it out of symbols")
    if listing.contract_type == TRADFI:
        detail = "does not trade round the clock: its volatility is understated over weekends"
        return Finding(symbol, "warning", detail)
    return Finding(symbol, "ok", "trading")


async def _sockets(config: Config, clock: Clock) -> list[Finding]:
    symbol = (config.symbols[0] if config.symbols else "BTCUSDT").lower()
    findings: list[Finding] = []
    async with aiohttp.ClientSession(connector=connector(config.exchange)) as session:
        for probe in PROBES:
            if findings:
                await clock.sleep(BETWEEN_CONNECTS)
            stream = f"{symbol}@{probe}"
            findings.append(await _socket(session, config.exchange, route(stream), stream, clock))
    return findings


async def _socket(
    session: aiohttp.ClientSession,
    exchange: ExchangeConfig,
    where: Route,
    stream: str,
    clock: Clock,
) -> Finding:
    """By the divided address; where that is refused or mute, by the undivided one."""
    what, base = f"WebSocket /{where}", endpoints(exchange).stream

    def url(layout: Layout) -> str:
        return stream_url(base, where, (stream,), layout)

    divided = await _first_frame(session, exchange, url("divided"), stream, clock)
    if isinstance(divided, float):
        return Finding(what, "ok", f"first frame of {stream} after {divided:.0f} ms")
    if divided is None or refuses_address(divided):
        await clock.sleep(BETWEEN_CONNECTS)
        after = await _first_frame(session, exchange, url("undivided"), stream, clock)
        if isinstance(after, float):
            why = "is refused" if divided is not None else "is mute"
            detail = f"undivided (/{where} {why}): first frame of {stream} after {after:.0f} ms"
            return Finding(what, "ok", detail)
    if divided is not None:
        return failed(what, divided)
    detail = f"connected, but nothing came on {stream}, undivided neither"
    return Finding(what, "error", detail, "check stream_url in [exchange], and the proxy")


async def _first_frame(
    session: aiohttp.ClientSession, exchange: ExchangeConfig, url: str, stream: str, clock: Clock
) -> float | ExchangeError | None:
    """Milliseconds until the first frame of ``stream`` at ``url``; None where none comes in time,
    or why it cannot be opened."""
    try:
        socket = await open_socket(session, url, http_proxy(exchange))
    except NETWORK_ERRORS as error:
        return network_error(urlsplit(url).hostname or "", error)

    async def receive() -> None:
        async for message in socket:
            if isinstance(message.data, bytes) and stream_name(message.data) == stream:
                return

    opened = clock.now_ns()
    receiving = asyncio.ensure_future(receive())
    deadline = asyncio.ensure_future(clock.sleep(FIRST_FRAME))
    await asyncio.wait({receiving, deadline}, return_when=asyncio.FIRST_COMPLETED)
    received = receiving.done() and not socket.closed
    deadline.cancel()
    receiving.cancel()
    await asyncio.gather(receiving, deadline, return_exceptions=True)
    await socket.close()
    return (clock.now_ns() - opened) / 1e6 if received else None
