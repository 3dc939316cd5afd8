"""The account of a recording, as it was reported while the recording was made."""

from __future__ import annotations

from msgspec.structs import replace

from tuirisk.events import (
    AccountReading,
    AccountReport,
    ConnectionReport,
    LeverageBrackets,
    StreamReport,
    StreamStatus,
)
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.frames import AccountFrame
from tuirisk.feed.recorded_account import recorded_account


class AccountReplay:
    """Takes the lines of the account in, in their order."""

    def __init__(self) -> None:
        self._reading: AccountReading | None = None
        self._reported_at: int | None = None
        """When the account was last reported (ns)."""
        self._held: set[str] = set()

    def process(self, frame: AccountFrame, pipeline: Pipeline) -> list[str]:
        """Give the line to ``pipeline``; the symbols in which a position was opened.

        Raises:
            UndecodableError: it cannot be understood.
        """
        event = recorded_account(frame)
        if isinstance(event, AccountReading):
            self._reading = event
            return []
        event = replace(event, received=frame.received)
        if isinstance(event, LeverageBrackets):
            pipeline.set_symbol_brackets(event)
            return []
        pipeline.queue_account(event)
        if not isinstance(event, AccountReport):
            return []
        self._reported_at = frame.received
        before, self._held = self._held, {position.symbol for position in event.positions}
        return sorted(self._held - before)

    def report(self, market: ConnectionReport, now: int) -> ConnectionReport:
        """``market`` with how the account fared at ``now`` (ns), where there was a key."""
        if self._reading is None:
            return market
        age = None if self._reported_at is None else max(0.0, (now - self._reported_at) / 1e6)
        stream = StreamReport("account", self._stream_status(self._reading), age)
        return market.with_account(self._reading, stream)

    def _stream_status(self, reading: AccountReading) -> StreamStatus:
        if self._reported_at is None:
            return "awaiting"
        return "live" if reading.status == "read" else "closed"
