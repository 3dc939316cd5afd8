"""Shocks named after market history, the user's own, and what they do to the positions.

A shock is at once: every symbol's mark price moves by it, one funding is settled at its rate, and
what does not hold its maintenance margin then is liquidated. Falls are from the close of the day
before (UTC) to the lowest price of the day on Binance, rises to the highest, each symbol's own
where it is known; other coins have the worst of the known ones, on 2025-10-10 the 10 % quantile
of the five altcoins. Multiples of volatility are of the
day's range (2020: of the 15-minute volatility) over the month before; those of spread and depth,
and the funding, are rough: no two venues agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tuirisk.config.model import ScenarioConfig

BITCOIN = "BTC"


@dataclass(frozen=True, slots=True)
class Shock:
    """``coins`` are price changes by base asset and ``others`` that of the rest, fractions.

    ``funding`` is a rate per settlement (positive: longs pay). ``volatility`` and ``spread`` are
    multiplied by theirs, the depth of the book is divided.
    """

    name: str
    others: float
    coins: Mapping[str, float] = field(default_factory=dict)
    volatility: float = 1.0
    spread: float = 1.0
    depth: float = 1.0
    funding: float = 0.0

    @property
    def price(self) -> float:
        """The shock of bitcoin's price."""
        return self.coins.get(BITCOIN, self.others)

    def of(self, symbol: str) -> float:
        """The shock of the symbol's price."""
        changes = (change for coin, change in self.coins.items() if symbol.startswith(f"{coin}USD"))
        return next(changes, self.others)


FALLS = (
    # The pandemic's day: 7 934 → 4 410, ether −48 %; leverage was unwound all at once.
    Shock(
        "2020-03-12",
        -0.48,
        {"BTC": -0.444, "ETH": -0.48},
        volatility=10,
        spread=10,
        depth=10,
        funding=-0.003,
    ),
    # China's ban on mining and payments: 42 850 → 30 000, ether −45 %.
    Shock(
        "2021-05-19",
        -0.45,
        {"BTC": -0.30, "ETH": -0.45},
        volatility=6,
        spread=5,
        depth=5,
        funding=-0.001,
    ),
    # FTX stops paying out: 20 600 → 17 170; solana lost more than a quarter.
    Shock(
        "2022-11-08",
        -0.27,
        {"BTC": -0.167},
        volatility=5,
        spread=3,
        depth=3,
        funding=-0.001,
    ),
    # The yen carry trade is unwound: 58 160 → 49 000.
    Shock(
        "2024-08-05",
        -0.21,
        {"BTC": -0.157, "SOL": -0.211, "BNB": -0.200},
        volatility=5,
        spread=3,
        depth=3,
        funding=-0.0005,
    ),
    # The largest liquidation so far: bitcoin to 102 000; most altcoins far worse.
    Shock(
        "2025-10-10",
        -0.629,
        {
            "BTC": -0.165,
            "ETH": -0.221,
            "BNB": -0.344,
            "SOL": -0.360,
            "XRP": -0.579,
            "DOGE": -0.662,
        },
        volatility=9,
        spread=10,
        depth=20,
        funding=-0.001,
    ),
)
RISES = (
    # Tesla has bought bitcoin: 38 800 → 46 800 in a day.
    Shock("2021-02-08", 0.206, {"BTC": 0.206}, volatility=4, spread=3, depth=3, funding=0.001),
    # XRP's largest day, bitcoin and the majors up with it.
    Shock(
        "2024-11-16",
        0.15,
        {"BTC": 0.08, "XRP": 0.42},
        volatility=5,
        spread=3,
        depth=3,
        funding=0.001,
    ),
)
PRESETS = FALLS + RISES


def shocks(own: Sequence[ScenarioConfig]) -> tuple[Shock, ...]:
    """The presets, then the user's own; one of the same name takes the preset's place."""
    named = {shock.name: shock for shock in PRESETS}
    for one in own:
        named[one.name] = Shock(
            one.name,
            one.price,
            volatility=one.volatility,
            spread=one.spread,
            depth=one.depth,
            funding=one.funding,
        )
    return tuple(named.values())
