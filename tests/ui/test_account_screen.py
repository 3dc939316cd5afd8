"""The account's screen: its numbers, every position in danger order, reached by its key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from support.positions import BTC, ETH, LONG, SHORT, state
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG
from textual.pilot import Pilot

from tuirisk.language.words import Words
from tuirisk.state import LadderRung, Missing, ReverseStress, RiskState, StopOrder
from tuirisk.state.hedges import HedgeFigures, HedgeRow, HedgeTable
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens import account
from tuirisk.ui.screens.ladder_picture import ladder_picture, liquidations
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import cells


@pytest.fixture(scope="module")
def made() -> RiskState:
    whole = state(LONG, SHORT)
    assert whole.account is not None
    stress = ReverseStress(2.5, 0.01, {}, -0.123, Missing("not_applicable"))
    rungs = (LadderRung(-0.2, 9_000.0, Missing("not_applicable"), (BTC,)),)
    own = replace(
        whole.account, margin_ratio=0.9, reverse_stress=stress, ladder=rungs,
        levels={"margin_ratio": whole.level_rules["margin_ratio"].judge(0.9)},
    )  # fmt: skip
    return replace(whole, account=own, danger_order=(ETH, BTC))


def drawn(what: RiskState, width: int, language: str = "en") -> list[Line]:
    view = View(CONFIG, Words(language), "nord", state=what, chosen=BTC)
    assert what.account is not None
    return account.draw(Page(view, what.symbols[BTC], width), what.account)


def text(rows: list[Line]) -> str:
    return "\n".join("".join(span.text for span in row) for row in rows)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_every_row_is_as_wide_as_the_screen(made: RiskState, width: int, language: str) -> None:
    rows = drawn(made, width, language)
    assert {cell_len("".join(span.text for span in row)) for row in rows} == {width}


def test_positions_stand_in_danger_order_with_the_full_liquidation_price(made: RiskState) -> None:
    rows = text(drawn(made, 40)).splitlines()
    first, second = (next(i for i, row in enumerate(rows) if name in row) for name in (ETH, BTC))
    assert first < second
    position = made.symbols[BTC].position
    assert position is not None
    assert isinstance(position.liquidation_price, float)
    assert f"{position.liquidation_price:,.1f}" in rows[second]
    assert "long" in rows[second]


def test_a_level_colours_the_margin_ratio_and_its_bar(made: RiskState) -> None:
    rows = drawn(made, 120)
    (row,) = (row for row in rows if "90.0%" in text([row]))
    assert sum(span.role == "critical" for span in row) >= 1


def test_the_deadly_moves_and_the_ladder_are_shown_and_what_is_missing_is_a_dash(
    made: RiskState,
) -> None:
    shown = text(drawn(made, 120))
    assert "-12.3%" in shown
    assert "-20%" in shown
    assert "9k" in shown
    (rise,) = (row for row in shown.splitlines() if "deadly BTC rise" in row)
    assert "–" in rise


def test_a_stale_account_says_its_age_and_marks_every_number(made: RiskState) -> None:
    assert made.account is not None
    old = replace(made, account=replace(made.account, stale=True, age_ms=180_000.0))
    shown = text(drawn(old, 120))
    assert shown.count("3m ago") == 4
    assert "90.0%?" in shown


def test_leverage_is_of_all_positions_over_the_equity(made: RiskState) -> None:
    assert made.account is not None
    equity = made.account.equity
    assert isinstance(equity, float)
    expected = (0.5 * 67_000 + 20 * 3_500) / equity
    assert made.account_leverage == pytest.approx(expected, rel=0.01)
    broke = replace(made, account=replace(made.account, equity=0.0))
    assert isinstance(broke.account_leverage, Missing)


def ladder(dead: dict[int, tuple[str, ...]]) -> tuple[LadderRung, ...]:
    """Equity of a long account; ``dead``: who is liquidated from a move (percent) outwards."""
    rungs = []
    for move in range(-30, 31, 2):
        gone = dict.fromkeys(n for at, names in dead.items() if at * move > 0 and
                             abs(move) >= abs(at) for n in names)  # fmt: skip
        rungs.append(LadderRung(move / 100, 0.0 if gone else 6e3 + 2e4 * move / 100, 0.1, (*gone,)))
    return tuple(rungs)


def test_the_first_moves_that_liquidate_are_marked() -> None:
    assert liquidations(ladder({-12: (BTC, ETH), 18: ("SOLUSDT",)})) == [(9, "BTC+1"), (24, "SOL")]
    assert liquidations(ladder({})) == []
    assert liquidations(ladder({-8: (ETH,), -14: (BTC,)})) == [(8, "BTC"), (11, "ETH")]


@pytest.mark.parametrize("plain", [False, True])
def test_the_picture_shows_where_positions_are_liquidated(made: RiskState, plain: bool) -> None:
    view = View(CONFIG, Words("en"), "nord", state=made, chosen=BTC, ascii=plain)
    page = Page(view, made.symbols[BTC], 40)
    rows = ladder_picture(page, ladder({-12: (BTC,)}), stale=False)
    shown = text(rows)
    assert ("x" if plain else "✕") in shown
    assert "BTC" in shown
    assert "+30%" in shown
    assert all(cell_len(row) == 40 for row in shown.splitlines())
    assert ladder_picture(page, (), stale=False) == []


CHEAP, CUT, HEDGED = (
    HedgeFigures(0.002, 0.12, 320.0, 0.2),
    HedgeFigures(0.004, 0.15, 180.0, 0.3),
    HedgeFigures(0.02, 0.2, 250.0, 0.45),
)
HEDGES = HedgeTable(
    HedgeFigures(0.031, 0.31, 320.0, 0.42),
    (
        HedgeRow("add_margin", "", "", 1_250.0, 1_250.0, 0.0, CHEAP, True),
        HedgeRow("cut", BTC, "long", 0.2, 13_400.0, 8.1, CUT, True),
        HedgeRow("hedge", ETH, "short", 3.0, 1e4, Missing.from_text("no book"), HEDGED, False),
    ),
)
SNAPSHOTS = [("en", (80, 24)), ("zh", (80, 24)), ("en", (120, 40))]


async def test_a_key_asks_what_would_save_the_account(
    made: RiskState, make_app: Callable[..., TuiriskApp]
) -> None:
    monitor = FakeMonitor(made)
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("b", "h", "h")
        await settle(pilot)
        (answer,) = monitor.hedge_answers
        assert "Computing" in screen_text(app)
        answer(HEDGES)
        await settle(pilot)
        shown = screen_text(app)
        for part in ("add 1.25k margin", "close 0.2 BTCUSDT long", "0.2%", "8.1", "31.0%"):
            assert part in shown
        await pilot.press("h")
        await settle(pilot)
        monitor.hedge_answers[-1](HedgeTable(HEDGES.before, ()))
        await settle(pilot)
        assert "No single action is enough" in screen_text(app)
        await pilot.press("h")
        await settle(pilot)
        monitor.hedge_answers[-1](None)
        await settle(pilot)
        assert "SAVE THE ACCOUNT" not in screen_text(app).upper()


@pytest.mark.parametrize(
    ("language", "size"), [("en", (80, 24)), ("zh", (80, 24)), ("en", (120, 40))]
)
def test_the_account_as_it_looks(
    snap_compare: Any, made: RiskState, make_app: Callable[..., TuiriskApp],
    language: str, size: tuple[int, int],
) -> None:  # fmt: skip
    assert made.account is not None
    account = replace(made.account, ladder=ladder({-12: (BTC,), 18: (ETH,)}))
    monitor = FakeMonitor(replace(made, account=account))
    app = make_app(monitor, language=language)

    async def opened(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press("b", *(["h"] if size[0] > 80 else []))
        await settle(pilot)
        for answer in monitor.hedge_answers:
            answer(HEDGES)
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=opened)


async def test_the_key_opens_it_and_escape_leaves_it(
    made: RiskState, make_app: Callable[..., TuiriskApp]
) -> None:
    app = make_app(FakeMonitor(made))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("b")
        await settle(pilot)
        assert "RISK OF THE ACCOUNT" in screen_text(app) or "POSITIONS" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "RISK OF THE ACCOUNT" not in screen_text(app)


def test_funding_that_is_paid_is_below_zero_everywhere(made: RiskState) -> None:
    assert made.account is not None
    paying = replace(made.account, funding_paid=6.1, funding_next_24h=3.14)
    rows = text(drawn(replace(made, account=paying), 120)).splitlines()
    (past,) = (row for row in rows if "funding, open pos." in row)
    (coming,) = (row for row in rows if "funding, next 24h" in row)
    assert "-6.1" in past
    assert "-3.14" in coming


@pytest.mark.parametrize(
    ("orders", "shown"),
    [
        ([], "no stop"),
        ([("stop_market", 60_000.0, 1.0)], "stop 60,000"),
        ([("stop_market", 60_000.0, 0.25)], "stop 60,000 for 25%"),
        ([("stop_market", 100.0, 1.0)], "stop 100 past liq."),
        ([("take_profit_market", 90_000.0, 1.0)], "no stop take 90,000"),
    ],
)
def test_the_orders_that_end_a_position_stand_beside_its_liquidation_price(
    made: RiskState, orders: list[tuple[str, float, float]], shown: str
) -> None:
    leg = made.symbols[BTC].position
    assert leg is not None
    stops = tuple(StopOrder(k, "sell", at, n * leg.quantity) for k, at, n in orders)
    leg = replace(leg, side="long", liquidation_price=50_000.0, distance=-0.2, stops=stops)
    view = View(CONFIG, Words("en"), "nord", state=made, chosen=BTC)
    found = [cell(view, leg, 1.0, False).text for cell in (cells.stop_cell, cells.take_profit_cell)]
    assert " ".join(filter(None, found)) == shown


def test_the_margin_mode_is_shown_of_an_account_that_has_one(made: RiskState) -> None:
    assert made.account is not None
    own = replace(
        made.account, source="account", mode="portfolio_margin", uni_mmr=2.065, hedge_mode=True
    )
    shown = text(drawn(replace(made, account=own), 150))
    assert "portfolio margin, hedge" in shown
    assert re.search(r"uniMMR +2\.06", shown)
    assert "single asset" not in text(drawn(made, 80))
