"""The providers by name."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.config.model import ProviderConfig
from tuirisk.feed.providers.adapter import Adapter
from tuirisk.feed.providers.binance_options import BinanceOptions
from tuirisk.feed.providers.bybit import Bybit
from tuirisk.feed.providers.coinglass import CoinGlass
from tuirisk.feed.providers.coinmetrics import CoinMetrics
from tuirisk.feed.providers.cryptoquant import CryptoQuant
from tuirisk.feed.providers.deribit import Deribit
from tuirisk.feed.providers.fear_greed import FearGreed
from tuirisk.feed.providers.glassnode import Glassnode
from tuirisk.feed.providers.json_index import JsonIndex
from tuirisk.feed.providers.okx import Okx
from tuirisk.feed.providers.volmex import Volmex

ADAPTERS: tuple[type[Adapter], ...] = (
    Deribit,
    BinanceOptions,
    Bybit,
    Okx,
    CoinMetrics,
    FearGreed,
    CoinGlass,
    Glassnode,
    CryptoQuant,
    Volmex,
)
BY_NAME = {adapter.name: adapter for adapter in ADAPTERS}


def adapter_of(name: str, config: ProviderConfig, symbols: Sequence[str] = ()) -> Adapter:
    """The adapter of ``[providers.name]``."""
    known = BY_NAME.get(name)
    return JsonIndex(name, config, symbols) if known is None else known(symbols)
