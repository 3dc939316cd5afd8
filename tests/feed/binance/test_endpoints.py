"""The proxy: of the configuration, else of the environment."""

from __future__ import annotations

import pytest

from tuirisk.config.model import ConfigError, ExchangeConfig
from tuirisk.feed.binance.endpoints import endpoints, proxy_of

REMOTE = ExchangeConfig()


@pytest.mark.parametrize(
    ("environ", "url", "origin"),
    [
        ({}, "", ""),
        ({"HTTPS_PROXY": "http://h:1"}, "http://h:1", "HTTPS_PROXY"),
        ({"https_proxy": "h:1", "HTTPS_PROXY": "http://x:2"}, "http://h:1", "https_proxy"),
        ({"ALL_PROXY": "socks5h://h:1"}, "socks5h://h:1", "ALL_PROXY"),
        ({"ALL_PROXY": "socks5://a:1", "HTTPS_PROXY": "http://h:1"}, "http://h:1", "HTTPS_PROXY"),
        ({"ALL_PROXY": "http://h:1", "NO_PROXY": "example.com,.binance.com"}, "", ""),
        ({"ALL_PROXY": "http://h:1", "no_proxy": "*"}, "", ""),
        ({"ALL_PROXY": "http://h:1", "NO_PROXY": "nance.com"}, "http://h:1", "ALL_PROXY"),
    ],
)
def test_the_proxy_of_the_environment(environ: dict[str, str], url: str, origin: str) -> None:
    proxy = proxy_of(REMOTE, environ)
    assert (proxy.url, proxy.origin) == (url, origin)


def test_the_configuration_comes_first_and_this_machine_is_reached_directly() -> None:
    environ = {"ALL_PROXY": "http://h:1"}
    assert proxy_of(ExchangeConfig(proxy="socks5://p:2"), environ).url == "socks5://p:2"
    assert proxy_of(ExchangeConfig(rest_url="http://127.0.0.1:9000"), environ).url == ""


def test_what_is_shown_has_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = proxy_of(REMOTE, {"ALL_PROXY": "http://user:hunter2@h:1"})
    assert proxy.shown == "http://h:1"
    monkeypatch.setenv("HTTPS_PROXY", "socks4://user:hunter2@h:1")
    monkeypatch.delenv("https_proxy", raising=False)
    with pytest.raises(ConfigError, match="HTTPS_PROXY makes no sense") as refused:
        endpoints(REMOTE)
    assert "hunter2" not in str(refused.value)
