"""The watchlist is edited, filtered, sorted and exchanged for another by keys."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import five, ready, state, symbol
from textual.pilot import Pilot

from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.sorting import SORTS, filter_symbols
from tuirisk.watchlist.lists import Watchlists

MakeApp = Callable[..., TuiriskApp]


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
        assert "ETHUSDT removed; press u to undo" in " ".join(screen_text(app).split())
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
             "distance": "BTCUSDT", "list": "BTCUSDT", "danger": "BTCUSDT"}  # fmt: skip
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        for sort in (*SORTS[1:], SORTS[0]):
            await pilot.press("s")
            await settle(pilot)
            assert app.view.sort == sort
            assert app.view.symbols[0] == first[sort]
            assert app.view.words(f"sorted.{sort}") in " ".join(screen_text(app).split())
            if sort != "list":
                assert f"by {app.view.words(f'sort.{sort}')}" in screen_text(app)


async def test_a_sorted_list_keeps_its_order_for_some_seconds(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("s", "s")
        assert app.view.sort == "score"
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
        await settle(pilot)
        monitor.publish(state({name: symbol() for name in lists.symbols}))
        await settle(pilot)

    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("W", *"mine", "enter")
        await settle(pilot)
        assert "list mine" in screen_text(app)
        await pilot.press("j", "d")
        await follow(pilot)
        await pilot.press("w")
        await follow(pilot)
        assert "list default" in screen_text(app)
        assert app.view.symbols == tuple(five())
        assert "undo" not in footer(app), "nothing was taken off this list"
        await pilot.press("w")
        await follow(pilot)
        assert "ETHUSDT" not in app.view.symbols
        await pilot.press("u")
        await follow(pilot)
        assert "ETHUSDT" in app.view.symbols, "a removal can be undone after a look elsewhere"
        await pilot.press("D")
        await follow(pilot)
        assert lists.names == ("default",)
        await pilot.press("u")
        await follow(pilot)
        assert lists.current == "mine"
        await pilot.press("D")
        await follow(pilot)
    assert [call for call in monitor.calls if "USDT" in call] == [
        "remove ETHUSDT", "add ETHUSDT", "remove ETHUSDT", "add ETHUSDT",
    ]  # fmt: skip
    assert Watchlists(tmp_path / "lists.json", tuple(five())).symbols == tuple(five())


async def test_what_is_held_stays_watched_on_every_list(make_app: MakeApp, tmp_path: Path) -> None:
    monitor = FakeMonitor(ready())
    lists = Watchlists(tmp_path / "lists.json", tuple(five()))
    lists.create("alts", ["XRPUSDT"])
    lists.switch("default")
    app = make_app(monitor, watchlists=lists)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
        assert "BTCUSDT has an open position" in " ".join(screen_text(app).split())
        assert lists.symbols == tuple(five())
        await pilot.press("w")
        await settle(pilot)
    assert [call for call in monitor.calls if "USDT" in call] == [
        "remove ETHUSDT", "remove SOLUSDT", "remove BNBUSDT",
    ]  # fmt: skip


async def test_a_removal_is_seen_at_once_and_a_second_press_removes_the_next(
    make_app: MakeApp,
) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("j", "d", "d")
        await settle(pilot)
        assert list(app.view.symbols) == ["BTCUSDT", "BNBUSDT", "XRPUSDT"]
        assert app.view.chosen == "BNBUSDT"
        await pilot.press("space", "d")
        await settle(pilot)
        assert list(app.view.symbols) == ["BTCUSDT", "XRPUSDT"], "frozen or not"
        held = {
            **five(),
            "ETHUSDT": replace(five()["ETHUSDT"], position=five()["BTCUSDT"].position),
        }
        await pilot.press("space")
        monitor.publish(state(held))
        await settle(pilot)
        assert "ETHUSDT" in app.view.symbols, "a position brings its symbol back"
    removals = [call for call in monitor.calls if call.startswith("remove")]
    assert removals == ["remove ETHUSDT", "remove SOLUSDT", "remove BNBUSDT"]


async def test_a_list_is_made_of_the_symbols_shown(make_app: MakeApp, tmp_path: Path) -> None:
    monitor = FakeMonitor(ready())
    lists = Watchlists(tmp_path / "lists.json", tuple(five()))
    app = make_app(monitor, watchlists=lists)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"eth,xrp", "enter", "W", *"two", "enter")
        await settle(pilot)
        assert lists.symbols == ("ETHUSDT", "XRPUSDT")
        assert app.view.filter == ""
    assert "remove SOLUSDT" in monitor.calls


async def test_problems_of_the_watchlists_are_reported_at_the_start(
    make_app: MakeApp, tmp_path: Path
) -> None:
    path = tmp_path / "lists.json"
    path.write_text("{")
    app = make_app(FakeMonitor(ready()), watchlists=Watchlists(path, tuple(five())))
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        await settle(pilot)
        assert "damaged; it is kept as lists.json.corrupt" in said(app)


async def test_edits_that_cannot_be_written_work_and_are_reported(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tuirisk.config.shared_file.os.fsync", full)
    monitor = FakeMonitor(ready())
    lists = Watchlists(tmp_path / "lists.json", tuple(five()))
    app = make_app(monitor, watchlists=lists)
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("j", "d")
        await settle(pilot)
        assert "cannot be written (no space left on device)" in said(app)
    assert "remove ETHUSDT" in monitor.calls


async def test_keys_work_while_another_program_holds_the_file(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuirisk.config.shared_file.LOCK_SECONDS", 60.0)
    monitor = FakeMonitor(ready())
    lists = Watchlists(tmp_path / "lists.json", tuple(five()))
    app = make_app(monitor, watchlists=lists)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        with held_by_another(tmp_path):
            await pilot.press("j", "d")
            before = app.view.chosen
            await pilot.press("j")
            assert app.view.chosen != before, "keys work while the file is held"
            assert "ETHUSDT" in lists.symbols, "the edit waits"
        await settle(pilot)
        assert "ETHUSDT" not in app.view.symbols
    assert "remove ETHUSDT" in monitor.calls
    assert "ETHUSDT" not in Watchlists(tmp_path / "lists.json", tuple(five())).symbols


async def test_symbols_added_together_are_one_write(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []
    monkeypatch.setattr("tuirisk.config.shared_file.os.fsync", writes.append)
    lists = Watchlists(tmp_path / "lists.json", tuple(five()))
    app = make_app(FakeMonitor(ready()), watchlists=lists)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        names = [f"A{n}USDT" for n in range(5)]
        await pilot.press("a", *",".join(names), "enter")
        await settle(pilot)
        assert lists.symbols[-5:] == tuple(names)
    assert len(writes) == 1


@contextmanager
def held_by_another(folder: Path) -> Iterator[None]:
    """The lock that another program has on ``folder``, as a suspended one would keep it."""
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def test_a_filter_is_any_of_its_parts() -> None:
    assert filter_symbols(("BTCUSDT", "ETHUSDT"), " ") == ("BTCUSDT", "ETHUSDT")
    assert filter_symbols(("BTCUSDT", "ETHUSDT", "XRPUSDT"), "btc, xr") == ("BTCUSDT", "XRPUSDT")


def footer(app: TuiriskApp) -> str:
    return screen_text(app).splitlines()[-1]


def said(app: TuiriskApp) -> str:
    """The notifications on the screen, wherever their rows break."""
    return "\n".join(notification.message for notification in app._notifications)
