"""The exchange's clock, and the health of a source and its streams."""

from __future__ import annotations

from typing import Literal, Self

import msgspec
from msgspec.structs import replace

from tuirisk.events.event import Event
from tuirisk.language.reason import Reason, joined


class ServerTime(Event, frozen=True):
    """The exchange's clock by ``GET /fapi/v1/time`` (``symbol`` is empty), UTC milliseconds.

    ``received`` is the middle of the request's round trip.
    """

    server_time: int


StreamStatus = Literal["awaiting", "live", "silent", "closed"]


class StreamReport(msgspec.Struct, frozen=True):
    """Health of one stream; ``age_ms`` is since its last frame, None before the first."""

    name: str
    status: StreamStatus
    age_ms: float | None


class AccountReading(msgspec.Struct, frozen=True):
    """How the reading of the account fares; every message begins with ``account:``.

    ``awaited``: not read yet, or it is not known yet whether there is a key. ``unfollowed``: read,
    but its stream is closed. ``failing``: the last reading failed. ``refused``: the key cannot be
    used, or the exchange refuses it.
    """

    status: Literal["awaited", "read", "unfollowed", "failing", "refused"]
    messages: tuple[Reason, ...] = ()


class ConnectionReport(msgspec.Struct, frozen=True):
    """The health of a source at the moment of a batch."""

    status: Literal["connecting", "syncing", "live", "degraded", "offline"]
    latency_ms: float | None = None
    used_weight_1m: int | None = None
    reconnects: int = 0
    resyncs: int = 0
    dropped_frames: int = 0
    streams: tuple[StreamReport, ...] = ()
    message: Reason | None = None
    """What is wrong with the connection to the market."""
    drops: tuple[Reason, ...] = ()
    """Of what frames were dropped in the last minute, one sentence a kind."""
    recording: Reason | None = None
    """Why the recording stopped; None while there is none or it goes on."""
    account: AccountReading | None = None
    """None without a key."""
    notes: tuple[Reason, ...] = ()
    """What a person should know of the source while nothing is wrong with it."""

    def with_account(self, reading: AccountReading, stream: StreamReport | None) -> Self:
        """This report with how the account and its stream fare; what fails of it degrades it."""
        well = reading.status in ("awaited", "read")
        return replace(
            self,
            status="degraded" if not well and self.status == "live" else self.status,
            streams=self.streams if stream is None else (*self.streams, stream),
            account=reading,
        )

    @property
    def line(self) -> Reason | None:
        """Everything there is to say, in one line."""
        account = self.account.messages if self.account is not None else ()
        return joined(self.message, self.recording, *account, *self.notes, by="lines")
