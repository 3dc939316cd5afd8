"""What the screen says of an account that cannot be used."""

from __future__ import annotations

from support.account_source import WRONG, exchange, following, keys, leaks, open_account
from support.ui_driver import FakeMonitor, screen_text, settle

from tuirisk.analytics.assess import assess
from tuirisk.config.model import Config
from tuirisk.state import to_json
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.themes.themes import load_themes


async def test_the_screen_and_the_json_say_what_is_wrong_and_nothing_more() -> None:
    with exchange() as server:
        open_account(server)
        async with following(server, held=keys(secret=WRONG)) as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            await seen.until(lambda: "-1022" in str(seen.report.line))
            config = Config(symbols=("BTCUSDT",))
            now = seen.batches[-1].now
            state = assess(
                seen.market, config, now, None, connection=seen.report, source="simulator"
            )
    assert leaks(to_json(state)) == []
    app = TuiriskApp(config, FakeMonitor(state), themes=load_themes(), language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        shown = screen_text(app)
    assert "the API secret is wrong (-1022)" in shown
    assert leaks(shown) == []
