"""What the order book looks like beyond its best levels, and what it was like before."""

from __future__ import annotations

from dataclasses import dataclass

from tuirisk.state.number import Number


@dataclass(frozen=True, slots=True)
class DepthProfile:
    """Notional (quote asset) from mid out to each of ``distances`` (fractions of mid), a side."""

    distances: tuple[float, ...]
    bids: tuple[Number, ...]
    asks: tuple[Number, ...]


NO_PROFILE = DepthProfile((), (), ())


@dataclass(frozen=True, slots=True)
class BookSession:
    """Means of the five-second samples of spread (bp) and depth within ±0.1 % (quote asset).

    One value for each ``step_ms``, newest last, from the first sample on, a day at most; Missing
    where the book gave no sample. The newest step may still run.
    """

    step_ms: int
    spreads: tuple[Number, ...]
    depths: tuple[Number, ...]


NO_SESSION = BookSession(0, (), ())
