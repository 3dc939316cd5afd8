"""The user's conditions on every perpetual that trades, watched or not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np

from tuirisk.config.alert_model import ConditionConfig
from tuirisk.config.condition_values import condition_value
from tuirisk.language.reason import Reason
from tuirisk.state import Missing, Number, Source
from tuirisk.state.radar import RadarState

RADAR_NUMBERS: Mapping[str, tuple[str, float]] = {
    "price": ("price", 1.0),
    "mark": ("mark", 1.0),
    "index": ("index", 1.0),
    "change_24h": ("move", 1.0),
    "funding": ("funding", 1.0),
    "funding_8h": ("funding_8h", 1.0),
    "funding_annualised": ("funding_8h", 3 * 365.0),
    "basis": ("basis", 1.0),
    "move_sigmas": ("move_sigmas", 1.0),
    "funding_rank": ("funding_rank", 1.0),
    "volatility_rank": ("volatility_rank", 1.0),
    "volume_ratio": ("volume_ratio", 1.0),
}
"""Name of a condition's number → the radar's column, and the factor to the number's unit."""


def is_of_radar(condition: ConditionConfig) -> bool:
    """Whether ``condition`` is on perpetuals that nobody need watch."""
    on_all = condition.symbol == "*" and condition.value in RADAR_NUMBERS
    return on_all or only_of_radar(condition)


def only_of_radar(condition: ConditionConfig) -> bool:
    """Whether the number is the radar's of watched symbols too."""
    return condition_value(condition.value).scope == "radar"


def radar_numbers(
    condition: ConditionConfig,
    radar: RadarState,
    watched: Collection[str],
    holding: Collection[str],
) -> Iterator[tuple[str, Number]]:
    """(symbol, number) of each perpetual that is beyond the bound of ``condition``, and of each in
    ``holding``, on which it held before.

    Those in ``watched`` are left out where their number is measured elsewhere. A number is missing
    where the radar's is, or is stale.
    """
    if not radar.symbols:
        return
    column, factor = RADAR_NUMBERS[condition.value]
    values = np.asarray(radar.columns[column]) * factor
    stale = np.asarray(radar.columns["stale"]) > 0
    with np.errstate(invalid="ignore"):
        over = values > condition.bound if condition.above is not None else values < condition.bound
    own = () if only_of_radar(condition) else watched
    before = frozenset(holding)
    for place, name in enumerate(radar.symbols):
        if name in own or condition.symbol not in ("*", name):
            continue
        if name in before or (over[place] and not stale[place]):
            value = Missing("radar_stale") if stale[place] else radar.number(column, place)
            yield name, value if isinstance(value, Missing) else value * factor


def radar_message(
    conditions: Iterable[ConditionConfig], radar: RadarState | None, source: Source
) -> Reason | None:
    """Why conditions on every perpetual cannot be measured now; None where they can, or there are
    none.
    """
    if not any(map(is_of_radar, conditions)):
        return None
    if radar is None:
        connected = source in ("binance", "simulator")
        why = Reason("radar_awaited" if connected else "radar_not_recorded")
    elif radar.status != "live":
        why = radar.message or Reason("radar_awaited")
    elif not radar.symbols:
        why = Reason("radar_awaited")
    elif bool(np.all(np.asarray(radar.columns["stale"]) > 0)):
        why = Reason("radar_stale")
    else:
        return None
    return Reason("conditions_unmeasured", reason=why)
