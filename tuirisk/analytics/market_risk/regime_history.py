"""The volatility regime at each of the last bars, for the picture of its history."""

from __future__ import annotations

from tuirisk.analytics.market_risk.regime import VolatilityRanks, settled, states


def regime_history(ranks: VolatilityRanks, count: int) -> tuple[str, ...]:
    """The state at each of the last ``count`` bars, empty text where it has no percentile.

    The states are those of :func:`states` over all ranks, taken only as far back as they decide.
    """
    begin = max(ranks.rolling.size - count, 0)
    while ranks.first > begin or _undecided(ranks, begin):
        if not ranks.back():
            break
    values = ranks.values
    path = [
        state if rank == rank else "" for rank, state in zip(values, states(values), strict=True)
    ]
    return tuple(path[begin - ranks.first :])


def _undecided(ranks: VolatilityRanks, begin: int) -> bool:
    """Whether the state at ``begin`` hangs on what came before the ranks taken so far."""
    certain = settled(ranks.values)
    return ranks.first > 0 and (certain is None or ranks.first + certain > begin)
