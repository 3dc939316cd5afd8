"""A monitor that has ended is said so, and ``r`` begins another."""

from __future__ import annotations

from collections.abc import Callable

from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import ready

from tuirisk.ui.app.app import TuiriskApp

MakeApp = Callable[..., TuiriskApp]


async def test_reconnecting_after_the_end_begins_anew(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("j")
        gone = app.view.chosen
        await pilot.press("d")
        monitor.failed("the monitor ended: out of luck")
        await settle(pilot)
        assert "out of luck" in screen_text(app)
        monitor.calls.clear()
        monitor.states = ()
        await pilot.press("r")
        await settle(pilot)
        assert monitor.calls == ["stop", "connect", f"remove {gone}"]
        assert app.view.connection == "connecting"
        assert app.view.state is None, "what the dead monitor said is not shown as live"
        assert "out of luck" not in screen_text(app)
        monitor.publish(ready())
        await settle(pilot)
        assert app.view.connection == "live"


async def test_reconnecting_a_running_monitor_does_not_restart_it(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert monitor.calls == ["connect", "reconnect"]
        assert app.view.state is not None
