"""What every event carries."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event of ``symbol``, received at ``received`` (local UTC nanoseconds)."""

    symbol: str
    received: int
