"""What holding the symbol has paid for its risk: Sharpe, Sortino, Calmar and their parts."""

from __future__ import annotations

from math import sqrt

import numpy as np

from tuirisk.analytics.market_risk.returns import (
    ZERO_VARIANCE,
    finite,
    no_variance,
    number,
    periods_per_year,
    simple_returns,
)
from tuirisk.market.candles import Bars, Column
from tuirisk.state import Missing, Number, Performance
from tuirisk.state.codes import Grade

MINIMUM = 30
"""Returns below which a ratio says nothing."""
GRADES = {"sharpe": (1.0, 2.0), "sortino": (2.0, 3.0), "calmar": (1.0, 2.0)}
"""Above the first ``fair``, above the second ``excellent``."""


@np.errstate(over="ignore", invalid="ignore")
def performance_state(bars_1d: Bars, sign: int, risk_free_rate: float) -> Performance:
    """Performance of holding the symbol, ``sign`` +1 long or -1 short, over all ``bars_1d``.

    From the simple daily returns that exist (a hole or an invalid price leaves its returns out),
    r = sign · return, annualised with P = 365; ``risk_free_rate`` is a yearly fraction,
    f = (1 + rate)^(1/P) - 1 a day. As in empyrical:

    * volatility = std(r)·√P, ddof 1
    * sharpe = mean(r - f)/std(r)·√P; ``sharpe_error`` = √((1 + ½s²)/n)·√P with s the daily
      ratio (Lo, "The Statistics of Sharpe Ratios", 2002), in the unit of ``sharpe``
    * sortino = mean(r - f)·√P / √mean(min(r - f, 0)²), the mean over all n
    * cagr = Π(1 + r)^(P/n) - 1, max_drawdown ≤ 0 of Π(1 + r) with the starting equity,
      calmar = cagr/|max_drawdown|

    A loss of the whole equity ends it: later returns do not bring it back. Missing below 30
    returns; the ratios are Missing where their denominator is zero.
    """
    returns = float(np.sign(sign)) * finite(simple_returns(bars_1d))
    n = int(returns.size)
    if n < MINIMUM:
        return _nothing(Missing("few_returns", have=n, need=MINIMUM), n)
    periods = periods_per_year(bars_1d.interval_ms)
    annual = sqrt(periods)
    deviation = float(returns.std(ddof=1))
    cagr, worst = _growth(returns, periods)
    ratios: dict[str, Number] = dict.fromkeys(GRADES, ZERO_VARIANCE)
    error: Number = ZERO_VARIANCE
    if not no_variance(returns, deviation):
        excess = returns - ((1.0 + risk_free_rate) ** (1.0 / periods) - 1.0)
        daily = float(excess.mean()) / deviation
        ratios = {
            "sharpe": number(daily * annual),
            "sortino": _sortino(excess, annual),
            "calmar": number(cagr / -worst) if worst < 0.0 else Missing("no_drawdown"),
        }
        error = number(sqrt((1.0 + 0.5 * daily**2) / n) * annual)
    return Performance(
        **ratios,
        cagr=number(cagr),
        max_drawdown=number(worst),
        volatility=number(deviation * annual),
        grades={name: _grade(name, value) for name, value in ratios.items()},
        n=n,
        sharpe_error=error,
    )


def _nothing(reason: Missing, n: int) -> Performance:
    return Performance(
        sharpe=reason,
        sortino=reason,
        calmar=reason,
        cagr=reason,
        max_drawdown=reason,
        volatility=reason,
        grades=dict.fromkeys(GRADES, reason),
        n=n,
        sharpe_error=reason,
    )


def _growth(returns: Column, periods: float) -> tuple[float, float]:
    """Compound annual growth rate and maximum drawdown."""
    equity = np.concatenate(([1.0], np.cumprod(np.maximum(1.0 + returns, 0.0))))
    worst = float((equity / np.maximum.accumulate(equity) - 1.0).min())
    return float(equity[-1] ** (periods / returns.size)) - 1.0, worst


def _sortino(excess: Column, annual: float) -> Number:
    downside = float(np.sqrt(np.mean(np.square(np.minimum(excess, 0.0)))))
    if downside == 0.0:
        return Missing("no_loss")
    return number(float(excess.mean()) / downside * annual)


def _grade(name: str, ratio: Number) -> Grade | Missing:
    if isinstance(ratio, Missing):
        return ratio
    fair, excellent = GRADES[name]
    if ratio > excellent:
        return "excellent"
    return "fair" if ratio > fair else "poor"
