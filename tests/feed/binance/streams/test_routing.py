"""Which address serves a stream, which streams a symbol has, how they are spread."""

from __future__ import annotations

import pytest

from tuirisk.config.model import ConfigError, ExchangeConfig
from tuirisk.feed.binance.endpoints import endpoints, http_proxy
from tuirisk.feed.binance.streams.routing import route, stream_url
from tuirisk.feed.binance.streams.stream_plan import KINDS, by_route, kind_of, streams_of, symbol_of
from tuirisk.simulator.streams import parse_stream


@pytest.mark.parametrize(
    ("stream", "where"),
    [
        ("btcusdt@depth", "public"),
        ("btcusdt@depth@100ms", "public"),
        ("btcusdt@depth@500ms", "public"),
        ("btcusdt@depth5", "public"),
        ("btcusdt@depth10@500ms", "public"),
        ("btcusdt@depth20@100ms", "public"),
        ("btcusdt@bookTicker", "public"),
        ("!bookTicker", "public"),
        ("btcusdt@kline_15m", "market"),
        ("btcusdt@kline_1h", "market"),
        ("btcusdt@kline_1d", "market"),
        ("btcusdt@aggTrade", "market"),
        ("btcusdt@markPrice", "market"),
        ("btcusdt@markPrice@1s", "market"),
        ("!markPrice@arr@1s", "market"),
        ("btcusdt@forceOrder", "market"),
        ("!forceOrder@arr", "market"),
        ("btcusdt@ticker", "market"),
        ("btcusdt@miniTicker", "market"),
        ("!contractInfo", "market"),
    ],
)
def test_every_stream_has_its_address(stream: str, where: str) -> None:
    assert route(stream) == where


@pytest.mark.parametrize("stream", ["btcusdt@tarot", "btcusdt", "", "@", "depth@btcusdt"])
def test_an_unknown_stream_is_refused(stream: str) -> None:
    with pytest.raises(ValueError, match="unknown stream"):
        route(stream)


def test_what_we_subscribe_to_is_served_where_we_ask() -> None:
    for stream in streams_of("BTCUSDT"):
        served = parse_stream(stream)
        assert served is not None
        assert served.category == route(stream)


def test_the_streams_of_a_symbol() -> None:
    streams = streams_of("1000PEPEUSDT")
    assert len(streams) == len(set(streams)) == len(KINDS) == 7
    assert {symbol_of(stream) for stream in streams} == {"1000PEPEUSDT"}
    assert kind_of("1000pepeusdt@markPrice@1s").age == 5.0
    assert kind_of("1000pepeusdt@forceOrder").first_frame is None
    assert not kind_of("1000pepeusdt@aggTrade").prompt
    groups = by_route(streams)
    assert groups["public"] == ("1000pepeusdt@depth@100ms",)
    assert len(groups["market"]) == 6


def test_the_address_carries_the_streams() -> None:
    url = stream_url("wss://h:1", "market", ("a@aggTrade", "b@aggTrade"))
    assert url == "wss://h:1/market/stream?streams=a@aggTrade/b@aggTrade"


def test_addresses_of_the_environments_and_those_that_override_them() -> None:
    assert endpoints(ExchangeConfig()).rest == "https://fapi.binance.com"
    assert endpoints(ExchangeConfig("testnet")).stream == "wss://fstream.binancefuture.com"
    assert endpoints(ExchangeConfig("demo")).spot == ""
    local = ExchangeConfig(rest_url="http://127.0.0.1:9000/", stream_url="ws://127.0.0.1:9000/")
    where = endpoints(local)
    assert (where.rest, where.spot) == ("http://127.0.0.1:9000", "http://127.0.0.1:9000")
    assert where.stream == "ws://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rest_url", "fapi.binance.com"),
        ("rest_url", "ws://127.0.0.1:9000"),
        ("stream_url", "http://127.0.0.1:9000"),
        ("stream_url", "ws://"),
        ("proxy", "socks4://127.0.0.1:1080"),
        ("proxy", "http://127.0.0.1"),
        ("proxy", "socks5://127.0.0.1:port"),
    ],
)
def test_an_address_without_sense_is_named(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=key):
        endpoints(ExchangeConfig(**{key: value}))  # type: ignore[arg-type]


def test_only_an_http_proxy_is_named_in_requests() -> None:
    assert http_proxy(ExchangeConfig(proxy="http://p:8080")) == "http://p:8080"
    assert http_proxy(ExchangeConfig(proxy="socks5://p:1080")) is None
    assert http_proxy(ExchangeConfig()) is None
