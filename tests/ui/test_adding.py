"""Symbols are added by name, completed from what the exchange lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import five, ready

from tuirisk.state import RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.dialogs.add_symbols import completions, parts_of
from tuirisk.watchlist.lists import Watchlists

MakeApp = Callable[..., TuiriskApp]
LISTED = ("1000PEPEUSDT", "ADAUSDT", "BTCUSDT", "DOGEUSDT", "LTCUSDT", "PEPEUSDT")


def listed() -> RiskState:
    return replace(ready(), listed=LISTED)


def test_completions_begin_with_what_is_typed_then_hold_it() -> None:
    assert completions("pe", LISTED, ("BTCUSDT",)) == ("PEPEUSDT", "1000PEPEUSDT")
    assert completions("btc", LISTED, ("BTCUSDT",)) == ()
    assert parts_of("ltcusdt, DOGEUSDT ,,ltcusdt") == ["LTCUSDT", "DOGEUSDT"]


@pytest.mark.parametrize(
    ("keys", "added"),
    [
        (("d", "o", "tab", "enter"), ["DOGEUSDT"]),
        (("d", "o", "enter"), ["DOGEUSDT"]),
        (("p", "e", "down", "tab", *"lt", "enter"), ["1000PEPEUSDT", "LTCUSDT"]),
        ((*tuple("adausdt,ltcusdt"), "enter"), ["ADAUSDT", "LTCUSDT"]),
        (("d", "o", "escape"), []),
    ],
)
async def test_symbols_are_completed_and_several_added_at_once(
    make_app: MakeApp, keys: tuple[str, ...], added: list[str]
) -> None:
    monitor = FakeMonitor(listed())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *keys)
        await settle(pilot)
    assert [call for call in monitor.calls if call.startswith("add")] == [
        f"add {name}" for name in added
    ]


async def test_several_are_added_by_their_short_names(make_app: MakeApp) -> None:
    monitor = FakeMonitor(replace(ready(), listed=("ADABTC", "ADAUSDC", "ADAUSDT", "LINKUSDC")))
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"ada,link", "enter")
        await settle(pilot)
        assert [call for call in monitor.calls if call.startswith("add")] == [
            "add ADAUSDT", "add LINKUSDC",
        ]  # fmt: skip


def test_what_a_short_name_stands_for_is_suggested_first() -> None:
    listed = ("1000MOGUSDT", "ADABTC", "ADAUSDT")
    assert completions("ada", listed, ()) == ("ADAUSDT", "ADABTC")
    assert completions("", listed, ()) == ("ADABTC", "ADAUSDT", "1000MOGUSDT")


async def test_what_does_not_trade_is_refused_in_the_dialog(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(listed()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"nosuch", "enter")
        await settle(pilot)
        assert "NOSUCH is not a perpetual trading" in screen_text(app)


async def test_what_the_list_has_already_is_no_hindrance_to_the_others(make_app: MakeApp) -> None:
    monitor = FakeMonitor(listed())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"btcusdt, ltcusdt ,adausdt", "enter")
        await settle(pilot)
        assert len(app.screen_stack) == 1
    assert [c for c in monitor.calls if c.startswith("add")] == ["add LTCUSDT", "add ADAUSDT"]


async def test_one_that_does_not_trade_holds_all_back_and_what_was_typed_stays(
    make_app: MakeApp,
) -> None:
    monitor = FakeMonitor(listed())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"gonusdt,ltcusdt", "enter")
        await settle(pilot)
        assert "GONUSDT is not a perpetual trading" in screen_text(app)
        assert "gonusdt,ltcusdt" in screen_text(app)
    assert monitor.calls == ["connect", "stop"]


async def test_what_is_listed_may_come_while_the_question_stands(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"pe")
        await settle(pilot)
        assert "PEPEUSDT" not in screen_text(app)
        monitor.publish(listed())
        await settle(pilot)
        assert "> PEPEUSDT" in screen_text(app)
        await pilot.press("enter")
        await settle(pilot)
    assert "add PEPEUSDT" in monitor.calls


async def test_before_anything_is_listed_every_symbol_is_accepted(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"gonusdt", "enter")
        await settle(pilot)
    assert "add GONUSDT" in monitor.calls


async def test_a_full_list_says_so(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    lists = Watchlists(None, [*five(), *(f"C{i}USDT" for i in range(195))])
    app = make_app(monitor, watchlists=lists)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("a", *"dogeusdt", "enter")
        await settle(pilot)
        assert "At most 200 symbols in a list" in " ".join(screen_text(app).split())
    assert "add DOGEUSDT" not in monitor.calls
