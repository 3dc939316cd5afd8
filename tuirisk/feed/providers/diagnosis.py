"""The check of ``tuirisk doctor``: every provider asked once, and what came of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tuirisk.config.model import KNOWN_PROVIDERS, Config
from tuirisk.events.external import (
    ProviderEvent,
    ProviderLevels,
    ProviderLiquidationTotals,
    ProviderListening,
    ProviderSeries,
    ProviderStatus,
    ProviderValue,
)
from tuirisk.feed.clock import Clock
from tuirisk.feed.providers.group import Providers
from tuirisk.feed.providers.keys import peek_keys, resolve_keys
from tuirisk.feed.providers.reading import DAY_MS

_MEASURES: Mapping[type[ProviderEvent], str] = {
    ProviderLevels: "liquidation_map",
    ProviderLiquidationTotals: "liquidations",
    ProviderListening: "liquidations",
}
PATIENCE = 12.0
"""Seconds that the first answers are waited for."""


@dataclass(frozen=True, slots=True)
class ProviderFinding:
    """How one provider fared; ``well`` where nothing is wrong with it."""

    name: str
    well: bool
    detail: str


async def examine_providers(
    config: Config, environ: Mapping[str, str], clock: Clock
) -> list[ProviderFinding]:
    """Ask every enabled provider, all at once, and say how each fares; name those that are off."""
    events: list[ProviderEvent] = []
    enabled = [name for name, table in config.providers.items() if table.enabled]
    if enabled:
        providers = Providers(
            config.providers,
            config.exchange,
            config.symbols,
            lambda frame: None,
            partial(resolve_keys, peek_keys(environ), enabled),
            clock=clock,
            rng=random.Random(),
        )
        providers.start()
        try:
            await _until_answered(providers, enabled, events)
        finally:
            await providers.close()
    found = [_finding(name, events, clock.now_ns()) for name in enabled]
    off = [name for name in KNOWN_PROVIDERS if name not in enabled]
    if off:
        found.append(ProviderFinding("off", True, ", ".join(off)))
    return found


async def _until_answered(
    providers: Providers, enabled: list[str], events: list[ProviderEvent]
) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while loop.time() < end:
        events += providers.drain()
        statuses = {e.provider: e for e in events if isinstance(e, ProviderStatus)}
        if len(statuses) == len(enabled) and all(s.phase != "waiting" for s in statuses.values()):
            return
        await asyncio.sleep(0.1)


def _finding(name: str, events: list[ProviderEvent], now: int) -> ProviderFinding:
    statuses = [e for e in events if isinstance(e, ProviderStatus) and e.provider == name]
    if not statuses:
        return ProviderFinding(name, False, "no answer yet; it is asked again by itself")
    status = statuses[-1]
    parts = [f"plan {status.plan or 'not known'}"]
    if status.resolution_s is not None:
        parts.append(f"every {_span(status.resolution_s)}")
    if status.lag_s:
        parts.append(f"{_span(status.lag_s)} late by its nature")
    if status.answered is not None:
        parts.append(f"answered {_span(max(0.0, (now - status.answered) / 1e9))} ago")
    ages = [now / 1e9 - time / 1e3 for time in _times(name, events)]
    if ages:
        parts.append(f"newest value {_span(max(0.0, min(ages)))} old")
    if status.problem is not None:
        parts.append(str(status.problem).removeprefix(f"{name}: "))
    elif status.phase == "waiting":
        parts.append("no answer yet; it is asked again by itself")
    parts += _missing(status, events)
    return ProviderFinding(name, status.phase == "live", ", ".join(parts))


def _times(name: str, events: Sequence[ProviderEvent]) -> Iterator[int]:
    """The times of what a provider gave, a day's its end (UTC ms)."""
    for event in events:
        if event.provider != name:
            continue
        if isinstance(event, ProviderValue | ProviderLevels | ProviderLiquidationTotals):
            yield event.time
        elif isinstance(event, ProviderSeries) and event.rows:
            yield event.rows[-1][0] + DAY_MS


def _missing(status: ProviderStatus, events: Sequence[ProviderEvent]) -> Iterator[str]:
    """What the provider should give and did not, by measure; what its plan does not have."""
    given = {
        (getattr(event, "measure", _MEASURES.get(type(event), "")), asset)
        for event in events
        if event.provider == status.provider
        for asset in getattr(event, "assets", (getattr(event, "asset", ""),))
    }
    beyond = dict(status.beyond_plan)
    absent: dict[str, list[str]] = {}
    for measure, asset in status.gives:
        if measure in beyond:
            absent.setdefault(f"{_plain(measure)} (needs {beyond[measure]})", [])
        elif (measure, asset) not in given:
            absent.setdefault(_plain(measure), []).append(asset)
    if absent:
        named = (" ".join(filter(None, (what, *assets))) for what, assets in absent.items())
        yield f"without {'; '.join(named)}"


def _plain(measure: str) -> str:
    return measure.replace("_", " ")


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
