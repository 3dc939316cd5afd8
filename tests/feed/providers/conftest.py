"""Async tests run on virtual time: a starved machine looks like no silence of the exchange."""

from __future__ import annotations

import pytest
from support.virtual_time import LoopFactories, loop_factories


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> LoopFactories:
    return loop_factories(item)
