"""Keeps one symbol's depth events in sequence, as the exchange prescribes (docs/binance.md).

Pure: diffs and snapshots in, trustworthy events out. What leaves is either a snapshot, a diff
that follows the last one without a gap, or ``DepthLost``.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tuirisk.events import DepthDiff, DepthLost, DepthSnapshot, Event
from tuirisk.events.intervals import MINUTE_NS, SECOND_NS
from tuirisk.feed.binance.depth_buffer import DepthBuffer
from tuirisk.feed.binance.depth_silence import SILENCE_NS, DepthSilence
from tuirisk.feed.binance.snapshot_check import contradicted
from tuirisk.language.reason import Reason
from tuirisk.market.book import SHALLOW_LEVELS, SNAPSHOT_LEVELS, is_shallow

BUFFERED_LEVELS = 400_000
"""Levels in the diffs of all symbols together at most."""
REFRESH_NS = 30 * MINUTE_NS
REFRESH_PAUSE_NS = 30 * SECOND_NS
SHALLOW_PAUSE_NS = 5 * SECOND_NS
"""Between two shallow snapshots, while the whole book is awaited."""
OLD_NS = 5 * SECOND_NS
"""A stream of nothing but old diffs for so long: the last id is wrong, not the stream."""
OLD_COUNT = 500
OLD_BUFFERED = 10
MOST_CONTRADICTED = 3
"""Snapshots in a row that the diffs contradict; the next is taken as it is."""
LONGEST_OLD_NS = MINUTE_NS
IN_FLIGHT_NS = SECOND_NS
"""How much later than a snapshot the diffs may come that it already contains."""


class DepthSync:
    """The state machine of one symbol's book.

    ``wants_snapshot`` is True while a REST snapshot is needed: to begin, after a gap, because
    the last one was older than the buffer or shallow, because the stream is silent, or for the
    quiet refresh. ``wants_shallow_snapshot`` is True while that is the whole book and the price
    is about to leave the shallow one: a few levels at once are better than none until then.
    ``resyncs`` counts books lost after they had been live; ``problem`` is why the newest of them
    was lost, None while there is a book.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.live = False
        self.wants_snapshot = False
        self.wants_shallow_snapshot = False
        self.resyncs = 0
        self.problem: Reason | None = None
        self.contradicted = 0
        """Snapshots that the diffs contradicted."""
        self._contradicted = 0
        """Those in a row."""
        self._bridged = False
        """Whether a diff has followed the snapshot yet."""
        self._last_id = 0
        self.on_overflow: Callable[[int, int], None] = lambda count, at: None
        """Called with how many diffs were dropped while too many wait, and when (ns)."""
        self.most_buffered = BUFFERED_LEVELS
        """Levels in the diffs that are kept; the oldest are dropped beyond."""
        self._buffer = DepthBuffer()
        self._pending: DepthSnapshot | None = None
        self._snapshot_time = 0
        self._short_sizes: tuple[int, int] | None = None
        """Levels of the last snapshot that ended before its limit: (bids, asks)."""
        self._known = (0.0, float("inf"))
        self._shallow = False
        """Whether the last snapshot was shallow, and the whole book is awaited."""
        self._shallow_requested = 0
        """When a shallow snapshot was requested beside it (ns); 0 for never."""
        self._old_since: int | None = None
        """When the first of the diffs came that were all old."""
        self._old_count = 0
        self._patience = OLD_NS
        self._old_buffered = 0
        """Diffs in a row that were older than the last one in the buffer."""
        self._silence = DepthSilence()
        self._last_diff: int | None = None
        """Receive time (ns) of the newest diff."""

    def on_diff(self, diff: DepthDiff) -> list[Event]:
        """Take the next diff of the stream."""
        self._silence.on_diff(diff.received)
        self._last_diff = diff.received
        if not self.live:
            self._buffer_diff(diff)
            return self._bridge() if self._pending else self._request_snapshot()
        if not self._follows(diff):
            if diff.last_id <= self._last_id:
                return self._discard_old(diff)
            gap = Reason("order_book_gap", previous=diff.previous_id, last=self._last_id)
            return self._begin_anew(gap, diff)
        if diff.incomplete:
            return self._begin_anew(Reason("level_unreadable"), diff)
        self._last_id = diff.last_id
        self._bridged = True
        self._old_since, self._patience = None, OLD_NS
        if self.wants_snapshot or self._pending:
            self._buffer_diff(diff)
            return [diff, *(self._bridge() if self._pending else ())]
        if self._shallow or diff.received - self._snapshot_time > REFRESH_NS:
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
        if self.live and self._silence.snapshot_requested:
            return self._answer_silence(snapshot)
        self._pending = self._doubt_ends(snapshot)
        return self._bridge()

    def on_partial_book(self, book: DepthSnapshot) -> list[Event]:
        """Take the best levels as a stream of their own tells them.

        They are the book where there is no other: before a snapshot, or without diffs.
        """
        last = self._last_diff
        if self.live and last is not None and book.received - last < SILENCE_NS:
            return []
        if not self.live:
            self._pending = book
            return self._bridge()
        if book.last_update_id < self._last_id:
            return []
        self._last_id, self._bridged = book.last_update_id, False
        self._snapshot_time = book.received
        self._known = (0.0, float("inf"))
        self._silence.on_book(book.received)
        return [book]

    def on_other_stream(self, received: int) -> list[Event]:
        """Another stream of the symbol spoke: a depth stream silent meanwhile is looked into.

        A silent stream may mean a book that stands still. A snapshot with the id of the last diff
        says so; one with another id, that diffs were missed.
        """
        silence = self._silence
        missed = silence.missed
        if self.live and missed is not None:
            if received - missed.received < IN_FLIGHT_NS:
                return []
            silence.missed = None
            lost = self.lost(Reason("order_book_missed_diffs"), received)
            self._pending = missed
            return [*lost, *self._bridge()]
        if silence.is_due(received) and not self.wants_snapshot:
            self._pending = None
            silence.snapshot_requested = self.live
            self._request_snapshot()
        return []

    def on_trade(self, price: float, received: int) -> None:
        """Ask for a fresh snapshot when the price nears the edge of what the last one knew."""
        low, high = self._known
        if not self.live or low <= price <= high:
            return
        if self._shallow:
            since = received - max(self._snapshot_time, self._shallow_requested)
            if since > SHALLOW_PAUSE_NS:
                self._shallow_requested = received
                self.wants_shallow_snapshot = True
        elif received - self._snapshot_time > REFRESH_PAUSE_NS and not self.wants_snapshot:
            self._request_snapshot()

    def lost(self, reason: Reason, received: int) -> list[Event]:
        """The stream can no longer be trusted: start anew. No event if there was no book."""
        was_live, self.live = self.live, False
        self._buffer.clear()
        self._pending = None
        self.wants_snapshot = self.wants_shallow_snapshot = self._shallow = False
        self._shallow_requested = 0
        self._old_since = None
        self._silence.snapshot_requested, self._silence.missed = False, None
        self.resyncs += was_live and self._bridged
        if not was_live:
            return []
        self.problem = reason
        return [DepthLost(self.symbol, received, reason)]

    def _begin_anew(self, reason: Reason, diff: DepthDiff) -> list[Event]:
        lost = self.lost(reason, diff.received)
        self._buffer_diff(diff)
        self._request_snapshot()
        return lost

    def _discard_old(self, diff: DepthDiff) -> list[Event]:
        """Drop a diff that the book already has; too many of them contradict the last id.

        The patience doubles while no diff follows a snapshot: a stream may be late by more.
        """
        if self._old_since is None:
            self._old_since, self._old_count = diff.received, 0
        self._old_count += 1
        lasted = diff.received - self._old_since
        if lasted < self._patience and self._old_count < OLD_COUNT * self._patience // OLD_NS:
            return []
        if not self._bridged:
            self._patience = min(2 * self._patience, LONGEST_OLD_NS)
        return self._begin_anew(Reason("order_book_diffs_old", last=self._last_id), diff)

    def _doubt_ends(self, snapshot: DepthSnapshot) -> DepthSnapshot:
        """``snapshot``, as one of unknown depth where a side ends before its limit.

        That is how a thin book looks, and an answer that lacks its rest. It is believed when the
        next one has about as many levels; a side without any never is.
        """
        sizes = len(snapshot.bids), len(snapshot.asks)
        if min(sizes) >= snapshot.limit:
            return snapshot
        before, self._short_sizes = self._short_sizes, sizes
        alike = before and all(map(_alike, before, sizes))
        return snapshot if alike else replace(snapshot, limit=0)

    def _answer_silence(self, snapshot: DepthSnapshot) -> list[Event]:
        if snapshot.last_update_id == self._last_id:
            self._silence.book_unchanged(snapshot.received)
            self._take_measure(snapshot)
            return [replace(snapshot, still=True)]
        self._silence.stream_behind(snapshot, newer=snapshot.last_update_id > self._last_id)
        return []

    def _follows(self, diff: DepthDiff) -> bool:
        if self._bridged:
            return diff.previous_id == self._last_id
        return _meets(diff, self._last_id)

    def _request_snapshot(self) -> list[Event]:
        self.wants_snapshot = True
        return []

    def _buffer_diff(self, diff: DepthDiff) -> None:
        """Buffer a diff; the buffer holds one unbroken chain, the newest.

        Too many old ones in a row contradict the last id of the chain: it begins anew.
        """
        if self._buffer:
            last = self._buffer.newest.last_id
            if diff.previous_id != last:
                self._old_buffered += 1
                if diff.last_id <= last and self._old_buffered < OLD_BUFFERED:
                    return
                self._buffer.clear()
        self._old_buffered = 0
        dropped = self._buffer.append(diff, self.most_buffered)
        if dropped:
            self.on_overflow(dropped, diff.received)

    def _bridge(self) -> list[Event]:
        """Join the pending snapshot to the buffered diffs, if they meet."""
        snapshot = self._pending
        assert snapshot is not None
        at = snapshot.last_update_id
        if self._contradicted < MOST_CONTRADICTED and contradicted(snapshot, self._buffer):
            self._contradicted += 1
            self.contradicted += 1
            self._pending = None
            return self._request_snapshot()
        while self._buffer and self._buffer.oldest.last_id < at:
            self._buffer.popleft()
        if not self._buffer and self.live and at != self._last_id:
            return []
        unread = self._buffer.has_unread(at)
        if unread or (self._buffer and not _meets(self._buffer.oldest, at)):
            self._pending = None
            return self._request_snapshot()
        tail = self._buffer.clear()
        self._pending = None
        self._contradicted = 0
        self._bridged = bool(tail) or (self.live and self._bridged)
        self.live = True
        self.problem = None
        self._last_id = tail[-1].last_id if tail else at
        self._silence.on_book(snapshot.received)
        self._take_measure(snapshot)
        self.wants_snapshot = self._shallow
        return [snapshot, *tail]

    def _take_measure(self, snapshot: DepthSnapshot) -> None:
        """Note how far the book reaches that begins with ``snapshot``."""
        self._snapshot_time = snapshot.received
        self._known = _inner_half(snapshot)
        self._shallow = is_shallow(snapshot) and bool(snapshot.bids and snapshot.asks)
        self.wants_shallow_snapshot = False


def _meets(diff: DepthDiff, at: int) -> bool:
    """Whether ``diff`` may be the first one applied to a snapshot taken at ``at``."""
    return diff.first_id <= at <= diff.last_id or diff.previous_id == at


def _alike(one: int, other: int) -> bool:
    """Whether two counts of one side's levels, a moment apart, may both be true."""
    return min(one, other) > 0 and 2 * min(one, other) + 2 >= max(one, other)


def _inner_half(snapshot: DepthSnapshot) -> tuple[float, float]:
    """Prices between which at least half of the snapshot's reach is left on both sides."""
    if not (snapshot.bids and snapshot.asks):
        return float("inf"), 0.0
    low, high = 0.0, float("inf")
    cut = SHALLOW_LEVELS if is_shallow(snapshot) else SNAPSHOT_LEVELS
    if len(snapshot.bids) >= cut:
        low = (snapshot.bids[0][0] + snapshot.bids[-1][0]) / 2
    if len(snapshot.asks) >= cut:
        high = (snapshot.asks[0][0] + snapshot.asks[-1][0]) / 2
    return low, high
