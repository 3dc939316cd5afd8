"""Request budgets: weight a minute, and the separate pools of funding and statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .exchange_info import WEIGHT_LIMIT

_BAN_AFTER = 40
_BAN_SECONDS = 120.0
_FUNDING_PATHS = frozenset({"/fapi/v1/fundingRate", "/fapi/v1/fundingInfo"})


@dataclass(slots=True)
class _Budget:
    limit: int
    seconds: float
    window: int = -1
    used: int = 0


@dataclass(frozen=True, slots=True)
class LimitVerdict:
    """Whether a request may pass: 200, or 429/418 with the seconds to wait."""

    status: int
    retry_after: int
    used_weight: int


class RequestLimits:
    """Counts by fixed windows of the exchange's time.

    `seconds` is that time. Whoever keeps asking after 429 is banned (418) for two minutes.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._weight = _Budget(WEIGHT_LIMIT, 60.0)
        self._funding = _Budget(500, 300.0)
        self._statistics = _Budget(1_000, 300.0)
        self._refused = 0
        self._banned_until = 0.0

    @property
    def used_weight(self) -> int:
        """Weight used in the current minute."""
        self._turn(self._weight)
        return self._weight.used

    def charge(self, path: str, weight: int) -> LimitVerdict:
        """Take `weight` from the pool of `path` and say whether the request passes."""
        now = self._seconds()
        if now < self._banned_until:
            return LimitVerdict(418, 1 + int(self._banned_until - now), self.used_weight)
        pool, amount = self._pool(path, weight)
        self._turn(pool)
        pool.used += amount
        if pool.used <= pool.limit:
            return LimitVerdict(200, 0, self.used_weight)
        self._refused += 1
        if self._refused > _BAN_AFTER:
            self._refused = 0
            self._banned_until = now + _BAN_SECONDS
            return LimitVerdict(418, int(_BAN_SECONDS), self.used_weight)
        wait = pool.seconds - now % pool.seconds
        return LimitVerdict(429, 1 + int(wait), self.used_weight)

    def _pool(self, path: str, weight: int) -> tuple[_Budget, int]:
        if path in _FUNDING_PATHS:
            return self._funding, 1
        if path.startswith("/futures/data/"):
            return self._statistics, 1
        return self._weight, weight

    def _turn(self, pool: _Budget) -> None:
        window = int(self._seconds() // pool.seconds)
        if window != pool.window:
            pool.window, pool.used = window, 0
            self._refused = 0
