"""The pace of a replay: paused, step by step, at a speed, or at once up to a position."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.feed.clock import Clock

SLICE_S = 0.1
"""Longest wait after which a command is noticed."""
SLOWEST, FASTEST = 1 / 16, 1024.0
"""Speeds that can be reached by commands."""
NS_PER_MS, NS_PER_S = 1_000_000, 1_000_000_000


class Player:
    """Decides when the next batch of a recording is due. Times are of the recording, UTC ns.

    Every method but :meth:`playback` is called in the event loop that plays.
    """

    def __init__(
        self, clock: Clock, speed: float | None, first: int, last: int, start: int, longest: int
    ) -> None:
        """What comes before ``start`` is due at once; a step of more than ``longest`` takes no
        longer than one of that length. ``speed`` None: everything is due at once.
        """
        self._clock = clock
        self._speed = speed
        self._first, self._last, self._longest = first, last, longest
        self._paused = False
        self._steps = 0
        self._until = start
        self._position = first
        self._times: deque[int] = deque(maxlen=2)
        """Of the newest batches."""
        self._anchored = False
        self._began = self._offset = 0
        """Clock time at which the pace begins; recorded time played since."""
        self._arrived = speed is None or start <= first
        self._wake = asyncio.Event()
        self.must_rewind = False
        """Whether a position before the present one is wanted."""
        self.changed: Callable[[], None] = lambda: None
        """Called when it arrives where it was sought, and after each command."""

    @property
    def seeking(self) -> bool:
        return self.must_rewind or (self._position < self._until and not self._arrived)

    def playback(self) -> Playback:
        """How far it is; may be called in any thread."""
        return Playback(
            self._first // NS_PER_MS,
            self._last // NS_PER_MS,
            self._position // NS_PER_S * 1000,
            1.0 if self._speed is None else self._speed,
            self._paused,
            self.seeking,
        )

    def command(self, command: PlaybackCommand) -> None:
        """Do what is asked; with a position before the present one ``must_rewind`` is set."""
        value = command.value
        base = self._until if self.seeking else self._position
        match command.kind:
            case "pause":
                self._paused = not self._paused
            case "step" if value > 0:
                self._paused = True
                self._steps += round(value)
            case "step":
                self._paused = True
                self._seek(self._times[0] if len(self._times) > 1 else self._first)
            case "seek":
                self._seek(round(value) * NS_PER_MS + NS_PER_MS - 1)
            case "seek_by":
                self._seek(base + round(value * 1e9))
            case "seek_share":
                self._seek(self._first + round(value * (self._last - self._first)))
            case "speed" if self._speed is not None:
                self._speed = min(FASTEST, max(SLOWEST, self._speed * value))
        self._anchored = False
        self._wake.set()
        self.changed()

    def _seek(self, position: int) -> None:
        self._until = min(self._last, max(self._first, position))
        self._steps = 0
        self._arrived = False
        self.must_rewind |= self._until < self._position

    def rewind(self) -> None:
        """The recording is played from its beginning."""
        self.must_rewind = False
        self._position = self._first
        self._times.clear()

    async def wait_for(self, now: int) -> bool:
        """Wait until the batch of ``now`` is due; False where the recording must be rewound."""
        if self._speed is None:
            return True
        step = min(now - self._position, self._longest)
        while not await self._is_due(now, step):
            pass
        if self.must_rewind:
            return False
        self._offset += step
        self._pass(now)
        return True

    async def finish(self) -> bool:
        """Wait while paused before the last batch; False where the recording must be rewound."""
        self._arrive()
        while (
            self._paused and not self._steps and not self.must_rewind and self._until < self._last
        ):
            await self._woken()
        self._steps = max(0, self._steps - 1)
        self._pass(self._last)
        return not self.must_rewind

    async def wait_for_rewind(self) -> None:
        """Wait at the recording's end until another position is wanted."""
        while not self.must_rewind:
            await self._woken()

    async def _is_due(self, now: int, step: int) -> bool:
        """Wait a little; whether the batch of ``now``, ``step`` ns after the one before, is due."""
        if self.must_rewind or now <= self._until:
            await asyncio.sleep(0)
            return True
        self._arrive()
        if self._steps:
            self._steps -= 1
            return True
        if self._paused:
            await self._woken()
            return False
        if not self._anchored:
            self._anchored = True
            self._began, self._offset = self._clock.now_ns(), 0
        assert self._speed is not None
        due = self._began + (self._offset + step) / self._speed
        left = (due - self._clock.now_ns()) / 1e9
        if left <= 0:
            await self._clock.sleep(0.0)
            return True
        await self._clock.sleep(min(left, SLICE_S))
        return left <= SLICE_S and self._anchored

    async def _woken(self) -> None:
        self._wake.clear()
        await self._wake.wait()

    def _pass(self, now: int) -> None:
        self._position = now
        self._times.append(now)

    def _arrive(self) -> None:
        if not self._arrived:
            self._arrived = True
            self.changed()
