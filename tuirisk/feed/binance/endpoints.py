"""Where the exchange is, and the way there: addresses, the proxy, the HTTP connector."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from aiohttp_socks import ProxyConnector

from tuirisk.config.model import ConfigError, ExchangeConfig


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base addresses without a trailing slash.

    ``rest`` serves ``/fapi`` and ``/futures/data``, ``stream`` the divided WebSocket paths.
    ``spot`` serves ``/sapi`` (the rights of a key, signed), ``portfolio`` serves ``/papi``
    (portfolio-margin accounts); each is empty where there is none.
    """

    rest: str
    stream: str
    spot: str
    portfolio: str = ""


ENVIRONMENTS = {
    "mainnet": Endpoints(
        rest="https://fapi.binance.com",
        stream="wss://fstream.binance.com",
        spot="https://api.binance.com",
        portfolio="https://papi.binance.com",
    ),
    "testnet": Endpoints(
        rest="https://testnet.binancefuture.com",
        stream="wss://fstream.binancefuture.com",
        spot="",
    ),
    "demo": Endpoints(
        rest="https://demo-fapi.binance.com",
        stream="wss://demo-fstream.binance.com",
        spot="",
    ),
}
KEEPALIVE = 60.0
"""Seconds an idle HTTP connection is kept: longer than the pause between our polls."""
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_VARIABLES = ("https_proxy", "all_proxy")
"""Environment variables, in capitals or not, that name a proxy where the configuration does not."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """``url`` is empty where there is none; ``origin`` is the key or variable that names it."""

    url: str = ""
    origin: str = ""

    @property
    def shown(self) -> str:
        """The address without its user and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port}"


def endpoints(config: ExchangeConfig) -> Endpoints:
    """The addresses of the configured environment, or those that override them.

    With ``rest_url`` nothing goes anywhere else, the signed request included.

    Raises:
        ConfigError: an address makes no sense.
    """
    _check("rest_url", config.rest_url, ("http", "https"))
    _check("stream_url", config.stream_url, ("ws", "wss"))
    proxy = proxy_of(config)
    _check(proxy.origin, proxy.url, _PROXY_SCHEMES)
    known = ENVIRONMENTS[config.environment]
    rest = config.rest_url.rstrip("/")
    stream = config.stream_url.rstrip("/")
    return Endpoints(
        rest or known.rest, stream or known.stream, rest or known.spot, rest or known.portfolio
    )


def proxy_of(config: ExchangeConfig, environ: Mapping[str, str] = os.environ) -> Proxy:
    """The proxy of the configuration, else that of the environment.

    ``NO_PROXY`` names hosts that are reached directly, and those of this machine always are.
    """
    if config.proxy:
        return Proxy(config.proxy, "proxy")
    host = urlsplit(config.rest_url or ENVIRONMENTS[config.environment].rest).hostname or ""
    if _is_direct(host, environ):
        return Proxy()
    for name in _VARIABLES:
        for variable in (name, name.upper()):
            url = environ.get(variable, "").strip()
            if url:
                return Proxy(url if "://" in url else f"http://{url}", variable)
    return Proxy()


def _is_direct(host: str, environ: Mapping[str, str]) -> bool:
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return True
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    names = [name.strip().lower().lstrip("*").lstrip(".") for name in listed.split(",")]
    if "*" in listed.split(","):
        return True
    return any(name and (host == name or host.endswith(f".{name}")) for name in names)


def http_proxy(config: ExchangeConfig) -> str | None:
    """The proxy to name in each request; None where there is none or the connector has it."""
    url = proxy_of(config).url
    return url if url.startswith("http") else None


def connector(config: ExchangeConfig) -> aiohttp.BaseConnector:
    """A connector for one HTTP session; to be made in the running loop."""
    url = proxy_of(config).url
    if url.startswith("socks"):
        # Names are resolved by the proxy: where it is needed, local answers are often forged.
        url = url.replace("socks5h://", "socks5://", 1)
        return ProxyConnector.from_url(url, rdns=True, limit=0, keepalive_timeout=KEEPALIVE)
    return aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE)


def _check(key: str, url: str, schemes: tuple[str, ...]) -> None:
    if not url:
        return
    try:
        parts = urlsplit(url)
        complete = parts.scheme in schemes and parts.hostname
        port = parts.port
    except ValueError:
        complete, port = None, None
    if not complete or (schemes is _PROXY_SCHEMES and port is None):
        wanted = " or ".join(f"{scheme}://host:port" for scheme in schemes)
        table = "" if key.lower() in _VARIABLES else "[exchange] "
        raise ConfigError(f"{table}{key} makes no sense; write {wanted}")
