"""What each panel of the dashboard tells, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, connection, critical, degraded, position, ready, state, symbol

from tuirisk.language.words import Words
from tuirisk.state import (
    AccountState,
    Missing,
    Recommendation,
    ScoreInput,
    StreamState,
    SymbolState,
)
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.rows import Line
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.depth import Depth
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.drivers import strongest
from tuirisk.ui.widgets.header import Header, Notice
from tuirisk.ui.widgets.impact import ImpactPanel


def view(what: SymbolState) -> View:
    return View(CONFIG, Words("en"), "nord", state=state({"BTCUSDT": what}), chosen="BTCUSDT")


def texts(rows: list[Line]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


def held(side: Literal["long", "short"], worst: float) -> SymbolState:
    """A position whose exit walks its side of the book down, or up, to ``worst``."""
    base = symbol()
    impact = base.liquidity.impact
    sell, buy = replace(impact.sell, worst=worst), replace(impact.buy, worst=worst)
    book = replace(base.liquidity, impact=replace(impact, sell=sell, buy=buy))
    return replace(base, position=position(67_412.3, side), liquidity=book)


@pytest.mark.parametrize(("side", "edge", "mark"), [("long", 0, ">"), ("short", -1, "<")])
def test_the_ladder_marks_where_the_own_exit_ends(
    side: Literal["long", "short"], edge: int, mark: str
) -> None:
    book = symbol().liquidity
    levels = book.bids if side == "long" else book.asks
    rows = texts(Depth(id="x").draw(view(held(side, levels[3][0])), 66, 20).lines)
    marked = [row for row in rows[5:] if row[edge] != " "]
    assert marked == [rows[8]]
    assert marked[0][edge] == mark
    assert f"{levels[3][0]:,.1f}" in marked[0]
    assert "your exit" in rows[2]
    assert f"{levels[3][0]:,.1f}" in rows[2]


def test_an_exit_that_ends_below_the_ladder_is_marked_at_its_foot() -> None:
    rows = texts(Depth(id="x").draw(view(held("long", 60_000.0)), 66, 12).lines)
    assert [row[0] for row in rows[-2:]] == [" ", "v"]


def test_without_a_position_the_reference_order_is_marked_on_both_sides() -> None:
    base = symbol()
    impact = base.liquidity.impact
    sell = replace(impact.sell, worst=base.liquidity.bids[1][0])
    buy = replace(impact.buy, worst=base.liquidity.asks[2][0])
    book = replace(base.liquidity, impact=replace(impact, sell=sell, buy=buy))
    rows = texts(Depth(id="x").draw(view(replace(base, liquidity=book)), 66, 20).lines)
    assert (rows[6][0], rows[7][-1]) == (">", "<")
    assert "reference" in rows[2]


def test_the_book_shows_mid_microprice_spread_and_imbalance() -> None:
    for width in (44, 66):
        text = " ".join(texts(Depth(id="x").draw(view(symbol()), width, 10).lines))
        for word in ("mid", "micro", "0.01 bp", "bids", "59%", "41%"):
            assert word in text


def test_the_own_order_stands_out_in_the_impact_panel() -> None:
    looks = view(replace(symbol(), position=position(1.0)))
    for width in (36, 44, 66):
        rows = ImpactPanel(id="x").draw(looks, width, 11).lines
        own = [row for row in rows if row[0].text.startswith(">")]
        assert len(own) == 1
        assert {span.ground for span in own[0]} == {"chosen"}


def test_why_begins_with_the_advice_and_ends_with_what_is_missing() -> None:
    base = critical().symbols["BTCUSDT"]
    terms = {
        "market": (ScoreInput("volatility_percentile", 97.0, 97.0, weight=0.7),),
        "liquidity": (
            ScoreInput("sell_slippage", 0.004, 70.0),
            ScoreInput("buy_slippage", 0.006, 88.0),
        ),
    }
    one = replace(
        base,
        score=replace(base.score, terms=terms),
        performance=replace(base.performance, sharpe=Missing("zero_variance")),
    )
    for size in ((37, 24), (66, 40)):
        rows = texts(Detail(id="x").draw(view(one), *size).lines)
        filled = [row for row in rows if row.strip()]
        assert "Add margin or reduce now" in filled[1]
        assert "zero variance" in filled[-1] or size[1] > 24
        text = "\n".join(filled)
        order = ["Add margin", "buy slip. 60.0 bp", "position", "candles", "zero variance"]
        assert [text.index(word) for word in order] == sorted(text.index(w) for w in order)
        assert "cone rank 97" in text


def test_notes_that_do_not_fit_are_counted_and_leave_room_for_the_position() -> None:
    notes = tuple(f"a rather long note of many words, number {i}" for i in range(9))
    advice = Recommendation("reduce_or_hedge", "critical", "", notes)  # type: ignore[arg-type]
    one = replace(symbol(), position=position(67_412.3), recommendation=advice)
    rows = texts(Detail(id="x").draw(view(one), 37, 24).lines)
    assert any("more notes" in row for row in rows)
    assert any("liq. price" in row for row in rows)


def test_the_strongest_input_of_a_sum_is_the_weighted_one() -> None:
    small = ScoreInput("drawdown_1h", 1.0, 100.0, weight=0.3)
    large = ScoreInput("volatility_percentile", 60.0, 60.0, weight=0.7)
    assert strongest((small, large)) == large
    assert strongest((replace(small, points=Missing.from_text("none")),)) is None


def test_the_status_has_what_the_table_has_no_column_for() -> None:
    first, second = texts(StatusLine(id="x").draw(view(ready().symbols["BTCUSDT"]), 80, 2).lines)
    for word in ("Risk under control", "normal 3h", "fund 3h57m", "live"):
        assert word in first
    assert "liq 59,996.9 -11.0%" in second
    late = texts(StatusLine(id="x").draw(view(degraded().symbols["SOLUSDT"]), 80, 2).lines)
    assert "held: no data for" in late[0]


def test_the_header_shows_connection_account_and_watchlist() -> None:
    streams = (StreamState("public", "live", 90.0), StreamState("market", "live", 7_240.0))
    link = replace(connection(), streams=streams)
    account = AccountState(50_000.0, 1_234.0, 1_000.0, within_budget=False)
    what = ready()
    shown = replace(
        what,
        connection=link,
        account=account,
        watchlist=replace(what.watchlist, effective_bets=2.4),
    )
    looks = replace(view(symbol()), state=shown, sort="score", list_name="majors", muted=True)
    [row] = texts(Header(id="x").draw(looks, 200, 1).lines)
    for text in ("latency 118 ms", "data age 0s", "weight/min 41", "1.23k of 1k", "bets 2.4",
                 "ALERTS 3", "MUTED", "by risk", "list majors"):  # fmt: skip
        assert text in row
    [narrow] = texts(Header(id="x").draw(looks, 60, 1).lines)
    assert "LIVE" in narrow
    assert "ALERTS 3" in narrow
    assert "bets" not in narrow


@pytest.mark.parametrize(
    ("status", "fill"), [("degraded", "warning-fill"), ("offline", "critical-fill")]
)
def test_a_bad_connection_cannot_be_overlooked(status: str, fill: str) -> None:
    what = replace(ready(), connection=connection(status, "why"))  # type: ignore[arg-type]
    looks = replace(view(symbol()), state=what)
    [row] = Header(id="x").draw(looks, 80, 1).lines
    assert [span.role for span in row if status.upper() in span.text] == [fill]
    [notice] = Notice(id="x").draw(looks, 80, 1).lines
    assert notice[0].ground == "notice"


def test_the_header_warns_when_a_symbol_is_not_ready() -> None:
    [row] = Header(id="x").draw(replace(view(symbol()), state=degraded()), 100, 1).lines
    assert [span.role for span in row if "4/5 ready" in span.text] == ["caution"]


async def test_a_first_position_makes_room_in_every_tile(
    make_app: Callable[..., TuiriskApp],
) -> None:
    without = {name: replace(s, position=None) for name, s in ready().symbols.items()}
    monitor = FakeMonitor(replace(ready(), symbols=without))
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        before = screen_text(app).splitlines()
        monitor.publish(ready())
        await settle(pilot)
        after = screen_text(app).splitlines()
        # The other tiles' charts end where the first tile's position begins.
        position_row = next(y for y, row in enumerate(after) if " liq " in row[:24])
        assert "".join(before[position_row][25:118].split())
        assert not "".join(after[position_row][25:118].split())


async def test_the_monitor_is_told_what_is_in_view(make_app: Callable[..., TuiriskApp]) -> None:
    names = [f"C{number:02d}USDT" for number in range(60)]
    one = symbol()
    watchlist = replace(ready().watchlist, symbols=tuple(names))
    state = replace(ready(), symbols=dict.fromkeys(names, one), watchlist=watchlist)
    monitor = FakeMonitor(state)
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        monitor.publish(replace(state, time_ms=state.time_ms + 60_000))
        await settle(pilot)
        assert names[0] in monitor.in_view
        assert 5 < len(monitor.in_view) < 40
        assert all(name in screen_text(app) for name in monitor.in_view)
