"""The order of the impact panel: any size, typed or stepped to, and never the answer to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import TIME, critical, five, impact, ready, state

from tuirisk.state import Impact, Missing, OrderImpact, OrderSize, RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.order_parser import InvalidOrderSize, next_rung, order_input, parse_order

MakeApp = Callable[..., TuiriskApp]
BTC = "BTCUSDT"


def answering(
    order: OrderSize, found: Impact | Missing, name: str = BTC, *, seconds: int = 0
) -> RiskState:
    """A state that tells what ``order`` would cost, ``seconds`` after the first one."""
    asked = {name: OrderImpact(order, 1.0, found)}
    return replace(state(five()), order_impacts=asked, time_ms=TIME + seconds * 1000)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("250k", OrderSize("notional", 250_000)),
        ("1.5M", OrderSize("notional", 1_500_000)),
        ("1.5m usdt", OrderSize("notional", 1_500_000)),
        ("2bn", OrderSize("notional", 2e9)),
        ("1,000,000", OrderSize("notional", 1e6)),
        ("1 000 000.5", OrderSize("notional", 1_000_000.5)),
        ("$250K", OrderSize("notional", 250_000)),
        ("1e6", OrderSize("notional", 1e6)),
        (".5m", OrderSize("notional", 500_000)),
        ("25万", OrderSize("notional", 250_000)),
        ("0.3 btc", OrderSize("quantity", 0.3, BTC)),
        ("0.3BTC", OrderSize("quantity", 0.3, BTC)),
        ("3k btc", OrderSize("quantity", 3_000, BTC)),
        ("50%", OrderSize("share", 0.5)),
        ("５０％", OrderSize("share", 0.5)),
        ("12.5 %", OrderSize("share", 0.125)),
        ("exit", None),
        ("  ", None),
        ("平仓", None),
    ],
)
def test_a_size_as_a_person_writes_it(text: str, order: OrderSize | None) -> None:
    assert parse_order(text, BTC) == order


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("abc", "size.wrong"), ("-5k", "size.wrong"), ("0", "size.range"), ("0%", "size.range"),
        ("1e99", "size.range"), ("1001%", "size.range"), ("3 eth", "size.unit"),
        ("1,5M", "size.unit"), ("10 kk", "size.unit"), ("5k%", "size.unit"), ("nan", "size.wrong"),
        ("inf", "size.wrong"),
    ],
)  # fmt: skip
def test_what_is_no_size_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidOrderSize, match=f"^{why}$"):
        parse_order(text, BTC)


def test_units_are_those_of_the_symbol() -> None:
    assert parse_order("3k doge", "DOGEUSDC") == OrderSize("quantity", 3_000, "DOGEUSDC")
    assert parse_order("5 bnb", "BNBUSDT") == OrderSize("quantity", 5, "BNBUSDT")
    assert parse_order("30 1000pepe", "1000PEPEUSDT") == OrderSize("quantity", 30, "1000PEPEUSDT")
    with pytest.raises(InvalidOrderSize):
        parse_order("30 pepe", "1000PEPEUSDT")
    assert parse_order("0.1 btc", "BTCUSDT_261225") == OrderSize("quantity", 0.1, "BTCUSDT_261225")


@pytest.mark.parametrize(
    "order",
    [
        None, OrderSize("notional", 250_000.0), OrderSize("notional", 1_234_567.0),
        OrderSize("share", 33.3 / 100),
        OrderSize("notional", 12_345.67), OrderSize("notional", 1e6),
        OrderSize("quantity", 0.0004, BTC),
    ],
)  # fmt: skip
def test_an_order_is_written_as_it_is_read(order: OrderSize | None) -> None:
    assert parse_order(order_input(order), BTC) == order


def test_the_ladder_goes_round() -> None:
    symbol = five()[BTC]
    order, seen = None, []
    for _ in range(6):
        order = next_rung(order, symbol, 1)
        seen.append(order and order.amount)
    assert seen == [10_000, 50_000, 100_000, 500_000, 1_000_000, None]
    assert next_rung(None, symbol, -1) == OrderSize("notional", 1_000_000)
    assert next_rung(OrderSize("share", 0.5), symbol, 1) == OrderSize("notional", 10_000)


async def test_p_sets_any_size_and_the_monitor_answers(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("p", *"250k", "enter")
        await settle(pilot)
        order = OrderSize("notional", 250_000)
        assert monitor.orders[-1] == order
        assert "250k USDT: being computed" in screen_text(app)
        monitor.publish(answering(order, impact(250_000, 0.0007, 67_412.3), seconds=1))
        await settle(pilot)
        text = screen_text(app)
        assert "being computed" not in text
        row = next(row for row in text.splitlines() if ">  250k" in row)
        assert "14.6" in row, "0.07 % by (250k / 100k)^0.8"
        monitor.publish(answering(order, impact(250_000, 0.0014, 67_412.3), seconds=2))
        await settle(pilot)
        row = next(row for row in screen_text(app).splitlines() if ">  250k" in row)
        assert "29.1" in row, "it follows the book"
        await pilot.press("escape")
        await settle(pilot)
        assert app.view.order_size is None
        assert monitor.orders[-1] is None
        assert "250k USDT" not in screen_text(app)


async def test_an_answer_to_another_order_is_never_shown(make_app: MakeApp) -> None:
    monitor = FakeMonitor(
        answering(OrderSize("notional", 70_000), impact(70_000, 0.0001, 67_412.3))
    )
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("p", *"80k", "enter")
        await settle(pilot)
        text = screen_text(app)
        assert "80k USDT: being computed" in text
        assert "70k" not in text


async def test_a_share_without_a_position_says_why(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("j", "p", *"50%", "enter")
        order = OrderSize("share", 0.5)
        monitor.publish(answering(order, Missing("no_position"), "ETHUSDT", seconds=1))
        await settle(pilot)
        assert "50% of exit: no position" in screen_text(app)


async def test_a_quantity_is_of_its_symbol_and_a_notional_of_each(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("p", *"0.3 btc".replace(" ", ""), "enter")
        await settle(pilot)
        assert "0.3 BTC" in screen_text(app)
        await pilot.press("j")
        await settle(pilot)
        assert "0.3" not in screen_text(app).split("IMPACT")[1].splitlines()[0]
        await pilot.press("p", "ctrl+u", *"70k", "enter", "j")
        await settle(pilot)
        assert "70k USDT" in screen_text(app)


async def test_typing_and_stepping_are_shown_at_once_and_escape_restores(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(ready()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("P")
        assert app.view.order_size == OrderSize("notional", 10_000)
        await pilot.press("p", "up")
        await settle(pilot)
        assert app.view.order_size == OrderSize("notional", 50_000)
        assert ">   50k" in screen_text(app), "behind the question"
        await pilot.press("ctrl+u", *"1.5x")
        await settle(pilot)
        assert "Unit must be USDT, BTC or %" in screen_text(app)
        await pilot.press("enter")
        await settle(pilot)
        assert len(app.screen_stack) == 2, "a wrong size is not taken"
        await pilot.press("escape")
        await settle(pilot)
        assert app.view.order_size == OrderSize("notional", 10_000)
        await pilot.press("p", "ctrl+u", *"exit", "enter")
        await settle(pilot)
        assert app.view.order_size is None


async def test_a_monitor_that_has_ended_says_so_and_the_ladder_still_answers(
    make_app: MakeApp,
) -> None:
    monitor = FakeMonitor(ready())
    monitor.answers = False
    app = make_app(monitor)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("p", *"70k", "enter")
        await settle(pilot)
        assert "Monitor stopped" in " ".join(screen_text(app).split())
        await pilot.press("P", "P")
        await settle(pilot)
        assert ">   50k" in screen_text(app)


async def test_a_restarted_monitor_gets_the_request_again(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("P")
        monitor.orders.clear()
        monitor.publish(critical())
        await settle(pilot)
        assert monitor.orders == [OrderSize("notional", 10_000)]


async def test_the_chosen_size_is_seen_however_little_room_there_is(make_app: MakeApp) -> None:
    order = OrderSize("notional", 2e6)
    app = make_app(FakeMonitor(answering(order, impact(2e6, 0.0001, 67_412.3))))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for height in (24, 20, 18):
            await pilot.resize_terminal(80, height)
            app.orders.use(order)
            await settle(pilot)
            assert ">    2M" in screen_text(app)
