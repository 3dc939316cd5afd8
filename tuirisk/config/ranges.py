"""Ranges of the configuration's numbers, as annotated types."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

_PERCENT = "0.01 is 1 %"
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Points = Annotated[float, Meta(ge=0, le=100)]
"""Points of the score."""
Weight = Annotated[float, Meta(ge=0, le=100)]
Fraction = Annotated[float, Meta(ge=0, le=1, description=_PERCENT)]
PositiveFraction = Annotated[float, Meta(gt=0, le=1, description=_PERCENT)]
SignedFraction = Annotated[float, Meta(ge=-1, le=1, description=_PERCENT)]
Seconds = Annotated[float, Meta(ge=0, le=604_800)]
Bound = Annotated[float, Meta(ge=-1e15, le=1e15)]
"""What a number is compared with, in its own unit."""
PriceChange = Annotated[float, Meta(gt=-1, le=10, description="-0.2 is a fall of 20 %")]
