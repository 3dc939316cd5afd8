"""Every key does what its footer entry says, and only that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.ui_driver import Clock, FakeMonitor, screen_text, settle
from support.ui_states import LOG, critical, degraded, entry, five, many, ready, state

from tuirisk.state import LogEntry
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.commands import COMMANDS

MakeApp = Callable[..., TuiriskApp]


async def test_choosing_goes_round_and_the_panels_follow(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert app.view.chosen == "BTCUSDT"
        for key, expected in (
            ("j", "ETHUSDT"), ("down", "SOLUSDT"), ("right", "BNBUSDT"), ("k", "SOLUSDT"),
            ("up", "ETHUSDT"), ("left", "BTCUSDT"), ("k", "XRPUSDT"), ("j", "BTCUSDT"),
        ):  # fmt: skip
            await pilot.press(key)
            assert app.view.chosen == expected
        await pilot.press("k")
        await settle(pilot)
        assert "0.5213" in screen_text(app).split("ORDER BOOK")[1]


@pytest.mark.parametrize(("failure", "code"), [("", 0), ("region refused", 3)])
async def test_q_quits_with_the_exit_code_and_stops_the_monitor(
    make_app: MakeApp, failure: str, code: int
) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test() as pilot:
        await settle(pilot)
        if failure:
            monitor.failed(failure)
            await settle(pilot)
        await pilot.press("q")
    assert app.return_value == code
    assert monitor.calls == ["connect", "stop"]


async def test_an_escalation_rings_also_while_frozen_and_not_while_muted(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(TuiriskApp, "bell", lambda self: rung.append(1))
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert not rung, "what the log held at the start is no news"
        await pilot.press("space")
        log: tuple[LogEntry, ...]
        log = (*LOG, entry(0, "BTCUSDT", "ok", "critical", 90.0, escalation=True))
        monitor.publish(state(five(), log=log))
        await settle(pilot)
        assert len(rung) == 1
        await pilot.press("m")
        assert app.view.muted
        log = (*log, entry(0, "ETHUSDT", "ok", "critical", 90.0, escalation=True))
        monitor.publish(state(five(), log=log))
        await settle(pilot)
        assert len(rung) == 1


async def test_x_acknowledges_the_chosen_symbols_alerts_alone_and_shift_x_all(
    make_app: MakeApp,
) -> None:
    monitor = FakeMonitor(critical())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "ALERTS 5" in screen_text(app)
        await pilot.press("x")
        await settle(pilot)
        assert "ALERTS 2" in screen_text(app), "those of BTCUSDT are seen"
        told_monitor = [call for call in monitor.calls if call.startswith("acknowledge")]
        assert len(told_monitor) == 3
        assert all("BTCUSDT" in call for call in told_monitor), "later runs know it too"
        await pilot.press("x")
        await settle(pilot)
        assert "ALERTS 2" in screen_text(app), "those of other symbols are not"
        [told] = [notification.message for notification in app._notifications]
        assert told == "No alert of BTCUSDT to acknowledge; X acknowledges all"
        await pilot.press("X")
        await settle(pilot)
        assert "ALERTS" not in screen_text(app)
        assert "CAUTION > WARNING" in screen_text(app), "the log keeps them"


async def test_t_goes_through_the_themes_and_l_through_the_languages(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        before = app.get_css_variables()["risk-critical"]
        await pilot.press("t", "j", "enter")
        await settle(pilot)
        assert app.theme == app.view.theme != "nord"
        assert f"[{app.theme}]" in screen_text(app)
        assert app.get_css_variables()["risk-critical"] != before
        await pilot.press("l")
        await settle(pilot)
        assert "订单簿" in screen_text(app)
        await pilot.press("l")
        await settle(pilot)
        assert "ORDER BOOK" in screen_text(app)


async def test_z_zooms_the_focused_panel_under_the_header(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(degraded()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("tab", "z")
        await settle(pilot)
        text = screen_text(app)
        assert "ORDER BOOK" in text
        assert "DEGRADED" in text
        assert "IMPACT" not in text
        assert "LOG" not in text
        for key in ("z", "escape"):
            await pilot.press(key)
            await settle(pilot)
            assert ("IMPACT" in screen_text(app)) is True
            await pilot.press("z")
            await settle(pilot)
            assert "IMPACT" not in screen_text(app)


@pytest.mark.parametrize(
    "size",
    [
        (80, 24),
        pytest.param((120, 40), marks=pytest.mark.slow),
        pytest.param((200, 60), marks=pytest.mark.slow),
    ],
)
async def test_every_panel_can_be_zoomed_and_left(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        whole = screen_text(app)
        for panel in app.screen.focus_chain:
            panel.focus()
            await pilot.press("z")
            await settle(pilot)
            assert app.screen.focused is panel
            assert panel.size == (size[0], app.query_one("#footer").region.y - panel.region.y)
            assert panel.region.y < 3
            assert "Esc back" in screen_text(app)
            await pilot.press("escape")
            await settle(pilot)
            assert app.view.zoomed is False
        app.query_one("#watchlist").focus()
        await settle(pilot)
        assert screen_text(app) == whole


async def test_a_adds_d_removes_r_reconnects(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"btcusdt", "enter")
        await settle(pilot)
        assert "BTCUSDT is already on the list" in screen_text(app)
        await pilot.press("ctrl+u", *"l!", "enter")
        await settle(pilot)
        assert "Letters and digits only" in screen_text(app)
        await pilot.press("ctrl+u", *"ltcusdt", "enter")
        await settle(pilot)
        await pilot.press("j", "d", "r")
        await settle(pilot)
    assert monitor.calls == ["connect", "add LTCUSDT", "remove ETHUSDT", "reconnect", "stop"]


async def test_the_last_symbol_is_not_removed(make_app: MakeApp) -> None:
    monitor = FakeMonitor(state({"BTCUSDT": five()["BTCUSDT"]}))
    app = make_app(monitor)
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
    assert monitor.calls == ["connect", "stop"]


async def test_a_removed_symbol_leaves_the_choice_to_its_neighbour(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("k")
        left = five()
        del left["XRPUSDT"]
        monitor.publish(state(left))
        await settle(pilot)
        assert app.view.chosen == "BNBUSDT"


async def test_a_long_list_scrolls_with_the_choice(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(many(40)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "COIN31USDT" not in screen_text(app)
        await pilot.press(*["k"] * 9)
        await settle(pilot)
        assert ">COIN31USDT" in screen_text(app)


async def test_the_palette_offers_every_theme(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test() as pilot:
        await settle(pilot)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "Theme: okabe-ito" in titles
        chosen: Any = next(c for c in app.get_system_commands(app.screen) if "mono" in c.title)
        chosen.callback()
        assert app.theme == "mono"


async def test_every_footer_entry_is_a_whole_word(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    words = {app.view.words(f"short.{command.name}") for command in COMMANDS}
    for width in (60, 100):
        async with make_app(FakeMonitor(ready())).run_test(size=(width, 24)) as pilot:
            await settle(pilot)
            last = screen_text(pilot.app).splitlines()[-1]  # type: ignore[arg-type]
            shown = set(last.split()) - {command.shown for command in COMMANDS}
            assert shown <= words
            assert {"help", "quit"} <= shown


async def test_silence_makes_everything_stale_until_the_next_state(make_app: MakeApp) -> None:
    clock, monitor = Clock(), FakeMonitor(ready())
    app = make_app(monitor, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        clock.seconds = 9.0
        app.every_second()
        assert app.view.connection == "live"
        clock.seconds = 13.2
        app.every_second()
        await settle(pilot)
        text = screen_text(app)
        assert "NO ANSWER" in text
        assert "No update from the monitor for 13s" in text
        assert "67,412.3?" in text
        monitor.publish(ready())
        await settle(pilot)
        assert "67,412.3?" not in screen_text(app)
        assert "LIVE" in screen_text(app)
