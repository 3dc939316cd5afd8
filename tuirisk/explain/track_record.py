"""How such forecasts and scores have done: the record of the band that each of them is in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tuirisk.explain.node import Node, fact
from tuirisk.state import Missing, Number, RiskState, SymbolState
from tuirisk.state.track_record import TrackRecord


def track_record(state: RiskState, symbol: str) -> tuple[Node, ...]:
    """A node for the backtest's record, and one for that of live runs, where there are.

    Raises:
        KeyError: ``symbol`` is not in the state.
    """
    records = (state.track_record, state.live_record)
    risk = state.symbols[symbol]
    return tuple(_record(risk, record) for record in records if record is not None)


def _record(risk: SymbolState, record: TrackRecord) -> Node:
    facts = [
        fact("record_symbols", ", ".join(record.symbols), "text"),
        fact("first_day", record.first_day, "text"),
        fact("last_day", record.last_day, "text"),
    ]
    if record.source == "live":
        facts += [
            fact("awaited", record.awaited, "count"),
            fact("not_judged", record.not_judged, "count"),
        ]
    return Node(
        "track_record",
        "",
        "text",
        (record.source,),
        part=False,
        children=(
            Node("record_of", "", "text", part=False, children=tuple(facts)),
            *_chances(risk, record),
            *_score(risk, record),
        ),
        published=False,
    )


def _chances(risk: SymbolState, record: TrackRecord) -> Iterator[Node]:
    for leg in risk.legs:
        chances: dict[Literal["24h", "7d"], Number] = {
            "24h": leg.p_liquidation_24h,
            "7d": leg.p_liquidation_7d,
        }
        for horizon, chance in chances.items():
            if isinstance(chance, Missing):
                continue
            band = record.chance_band(horizon, chance)
            if band is None or (record.source == "live" and not band.enough):
                continue
            yield Node(
                "came_true",
                band.realised,
                "fraction",
                (leg.side, horizon),
                part=False,
                children=(
                    fact("of_forecasts", band.forecasts, "count"),
                    fact("band_low", band.low, "fraction"),
                    fact("band_high", band.high, "fraction"),
                    fact("mean_forecast", band.mean, "fraction"),
                ),
            )


def _score(risk: SymbolState, record: TrackRecord) -> Iterator[Node]:
    total = risk.score.total
    band = None if isinstance(total, Missing) else record.score_band(total)
    if band is not None:
        yield Node(
            "fell_after",
            band.falls,
            "fraction",
            part=False,
            children=(
                fact("fall", record.fall, "fraction"),
                fact("of_hours", band.hours, "count"),
                fact("band_low", band.low, "points"),
                fact("band_high", band.high, "points"),
                fact("fell_otherwise", band.falls_otherwise, "fraction"),
            ),
        )
