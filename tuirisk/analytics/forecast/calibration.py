"""What the forecasts use before a symbol's own history is long enough, from a file of figures.

The file beside this module is made by ``.ci/forecast_calibration.py`` from 15m bars of the symbols
and dates that it names.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from tuirisk.analytics.forecast.har import HarModel


class PooledMoves(msgspec.Struct, frozen=True):
    """Standardised extremes of the pooled days, ascending, equally likely."""

    day_down: tuple[float, ...]
    day_up: tuple[float, ...]
    week_down: tuple[float, ...]
    week_up: tuple[float, ...]


class Calibration(msgspec.Struct, frozen=True):
    """The figures of the file.

    ``weekend``: variance of a weekend's hour over that of a weekday's. ``har``: constant, day,
    week, month and smearing factor of the pooled model.
    """

    symbols: tuple[str, ...]
    first_day: str
    last_day: str
    weekend: float
    har: tuple[float, float, float, float, float]
    moves: PooledMoves


@cache
def calibration() -> Calibration:
    """The shipped figures."""
    data = files("tuirisk.analytics.forecast").joinpath("calibration.json").read_bytes()
    return msgspec.json.decode(data, type=Calibration)


@cache
def pooled_har() -> HarModel:
    """The model of the pooled days."""
    return HarModel(*calibration().har)
