"""When another simulation is due: its inputs have moved enough, or it is old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from tuirisk.analytics.leverage.open_positions import OpenPositions
from tuirisk.analytics.stress.inputs import INTERVAL, StressInputs
from tuirisk.events.intervals import MINUTE_MS
from tuirisk.market.book import unusable
from tuirisk.market.market import Market

OLDEST_MS = 5 * MINUTE_MS
LEAST_PAUSE_MS = 10_000
"""At most two simulations that a price calls for begin within so long: near to liquidation every
second would call for one. The closed form of P(liquidation), which is of the newest mark, stands
meanwhile."""


@dataclass(frozen=True, slots=True)
class StressTrigger:
    """The data that decide whether a simulation is due: marks, and all that changes in steps."""

    time_ms: int
    marks: Mapping[str, float]
    fixed: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class StressBaseline:
    """The trigger a simulation started from, and by symbol the move (a fraction) that matters."""

    trigger: StressTrigger
    moves: Mapping[str, float]
    pause_ms: float = inf
    """Since the simulation before it began."""


def stress_trigger(market: Market, positions: OpenPositions, now: int) -> StressTrigger:
    """The trigger of a simulation of ``positions`` at local time ``now`` (ns)."""
    marks: dict[str, float] = {}
    fixed: list[object] = [positions.positions, positions.source, _wallets(positions)]
    for name in positions.symbols:
        symbol = market.symbols.get(name)
        if symbol is None:
            fixed.append((name, market.refused.get(name)))
            continue
        derivatives, mark = symbol.derivatives, symbol.derivatives.mark
        if mark is not None:
            marks[name] = mark.mark
        fixed.append(
            (
                symbol.was_ready,
                symbol.candles[INTERVAL].version,
                derivatives.brackets,
                derivatives.funding_schedule,
                mark.next_funding_time if mark is not None else None,
                not unusable(symbol.book, stale=False),
            )
        )
    return StressTrigger(now // 1_000_000, marks, tuple(fixed))


def _wallets(positions: OpenPositions) -> tuple[tuple[str, float], ...]:
    """The cross wallets; to two digits where they move with the prices of what they hold."""
    exact = positions.mode == "single_asset"
    return tuple(
        (group, wallet if exact else float(f"{wallet:.2g}"))
        for group, wallet in positions.wallets.items()
    )


def simulation_due(baseline: StressBaseline | None, now: StressTrigger) -> bool:
    """Whether what moved since ``baseline`` matters.

    Positions, wallet, brackets, a closed bar, the next funding time or whether there is a book
    changed; a price moved by a quarter of the distance to liquidation or of a day's σ; or five
    minutes have passed. A price is not followed for some seconds where the simulation before came
    soon after its own. Time that runs backwards (a replay) counts as passed.
    """
    if baseline is None:
        return True
    age = now.time_ms - baseline.trigger.time_ms
    if now.fixed != baseline.trigger.fixed or not 0 <= age <= OLDEST_MS:
        return True
    if now.marks.keys() != baseline.trigger.marks.keys():
        return True
    if age < LEAST_PAUSE_MS and baseline.pause_ms < LEAST_PAUSE_MS:
        return False
    return any(
        abs(mark / baseline.trigger.marks[name] - 1.0) >= baseline.moves[name]
        for name, mark in now.marks.items()
        if name in baseline.moves
    )


def stress_baseline(
    inputs: StressInputs, start: StressTrigger, before: StressBaseline | None = None
) -> StressBaseline:
    """The baseline that the next triggers are compared with; ``before`` is the one until now."""
    pause_ms = inf if before is None else start.time_ms - before.trigger.time_ms
    return StressBaseline(start, inputs.triggers, pause_ms)
