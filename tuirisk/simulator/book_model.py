"""The order book: price levels in whole ticks, quantities in whole steps."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

_PRESENT = 0.85
_CANCEL = 0.15
_GROWN = 1.35
_CLOSE = 60


@dataclass(frozen=True, slots=True)
class BookShape:
    """The quantity of an order book by distance from mid.

    `density` is steps of quantity per tick near the touch, `touch` the steps added at the best
    price, `half_depth` the distance in ticks at which density has halved, `window` the distance
    of the farthest level, `dense` the ticks from the touch within which every tick may be a level
    (beyond, spacing doubles with every octave).
    """

    density: float
    touch: float
    half_depth: float
    window: int
    dense: int


class ModelBookSide:
    """One side; `sign` is the direction away from the touch: −1 bids, +1 asks.

    `changed` collects absolute quantities by tick since it was last drained; zero is a removal.
    """

    def __init__(self, sign: int, best: int, shape: BookShape, rng: random.Random) -> None:
        self.sign = sign
        self.best = best
        self.levels: dict[int, int] = {}
        self.changed: dict[int, int] = {}
        self.scale = 1.0
        self._shape = shape
        self._rng = rng
        self._farthest = best
        self._fill()
        self.changed.clear()
        self._largest = max(int(len(self.levels) * _GROWN), 40)

    def move_best(self, best: int) -> None:
        """Quote `best`: levels in its way are taken out, the gap it leaves is filled."""
        away = self.sign * (best - self.best)
        if away > 0:
            self._clear_to(best)
        elif away < 0:
            self._fill_from(best)
        self.best = best
        if best not in self.levels:
            self._set(best, self._quantity(0))
        if away > 0:
            self._densify(min(away, _CLOSE))
            self._extend()
        if len(self.levels) > self._largest:
            self._prune()

    def churn(self, visits: int) -> None:
        """Orders come, change and go at `visits` places, most of them near the touch."""
        rng, shape = self._rng, self._shape
        levels = self.levels
        span = math.log(shape.window)
        for _ in range(visits):
            if rng.random() < 0.65:
                distance = int(rng.expovariate(0.08))
            else:
                distance = int(math.exp(span * rng.random()))
            tick = self._snap(distance)
            if tick == self.best:
                self._set(tick, self._quantity(0))
            elif tick <= 0:
                continue
            elif tick in levels and rng.random() < _CANCEL:
                self._set(tick, 0)
            else:
                self._set(tick, self._quantity(distance))

    def fill(self, quantity: int, reach: int) -> list[tuple[int, int]]:
        """Fill an order of `quantity` steps within `reach` ticks: (tick, filled), best first.

        What does not stand there stays unfilled.
        """
        fills: list[tuple[int, int]] = []
        tick, last = self.best, self.best + self.sign * reach
        while quantity > 0 and self.sign * (last - tick) >= 0:
            available = self.levels.get(tick)
            if available is None:
                following = self._next(tick)
                if following is None:
                    break
                tick = following
                continue
            filled = min(available, quantity)
            quantity -= filled
            fills.append((tick, filled))
            self._set(tick, available - filled)
        return fills

    def restore_best(self) -> None:
        """Make `best` the best level that is left, after orders have eaten into the side."""
        if self.best not in self.levels:
            following = self._next(self.best)
            if following is None:
                self._set(self.best, self._quantity(0))
            else:
                self.best = following

    def top(self, limit: int) -> list[tuple[int, int]]:
        """The best `limit` levels as (tick, steps), best first."""
        ticks = sorted(self.levels, reverse=self.sign < 0)[:limit]
        return [(tick, self.levels[tick]) for tick in ticks]

    def _set(self, tick: int, quantity: int) -> None:
        if quantity:
            self.levels[tick] = quantity
        else:
            del self.levels[tick]
        self.changed[tick] = quantity

    def _quantity(self, distance: int) -> int:
        shape = self._shape
        gap = self._gap(distance)
        mean = shape.density * gap / (1.0 + (distance / shape.half_depth) ** 2)
        if distance == 0:
            mean += shape.touch
        return 1 + int(mean * self.scale * self._rng.expovariate(1.0))

    def _gap(self, distance: int) -> int:
        octave = distance // self._shape.dense
        return 1 if octave < 2 else 1 << (octave.bit_length() - 1)

    def _snap(self, distance: int) -> int:
        gap = self._gap(distance)
        tick = self.best + self.sign * distance
        return tick - tick % gap if self.sign < 0 else tick + -tick % gap

    def _next(self, tick: int) -> int | None:
        for candidate in range(tick, tick + self.sign * 200, self.sign):
            if candidate in self.levels:
                return candidate
        if self.sign < 0:
            return max((level for level in self.levels if level <= tick), default=None)
        return min((level for level in self.levels if level >= tick), default=None)

    def _fill(self) -> None:
        distance = 0
        while distance < self._shape.window:
            tick = self._snap(distance)
            if tick > 0 and (distance == 0 or self._rng.random() < _PRESENT):
                self._set(tick, self._quantity(distance))
            distance += self._gap(distance)
        self._farthest = self.best + self.sign * self._shape.window

    def _clear_to(self, best: int) -> None:
        sign, levels = self.sign, self.levels
        if abs(best - self.best) < 2 * len(levels):
            ticks = [tick for tick in range(self.best, best, sign) if tick in levels]
        else:
            ticks = [tick for tick in levels if sign * (best - tick) > 0]
        for tick in ticks:
            self._set(tick, 0)

    def _fill_from(self, best: int) -> None:
        distance = 1
        width = abs(best - self.best)
        while distance < width:
            tick = best + self.sign * distance
            if tick not in self.levels and self._rng.random() < _PRESENT:
                self._set(tick, self._quantity(distance))
            distance += 1 if distance < 40 else 1 + width // 60

    def _densify(self, width: int) -> None:
        # Levels that were far stand sparsely; close to the touch there are more.
        for distance in range(1, min(width, self._shape.dense)):
            tick = self.best + self.sign * distance
            if tick > 0 and tick not in self.levels and self._rng.random() < _PRESENT:
                self._set(tick, self._quantity(distance))

    def _extend(self) -> None:
        if self.sign * (self.best - self._farthest) > 0:
            # Orders have eaten the whole side.
            self._farthest = self.best
        edge = self.best + self.sign * self._shape.window
        while self.sign * (edge - self._farthest) > 0:
            distance = abs(self._farthest - self.best)
            self._farthest += self.sign * self._gap(distance)
            if self._farthest > 0 and self._farthest not in self.levels:
                self._set(self._farthest, self._quantity(distance))

    def _prune(self) -> None:
        keep = int(self._largest / _GROWN)
        for tick, _ in self.top(len(self.levels))[keep:]:
            self._set(tick, 0)


class BookModel:
    """Both sides, never crossed, and the exchange's update numbers.

    `last_update_id` rises with every change; each step's changes span
    `first_update_id`…`last_update_id`, and `previous_update_id` is the last of the step before.
    """

    def __init__(
        self, rng: random.Random, shape: BookShape, mid: float, spread: int, update_id: int
    ) -> None:
        bid, ask = quotes(mid, spread)
        self._rng = rng
        self._mid = mid
        self._spread = spread
        self.bids = ModelBookSide(-1, bid, shape, rng)
        self.asks = ModelBookSide(1, ask, shape, rng)
        self.last_update_id = update_id
        self.first_update_id = update_id
        self.previous_update_id = update_id

    def requote(self, mid: float, spread: int, tolerance: float, scale: float) -> None:
        """Follow the fair price once it is more than `tolerance` ticks away (mid, in ticks).

        `scale` multiplies the quantities quoted from now on.
        """
        self.bids.scale = self.asks.scale = scale
        moved = abs(mid - self._mid) > tolerance
        if moved or (spread != self._spread and self._rng.random() < 0.3):
            self._mid, self._spread = mid, spread
        bid, ask = quotes(self._mid, self._spread)
        # The side that gives way moves first, so that the book is never crossed.
        sides = ((self.bids, bid), (self.asks, ask))
        for side, best in sides if bid < self.bids.best else reversed(sides):
            side.move_best(best)

    def churn(self, visits: int) -> None:
        """Let orders come and go, `visits` places a side."""
        self.bids.churn(visits)
        self.asks.churn(visits)

    def finish_step(self) -> tuple[dict[int, int], dict[int, int]]:
        """Number the step's changes and hand them over: (bids, asks) by tick."""
        self.bids.restore_best()
        self.asks.restore_best()
        bids, asks = self.bids.changed, self.asks.changed
        self.bids.changed, self.asks.changed = {}, {}
        self.number(len(bids) + len(asks))
        return bids, asks

    def number(self, changes: int) -> None:
        """Take update numbers for a step with that many changes (none: a heartbeat takes one)."""
        self.previous_update_id = self.last_update_id
        self.first_update_id = self.last_update_id + 1 + int(self._rng.random() * 40)
        self.last_update_id = self.first_update_id + max(0, changes - 1)


def quotes(mid: float, spread: int) -> tuple[int, int]:
    """Best bid and ask in ticks, `spread` ticks apart, around `mid`; the bid is at least 1."""
    bid = max(1, math.floor(mid - (spread - 1) / 2))
    return bid, bid + spread
