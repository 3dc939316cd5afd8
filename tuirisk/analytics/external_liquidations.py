"""Liquidations of the last hour at other exchanges, summed over the providers."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.analytics.external_rank import rank_of
from tuirisk.events.external import asset_of
from tuirisk.market.external import ExternalData
from tuirisk.state import Missing, Number, SymbolState
from tuirisk.state.codec import iso
from tuirisk.state.external import NO_PROVIDER, OutsideLiquidations

HOUR_MS = 3_600_000
MEASURE = "liquidations"


def outside_liquidations(
    data: ExternalData, symbols: Mapping[str, SymbolState], now: int
) -> dict[str, OutsideLiquidations]:
    """By asset of the watched ``symbols``; Binance's own sample is not among them.

    ``complete`` where every provider reports each liquidation and has been heard for an hour.
    """
    expected = {asset for s in data.statuses.values() for m, asset in s.gives if m == MEASURE}
    given = {key[0] for key in (*data.tapes, *data.totals, *data.listening)} | expected
    assets = dict.fromkeys(asset_of(name) for name in symbols)
    return {asset: _of_asset(data, asset, now) for asset in assets if asset in given}


def _of_asset(data: ExternalData, asset: str, now: int) -> OutsideLiquidations:
    listening = {p: at for (a, p), at in data.listening.items() if a == asset}
    totals = {p: t for (a, p), t in data.totals.items() if a == asset}
    totals = {p: t for p, t in totals.items() if now - t.time <= t.stale_after_ms}
    rows = [
        row
        for (a, p), tape in data.tapes.items()
        if a == asset and not totals
        for row in tape.rows
        if now - HOUR_MS < row.time <= now + 60_000
    ]
    day, rank = _day(data, asset)
    sources = sorted(totals or {*listening, *(row.provider for row in rows)})
    if not sources:
        why = _why(data, asset)
        return OutsideLiquidations(why, why, False, why, why, why, why, day, rank)
    # Totals of all exchanges hold what single exchanges report: never both.
    long = sum(t.long for t in totals.values()) + sum(r.notional for r in rows if r.side == "long")
    short = sum(t.short for t in totals.values())
    short += sum(row.notional for row in rows if row.side == "short")
    begun = [at.since // 1_000_000 for at in listening.values()]
    times = [t.time for t in totals.values()] or [row.time for row in rows]
    none = Missing("no_liquidation_yet")
    # What a full tape has dropped is not covered either.
    whole = max((tape.dropped_ms for (a, _), tape in data.tapes.items() if a == asset), default=0)
    covered = bool(begun) and now - max(*begun, whole) >= HOUR_MS
    heard = bool(totals) or covered or any(a == asset for a, _ in data.tapes)
    return OutsideLiquidations(
        long_1h=float(long) if heard else none,
        short_1h=float(short) if heard else none,
        complete=bool(totals) or (covered and all(at.complete for at in listening.values())),
        time=iso(max(times)) if times else none,
        age_ms=float(max(0, now - max(times))) if times else none,
        source=", ".join(sources),
        since=iso(min(begun)) if begun else Missing("not_applicable"),
        day=day,
        day_rank_1y=rank,
    )


def _day(data: ExternalData, asset: str) -> tuple[Number, Number]:
    """Both sides of the newest complete day, and its rank, of the first provider that has days."""
    for (measure, of, provider), longs in sorted(data.series.items()):
        shorts = data.series.get(("liquidated_short_1d", asset, provider))
        if (measure, of) != ("liquidated_long_1d", asset) or shorts is None or not longs.rows:
            continue
        other = dict(shorts.rows)
        sums = [value + other[start] for start, value in longs.rows if start in other]
        if sums:
            return sums[-1], rank_of(sums[-1], sums)
    return NO_PROVIDER, NO_PROVIDER


def _why(data: ExternalData, asset: str) -> Missing:
    statuses = [s for s in data.statuses.values() if (MEASURE, asset) in s.gives]
    for status in statuses:
        if status.problem is not None:
            return Missing.because(status.problem)
    name = statuses[0].provider if statuses else ""
    return Missing("provider_waiting", name=name) if name else Missing("no_provider")
