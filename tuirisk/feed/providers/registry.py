"""The providers by name."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.config.model import ProviderConfig
from tuirisk.feed.providers.adapter import Adapter
from tuirisk.feed.providers.deribit import Deribit
from tuirisk.feed.providers.fear_greed import FearGreed
from tuirisk.feed.providers.json_index import JsonIndex

ADAPTERS: tuple[type[Adapter], ...] = (Deribit, FearGreed)
BY_NAME = {adapter.name: adapter for adapter in ADAPTERS}


def adapter_of(name: str, config: ProviderConfig, symbols: Sequence[str] = ()) -> Adapter:
    """The adapter of ``[providers.name]``."""
    known = BY_NAME.get(name)
    return JsonIndex(name, config, symbols) if known is None else known(symbols)
