"""A position that is not held, in the place of the one on its side: pure, in two steps.

What the margin rules say is known at once; the chances of liquidation need a simulation, whose
inputs are taken here and which may then be walked elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuirisk.analytics.desk import Desk, desk
from tuirisk.analytics.holdings import Holding, Holdings, holdings
from tuirisk.analytics.position import positions
from tuirisk.analytics.sizes import sizes
from tuirisk.analytics.sizing import Size
from tuirisk.analytics.stress_inputs import StressInputs, gather
from tuirisk.analytics.stress_result import StressResult
from tuirisk.config import Config
from tuirisk.market.market import Market
from tuirisk.state import DailyRisk, Position, SymbolState, Wish


@dataclass(frozen=True, slots=True)
class Question:
    """A wish beside the positions it shares its margin with, and what to simulate them by."""

    wish: Wish
    desk: Desk
    daily: DailyRisk
    sizes: tuple[Size, ...]
    inputs: StressInputs

    def answer(self, stress: StressResult | None) -> Position:
        """The position; without ``stress`` its chances are being simulated."""
        bench = replace(self.desk, stress=stress)
        found = positions(self.wish.symbol, bench, self.daily, self.sizes)
        return next(position for position in found if position.side == self.wish.side)


def question(
    market: Market, config: Config, wish: Wish, known: SymbolState, now: int
) -> Question | None:
    """What is asked of ``market`` at local time ``now`` (ns); None for a symbol not watched.

    An isolated position is looked at by itself, a cross one with the other cross positions.
    """
    symbol = market.symbols.get(wish.symbol)
    if symbol is None:
        return None
    held = _with(holdings(market.account, config), wish)
    bench = desk(market, held)
    limits = sizes(wish.symbol, symbol, bench, known.daily, config.risk, known.freshness)
    return Question(wish, bench, known.daily, limits, gather(market, held, config, now))


def _with(held: Holdings, wish: Wish) -> Holdings:
    isolated = wish.margin_mode == "isolated"
    wallet = wish.quantity * wish.entry_price / max(wish.leverage, 1.0) if isolated else 0.0
    own = Holding(
        wish.symbol,
        "long" if wish.side == "long" else "short",
        wish.quantity,
        wish.entry_price,
        wish.leverage,
        isolated,
        wallet,
    )
    others = tuple(
        other
        for other in held.positions
        if not (isolated or other.isolated) and (other.symbol, other.side) != (own.symbol, own.side)
    )
    return replace(held, positions=(own, *others))
