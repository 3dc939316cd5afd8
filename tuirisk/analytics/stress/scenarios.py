"""Shocks named after market history, the user's own, and what they do to the positions.

A shock is at once: every symbol's mark price moves by it, one funding is settled at its rate, and
what does not hold its maintenance margin then is liquidated. Price shocks are the falls from the
close of the day before (UTC) to the lowest price of the day on Binance, of Bitcoin and of large
altcoins. Multiples of volatility are of the day's range (2020: of the 15-minute volatility) over
the month before; those of spread and depth, and the funding, are rough: no two venues agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuirisk.config.model import ScenarioConfig

BITCOIN = ("BTC", "XBT")


@dataclass(frozen=True, slots=True)
class Shock:
    """``price`` and ``altcoins`` are fractions, ``funding`` a rate per settlement.

    ``volatility`` and ``spread`` are multiplied by theirs, the depth of the book is divided.
    """

    name: str
    price: float
    altcoins: float
    volatility: float = 1.0
    spread: float = 1.0
    depth: float = 1.0
    funding: float = 0.0

    def of(self, symbol: str) -> float:
        """The shock of the symbol's price."""
        return self.price if symbol.startswith(BITCOIN) else self.altcoins


PRESETS = (
    # The pandemic's day: 7 934 → 4 410, ether −48 %; leverage was unwound all at once.
    Shock("2020-03-12", -0.444, -0.48, volatility=10, spread=10, depth=10, funding=-0.003),
    # China's ban on mining and payments: 42 850 → 30 000, ether −45 %.
    Shock("2021-05-19", -0.30, -0.45, volatility=6, spread=5, depth=5, funding=-0.001),
    # FTX stops paying out: 20 600 → 17 170; solana lost more than a quarter.
    Shock("2022-11-08", -0.167, -0.27, volatility=5, spread=3, depth=3, funding=-0.001),
    # The yen carry trade is unwound: 58 160 → 49 000; SOL −21.1 %, BNB −20.0 %.
    Shock("2024-08-05", -0.157, -0.21, volatility=5, spread=3, depth=3, funding=-0.0005),
    # The largest liquidation so far: 121 700 → 102 000; SOL −36.0 %, BNB −34.4 %.
    Shock("2025-10-10", -0.162, -0.36, volatility=9, spread=10, depth=20, funding=-0.001),
)


def shocks(own: Sequence[ScenarioConfig]) -> tuple[Shock, ...]:
    """The presets, then the user's own; one of the same name takes the preset's place."""
    named = {shock.name: shock for shock in PRESETS}
    for one in own:
        named[one.name] = Shock(
            one.name, one.price, one.price, one.volatility, one.spread, one.depth, one.funding
        )
    return tuple(named.values())
