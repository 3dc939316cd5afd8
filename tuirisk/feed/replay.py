"""A recording as a source: the same frames through the same decoder, time being its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Literal

from tuirisk.events import Batch, ConnectionReport, StreamReport
from tuirisk.events.radar import RadarUpdate
from tuirisk.feed.account_replay import AccountReplay
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.feed.clock import Clock
from tuirisk.feed.frames import AccountFrame, ProviderFrame, RestFrame, StreamFrame, stream_name
from tuirisk.feed.player import Player
from tuirisk.feed.providers.replay import ProviderReplay
from tuirisk.feed.recorded_radar import RecordedRadar, is_of_whole_market
from tuirisk.feed.recording import BareDepth, Captured, form_of_file, read
from tuirisk.feed.recording_contents import MOST_SYMBOLS, RecordingContents, start_time
from tuirisk.feed.recording_faults import RecordingError, RecordingFaults
from tuirisk.foreign.decoding import UndecodableError
from tuirisk.language.reason import Reason, joined

LONGEST_STEP = 60
"""Batches may be this many times the cadence apart where nothing happens; a longer gap is passed
in one step."""
FINE_STEP_NS = 500_000_000
"""They are at most so long apart …"""
FINE_NS = 120_000_000_000
"""… for so long after the last frame: what an outage alerts, it alerts by then."""
FINE_STEPS = 2_400
"""Assessments within gaps at most: ten gaps to their end, and one more for each frame."""
MOST_SHOWN = 200
"""Symbols that are watched where none are named: the memory of each is about 0.3 MB, and the
correlations grow with the square."""
MOST_KINDS = 100
"""Kinds of streams that are reported."""
MOST_FRAMES = 5_000
MOST_BYTES = 4 * 1024 * 1024
"""Of frames that are taken in before they are assessed, however short their time."""


class ReplaySource:
    """Plays ``path`` at ``speed`` times its own pace, or without a pace when that is None.

    What comes before ``start`` (see :func:`start_time`) is played at once. Without a pace two
    replays of a file give the same batches.

    Raises:
        RecordingError: the file cannot be read, or holds nothing that can be played.
    """

    name: Literal["recording"] = "recording"

    def __init__(
        self,
        path: Path,
        symbols: Sequence[str] | None = None,
        *,
        clock: Clock,
        speed: float | None = None,
        start: str = "",
        cadence: float = 0.25,
    ) -> None:
        self.path = path
        self.contents = RecordingContents(path)
        self._form = form_of_file(path)
        if not self.contents.first:
            raise RecordingError(f"{path}: no frames in it; is it a tuirisk recording?")
        if not self.contents.symbols:
            raise RecordingError(f"{path}: no symbol in it; is it a tuirisk recording?")
        self.symbols = tuple(symbols or self.contents.symbols[:MOST_SHOWN])
        self._watched = dict.fromkeys(self.symbols)
        self._some_shown = not symbols and len(self.contents.symbols) > MOST_SHOWN
        self.start = start_time(start, self.contents.first)
        self._cadence = round(cadence * 1e9)
        first, last = self.contents.first, self.contents.last
        self.player = Player(clock, speed, first, last, self.start, LONGEST_STEP * self._cadence)
        self.paced = speed is not None
        self._closed = False
        self.rewind()

    def rewind(self) -> None:
        """Let :meth:`batches` begin again at the beginning of the recording."""
        self.player.rewind()
        self.faults = RecordingFaults()
        if self.contents.symbols_left_out:
            self.faults.add(f"symbols after the first {MOST_SYMBOLS}")
        if self._some_shown:
            self.faults.add(f"only the first {MOST_SHOWN} symbols are shown")
        self._providers = ProviderReplay(self.symbols)
        self._radar = RecordedRadar()
        self._pipeline = Pipeline(on_listings=self._on_listings)
        self._last_received: dict[str, int] = {}
        self._account = AccountReplay()

    def add(self, symbol: str) -> None:
        """Watch another symbol of the recording from here on."""
        self._watched[symbol] = None
        self._add_symbol(symbol, self.contents.first)

    def remove(self, symbol: str) -> None:
        self._watched.pop(symbol, None)
        self._pipeline.remove_symbol(symbol, self.contents.first)

    def reconnect(self) -> None:
        """A recording has no connection to renew."""

    def resync(self, symbol: str, reason: Reason) -> None:
        """The market found the book wrong: none until the recording's next snapshot."""
        self._pipeline.depth_lost(symbol, reason, self.contents.first)

    async def close(self) -> None:
        self._closed = True

    async def batches(self) -> AsyncIterator[Batch]:
        """Batches a cadence of recorded time apart; the last one is marked so. Ends without that
        one where the player must rewind.
        """
        for symbol in self._watched:
            self._add_symbol(symbol, self.contents.first)
        for now in self._windows():
            if self._closed or not await self.player.wait_for(now):
                return
            yield Batch(
                now,
                self._pipeline.queue.drain(),
                self._report(now),
                listed=self._pipeline.traded,
            )
        if self.paced and not await self.player.finish():
            return
        end = self.contents.last
        events, report = self._pipeline.queue.drain(), self._report(end, ended=True)
        yield Batch(end, events, report, last=True, listed=self._pipeline.traded)

    def _windows(self) -> Iterator[int]:
        """Take frames in; yield each time at which what came before is to be assessed."""
        step = self._cadence
        longest = LONGEST_STEP * step
        due = self.contents.first + step
        newest = self.contents.first
        frames = size = 0
        left = FINE_STEPS
        for frame in read(self.path, self.faults):
            left += 1
            while frame.received >= due:
                frames = size = 0
                left -= 1
                yield due
                fine = due - newest < FINE_NS and left > 0
                gap = not fine and frame.received - due > (longest if left > 0 else 0)
                due = frame.received if gap else due + step
                step = min(2 * step, max(FINE_STEP_NS, self._cadence) if fine else longest)
            newest = max(newest, frame.received)
            frames, size = frames + 1, size + _length(frame)
            if frames > MOST_FRAMES or size > MOST_BYTES:
                frames = size = 0
                yield newest
            if step > self._cadence:
                step = self._cadence
                due = min(due, frame.received + step)
            self._process(frame)

    def _process(self, frame: Captured) -> None:
        if isinstance(frame, ProviderFrame):
            for event in self._providers.events(frame):
                self._pipeline.queue.put(event)
            return
        if isinstance(frame, AccountFrame):
            self._process_account(frame)
            return
        if isinstance(frame, BareDepth):
            if len(self.contents.symbols) != 1:
                return
            request = f"GET /fapi/v1/depth?symbol={self.contents.symbols[0]}"
            frame = RestFrame(frame.received, request, 200, frame.body)
        for update in self._radar.events(frame):
            self._pipeline.queue.put(RadarUpdate("", frame.received, update))
        if is_of_whole_market(frame):
            return
        if isinstance(frame, StreamFrame):
            name = stream_name(frame.data)
            kind = name.partition("@")[2] if name is not None else ""
            if kind in self._last_received or (name is not None and self._has_room()):
                self._last_received[kind] = frame.received
        self._pipeline.process_frame(frame)

    def _process_account(self, frame: AccountFrame) -> None:
        """Take in what was reported of the account, and watch what it opened, as live does."""
        try:
            opened = self._account.process(frame, self._pipeline)
        except UndecodableError:
            self.faults.add("a line of the account cannot be understood")
            return
        for symbol in opened:
            if symbol in self.contents.symbols and symbol not in self._watched:
                self._watched[symbol] = None
                self._add_symbol(symbol, frame.received)

    def _has_room(self) -> bool:
        return len(self._last_received) < MOST_KINDS

    def _add_symbol(self, symbol: str, received: int) -> None:
        pipeline = self._pipeline
        if symbol not in self.contents.symbols:
            pipeline.refuse_symbol(symbol, received, Reason("not_recorded", name=self.path.name))
        elif self.contents.listings:
            pipeline.listings = self.contents.listings
            pipeline.add_symbol(symbol, received)
        else:
            pipeline.add_unlisted_symbol(symbol, received)

    def _on_listings(self, received: int) -> None:
        """Begin with what trades now, end with what no longer does."""
        pipeline = self._pipeline
        for symbol in self._watched:
            if symbol not in self.contents.symbols or not self.contents.listings:
                continue
            watched = symbol in pipeline.watched
            if watched and not pipeline.trades(symbol):
                pipeline.remove_symbol(symbol, received)
            if watched != pipeline.trades(symbol):
                pipeline.add_symbol(symbol, received)

    def _report(self, now: int, *, ended: bool = False) -> ConnectionReport:
        pipeline = self._pipeline
        synced = all(pipeline.book_is_live(s) for s in pipeline.watched)
        report = ConnectionReport(
            status="live" if synced else "syncing",
            resyncs=pipeline.resyncs,
            dropped_frames=pipeline.dropped_frames + self.faults.count,
            streams=tuple(
                StreamReport(name, "live", max(0.0, (now - heard) / 1e6))
                for name, heard in sorted(self._last_received.items())
            ),
            message=self._message(ended),
            drops=pipeline.dropped.reasons(now),
            notes=self._notes(),
        )
        return self._account.report(report, now)

    def _notes(self) -> tuple[Reason, ...]:
        """What a file that tuirisk has not recorded was taken for."""
        if self._form is None or self._form == "tuirisk":
            return ()
        return (Reason("recording_taken_for", what=self.path.name, thing=f"form_{self._form}"),)

    def _message(self, ended: bool) -> Reason | None:
        reasons = [Reason("recording_ended")] if ended else []
        if self.faults.count:
            reasons.append(
                Reason("lines_unreadable", count=self.faults.count, what=self.faults.named[0])
            )
        if self._pipeline.last_drop is not None:
            reasons.append(Reason("frame_dropped", what=self._pipeline.last_drop))
        return joined(*reasons, by="reasons")


def _length(frame: Captured) -> int:
    return len(frame.data if isinstance(frame, StreamFrame) else frame.body)
