"""Whether positions that are gone were liquidated, where the exchange told no reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tuirisk.market.market import SymbolMarket
from tuirisk.state.position_ledger import Leg, PositionLedger, RecordedPosition

LOST = 0.9
"""Share of what a liquidation costs that the wallet must have lost."""
NEAR = 0.005
"""How near to the liquidation price trades must have been: they are not at the mark price."""


class PriceRange(NamedTuple):
    """The newest price, and the lowest and highest since some time (quote asset)."""

    last: float
    low: float
    high: float


def price_range(market: SymbolMarket | None, since_ms: int) -> PriceRange | None:
    """The mark price and what was traded in the 15m bars that end after ``since_ms``."""
    mark = market.derivatives.mark if market is not None else None
    if market is None or mark is None:
        return None
    ring = market.candles["15m"]
    bars = ring.bars()
    recent = bars.open_time + bars.interval_ms > since_ms
    lows, highs = [mark.mark, *bars.low[recent].tolist()], [mark.mark, *bars.high[recent].tolist()]
    if ring.forming is not None:
        lows.append(ring.forming.low)
        highs.append(ring.forming.high)
    return PriceRange(mark.mark, min(lows), max(highs))


def liquidated_legs(
    closed: Sequence[Leg],
    ledger: PositionLedger,
    lost: float,
    prices: Mapping[Leg, PriceRange | None],
) -> dict[Leg, float]:
    """The legs of ``closed`` that were liquidated, with what each cost; ``lost`` by the wallets.

    They were where the price came to the liquidation price and the wallets lost about what the
    liquidation of all of them costs. Cross positions fall together: one that was reached stands
    for all.
    """
    positions = {leg: ledger.positions[leg] for leg in closed}
    cross = [leg for leg, position in positions.items() if position.isolated_wallet is None]
    reached = [leg for leg, position in positions.items() if _reached(position, prices[leg])]
    if any(leg in reached for leg in cross):
        reached += [leg for leg in cross if leg not in reached]
    costs = {leg: _cost(positions[leg]) for leg in reached}
    if len(cross) > 1 and cross[0] in costs:
        # The loss at the liquidation price of a leg leaves out what the others lost till then.
        total = sum(costs[leg] for leg in cross) or 1.0
        costs |= {leg: ledger.wallet * costs[leg] / total for leg in cross}
    total = sum(costs.values())
    if not total or lost < LOST * total:
        return {}
    return {leg: lost * cost / total for leg, cost in costs.items()}


def _reached(position: RecordedPosition, prices: PriceRange | None) -> bool:
    price = position.liquidation_price
    if prices is None or price is None:
        return False
    if position.quantity > 0:
        return prices.low <= price * (1 + NEAR)
    return prices.high >= price * (1 - NEAR)


def _cost(position: RecordedPosition) -> float:
    """The loss at the liquidation price."""
    price = position.liquidation_price
    if price is None or position.entry_price <= 0:
        return 0.0
    return max(0.0, position.quantity * (position.entry_price - price))
