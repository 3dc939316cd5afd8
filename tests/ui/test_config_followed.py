"""A configuration saved while the screen shows is handed to the monitor, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, five, ready

from tuirisk.config.file import load
from tuirisk.config.reload import ConfigFileWatch
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.watchlist.lists import Watchlists

MakeApp = Callable[..., TuiriskApp]
NAMES = '", "'.join(five())


async def test_a_saved_configuration_is_taken_in(make_app: MakeApp, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'symbols = ["{NAMES}"]\n')
    watch = ConfigFileWatch(path, lambda: load(path, environ={}))
    monitor = FakeMonitor(ready())
    lists = Watchlists(None, tuple(five()))
    before = load(path, environ={})
    app = make_app(monitor, config=CONFIG, watchlists=lists, config_file=(watch, before))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        path.write_text(f'symbols = ["{NAMES}", "LTCUSDT"]\n[account]\nequity = 777\n')
        for _ in range(3):
            await app.config_follower.look()
        await settle(pilot)
        assert [config.account.equity for config in monitor.configs] == [777.0]
        assert app.view.config.account.equity == 777.0
        assert "add LTCUSDT" in monitor.calls
        assert "read again: symbols, account" in screen_text(app)
        path.write_text("[account]\nequity = -1\n")
        for _ in range(3):
            await app.config_follower.look()
        await settle(pilot)
        assert len(monitor.configs) == 1
        assert "counts on" in screen_text(app)
