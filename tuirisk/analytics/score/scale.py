"""The scale of the total: what share of past hours had a lower raw score.

``raw``, the components' mean by weight, seldom comes near its ends: the components are rarely high
together. ``total`` is a fixed map of it, linear between quantiles of the hours that
``.ci/score_scale.py`` pooled: 20 at the 35th percentile, 40 at the 70th, 60 at the 90th, 80 at the
98th. Each set of inputs that a source can have has a map of its own. The figures are in
``scale.json``.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Literal
from zlib import crc32

import msgspec

from tuirisk.analytics.curve import Curve, interpolate

InputSet = Literal["all", "candles_and_funding", "candles"]
"""The inputs of the score that a source can have; ``all`` has an order book."""
PERCENTILES = (35.0, 70.0, 90.0, 98.0)
TOTALS = (20.0, 40.0, 60.0, 80.0)
RANK_CURVE: Curve = (
    (0.0, 0.0),
    *zip(TOTALS, PERCENTILES, strict=True),
    (100.0, 100.0),
)
"""Share of the pooled hours, in percent, that have a lower total."""


class TotalScale(msgspec.Struct, frozen=True):
    """The figures of the file: the raw scores at ``PERCENTILES``, by set of inputs."""

    series: tuple[str, ...]
    books: tuple[str, ...]
    hours: int
    seed: int
    raw: dict[InputSet, tuple[float, float, float, float]]


@cache
def scale() -> TotalScale:
    """The shipped figures."""
    data = files("tuirisk.analytics.score").joinpath("scale.json").read_bytes()
    return msgspec.json.decode(data, type=TotalScale)


@cache
def scale_version() -> int:
    """A number that changes with the map: totals of different ones cannot be compared."""
    return crc32(repr((sorted(scale().raw.items()), TOTALS)).encode())


@cache
def total_curve(inputs: InputSet) -> Curve:
    """The map from raw to total, 0–100 both."""
    return ((0.0, 0.0), *zip(scale().raw[inputs], TOTALS, strict=True), (100.0, 100.0))


def raw_rank(total: float) -> float:
    """Share of the pooled hours, in percent, whose raw score is lower than that of ``total``."""
    return interpolate(total, RANK_CURVE)


def input_set(never: Collection[str]) -> InputSet:
    """The inputs of a source that can ``never`` have the components named."""
    if "liquidity" not in never:
        return "all"
    return "candles" if "funding" in never else "candles_and_funding"
