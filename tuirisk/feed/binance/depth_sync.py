"""Keeps one symbol's depth events in sequence, as the exchange prescribes (docs/binance.md).

Pure: diffs and snapshots in, trustworthy events out. What leaves is either a snapshot, a diff
that follows the last one without a gap, or ``DepthLost``.
"""

from __future__ import annotations

from collections import deque

from tuirisk.events.events import DepthDiff, DepthLost, DepthSnapshot, Event
from tuirisk.language.reason import Reason

BUFFER = 2_000
"""Diffs kept while a snapshot is awaited: 200 s of ``@100ms``."""
REFRESH_NS = 30 * 60_000_000_000
REFRESH_PAUSE_NS = 30_000_000_000


class DepthSync:
    """The state machine of one symbol's book.

    ``wants_snapshot`` is True while a REST snapshot is needed: to begin, after a gap, because
    the last one was older than the buffer, or for the quiet refresh. ``resyncs`` counts books
    lost after they had been live.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.live = False
        self.wants_snapshot = False
        self.resyncs = 0
        self._bridged = False
        """Whether a diff has followed the snapshot yet."""
        self._last_id = 0
        self._buffer: deque[DepthDiff] = deque(maxlen=BUFFER)
        self._pending: DepthSnapshot | None = None
        self._snapshot_time = 0
        self._known = (0.0, float("inf"))

    def on_diff(self, diff: DepthDiff) -> list[Event]:
        """Take the next diff of the stream."""
        if not self.live:
            self._buffer_diff(diff)
            return self._bridge() if self._pending else self._request_snapshot()
        if not self._follows(diff):
            if diff.last_id <= self._last_id:
                return []
            gap = Reason("order_book_gap", previous=diff.previous_id, last=self._last_id)
            lost = self.lost(gap, diff.received)
            self._buffer_diff(diff)
            self._request_snapshot()
            return lost
        self._last_id = diff.last_id
        self._bridged = True
        if self.wants_snapshot or self._pending:
            self._buffer_diff(diff)
            return [diff, *(self._bridge() if self._pending else ())]
        if diff.received - self._snapshot_time > REFRESH_NS:
            self._buffer_diff(diff)
            self._request_snapshot()
        return [diff]

    def on_snapshot(self, snapshot: DepthSnapshot) -> list[Event]:
        """Take an answer of ``GET depth``, requested or not."""
        if self.live and not self.wants_snapshot:
            return []
        if snapshot.bids and snapshot.asks and snapshot.bids[0][0] >= snapshot.asks[0][0]:
            self._request_snapshot()
            return []
        self.wants_snapshot = False
        self._pending = snapshot
        return self._bridge()

    def on_trade(self, price: float, received: int) -> None:
        """Ask for a fresh snapshot when the price nears the edge of what the last one knew."""
        low, high = self._known
        worn = received - self._snapshot_time > REFRESH_PAUSE_NS
        if self.live and worn and not self.wants_snapshot and not low <= price <= high:
            self._request_snapshot()

    def lost(self, reason: Reason, received: int) -> list[Event]:
        """The stream can no longer be trusted: start anew. No event if there was no book."""
        was_live, self.live = self.live, False
        self._buffer.clear()
        self._pending = None
        self.wants_snapshot = False
        self.resyncs += was_live and self._bridged
        return [DepthLost(self.symbol, received, reason)] if was_live else []

    def _follows(self, diff: DepthDiff) -> bool:
        if self._bridged:
            return diff.previous_id == self._last_id
        return _meets(diff, self._last_id)

    def _request_snapshot(self) -> list[Event]:
        self.wants_snapshot = True
        return []

    def _buffer_diff(self, diff: DepthDiff) -> None:
        """Buffer a diff; the buffer holds one unbroken chain, the newest."""
        if self._buffer:
            last = self._buffer[-1].last_id
            if diff.previous_id != last:
                if diff.last_id <= last:
                    return
                self._buffer.clear()
        self._buffer.append(diff)

    def _bridge(self) -> list[Event]:
        """Join the pending snapshot to the buffered diffs, if they meet."""
        snapshot = self._pending
        assert snapshot is not None
        at = snapshot.last_update_id
        while self._buffer and self._buffer[0].last_id < at:
            self._buffer.popleft()
        if not self._buffer and self.live:
            return []
        if self._buffer and not _meets(self._buffer[0], at):
            self._pending = None
            return self._request_snapshot()
        tail = list(self._buffer)
        self._buffer.clear()
        self._pending = None
        self.live = True
        self._bridged = bool(tail)
        self._last_id = tail[-1].last_id if tail else at
        self._snapshot_time = snapshot.received
        self._known = _inner_half(snapshot)
        return [snapshot, *tail]


def _meets(diff: DepthDiff, at: int) -> bool:
    """Whether ``diff`` may be the first one applied to a snapshot taken at ``at``."""
    return diff.first_id <= at <= diff.last_id or diff.previous_id == at


def _inner_half(snapshot: DepthSnapshot) -> tuple[float, float]:
    """Prices between which at least half of the snapshot's reach is left on both sides."""
    low, high = 0.0, float("inf")
    if len(snapshot.bids) >= 1_000:
        low = (snapshot.bids[0][0] + snapshot.bids[-1][0]) / 2
    if len(snapshot.asks) >= 1_000:
        high = (snapshot.asks[0][0] + snapshot.asks[-1][0]) / 2
    return low, high
