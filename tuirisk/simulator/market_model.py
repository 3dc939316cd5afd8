"""Price, volatility and premium of one symbol, step by step."""

from __future__ import annotations

import math
import random

from .instruments import Instrument
from .scenarios import MarketScenario, MarketShock

SECONDS_PER_YEAR = 31_536_000.0

_REGIMES = ("calm", "trend", "volatile")
_REGIME_VOLATILITY = {"calm": 0.8, "trend": 1.0, "volatile": 2.2}
_REGIME_MINUTES = {"calm": 12.0, "trend": 6.0, "volatile": 4.0}
_EXCITEMENT_SECONDS = 90.0
_IMPACT_SECONDS = 1.5
_MOST_EXCITED = 2.5


class PriceProcess:
    """The index and the premium over it: regimes, jumps, shared and own noise, outside shocks.

    `log_index` is the logarithm of the index price; `premium` is (perpetual − index)/index.
    The perpetual's fair price is `price`. Volatility clusters: jumps, shocks and liquidations
    excite it, and it decays.
    """

    def __init__(
        self,
        instrument: Instrument,
        scenario: MarketScenario,
        rng: random.Random,
        log_index: float,
        volatility_level: float = 1.0,
        premium_level: float = 0.0,
    ) -> None:
        self.instrument = instrument
        self.scenario = scenario
        self.log_index = log_index
        self.premium = premium_level
        self.mark_premium = self.premium
        self.momentum = 0.0
        self.regime = "calm"
        self.last_return = 0.0
        self._rng = rng
        self._premium_level = premium_level
        self._log_level = max(-0.8, min(0.8, math.log(volatility_level)))
        self._excitement = 0.0
        self._impact = 0.0
        self._drift = 0.0
        self._regime_left = 0.0
        self._sigma = instrument.volatility / math.sqrt(SECONDS_PER_YEAR)
        self._own = math.sqrt(1.0 - instrument.correlation**2)
        self.ratio = 1.0

    @property
    def price(self) -> float:
        """Fair price of the perpetual."""
        return math.exp(self.log_index) * (1.0 + self.premium)

    @property
    def index_price(self) -> float:
        """Price of the index."""
        return math.exp(self.log_index)

    @property
    def mark_price(self) -> float:
        """The index with the smoothed premium."""
        return math.exp(self.log_index) * (1.0 + self.mark_premium)

    def step(self, elapsed: float, dt: float, factor: float) -> None:
        """Advance by `dt` seconds, `elapsed` seconds into the simulation.

        `factor` is the market's standard normal over these seconds.
        """
        if not self._sigma:
            return
        self._turn_regime(dt)
        shock = self._shock(elapsed)
        self.ratio = self._volatility_ratio(shock, dt)
        sigma = self._sigma * self.ratio * math.sqrt(dt)
        instrument = self.instrument
        noise = instrument.correlation * factor + self._own * self._rng.gauss(0.0, 1.0)
        move = sigma * noise + self._drift * dt + self._jump(dt) + self._release_impact(dt)
        if shock is not None:
            move += shock.log_return * instrument.beta * min(1.0, dt / shock.duration)
        self.log_index += move
        self.last_return = move / sigma
        self.momentum += (move / dt - self.momentum) * min(1.0, dt / 60.0)
        self._follow_premium(dt)

    def push(self, log_move: float) -> None:
        """Move the price by `log_move`, over a second or two, and excite the volatility."""
        self._impact += log_move
        self._excite(abs(log_move) * 40.0)

    def _excite(self, amount: float) -> None:
        self._excitement = min(_MOST_EXCITED, self._excitement + min(0.5, amount))

    def _volatility_ratio(self, shock: MarketShock | None, dt: float) -> float:
        self._log_level += -self._log_level * dt / 1_200 + 0.02 * math.sqrt(dt) * (
            self._rng.random() - 0.5
        )
        self._excitement -= self._excitement * min(1.0, dt / _EXCITEMENT_SECONDS)
        stress = shock.volatility if shock is not None else 1.0
        level = self.scenario.volatility * _REGIME_VOLATILITY[self.regime]
        target = level * math.exp(self._log_level) * stress * (1.0 + self._excitement)
        return self.ratio + (min(12.0, target) - self.ratio) * min(1.0, dt / 5.0)

    def _turn_regime(self, dt: float) -> None:
        self._regime_left -= dt
        if self._regime_left > 0:
            return
        rng = self._rng
        self.regime = rng.choices(_REGIMES, self.scenario.regimes)[0]
        self._regime_left = 60.0 * _REGIME_MINUTES[self.regime] * rng.expovariate(1.0) + 20.0
        strength = 0.06 if self.regime == "trend" else 0.0
        self._drift = strength * self._sigma * rng.choice((-1.0, 1.0))

    def _shock(self, elapsed: float) -> MarketShock | None:
        moment = elapsed % self.scenario.cycle
        for shock in self.scenario.shocks:
            if shock.start <= moment < shock.start + shock.duration:
                return shock
        return None

    def _jump(self, dt: float) -> float:
        rng = self._rng
        if rng.random() >= self.scenario.jumps_per_hour * dt / 3_600:
            return 0.0
        self._excite(0.6)
        return self._sigma * 60.0 * (0.4 + 0.6 * rng.random()) * rng.choice((-1.0, 1.0))

    def _release_impact(self, dt: float) -> float:
        part = self._impact * min(1.0, dt / _IMPACT_SECONDS)
        self._impact -= part
        return part

    def _follow_premium(self, dt: float) -> None:
        # The perpetual leads: a fast rise is bought here first, and shows as premium.
        target = self._premium_level + max(-0.002, min(0.002, 3.0 * self.momentum))
        noise = 0.00002 * self.ratio * math.sqrt(dt) * self._rng.gauss(0.0, 1.0)
        self.premium += (target - self.premium) * min(1.0, dt / 45.0) + noise
        self.mark_premium += (self.premium - self.mark_premium) * min(1.0, dt / 30.0)
