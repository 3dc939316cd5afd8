"""A machine that slept, or whose clock was set, is noticed."""

from __future__ import annotations

from tuirisk.feed.clock import StandstillWatch

SECOND = 1_000_000_000


class Clocks:
    """The system's time and steady time, ns."""

    def __init__(self) -> None:
        self.wall = 1_790_000_000 * SECOND
        self.steady = 5 * SECOND

    def pass_time(self, seconds: float, wall: float | None = None) -> None:
        self.steady += round(seconds * SECOND)
        self.wall += round((seconds if wall is None else wall) * SECOND)


def test_a_pause_and_a_step_of_the_clock_are_reported_once() -> None:
    clocks = Clocks()
    watch = StandstillWatch(lambda: clocks.wall, lambda: clocks.steady)
    for seconds, wall, told in (
        (0.25, None, False),
        (2.9, None, False),
        (3.1, None, True),
        (0.25, None, False),
        (0.25, 3_600.25, True),
        (0.25, None, False),
        (0.25, -3_599.75, True),
        (0.25, 0.3, False),
    ):
        clocks.pass_time(seconds, wall)
        assert watch.check() is told
