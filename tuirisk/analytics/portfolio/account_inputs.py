"""Everything that a simulation of the whole account needs, taken from the market at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuirisk.analytics.leverage.late_marks import with_substituted_marks
from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.leverage.portfolio import portfolio_of
from tuirisk.analytics.portfolio.legs import MarginPool, margin_pools, symbols_of
from tuirisk.analytics.portfolio.path_outcomes import FundingTerms
from tuirisk.analytics.score.freshness import MARK_BUDGET
from tuirisk.analytics.stress.settlement_times import settlement_steps
from tuirisk.config.model import Config
from tuirisk.market.candles import Bars, CandleRing
from tuirisk.market.market import Market

BITCOIN = ("BTCUSDT", "BTCUSDC")
"""The symbols that stand for the market, the first that is watched."""


@dataclass(frozen=True, slots=True)
class BarHistory:
    """The closed bars of one symbol; empty ones where it is not watched."""

    bars_15m: Bars
    bars_1d: Bars


@dataclass(frozen=True, slots=True)
class AccountInputs:
    """Nothing in it changes any more. ``histories`` has every symbol with a position, and
    ``reference`` where there is one (else it is empty)."""

    time_ms: int
    seed: int
    open_positions: OpenPositions
    pools: tuple[MarginPool, ...]
    histories: Mapping[str, BarHistory]
    reference: str
    funding: Mapping[str, FundingTerms]


def account_inputs(
    market: Market, positions: OpenPositions, config: Config, now: int, also: Sequence[str] = ()
) -> AccountInputs:
    """The inputs of a simulation of ``positions`` at local time ``now`` (ns).

    ``also`` are symbols without a position whose bars are wanted too.
    """
    exchange_ms = market.clock.exchange_ms(now)
    portfolio = with_substituted_marks(
        portfolio_of(market, positions), market, exchange_ms, MARK_BUDGET
    )
    pools = margin_pools(portfolio)
    reference = next((name for name in BITCOIN if name in market.symbols), "")
    names = {*symbols_of(pools), *also, *([reference] if reference else [])}
    return AccountInputs(
        now // 1_000_000,
        config.risk.seed,
        positions,
        pools,
        {name: _history(market, name) for name in sorted(names)},
        reference,
        {name: funding_of(market, name, exchange_ms) for name in sorted(names)},
    )


def funding_of(market: Market, name: str, exchange_ms: float) -> FundingTerms:
    """The funding of one symbol; none where it is not watched."""
    symbol = market.symbols.get(name)
    mark = symbol.derivatives.mark if symbol is not None else None
    if symbol is None or mark is None:
        return FundingTerms(0.0, ())
    return FundingTerms(mark.funding_rate or 0.0, settlement_steps(symbol.derivatives, exchange_ms))


def _history(market: Market, name: str) -> BarHistory:
    symbol = market.symbols.get(name)
    rings = symbol.candles if symbol is not None else {}
    bars = (rings[i].bars() if i in rings else CandleRing(i).bars() for i in ("15m", "1d"))
    return BarHistory(*bars)
