"""What is chosen on the screen is there again at the next start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support.ui_driver import FakeMonitor, settle
from support.ui_states import ready

from tuirisk.config.display_settings import DisplaySettings, Setting
from tuirisk.state import OrderSize
from tuirisk.ui.app.app import TuiriskApp

MakeApp = Callable[..., TuiriskApp]
BASES: dict[Setting, str] = {
    "theme": "nord", "language": "en", "sort": "", "order_size": "", "zoom": "",
}  # fmt: skip


async def test_choices_outlast_the_run(make_app: MakeApp, tmp_path: Path) -> None:
    path = tmp_path / "display.json"
    app = make_app(FakeMonitor(ready()), settings=DisplaySettings(path, BASES))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("s", "l")
        app.action_use_theme("paper" if "paper" in app.themes.names else app.themes.names[1])
        await settle(pilot)
        app.orders.use(OrderSize("notional", 250_000.0))
        chosen = (app.view.sort, app.view.words.language, app.view.theme, app.view.order_size)
        app.screen.set_focus(app.query_one("#impact"))
        await pilot.press("z")
        await settle(pilot)
        assert app.view.zoomed
    assert chosen[0] == "list"
    assert chosen[1] == "zh"
    monitor = FakeMonitor(ready())
    again = make_app(monitor, settings=DisplaySettings(path, BASES))
    async with again.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        view = again.view
        assert (view.sort, view.words.language, view.theme, view.order_size) == chosen
        assert view.zoomed
        assert monitor.orders[-1:] == [OrderSize("notional", 250_000.0)]
        await pilot.press("escape")
        await settle(pilot)
        assert not again.view.zoomed
