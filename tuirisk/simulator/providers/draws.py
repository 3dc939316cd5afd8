"""Invented numbers by place and day: the same for the same seed, whenever they are asked for."""

from __future__ import annotations

import math

from ..seeding import scalar_generator

DAY_MS = 86_400_000
MINUTE_MS = 60_000


def day_start(now_ms: int) -> int:
    """The start of the day (UTC) of `now_ms`."""
    return now_ms - now_ms % DAY_MS


def noise(seed: int, name: str, step: int) -> float:
    """A standard normal of its own for each (name, step)."""
    return scalar_generator(seed, "providers", name, str(step)).gauss(0.0, 1.0)


def slow(seed: int, name: str, step: int) -> float:
    """A wave that wanders within about ±2 over some hundred steps."""
    phase = scalar_generator(seed, "providers", name).uniform(0.0, 2 * math.pi)
    return (
        math.sin(step / 17.0 + phase)
        + 0.7 * math.sin(step / 53.0 + 2 * phase)
        + 0.3 * noise(seed, name, step)
    )


def implied(seed: int, asset: str, now_ms: int) -> float:
    """30-day implied volatility of `asset`, percent points."""
    level = {"BTC": 48.0, "ETH": 66.0}.get(asset, 80.0)
    day = slow(seed, f"iv {asset}", now_ms // DAY_MS)
    minute = noise(seed, f"iv {asset} minute", now_ms // MINUTE_MS)
    return round(level * math.exp(0.14 * day + 0.004 * minute), 2)


def sentiment(seed: int, day: int) -> int:
    """Fear & Greed of a day (number since 1970), 0 to 100."""
    return max(3, min(97, round(50 + 20 * slow(seed, "sentiment", day))))


def net_flow(seed: int, asset: str, day: int) -> float:
    """Coins of a day into exchanges less those out of them."""
    scale = {"BTC": 4_000.0, "ETH": 60_000.0}.get(asset, 1_000.0)
    return scale * (noise(seed, f"flow {asset}", day) - 0.2)
