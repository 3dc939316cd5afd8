"""Symbols as ccxt and TradingView write them, in the exchange's own form."""

from __future__ import annotations

import dataclasses
import re

from tuirisk.config.model import Config

_CCXT = re.compile(r"([^\W_]{1,30})/([^\W_]{2,10}):([^\W_]{2,10})(?:-(\d{6}))?")
_TRADINGVIEW = re.compile(r"(?:BINANCE:)?(\w{2,40})(?:\.P)")
_PREFIXED = re.compile(r"BINANCE:(\w{2,40})")


def exchange_symbol(text: str) -> str:
    """``BTCUSDT`` of ``btcusdt``, ``BTC/USDT:USDT``, ``BTCUSDT.P``,
    ``BINANCE:BTCUSDT.P``; ``BTCUSDT_261226`` of ``BTC/USDT:USDT-261226``. Anything else is left
    as it is: :func:`tuirisk.config.rules.symbol_error` says what is wrong with it.
    """
    name = text.strip().upper()
    pair = _CCXT.fullmatch(name)
    if pair is not None:
        base, quote, settled, expiry = pair.groups()
        # A contract that is settled in its base asset is not of this market.
        return base + quote + (f"_{expiry}" if expiry else "") if settled == quote else text
    chart = _TRADINGVIEW.fullmatch(name) or _PREFIXED.fullmatch(name)
    if chart is not None:
        return chart[1]
    return name if re.fullmatch(r"\w+", name) else text


def with_exchange_symbols(config: Config) -> Config:
    """``config`` with every symbol in it in the exchange's form."""
    return dataclasses.replace(
        config,
        symbols=tuple(map(exchange_symbol, config.symbols)),
        positions=tuple(
            dataclasses.replace(one, symbol=exchange_symbol(one.symbol)) for one in config.positions
        ),
        alerts=dataclasses.replace(
            config.alerts,
            when=tuple(
                dataclasses.replace(one, symbol=exchange_symbol(one.symbol))
                for one in config.alerts.when
            ),
        ),
    )
