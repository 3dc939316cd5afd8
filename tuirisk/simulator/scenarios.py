"""The four market scenarios and their parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .instruments import Instrument


@dataclass(frozen=True, slots=True)
class MarketShock:
    """An outside push on every price, scaled by each symbol's beta.

    `start` and `duration` in seconds of the scenario's cycle, `log_return` the whole push,
    `volatility` the multiplier while it lasts.
    """

    start: float
    duration: float
    log_return: float
    volatility: float = 1.0


@dataclass(frozen=True, slots=True)
class MarketScenario:
    """Parameters of one scenario.

    `regimes` are the weights of (calm, trend, volatile). `liquidation_density` is the share of
    open interest liquidated by a move of 1 %, `liquidation_gain` how far, in units of that move,
    those liquidations push on (below 1, or the cascade never ends). `premium` is the target of
    (perpetual − index)/index, `premium_spread` how far it differs by symbol. `depth_cap` bounds
    the notional within 1 % of mid on one side, `least_spread` the relative spread; `levels` scales
    the number of price levels. `funding_ramp_days` is how long the premium has been building up.
    """

    name: str
    regimes: tuple[float, float, float]
    volatility: float = 1.0
    jumps_per_hour: float = 0.5
    depth_cap: float = math.inf
    least_spread: float = 0.0
    levels: float = 1.0
    volume: float = 1.0
    premium: float = -0.0004
    premium_spread: float = 0.00005
    funding_ramp_days: float = 0.0
    liquidation_density: float = 0.012
    liquidation_gain: float = 0.25
    cycle: float = 1_800.0
    shocks: tuple[MarketShock, ...] = ()

    def applied_to(self, instrument: Instrument) -> Instrument:
        """The instrument with this scenario's volume, depth and open interest."""
        return replace(
            instrument,
            volume=instrument.volume * self.volume,
            depth=min(instrument.depth, self.depth_cap),
            open_interest=instrument.open_interest * self.volume**0.8,
        )


SCENARIOS: dict[str, MarketScenario] = {
    scenario.name: scenario
    for scenario in (
        MarketScenario("calm", regimes=(0.75, 0.22, 0.03), volatility=0.8),
        MarketScenario(
            "crash",
            regimes=(0.1, 0.2, 0.7),
            jumps_per_hour=4.0,
            premium=-0.0009,
            liquidation_density=0.03,
            liquidation_gain=0.5,
            shocks=(
                MarketShock(30.0, 20.0, -0.012, 2.5),
                MarketShock(50.0, 70.0, -0.035, 5.0),
                MarketShock(120.0, 120.0, 0.012, 4.0),
                MarketShock(240.0, 360.0, -0.008, 1.6),
                MarketShock(1_200.0, 500.0, 0.02, 1.2),
            ),
        ),
        MarketScenario(
            "squeeze",
            regimes=(0.2, 0.6, 0.2),
            jumps_per_hour=2.0,
            premium=0.0015,
            premium_spread=0.0003,
            funding_ramp_days=4.0,
            liquidation_density=0.03,
            liquidation_gain=0.5,
            shocks=(
                MarketShock(0.0, 60.0, 0.006, 1.0),
                MarketShock(60.0, 50.0, 0.035, 4.0),
                MarketShock(110.0, 120.0, -0.008, 3.0),
                MarketShock(900.0, 800.0, -0.012, 1.0),
            ),
        ),
        MarketScenario(
            "illiquid",
            regimes=(0.5, 0.3, 0.2),
            volatility=1.2,
            depth_cap=45_000.0,
            least_spread=0.0009,
            levels=0.06,
            volume=0.004,
        ),
    )
}


def scenario(name: str) -> MarketScenario:
    """The scenario of that name; ValueError names those there are."""
    try:
        return SCENARIOS[name]
    except KeyError:
        names = ", ".join(SCENARIOS)
        raise ValueError(f"unknown scenario {name!r}: one of {names}") from None
