"""Equity and P&L of the account over the spans of the score's history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from support.positions import BTC, LONG, SHORT, state
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG
from textual.pilot import Pilot

from tuirisk.language.words import Words
from tuirisk.state import RiskState
from tuirisk.state.account_values import AccountHistory, AccountValue
from tuirisk.state.history_span import HISTORY_SPANS, HistorySpan, span_end
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.charts.axes import LABEL
from tuirisk.ui.charts.scale import linear_scale
from tuirisk.ui.screens import account
from tuirisk.ui.screens.account_chart import ROWS, account_charts
from tuirisk.ui.screens.account_form import AccountForm
from tuirisk.ui.screens.account_screen import AccountBody
from tuirisk.ui.screens.chart_blocks import money_label
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.screens.time_spans import SPANS
from tuirisk.ui.view.view import View


@pytest.fixture(scope="module")
def made() -> RiskState:
    return state(LONG, SHORT)


def worth_over(span: HistorySpan, now_ms: int) -> AccountHistory:
    """A value in each step but the third quarter of ``span``."""
    length_ms, step_ms = HISTORY_SPANS[span]
    until_ms = span_end(span, now_ms)
    times = range(until_ms - length_ms, until_ms, step_ms)
    values = tuple(
        AccountValue(time_ms, 10_000 + 40 * place**0.5, 3.0 * (place % 30))
        for place, time_ms in enumerate(times)
        if not len(times) / 2 <= place < len(times) * 3 / 4
    )
    return AccountHistory(span, until_ms, values)


def with_key(made: RiskState) -> FakeMonitor:
    assert made.account is not None
    held = replace(made.account, source="account")
    monitor = FakeMonitor(replace(made, account=held, source="binance"))
    monitor.account_histories = {span: worth_over(span, made.time_ms) for span in SPANS}
    return monitor


async def test_equity_and_pnl_have_the_spans_of_the_score(
    made: RiskState, make_app: Callable[..., TuiriskApp]
) -> None:
    monitor = with_key(made)
    del monitor.account_histories["30d"]
    app = make_app(monitor)
    async with app.run_test(size=(120, 60)) as pilot:
        await settle(pilot)
        for keys, shown in (
            (["b", "end"], "[24 h]"), (["full_stop"], "[7 d]"), (["comma", "comma"], "[1 h]"),
            (["comma"], "[1 h]"),
        ):  # fmt: skip
            await pilot.press(*keys)
            await settle(pilot)
            assert shown in screen_text(app)
        assert "EQUITY" in screen_text(app)
        body = app.screen.query_one(AccountBody)
        month, year = [hit for hit in body.drawn.hits if "show_span" in hit.target][3:]
        for hit, part in ((month, "Being read"), (year, "P&L SINCE")):
            await pilot.click(AccountBody, offset=(hit.start + 1, hit.y))
            await settle(pilot)
            assert part in screen_text(app)
        assert "[1 y]" in screen_text(app)


def charts(made: RiskState, span: HistorySpan, width: int, language: str) -> list[str]:
    view = View(CONFIG, Words(language), "nord", state=with_key(made).states[0], chosen=BTC)
    form = AccountForm(span, worth_over(span, made.time_ms))
    rows, hits = account_charts(Page(view, made.symbols[BTC], width), form, account.LEAST)
    assert len(hits) == 5
    return ["".join(span.text for span in row) for row in rows]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 60, 120])
def test_the_charts_are_as_wide_as_the_screen(made: RiskState, width: int, language: str) -> None:
    for span in SPANS:
        rows = charts(made, span, width, language)
        assert {cell_len(row) for row in rows if row} == {width}


@pytest.mark.parametrize("span", SPANS)
def test_no_line_is_drawn_over_a_gap(made: RiskState, span: HistorySpan) -> None:
    rows = charts(made, span, 60, "en")
    (title,) = [place for place, row in enumerate(rows) if row.startswith(" EQUITY  ")]
    chart = [row[LABEL:] for row in rows[title + 1 : title + 1 + ROWS]]
    empty = [x for x in range(60 - LABEL) if not "".join(row[x] for row in chart).strip()]
    plot = 60 - LABEL - 1
    assert set(range(plot * 53 // 100, plot * 73 // 100)) <= set(empty)
    assert len(empty) <= plot * 3 // 10, "the rest is drawn"


@pytest.mark.parametrize(("language", "size"), [("en", (120, 60)), ("zh", (80, 24))])
def test_equity_and_pnl_as_they_look(
    snap_compare: Any, made: RiskState, make_app: Callable[..., TuiriskApp],
    language: str, size: tuple[int, int],
) -> None:  # fmt: skip
    app = make_app(with_key(made), language=language)

    async def opened(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press("b", "end")
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=opened)


def test_marks_of_an_axis_are_told_apart() -> None:
    scale = linear_scale(11_690.0, 11_730.0, 6)
    label = money_label(scale)
    assert len({label(mark) for mark in scale.marks}) == len(scale.marks) > 1
    assert money_label(linear_scale(0.0, 40_000.0, 6))(20_000.0) == "20k"
