"""How the forecasts of random accounts did: skill, reliability, beside independent legs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from tuirisk.backtest.portfolios import PortfolioRow
from tuirisk.backtest.scoring import NO_ESTIMATE, Estimate, brier, mean_by_day, skill
from tuirisk.market.candles import Column

GROSS_BINS = (2.0, 5.0, 10.0, 15.0, 20.0)
"""Bins of the gross leverage; the share liquidated in each is the climatology."""
HEDGED = 0.35
"""Net over gross below which an account is hedged."""
BAND = (0.01, 0.05)


@dataclass(frozen=True, slots=True)
class PortfolioRecord:
    """One horizon.

    Skill is 1 − Brier / Brier of the bins' shares in the same sample, by closes and by the worst
    prices; ``hedged`` of accounts with a net below 35 % of gross, beside what independent legs give
    them (24 h alone). ``band`` are forecasts of 1 to 5 %: how many, their mean, and the mean of
    both judges.
    """

    horizon: str
    accounts: int
    liquidated: Estimate
    liquidated_worst: Estimate
    skill: Estimate
    skill_worst: Estimate
    hedged: int
    hedged_skill: Estimate
    hedged_independent: Estimate
    band: tuple[int, float, float]


def portfolio_records(rows: Sequence[PortfolioRow]) -> tuple[PortfolioRecord, ...]:
    """The record of each horizon that has accounts."""
    found = []
    for horizon in ("24h", "7d"):
        chosen = [row for row in rows if row.horizon == horizon]
        if chosen:
            found.append(_record(horizon, chosen))
    return tuple(found)


def _record(horizon: str, rows: Sequence[PortfolioRow]) -> PortfolioRecord:
    overlap = 7 if horizon == "7d" else 1
    times = np.array([row.time_ms for row in rows], np.int64)
    forecast, outcome, worst, independent, gross, net = (
        np.array([getattr(row, name) for row in rows], float)
        for name in ("forecast", "outcome", "worst", "independent", "gross", "net")
    )

    def against(forecasts: Column, outcomes: Column, chosen: NDArray[np.bool_]) -> Estimate:
        if not chosen.any():
            return NO_ESTIMATE
        known = brier(_climatology(gross, outcomes), outcomes)[chosen]
        return skill(brier(forecasts, outcomes)[chosen], known, times[chosen], overlap)

    every = np.ones(len(rows), bool)
    hedged = net < HEDGED
    within = (forecast >= BAND[0]) & (forecast < BAND[1])
    return PortfolioRecord(
        horizon,
        len(rows),
        mean_by_day(outcome, times, overlap),
        mean_by_day(worst, times, overlap),
        against(forecast, outcome, every),
        against(forecast, worst, every),
        int(hedged.sum()),
        against(forecast, outcome, hedged),
        against(independent, outcome, hedged) if horizon == "24h" else NO_ESTIMATE,
        (
            int(within.sum()),
            float(forecast[within].mean()) if within.any() else float("nan"),
            float((outcome + worst)[within].mean()) / 2.0 if within.any() else float("nan"),
        ),
    )


def _climatology(gross: Column, outcomes: Column) -> Column:
    place = np.clip(np.searchsorted(GROSS_BINS, gross, side="right") - 1, 0, len(GROSS_BINS) - 2)
    sums = np.bincount(place, outcomes, minlength=len(GROSS_BINS) - 1)
    counts = np.bincount(place, minlength=len(GROSS_BINS) - 1)
    shares: Column = sums / np.maximum(counts, 1)
    return shares[place]


def record_lines(records: Sequence[PortfolioRecord]) -> Iterator[str]:
    """The text of ``tuirisk backtest``."""
    for record in records:
        count, mean, came = record.band
        yield f"P(liquidation of the account, {record.horizon})   {record.accounts} random accounts"
        yield (
            f"  liquidated         {_share(record.liquidated)} by closes, "
            f"{_share(record.liquidated_worst)} by the worst prices together"
        )
        yield (
            f"  skill              {_skill(record.skill)} by closes, "
            f"{_skill(record.skill_worst)} by the worst prices; against the share of its leverage"
        )
        if record.horizon == "24h":
            yield (
                f"  hedged (net < 35%) {_skill(record.hedged_skill)} of {record.hedged}; "
                f"independent legs {_skill(record.hedged_independent)}"
            )
        if count:
            yield (
                f"  forecasts 1-5 %    {count}: mean {mean:.1%}, came true {came:.1%} "
                "(mean of both judges)"
            )


def _share(one: Estimate) -> str:
    return f"{one.value:.1%} ± {one.error:.1%}"


def _skill(one: Estimate) -> str:
    return "-" if isnan(one.value) else f"{one.value:+.3f} ± {one.error:.3f}"
