"""What would bring the account within its limits: computed in a thread, by a copy of the market."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Protocol

from tuirisk.analytics.asset_prices import asset_prices
from tuirisk.analytics.leverage.open_positions import Side, open_positions
from tuirisk.analytics.order_impact import order_impacts
from tuirisk.analytics.portfolio.hedge import Hedges, hedge_candidates
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import Missing, Number, OrderSize, RiskState
from tuirisk.state.hedges import HedgeFigures, HedgeRow, HedgeTable

AnswerHedges = Callable[[HedgeTable | None], None]
"""Takes the table; None where there is none."""


class Hedged(Protocol):
    """What hedges are computed of: a monitor, or a copy of it."""

    @property
    def market(self) -> Market: ...
    @property
    def config(self) -> Config: ...


def hedges_of(monitor: Hedged, state: RiskState) -> Hedges:
    """The candidates for the account as ``state`` has it."""
    return _hedges(monitor.market, monitor.config, state)


def _hedges(market: Market, config: Config, state: RiskState) -> Hedges:
    positions = open_positions(market.account, config, asset_prices(market))

    def slippage(symbol: str, side: Side, quantity: float) -> Number:
        order = OrderSize("quantity", quantity, symbol)
        found = order_impacts(order, market, positions, config.risk, state.symbols, None)
        impact = found[symbol].impact if symbol in found else Missing("not_watched")
        if isinstance(impact, Missing):
            return impact
        return (impact.buy if side == "long" else impact.sell).slippage

    now = state.time_ms * 1_000_000
    return hedge_candidates(market, positions, config, state.symbols, now, slippage)


def hedge_table(hedges: Hedges) -> HedgeTable:
    """``hedges`` as they are shown."""
    before = hedges.before
    return HedgeTable(
        None if before is None else HedgeFigures.of(before),
        tuple(
            HedgeRow(
                one.action,
                one.symbol,
                one.side,
                one.quantity,
                one.notional,
                one.cost,
                HedgeFigures.of(one.after),
                one.ok,
            )
            for one in hedges.candidates
        ),
    )


class HedgeComputation:
    """Computes one table at a time; who asks meanwhile gets that one too."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._waiting: list[AnswerHedges] = []

    def start(self, market: Market, config: Config, state: RiskState, answer: AnswerHedges) -> None:
        """Call ``answer`` once the table is there. Call it in the event loop; so is ``answer``."""
        self._waiting.append(answer)
        if self._task is None:
            work = (copy.deepcopy(market), config, state)
            self._task = asyncio.create_task(self._compute(*work))

    async def _compute(self, market: Market, config: Config, state: RiskState) -> None:
        table: HedgeTable | None = None
        try:
            table = hedge_table(await asyncio.to_thread(_hedges, market, config, state))
        finally:
            self._task = None
            waiting, self._waiting = self._waiting, []
            for answer in waiting:
                answer(table)
