"""The watchlist is edited, filtered, sorted and exchanged for another by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from ui_driver import FakeMonitor, screen_text, settle
from ui_states import five, ready, state, symbol

from tuirisk.state import RiskState
from tuirisk.ui.adding import completions, parts_of
from tuirisk.ui.app import TuiriskApp
from tuirisk.ui.ordering import SORTS, matching
from tuirisk.watchlists import Watchlists

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


async def test_what_does_not_trade_is_refused_in_the_dialog(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(listed()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", *"nosuch", "enter")
        await settle(pilot)
        assert "NOSUCH is not a perpetual that trades here" in screen_text(app)


async def test_a_removal_is_undone_at_its_place(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert "undo" not in footer(app)
        await pilot.press("j", "d")
        left = five()
        eth = left.pop("ETHUSDT")
        monitor.publish(state(left))
        await settle(pilot)
        assert "ETHUSDT removed; u brings it back" in " ".join(screen_text(app).split())
        assert "undo" in footer(app)
        await pilot.press("u")
        monitor.publish(state({**left, "ETHUSDT": eth}))
        await settle(pilot)
        assert app.view.symbols == tuple(five())
        assert "undo" not in footer(app)
    assert monitor.calls[1:3] == ["remove ETHUSDT", "add ETHUSDT"]


async def test_the_filter_works_as_it_is_typed_and_escape_clears_it(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"et")
        await settle(pilot)
        assert list(app.view.symbols) == ["ETHUSDT"]
        assert app.view.chosen == "ETHUSDT"
        await pilot.press(*",xr", "enter")
        await settle(pilot)
        assert list(app.view.symbols) == ["ETHUSDT", "XRPUSDT"]
        assert "filter et,xr" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert len(app.view.symbols) == 5
        await pilot.press("slash", *"zzz", "enter")
        await settle(pilot)
        assert "No symbol matches the filter" in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_sorts_put_the_worst_first_and_say_so(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    first = {"score": "XRPUSDT", "name": "BNBUSDT", "change": "SOLUSDT", "funding": "XRPUSDT",
             "distance": "BTCUSDT", "list": "BTCUSDT"}  # fmt: skip
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for sort in (*SORTS[1:], "list"):
            await pilot.press("s")
            await settle(pilot)
            assert app.view.sort == sort
            assert app.view.symbols[0] == first[sort]
            if sort != "list":
                assert f"by {app.view.words(f'sort.{sort}')}" in screen_text(app)


async def test_a_sorted_list_keeps_its_order_for_some_seconds(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("s")
        worse = five()
        worse["BNBUSDT"] = symbol(components=(99.0, 99.0, 99.0, 99.0))
        for late, leads in ((200, "XRPUSDT"), (9_000, "BNBUSDT")):
            monitor.publish(replace(state(worse), time_ms=ready().time_ms + late))
            await settle(pilot)
            assert app.view.symbols[0] == leads


async def test_lists_are_made_switched_and_deleted(make_app: MakeApp, tmp_path: Path) -> None:
    monitor = FakeMonitor(ready())
    lists = Watchlists(tmp_path / "lists.json", tuple(five()))
    app = make_app(monitor, watchlists=lists)

    async def follow(pilot: Pilot[Any]) -> None:
        """What the monitor would do."""
        monitor.publish(state({name: symbol() for name in lists.symbols}))
        await settle(pilot)

    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("W", *"mine", "enter")
        await settle(pilot)
        assert "list mine" in screen_text(app)
        await pilot.press("d")
        await follow(pilot)
        await pilot.press("w")
        await follow(pilot)
        assert "list default" in screen_text(app)
        assert app.view.symbols == tuple(five())
        await pilot.press("w", "D")
        await follow(pilot)
        assert lists.names == ("default",)
    assert [call for call in monitor.calls if "USDT" in call] == [
        "remove BTCUSDT", "add BTCUSDT", "remove BTCUSDT", "add BTCUSDT",
    ]  # fmt: skip
    assert Watchlists(tmp_path / "lists.json", tuple(five())).symbols == tuple(five())


def test_a_filter_is_any_of_its_parts() -> None:
    assert matching(("BTCUSDT", "ETHUSDT"), " ") == ("BTCUSDT", "ETHUSDT")
    assert matching(("BTCUSDT", "ETHUSDT", "XRPUSDT"), "btc, xr") == ("BTCUSDT", "XRPUSDT")


def footer(app: TuiriskApp) -> str:
    return screen_text(app).splitlines()[-1]
