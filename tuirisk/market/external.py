"""Other people's data: the newest value of each kind, series by day, liquidations of an hour."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tuirisk.events.external import (
    ProviderEvent,
    ProviderLevels,
    ProviderLiquidation,
    ProviderLiquidationTotals,
    ProviderListening,
    ProviderSeries,
    ProviderStatus,
    ProviderValue,
)

MOST_LIQUIDATIONS = 20_000
"""Of one asset at one provider."""
MOST_KEPT = 2_000
"""Values, series and tapes each: no provider fills the memory."""

MOST_MAPS = 50

ValueKey = tuple[str, str, str, int, str]
"""(measure, asset, venue, tenor in days, provider)"""


@dataclass(slots=True)
class OutsideTape:
    """Liquidations of one asset at one provider, in the order in which they came."""

    rows: deque[ProviderLiquidation] = field(
        default_factory=lambda: deque(maxlen=MOST_LIQUIDATIONS)
    )
    seen: set[tuple[int, str, float, float]] = field(default_factory=set)
    dropped: int = 0
    """How many rows gave way to newer ones while …"""
    dropped_ms: int = 0
    """… and when the newest of them was liquidated (UTC ms): what is there is whole since then."""

    def add(self, event: ProviderLiquidation) -> None:
        """Add one, unless it is there already."""
        key = (event.time, event.side, event.price, event.notional)
        if key in self.seen:
            return
        if len(self.rows) == MOST_LIQUIDATIONS:
            first = self.rows[0]
            self.seen.discard((first.time, first.side, first.price, first.notional))
            self.dropped += 1
            self.dropped_ms = max(self.dropped_ms, first.time)
        self.rows.append(event)
        self.seen.add(key)


@dataclass(frozen=True, slots=True)
class Listening:
    """Since when (receive time, ns) a provider's liquidations are received, and of what."""

    since: int
    complete: bool


class ExternalData:
    """Everything that providers have said."""

    def __init__(self) -> None:
        self.statuses: dict[str, ProviderStatus] = {}
        self.values: dict[ValueKey, ProviderValue] = {}
        self.series: dict[tuple[str, str, str], ProviderSeries] = {}
        """By (measure, asset, provider)."""
        self.tapes: dict[tuple[str, str], OutsideTape] = {}
        """By (asset, provider)."""
        self.totals: dict[tuple[str, str], ProviderLiquidationTotals] = {}
        self.levels: dict[tuple[str, str], ProviderLevels] = {}
        """By (asset, provider)."""
        self.listening: dict[tuple[str, str], Listening] = {}
        self.version = 0
        self.left_out: Counter[str] = Counter()
        """Provider → how much of it was left out because too much is kept already."""

    def apply(self, event: ProviderEvent) -> None:
        """Take one event in; a value that is older than the known one changes nothing."""
        self.version += 1
        match event:
            case ProviderStatus():
                self.statuses[event.provider] = event
            case ProviderValue():
                self._set_value(event)
            case ProviderSeries():
                name = event.measure, event.asset, event.provider
                if self._has_room(self.series, name, MOST_KEPT, event.provider):
                    self.series[name] = event
            case ProviderLiquidation():
                key = event.asset, event.provider
                if self._has_room(self.tapes, key, MOST_KEPT, event.provider):
                    self.tapes.setdefault(key, OutsideTape()).add(event)
            case ProviderLiquidationTotals():
                known = self.totals.get((event.asset, event.provider))
                if known is None or event.time >= known.time:
                    self.totals[event.asset, event.provider] = event
            case ProviderLevels():
                key = event.asset, event.provider
                if self._has_room(self.levels, key, MOST_MAPS, event.provider):
                    self.levels[key] = event
            case ProviderListening():
                self._set_listening(event)

    def _has_room(self, kept: Mapping[Any, object], key: object, most: int, provider: str) -> bool:
        """Whether ``key`` may be kept; what may not is counted."""
        if key in kept or len(kept) < most:
            return True
        self.left_out[provider] += 1
        return False

    def _set_value(self, event: ProviderValue) -> None:
        key = (event.measure, event.asset, event.venue, event.tenor_days, event.provider)
        known = self.values.get(key)
        if not self._has_room(self.values, key, MOST_KEPT, event.provider):
            return
        if known is None or event.time >= known.time:
            self.values[key] = event

    def _set_listening(self, event: ProviderListening) -> None:
        for key in [key for key in self.listening if key[1] == event.provider]:
            if key[0] not in event.assets:
                del self.listening[key]
        for asset in event.assets:
            self.listening.setdefault(
                (asset, event.provider), Listening(event.received, event.complete)
            )
