"""A delivery contract has no funding: it is judged without, not waited for."""

from __future__ import annotations

from support.build import assess_market, events_of, listed

from tuirisk import events as ev
from tuirisk.config.model import Config
from tuirisk.market.market import Market

NAME = "BTCUSDT_270326"


def test_a_delivery_contract_is_judged_whole_without_funding() -> None:
    market = Market()
    for event in events_of(NAME):
        if isinstance(event, ev.SymbolListed):
            event = listed(NAME, contract_type="CURRENT_QUARTER")
        if not isinstance(event, ev.FundingHistory | ev.FundingSchedule):
            market.apply(event)
    symbol = assess_market(market, config=Config(symbols=(NAME,))).symbols[NAME]
    assert symbol.status == "ready"
    assert symbol.score.coverage == 1.0
    assert symbol.score.weights["funding"] == 0.0
    assert symbol.severity.level != "unknown"
