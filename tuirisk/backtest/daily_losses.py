"""VaR and ES at 95 % of holding the symbol for a day, forecast from the daily bars before it."""

from __future__ import annotations

from typing import NamedTuple

from tuirisk.analytics.market_risk.cornish_fisher import cornish_fisher_es, cornish_fisher_var
from tuirisk.analytics.market_risk.ewma import BURN_IN
from tuirisk.analytics.market_risk.returns import finite, no_variance, simple_returns
from tuirisk.analytics.market_risk.value_at_risk import (
    MINIMUM,
    blended,
    filtered_es,
    filtered_var,
    historical_es,
    historical_var,
    normal_es,
    normal_var,
)
from tuirisk.market.candles import Bars
from tuirisk.state import Missing

CONFIDENCE = 0.95
METHODS = {
    "historical": (historical_var, historical_es),
    "normal": (normal_var, normal_es),
    "cornish_fisher": (cornish_fisher_var, cornish_fisher_es),
    "filtered": (filtered_var, filtered_es),
}
BLENDED = "blended"
"""The geometric mean of the historical and of the filtered one."""


class LossForecast(NamedTuple):
    """VaR and ES of one method, positive losses as fractions."""

    method: str
    var: float
    es: float


def loss_forecasts(bars_1d: Bars) -> list[LossForecast]:
    """By each method; none where the daily returns do not suffice for all of them."""
    returns = finite(simple_returns(bars_1d))
    if returns.size < MINIMUM[CONFIDENCE] + BURN_IN or no_variance(returns, float(returns.std())):
        return []
    found: dict[str, LossForecast] = {}
    for method, (var, es) in METHODS.items():
        value, tail = var(returns, CONFIDENCE), es(returns, CONFIDENCE)
        if not isinstance(value, Missing) and not isinstance(tail, Missing):
            found[method] = LossForecast(method, value, tail)
    if "historical" in found and "filtered" in found:
        one, two = found["historical"], found["filtered"]
        var_95, es_95 = blended(one.var, two.var), blended(one.es, two.es)
        found[BLENDED] = LossForecast(BLENDED, var_95, es_95)
    return list(found.values())
