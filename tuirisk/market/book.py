"""The local order book of one symbol: prices kept sorted, quantities beside them.

Reading the top or walking the book never sorts: each side keeps its prices in a bisected array
(best last), which costs a memmove on insertion and nothing on reading. Arrays of machine numbers
take a tenth of the memory of lists and dictionaries, and numpy reads them without a loop.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from math import inf

from tuirisk.events import DepthDiff, DepthSnapshot, Level
from tuirisk.language.reason import Reason

SNAPSHOT_LEVELS = 1_000
"""Levels a side that the exchange gives at most."""
SHALLOW_LEVELS = 50
"""Levels a side of a snapshot that is soon to be replaced by a deep one."""
MOST_LEVELS = 20_000
"""Levels a side that are kept: the nearest ones."""
LEVELS_OF_ALL = 500_000
"""Levels in all books together, of which each has its share."""
STALE_BOOK = Reason("stale", reason=Reason("order_book_late"))


class BookSide:
    """One side. ``sign`` is +1 for bids, −1 for asks: keys are ``sign × price``, best last.

    ``quantities`` (base asset) are in the order of ``keys``.
    """

    __slots__ = ("keys", "quantities", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys = array("d")
        self.quantities = array("d")

    def __len__(self) -> int:
        return len(self.keys)

    def reset(self, levels: Iterable[Level]) -> None:
        sign = self.sign
        quantities = {sign * price: quantity for price, quantity in levels if quantity > 0}
        self.keys = array("d", sorted(quantities))
        self.quantities = array("d", map(quantities.__getitem__, self.keys))

    def apply(self, levels: Iterable[Level]) -> None:
        sign, keys, quantities = self.sign, self.keys, self.quantities
        for price, quantity in levels:
            key = sign * price
            place = bisect_left(keys, key)
            if place < len(keys) and keys[place] == key:
                if quantity > 0:
                    quantities[place] = quantity
                else:
                    del keys[place], quantities[place]
            elif quantity > 0:
                keys.insert(place, key)
                quantities.insert(place, quantity)

    def drop_far(self, most: int) -> bool:
        """Keep the ``most`` best levels; whether any was dropped."""
        far = len(self.keys) - most
        if far <= 0:
            return False
        del self.keys[:far], self.quantities[:far]
        return True

    def best(self) -> float | None:
        return self.sign * self.keys[-1] if self.keys else None

    def levels(self) -> Iterator[Level]:
        """(price, quantity), best first."""
        sign = self.sign
        for key, quantity in zip(reversed(self.keys), reversed(self.quantities), strict=True):
            yield sign * key, quantity

    def top(self, n: int) -> list[Level]:
        return list(islice(self.levels(), n))

    def worst(self) -> float | None:
        return self.sign * self.keys[0] if self.keys else None


class OrderBook:
    """The book as it is known now; ``live`` is False while it is resyncing, then it has no levels.

    ``bid_floor`` and ``ask_ceiling`` bound what is known: the snapshot's last levels. A diff may
    name a price beyond them, but not every level out there, so nothing is quoted past them. A
    side with fewer levels than were asked for was given whole and has no such bound.
    """

    def __init__(self) -> None:
        self.most_levels = MOST_LEVELS
        """Levels a side that are kept: the nearest ones."""
        self.bids = BookSide(1)
        self.asks = BookSide(-1)
        self.live = False
        self.reason: Reason | None = Reason("not_received_yet", thing="order_book")
        self.version = 0
        self.received: int | None = None
        self.event_time = 0
        """The exchange's time of the newest event (UTC ms); 0 where it states none."""
        self.last_update_id = 0
        self.still = False
        """Whether a snapshot confirmed that nothing has changed since the stream fell silent."""
        self.bid_floor = 0.0
        self.ask_ceiling = inf
        self.shallow = 0
        """Levels a side of the snapshot where they are few and there are more; else 0."""

    def reset(self, snapshot: DepthSnapshot) -> None:
        self.bids.reset(snapshot.bids)
        self.asks.reset(snapshot.asks)
        whole = not self.bids.drop_far(self.most_levels) and len(snapshot.bids) < snapshot.limit
        self.bid_floor = 0.0 if whole else self.bids.worst() or inf
        whole = not self.asks.drop_far(self.most_levels) and len(snapshot.asks) < snapshot.limit
        self.ask_ceiling = inf if whole else self.asks.worst() or 0.0
        self.shallow = snapshot.limit if is_shallow(snapshot) else 0
        self.last_update_id = snapshot.last_update_id
        self.event_time = snapshot.event_time
        self.still = snapshot.still
        self._touch(snapshot.received)

    def apply(self, diff: DepthDiff) -> None:
        """Apply a diff that follows what is known (``feed.binance.depth_sync`` sees to that)."""
        if not self.live:
            return
        self.bids.apply(diff.bids)
        self.asks.apply(diff.asks)
        if self.bids.drop_far(self.most_levels):
            self.bid_floor = max(self.bid_floor, self.bids.worst() or 0.0)
        if self.asks.drop_far(self.most_levels):
            self.ask_ceiling = min(self.ask_ceiling, self.asks.worst() or inf)
        self.last_update_id = diff.last_id
        self.event_time = max(self.event_time, diff.event_time)
        self.still = False
        self._touch(diff.received)

    def invalidate(self, reason: Reason) -> None:
        self.bids.reset(())
        self.asks.reset(())
        self.live = False
        self.reason = reason
        self.version += 1

    def crossed(self) -> bool:
        bid, ask = self.bids.best(), self.asks.best()
        return bid is not None and ask is not None and bid >= ask

    def _touch(self, received: int) -> None:
        self.received = received
        self.version += 1
        self.live = True
        self.reason = None


def is_shallow(snapshot: DepthSnapshot) -> bool:
    """Whether few levels were asked for, and there are more."""
    longest = max(len(snapshot.bids), len(snapshot.asks))
    return longest >= snapshot.limit and snapshot.limit <= SHALLOW_LEVELS


def levels_each(books: int) -> int:
    """Levels a side that each of ``books`` books may keep; never fewer than a snapshot has."""
    return max(SNAPSHOT_LEVELS, min(MOST_LEVELS, LEVELS_OF_ALL // (2 * max(1, books))))


def unusable(book: OrderBook, stale: bool) -> Reason | None:
    """Why the book gives no number; None when it does."""
    if not book.live:
        return book.reason
    if stale:
        return STALE_BOOK
    bid, ask = book.bids.best(), book.asks.best()
    if bid is None or ask is None:
        return Reason("no_bids" if bid is None else "no_asks")
    if bid >= ask:
        return Reason("order_book_crossed")
    if bid < book.bid_floor or ask > book.ask_ceiling:
        return Reason("price_outside_known_book")
    return None
