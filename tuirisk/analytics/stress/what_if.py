"""A hypothetical position, replacing the open one on its side: pure, in two steps.

What the margin rules say is known at once; the chances of liquidation need a simulation, whose
inputs are taken here and which may then be walked elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, open_positions
from tuirisk.analytics.leverage.portfolio import Portfolio, portfolio_of
from tuirisk.analytics.leverage.position import position_states
from tuirisk.analytics.leverage.position_limits import position_limits
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.score.levels import Rules, judge_position, level_rules
from tuirisk.analytics.stress.inputs import StressInputs, stress_inputs
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import DailyRisk, Position, SymbolState, WhatIfPosition


@dataclass(frozen=True, slots=True)
class WhatIfRequest:
    """A hypothetical position, the portfolio it is valued in, and the inputs of its simulation."""

    position: WhatIfPosition
    portfolio: Portfolio
    daily: DailyRisk
    limits: tuple[SizeLimit, ...]
    inputs: StressInputs
    rules: Rules

    def answer(self, stress: StressResult | None) -> Position:
        """The position; without ``stress`` its chances are being simulated."""
        portfolio = replace(self.portfolio, stress=stress)
        found = position_states(self.position.symbol, portfolio, self.daily, self.limits)
        asked = next(position for position in found if position.side == self.position.side)
        return judge_position(asked, self.rules)


def what_if_request(
    market: Market, config: Config, position: WhatIfPosition, state: SymbolState, now: int
) -> WhatIfRequest | None:
    """What is asked of ``market`` at local time ``now`` (ns); None for a symbol not watched.

    Only what shares the symbol or its margin is simulated: the chances hang on nothing else.
    """
    symbol = market.symbols.get(position.symbol)
    if symbol is None:
        return None
    positions = _with(open_positions(market.account, config), position)
    portfolio = portfolio_of(market, positions)
    limits = position_limits(
        position.symbol, symbol, portfolio, state.daily, config.risk, state.freshness
    )
    bound = replace(positions, positions=positions.sharing_margin(position.symbol))
    inputs = stress_inputs(market, bound, config, now)
    return WhatIfRequest(position, portfolio, state.daily, limits, inputs, level_rules(config.risk))


def _with(positions: OpenPositions, position: WhatIfPosition) -> OpenPositions:
    """The open positions with ``position`` replacing the one on its side."""
    isolated = position.margin_mode == "isolated"
    wallet = (
        position.quantity * position.entry_price / max(position.leverage, 1.0) if isolated else 0.0
    )
    hypothetical = OpenPosition(
        position.symbol,
        "long" if position.side == "long" else "short",
        position.quantity,
        position.entry_price,
        position.leverage,
        isolated,
        wallet,
    )
    others = (
        h
        for h in positions.positions
        if (h.symbol, h.side) != (hypothetical.symbol, hypothetical.side)
    )
    return replace(positions, positions=(hypothetical, *others))
