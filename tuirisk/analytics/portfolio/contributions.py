"""Whose risk it is: each leg's share in VaR and ES of the account (Euler), along the same paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np

from tuirisk.analytics.portfolio.legs import Leg
from tuirisk.market.candles import Column

TAIL = 0.05
WINDOW = 0.01
"""Shares of the paths on either side of the quantile whose mean loss a leg's VaR is."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Fractions that sum to 1 over the legs; negative ones are hedges."""

    var: float
    es: float


def shares(profit: Mapping[Leg, Column]) -> dict[Leg, Shares] | None:
    """Each leg's share in VaR 95 and ES 95 of the sum; None where the account has no such loss."""
    if not profit:
        return None
    legs = sorted(profit, key=lambda leg: leg.key)
    total = sum((profit[leg] for leg in legs), np.zeros(profit[legs[0]].size))
    order = np.argsort(total, kind="stable")
    middle, width = ceil(TAIL * total.size), max(1, ceil(WINDOW * total.size))
    worst, around = order[:middle], order[max(0, middle - width) : middle + width]
    es, var = -float(total[worst].mean()), -float(total[around].mean())
    if not (es > 0.0 and var > 0.0):
        return None
    return {
        leg: Shares(
            -float(profit[leg][around].mean()) / var, -float(profit[leg][worst].mean()) / es
        )
        for leg in legs
    }
