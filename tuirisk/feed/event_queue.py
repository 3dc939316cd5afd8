"""Events on their way to the market: bounded, and conflated while no batch collects them.

A reader may put at any speed; a consumer that is late loses nothing but intermediate states.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tuirisk import events as ev

LIMIT = 20_000


class EventQueue:
    """A queue that compacts itself at ``limit`` events.

    Compaction keeps the newest mark price and forming candle, joins successive depth diffs of a
    symbol into one (quantities are absolute, so nothing is lost; counted in ``conflated``), and
    in the last resort drops the oldest trades (counted in ``dropped``; the tape sees the gap in
    their ids).
    """

    def __init__(
        self, limit: int = LIMIT, on_drop: Callable[[int, int], None] = lambda count, at: None
    ) -> None:
        """``on_drop`` is called with how many trades were dropped and the time (ns) of the
        newest."""
        self.limit = limit
        self._on_drop = on_drop
        self.conflated = 0
        self.dropped = 0
        self._events: list[ev.Event] = []
        self._watermark = limit

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: ev.Event) -> None:
        self._events.append(event)
        if len(self._events) >= self._watermark:
            self._compact()

    def discard_symbol(self, symbol: str) -> None:
        """Discard what is queued for ``symbol``, but for the account's own trades in it."""
        self._events = [
            event
            for event in self._events
            if event.symbol != symbol or isinstance(event, ev.OrderFill)
        ]

    def drain(self) -> tuple[ev.Event, ...]:
        events, self._events = tuple(self._events), []
        self._watermark = self.limit
        return events

    def _compact(self) -> None:
        before = len(self._events)
        kept = _join_depth(_newest_only(self._events))
        self.conflated += before - len(kept)
        excess = len(kept) - self.limit // 2
        if excess > 0:
            kept = self._drop_trades(kept, excess)
        self._events = kept
        self._watermark = max(self.limit, 2 * len(kept))

    def _drop_trades(self, events: list[ev.Event], excess: int) -> list[ev.Event]:
        kept: list[ev.Event] = []
        dropped = newest = 0
        for event in events:
            if dropped < excess and isinstance(event, ev.Trade):
                dropped += 1
                newest = event.received
            else:
                kept.append(event)
        if dropped:
            self.dropped += dropped
            self._on_drop(dropped, newest)
        return kept


def _newest_only(events: list[ev.Event]) -> list[ev.Event]:
    """Without the mark prices and forming candles that a newer one replaces."""
    replaced: set[tuple[str, str]] = set()
    kept: list[ev.Event] = []
    for event in reversed(events):
        if isinstance(event, ev.MarkPrice | ev.CandleForming):
            key = (event.symbol, getattr(event, "interval", ""))
            if key in replaced:
                continue
            replaced.add(key)
        kept.append(event)
    kept.reverse()
    return kept


def _join_depth(events: list[ev.Event]) -> list[ev.Event]:
    """With each run of a symbol's depth diffs as one; a snapshot or loss ends what was before."""
    kept: list[ev.Event | None] = []
    runs: dict[str, list[ev.DepthDiff]] = {}
    places: dict[str, int] = {}
    for event in events:
        if isinstance(event, ev.DepthDiff):
            run = runs.setdefault(event.symbol, [])
            if not run:
                places[event.symbol] = len(kept)
                kept.append(None)
            run.append(event)
            continue
        if isinstance(event, ev.DepthSnapshot | ev.DepthLost):
            runs.pop(event.symbol, None)
        kept.append(event)
    for symbol, run in runs.items():
        if run:
            kept[places[symbol]] = _joined(run)
    return [event for event in kept if event is not None]


def _joined(run: list[ev.DepthDiff]) -> ev.DepthDiff:
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for diff in run:
        bids.update(diff.bids)
        asks.update(diff.asks)
    first = run[0]
    return replace(
        run[-1],
        first_id=first.first_id,
        previous_id=first.previous_id,
        bids=tuple(bids.items()),
        asks=tuple(asks.items()),
    )
