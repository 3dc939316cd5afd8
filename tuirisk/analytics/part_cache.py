"""Parts of a symbol's state that are recomputed only when their inputs changed.

A part is a pure function of some families of market data, each of which has a version, and of
other parts. While none of them changed, the part of the previous state is reused: the same
object, so that a reader of the state detects an unchanged part by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import log
from typing import Any, Generic, TypeVar

from tuirisk.events import Candle
from tuirisk.market.book import unusable
from tuirisk.market.market import SymbolMarket
from tuirisk.state import DataFamily, Freshness, SymbolState

W = TypeVar("W")


def versions(
    symbol: SymbolMarket, fresh: Mapping[DataFamily, Freshness], exchange_ms: float
) -> dict[str, int]:
    """Versions of all data that a part is computed from.

    ``listed`` distinguishes a symbol from an earlier listing of the same name, whose versions
    began at zero as well. ``forming`` changes with each 0.1 % of the forming 15m bar's
    extremes and each 0.5 % of its close; ``second``
    is the exchange's, for windows that slide with time; ``stale`` has one bit a data family.
    """
    derivatives = symbol.derivatives
    history = derivatives.open_interest_history
    return {
        "listed": symbol.listed.received,
        **{interval: ring.version for interval, ring in symbol.candles.items()},
        "forming": _forming_version(symbol.candles["15m"].forming),
        "book": symbol.book.version,
        "book_usable": int(not unusable(symbol.book, fresh["depth"].stale)),
        "samples": symbol.samples.version,
        "mark": derivatives.mark_version,
        "funding_data": derivatives.funding_version,
        "open_interest_data": derivatives.open_interest_version,
        "open_interest_points": len(history),
        "open_interest_newest": int(history.time[-1]) if len(history) else 0,
        "liquidation_data": symbol.liquidations.version,
        "second": int(exchange_ms // 1000),
        "stale": sum(family.stale << bit for bit, family in enumerate(fresh.values())),
    }


def _forming_version(bar: Candle | None) -> int:
    """Of a forming bar, for what needs its extremes to a tenth of a percent, its close to half a
    percent: a close goes to and fro, an extreme only outward.
    """
    if bar is None or not min(bar.low, bar.high, bar.close) > 0:
        return 0
    low, high, close = log(bar.low), log(bar.high), log(bar.close)
    return hash((bar.open_time, int(1_000 * low), int(1_000 * high), int(200 * close)))


@dataclass(frozen=True, slots=True)
class Part(Generic[W]):
    """A row of the table of parts.

    ``compute`` gets the workspace ``W``, which has the results of the rows above.
    """

    name: str
    """Of the workspace's attribute, and of the state's field unless ``previous`` is given."""
    compute: Callable[[W], object]
    depends_on: tuple[str, ...] | None
    """Names of data versions and of earlier parts; None: recomputed at every assessment."""
    previous: Callable[[SymbolState], object] | None = None
    """Reads an intermediate result from the previous state."""


def outdated(state: SymbolState) -> SymbolState:
    """``state`` as one whose parts are all recomputed, though their data did not change."""
    return replace(state, versions={"listed": state.versions.get("listed", 0)})


class PartCache:
    """The previous state of one symbol, and what has changed since.

    ``previous`` is None at the first assessment, and where the state belongs to an earlier
    listing of the same name.
    """

    def __init__(self, previous: SymbolState | None, now: Mapping[str, int]) -> None:
        if previous is not None and previous.versions.get("listed") != now["listed"]:
            previous = None
        before = previous.versions if previous is not None else {}
        self.previous = previous
        self._anew = before.keys() == {"listed"}
        """Whether nothing is reused: the previous state is :func:`outdated`."""
        self._changed = {name for name, version in now.items() if before.get(name) != version}

    def unchanged(self, *names: str) -> bool:
        """Whether none of the data and parts ``names`` changed since the previous state."""
        return not self._anew and self._changed.isdisjoint(names)

    def fill(self, workspace: W, parts: Iterable[Part[W]]) -> None:
        """Set each part as an attribute of ``workspace``, reused or recomputed, in order.

        A recomputed part that equals the previous one is replaced by it.
        """
        for part in parts:
            setattr(workspace, part.name, self._value(workspace, part))

    def _value(self, workspace: W, part: Part[W]) -> Any:
        if self.previous is None:
            self._changed.add(part.name)
            return part.compute(workspace)
        read = part.previous
        old = getattr(self.previous, part.name) if read is None else read(self.previous)
        if part.depends_on is not None and self.unchanged(*part.depends_on):
            return old
        new = part.compute(workspace)
        if new == old:
            return old
        self._changed.add(part.name)
        return new
