"""A picture is drawn anew for all but the ages that go on within a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from support.ui_driver import FakeMonitor, settle
from support.ui_states import CONFIG, ready

from tuirisk.language.words import Words
from tuirisk.state import ConnectionState, Freshness, Missing, RiskState, SymbolState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.changes import same_picture
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.depth import Depth

MakeApp = Callable[..., TuiriskApp]
WORDS = Words("en")
OTHER = Missing.from_text("something else")


def seen(state: RiskState) -> View:
    return View(CONFIG, WORDS, "nord", state=state, chosen="BTCUSDT")


def with_symbol(state: RiskState, **changes: object) -> RiskState:
    name, *_ = state.symbols
    changed = replace(state.symbols[name], **changes)  # type: ignore[arg-type]
    return replace(state, symbols={**state.symbols, name: changed})


def older(state: RiskState, age_ms: float, stale: bool = False) -> RiskState:
    """The first symbol's order book is ``age_ms`` old."""
    (first, *_) = state.symbols.values()
    depth = Freshness(age_ms, 5_000.0, stale)
    return with_symbol(state, age_ms=age_ms, freshness={**first.freshness, "depth": depth})


def same_second() -> RiskState:
    state = ready()
    return replace(state, time_ms=state.time_ms // 1000 * 1000)


def test_ages_within_a_second_change_nothing() -> None:
    state = same_second()
    assert same_picture(
        seen(older(state, 10.0)), seen(replace(older(state, 490.0), time_ms=state.time_ms + 480))
    )


def test_what_has_gone_stale_does_and_so_does_the_next_second() -> None:
    state = same_second()
    assert not same_picture(seen(older(state, 4_990.0)), seen(older(state, 5_010.0, stale=True)))
    assert not same_picture(seen(state), seen(replace(state, time_ms=state.time_ms + 1000)))


@pytest.mark.parametrize(
    "name",
    [f.name for f in fields(SymbolState) if f.name not in ("age_ms", "freshness", "versions")],
)
def test_every_part_of_a_symbol_matters(name: str) -> None:
    state = same_second()
    assert not same_picture(seen(state), seen(with_symbol(state, **{name: OTHER})))


@pytest.mark.parametrize(
    "name",
    [
        f.name
        for f in fields(RiskState)
        if f.name not in ("time_ms", "symbols", "connection", "external")
    ],
)
def test_every_part_of_the_state_matters(name: str) -> None:
    state = same_second()
    changed = replace(state, **{name: OTHER})  # type: ignore[arg-type]
    assert not same_picture(seen(state), seen(changed))


@pytest.mark.parametrize("name", [f.name for f in fields(ConnectionState) if f.name != "streams"])
def test_every_part_of_the_connection_matters(name: str) -> None:
    state = same_second()
    link = replace(state.connection, **{name: OTHER})  # type: ignore[arg-type]
    assert not same_picture(seen(state), seen(replace(state, connection=link)))


@pytest.mark.parametrize("name", [f.name for f in fields(View) if f.name != "state"])
def test_every_field_of_the_view_makes_another_picture(name: str) -> None:
    view = seen(same_second())
    assert not same_picture(view, replace(view, **{name: OTHER}))  # type: ignore[arg-type]


async def test_a_state_that_says_nothing_new_is_not_drawn(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = same_second()
    monitor = FakeMonitor(state)
    drawn: list[Canvas] = []
    redraw = Canvas.redraw

    def noted(canvas: Canvas) -> None:
        drawn.append(canvas)
        redraw(canvas)

    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(Canvas, "redraw", noted)
        for later in (0, 250, 500):
            monitor.publish(replace(older(state, float(later)), time_ms=state.time_ms + later))
            await settle(pilot)
        assert drawn == []
        monitor.publish(
            with_symbol(state, price=replace(next(iter(state.symbols.values())).price, last=1.0))
        )
        await settle(pilot)
        assert drawn != []


async def test_the_order_book_is_painted_with_every_second_state_and_at_a_key(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []
    redraw = Depth.redraw

    def noted(self: Depth) -> None:
        assert self.view is not None
        painted.append(self.view.time_ms - begun.time_ms)
        redraw(self)

    begun = same_second()
    monitor = FakeMonitor(begun)
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(Depth, "redraw", noted)
        for later in (250, 500, 750):
            price = replace(begun.symbols["BTCUSDT"].price, last=60_000.0 + later)
            monitor.publish(replace(with_symbol(begun, price=price), time_ms=begun.time_ms + later))
            await settle(pilot)
        assert painted == [500]
        await pilot.press("j")
        await settle(pilot)
    assert painted == [500, 750]
