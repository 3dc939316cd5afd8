"""What would save the account is computed beside the monitor's loop, once for all who ask."""

from __future__ import annotations

import asyncio

from support.build import assess_market, ready_market

from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.monitor.hedging import HedgeComputation
from tuirisk.state.hedges import HedgeTable

BTC = "BTCUSDT"
HELD = PositionConfig(BTC, "long", 0.2, 67_000.0, 10.0, "cross", 2_000.0)
CONFIG = Config(symbols=(BTC,), account=AccountConfig(equity=2_000.0), positions=(HELD,))


async def test_all_who_ask_meanwhile_get_one_table() -> None:
    market = ready_market((BTC,))
    state = assess_market(market, config=CONFIG)
    answers: asyncio.Queue[HedgeTable | None] = asyncio.Queue()
    computation = HedgeComputation()
    for _ in range(2):
        computation.start(market, CONFIG, state, answers.put_nowait)
    first, second = [await asyncio.wait_for(answers.get(), 60.0) for _ in range(2)]
    assert first is second
    assert first is not None
    assert first.before is not None
    assert first.rows[0].ok
    assert {row.action for row in first.rows} >= {"cut", "add_margin"}
