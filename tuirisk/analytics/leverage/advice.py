"""What ends the rules on leverage: the margin to add, or the size to cut to, in money.

Both put the liquidation as far away as the rules ask, with their hysteresis, by the closed form of
its chance. docs/metrics.md, Advice.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from tuirisk.analytics.leverage.liquidation import LiquidationEstimate, sharing_margin
from tuirisk.analytics.leverage.margin import margin_excess
from tuirisk.analytics.leverage.margin_balance import margin_of
from tuirisk.analytics.leverage.open_positions import OpenPosition
from tuirisk.analytics.leverage.portfolio import Portfolio
from tuirisk.analytics.leverage.safe_distance import (
    SIGMAS,
    WEEK_CHANCE,
    day_chance,
    largest_quantity,
    safe_distances,
)
from tuirisk.config.model import Thresholds
from tuirisk.state import DailyRisk, Missing, Number

HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Advice:
    """The margin to add, the notional to cut (quote asset), and the quantity that is then left.

    None where no rule on leverage holds, and where neither ends it.
    """

    margin_to_add: float | None = None
    notional_to_cut: float | None = None
    quantity_left: float | None = None


NOTHING = Advice()


def advice(
    position: OpenPosition,
    portfolio: Portfolio,
    daily: DailyRisk,
    thresholds: Thresholds,
    liquidation: LiquidationEstimate,
    chances: tuple[Number, Number],
) -> Advice:
    """What ends the rules on ``position``, whose ``chances`` are those of 24 h and 7 d.

    The rest of the portfolio stays. A cut is made at the mark price, and the margin of an isolated
    position stays with it.
    """
    mark = portfolio.contracts[position.symbol].mark
    if isinstance(mark, Missing) or not _holds(liquidation, mark, daily, thresholds, chances):
        return NOTHING
    slack = thresholds.hysteresis / 100
    distance = safe_distances(position.sign, daily, thresholds, slack).farthest
    margin = margin_of(position, portfolio)
    outside, terms = margin.outside, margin.terms
    if isinstance(distance, Missing) or isinstance(outside, Missing) or distance == inf:
        return NOTHING
    brackets = portfolio.contracts[position.symbol].brackets
    at = mark * (1 - position.sign * distance * (1 + HAIR))
    together = sharing_margin(position, portfolio)
    lacking = max(-margin_excess(together, brackets, outside, price, terms) for price in (at, mark))
    rest = [leg for leg in together if leg != position]
    balance = margin_excess(rest, brackets, outside + position.profit(mark), at, terms)
    most = largest_quantity(balance, position.sign * (at - mark), at, brackets)
    left = min(position.quantity, most * (1 - HAIR))
    if lacking <= 0.0 and left == position.quantity:
        # The rule holds by the margin shared with others: nothing of this position ends it.
        return NOTHING
    return Advice(max(0.0, lacking) * (1 + HAIR) + HAIR, (position.quantity - left) * mark, left)


def _holds(
    liquidation: LiquidationEstimate,
    mark: float,
    daily: DailyRisk,
    thresholds: Thresholds,
    chances: tuple[Number, Number],
) -> bool:
    """Whether a rule on leverage holds of what is known."""
    day, week = chances
    near, sigma = liquidation.near, daily.sigma
    if liquidation.due or (day or 0.0) > day_chance(thresholds) or (week or 0.0) > WEEK_CHANCE:
        return True
    if isinstance(near, Missing) or isinstance(sigma, Missing):
        return False
    return abs(near / mark - 1.0) < SIGMAS * thresholds.liquidation_sigmas * sigma
