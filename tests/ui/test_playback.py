"""A replay on the screen: its keys, its position, and clicks on the bar and on the log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import critical

from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.widgets.header import Header
from tuirisk.ui.widgets.log import Log

MakeApp = Callable[..., TuiriskApp]
PLAYING = Playback(0, 600_000, 300_000, 2.0)
PAUSED = Playback(0, 600_000, 300_000, 2.0, paused=True)


def replaying(playback: Playback | None) -> FakeMonitor:
    monitor = FakeMonitor(critical())
    monitor.playback = playback
    return monitor


@pytest.mark.parametrize(
    ("playback", "key", "command"),
    [
        (PLAYING, "space", PlaybackCommand("pause")),
        (PLAYING, "right", PlaybackCommand("seek_by", 10)),
        (PAUSED, "left", PlaybackCommand("step", -1)),
        (PLAYING, "left_curly_bracket", PlaybackCommand("seek_by", -60)),
        (PLAYING, "greater_than_sign", PlaybackCommand("speed", 2.0)),
        (PLAYING, "N", PlaybackCommand("step", 1)),
    ],
)
async def test_keys(
    make_app: MakeApp, playback: Playback, key: str, command: PlaybackCommand
) -> None:
    monitor = replaying(playback)
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert monitor.played == [command]
        assert not app.view.frozen


async def test_without_a_replay_the_arrows_choose_and_the_rest_says_why_not(
    make_app: MakeApp,
) -> None:
    monitor = replaying(None)
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        before = app.view.chosen
        await pilot.press("right", "N")
        await settle(pilot)
        assert app.view.chosen != before
        [told] = [notification.message for notification in app._notifications]
        assert "Nothing is replayed" in told
        assert monitor.played == []


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60)])
async def test_the_header_has_the_position(make_app: MakeApp, size: tuple[int, int]) -> None:
    monitor = replaying(PAUSED)
    app = make_app(monitor)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        header = app.query_one(Header)
        row = screen_text(app).splitlines()[0]
        assert "PAUSED" in row
        if size[0] > 40:
            assert "━━━━━━──────" in row
            (last,) = [hit for hit in header.drawn.hits if hit.target == "1.0"]
            await pilot.click(Header, offset=(last.start, 0))
            await settle(pilot)
            assert monitor.played == [PlaybackCommand("seek_share", 1.0)]


async def test_a_click_on_the_log_goes_to_the_moment(make_app: MakeApp) -> None:
    monitor = replaying(PLAYING)
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        log = app.query_one(Log)
        entry = log.entry_at(1)
        assert entry is not None
        await pilot.click(Log, offset=(3, 1))
        await settle(pilot)
        assert monitor.played == [PlaybackCommand("seek", entry.time_ms)]
        assert len(app.screen_stack) == 1
