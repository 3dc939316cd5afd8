"""A position that is not held, in the place of the one on its side: pure, in two steps.

What the margin rules say is known at once; the chances of liquidation need a simulation, whose
inputs are taken here and which may then be walked elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, open_positions
from tuirisk.analytics.leverage.portfolio import Portfolio, portfolio_of
from tuirisk.analytics.leverage.position import positions
from tuirisk.analytics.leverage.position_limits import position_limits
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.analytics.leverage.stress_result import StressResult
from tuirisk.analytics.score.levels import Rules, judge_position, level_rules
from tuirisk.analytics.stress.inputs import StressInputs, gather
from tuirisk.config.model import Config
from tuirisk.market.market import Market
from tuirisk.state import DailyRisk, Position, SymbolState, WhatIfPosition


@dataclass(frozen=True, slots=True)
class WhatIfRequest:
    """A wish beside the positions it shares its margin with, and what to simulate them by."""

    wish: WhatIfPosition
    desk: Portfolio
    daily: DailyRisk
    sizes: tuple[SizeLimit, ...]
    inputs: StressInputs
    rules: Rules

    def answer(self, stress: StressResult | None) -> Position:
        """The position; without ``stress`` its chances are being simulated."""
        bench = replace(self.desk, stress=stress)
        found = positions(self.wish.symbol, bench, self.daily, self.sizes)
        asked = next(position for position in found if position.side == self.wish.side)
        return judge_position(asked, self.rules)


def what_if_request(
    market: Market, config: Config, wish: WhatIfPosition, known: SymbolState, now: int
) -> WhatIfRequest | None:
    """What is asked of ``market`` at local time ``now`` (ns); None for a symbol not watched.

    Only what shares the symbol or its margin is simulated: the chances hang on nothing else.
    """
    symbol = market.symbols.get(wish.symbol)
    if symbol is None:
        return None
    held = _with(open_positions(market.account, config), wish)
    bench = portfolio_of(market, held)
    limits = position_limits(wish.symbol, symbol, bench, known.daily, config.risk, known.freshness)
    bound = replace(held, positions=_bound(held, wish.symbol))
    inputs = gather(market, bound, config, now)
    return WhatIfRequest(wish, bench, known.daily, limits, inputs, level_rules(config.risk))


def _with(held: OpenPositions, wish: WhatIfPosition) -> OpenPositions:
    """What is held, with the wish in the place of the position on its side."""
    isolated = wish.margin_mode == "isolated"
    wallet = wish.quantity * wish.entry_price / max(wish.leverage, 1.0) if isolated else 0.0
    own = OpenPosition(
        wish.symbol,
        "long" if wish.side == "long" else "short",
        wish.quantity,
        wish.entry_price,
        wish.leverage,
        isolated,
        wallet,
    )
    others = (h for h in held.positions if (h.symbol, h.side) != (own.symbol, own.side))
    return replace(held, positions=(own, *others))


def _bound(held: OpenPositions, symbol: str) -> tuple[OpenPosition, ...]:
    own = held.of(symbol)
    shared = held.cross if any(not h.isolated for h in own) else ()
    return tuple(dict.fromkeys((*own, *shared)))
