"""The events of one cadence of a source."""

from __future__ import annotations

import msgspec

from tuirisk.events.connection import ConnectionReport
from tuirisk.events.event import Event


class Batch(msgspec.Struct, frozen=True):
    """The events since the last batch, and the time (UTC ns) at which to assess them."""

    now: int
    events: tuple[Event, ...]
    connection: ConnectionReport
    last: bool = False
    listed: tuple[str, ...] = ()
    """Every perpetual that trades, as far as the source knows."""
