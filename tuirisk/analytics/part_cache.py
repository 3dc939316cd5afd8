"""What lets an assessment leave alone what has not changed.

A part of the state is a pure function of some families of market data, each of which has a
version. Where all of them are as they were, the part of the previous state is taken as it is: the
same object, so that whoever reads the state sees by identity that nothing is new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from tuirisk.market.book import unusable
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DataFamily, Freshness, SymbolState

T = TypeVar("T")


def versions(
    symbol: SymbolMarket, fresh: Mapping[DataFamily, Freshness], exchange_ms: float
) -> dict[str, int]:
    """Versions of everything a part may be computed from.

    ``listed`` tells a symbol from an earlier one of the same name, whose versions began at zero as
    well. ``second`` is the exchange's, for what slides with time.
    """
    derivatives = symbol.derivatives
    history = derivatives.open_interest_history
    return {
        "listed": symbol.listed.received,
        **{interval: ring.version for interval, ring in symbol.candles.items()},
        "book": symbol.book.version,
        "book_usable": int(not unusable(symbol.book, fresh["depth"].stale)),
        "samples": symbol.samples.version,
        "mark": derivatives.mark_version,
        "funding": derivatives.funding_version,
        "open_interest": derivatives.open_interest_version,
        "open_interest_points": len(history),
        "open_interest_newest": int(history.time[-1]) if len(history) else 0,
        "liquidations": symbol.liquidations.version,
        "second": int(exchange_ms // 1000),
    }


class PartCache:
    """The previous state of one symbol, and what has changed since.

    ``previous`` is None where the state belongs to an earlier listing of the same name.
    """

    def __init__(self, previous: SymbolState | None, now: Mapping[str, int]) -> None:
        if previous is not None and previous.versions.get("listed") != now["listed"]:
            previous = None
        known = previous.versions if previous is not None else {}
        self.previous = previous
        self._changed = {name for name, version in now.items() if known.get(name) != version}

    def unchanged(self, *names: str) -> bool:
        return self._changed.isdisjoint(names)

    def reuse(self, part: Callable[[SymbolState], T], compute: Callable[[], T], *names: str) -> T:
        """``part`` of the previous state if none of ``names`` changed; else a new one.

        A new part that equals the old gives way to it.
        """
        if self.previous is None:
            return compute()
        old = part(self.previous)
        if self.unchanged(*names):
            return old
        return self.intern(old, compute())

    @staticmethod
    def intern(old: T, new: T) -> T:
        """``old`` where ``new`` says nothing else."""
        return old if new == old else new
