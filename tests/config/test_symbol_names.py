"""Symbols as other programs write them."""

from __future__ import annotations

import pytest

from tuirisk.config.symbol_names import exchange_symbol


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("btcusdt", "BTCUSDT"),
        (" BTCUSDT ", "BTCUSDT"),
        ("BTC/USDT:USDT", "BTCUSDT"),
        ("eth/usdc:usdc", "ETHUSDC"),
        ("BTC/USDT", "BTC/USDT"),
        ("BTC/USDT:USDT-261226", "BTCUSDT_261226"),
        ("BTCUSDT.P", "BTCUSDT"),
        ("BINANCE:BTCUSDT.P", "BTCUSDT"),
        ("binance:ethusdt", "ETHUSDT"),
        ("BTCUSDT_261226", "BTCUSDT_261226"),
        ("币安人生usdt", "币安人生USDT"),
        ("BTC/USD:BTC", "BTC/USD:BTC"),
        ("BTC USDT", "BTC USDT"),
    ],
)
def test_a_symbol_in_the_exchanges_form(written: str, symbol: str) -> None:
    assert exchange_symbol(written) == symbol
