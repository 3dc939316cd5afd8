"""The tab with the score over time: gaps, levels, the log on it, and its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.score_histories import score_histories, score_history
from support.tab_driver import press
from support.ui_driver import FakeMonitor, settle
from support.ui_states import CONFIG, critical, offline, ready

from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.state import Missing, RiskState
from tuirisk.state.history_span import HISTORY_SPANS
from tuirisk.state.score_history import MOST_ENTRIES, NOT_KEPT, ScoreHistory, ScoreStep, joined
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.charts.envelope import Range, dotted_rule, envelope
from tuirisk.ui.charts.raster import Raster
from tuirisk.ui.charts.scale import Scale
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.screens.score_chart import drawing
from tuirisk.ui.screens.score_columns import Columns
from tuirisk.ui.screens.score_form import ScoreForm
from tuirisk.ui.screens.score_window import help_texts
from tuirisk.ui.screens.tabs import Body
from tuirisk.ui.screens.time_spans import SPANS
from tuirisk.ui.view.view import View

MakeApp = Callable[..., TuiriskApp]
BTC = "BTCUSDT"
NOW = ready().time_ms
DAY = score_history(BTC, "24h", NOW)
PLOT = 8
"""The first column of the chart."""


def page_of(what: RiskState, form: ScoreForm, width: int, **view: Any) -> Page:
    looked = View(CONFIG, Words("en"), "nord", state=what, chosen=BTC, **view)
    symbol = looked.symbol(BTC)
    assert symbol is not None
    return Page(looked, symbol, width, None, form)


def rows(
    history: ScoreHistory | None,
    what: RiskState | None = None,
    size: tuple[int, int] = (108, 36),
    **view: Any,
) -> list[Line]:
    page = page_of(what or ready(), ScoreForm(history=history), size[0], **view)
    return drawing(page, size[1]).lines


def text(lines: list[Line]) -> str:
    return "\n".join("".join(span.text for span in line) for line in lines)


def row(lines: list[Line], name: str) -> str:
    """What stands in the columns of the row ``name``."""
    return next(r for r in text(lines).splitlines() if r.strip().startswith(name))[PLOT:]


def test_what_was_not_watched_is_blank_and_what_was_not_known_is_a_dot() -> None:
    lines = rows(DAY)
    chart = [line[PLOT:-1] for line in text(lines).splitlines()[2:17]]
    columns = ["".join(column) for column in zip(*chart, strict=True)]
    drawn = "".join(
        "#" if set(column) - set(" .⠉⠒⠤⣀") else "." if column.endswith(".") else " "
        for column in columns
    )
    assert drawn[:8] == "." * 8, "an earlier scale"
    assert drawn[32:38].strip() == "", "not watched"
    assert drawn[50:54] == "....", "not known"
    assert set(drawn[9:29]) == set(drawn[56:]) == {"#"}
    level = row(lines, "level")
    assert level[32:38].strip() == ""
    assert level[50:54] == "▁▁▁▁"


def test_a_calm_that_was_not_known_in_full_is_not_green() -> None:
    line = next(line for line in rows(DAY) if "level" in line[0].text)
    x = 0
    roles: dict[int, tuple[str, str]] = {}
    for span in line:
        roles |= {x + i: (span.text[i], span.role) for i in range(len(span.text))}
        x += len(span.text)
    assert roles[PLOT + 51] == ("▁", "stale")
    assert roles[PLOT + 10] == ("▁", "ok")
    assert row(rows(DAY), "unsure")[50:60] == "?" * 10


def test_a_peak_between_two_columns_is_drawn() -> None:
    steps = tuple(
        replace(step, peak=97.0) if place == 100 else step for place, step in enumerate(DAY.steps)
    )
    lines = rows(replace(DAY, steps=steps), size=(40, 36))
    assert "Highest 97 at" in text(lines)
    assert any(line[1].text.strip(" ") for line in lines[4:6] if len(line) > 1)


def test_what_limits_the_history_is_told() -> None:
    told = replace(
        DAY, why=Reason("scores_of_this_run"), since_ms=NOW - 3_600_000, damaged=3,
        entries=DAY.entries * (MOST_ENTRIES // 2),
    )  # fmt: skip
    shown = " ".join(text(rows(told)).split())
    assert "From 11:02Z on: a demo, a replay and candle files show" in shown
    assert "Damaged rows of the history are left out: 3." in shown
    assert "Of the log the newest 1000 entries." in shown
    assert "earlier scale" in shown


def test_before_the_answer_and_without_anything_kept() -> None:
    assert "Being read" in text(rows(None))
    other = replace(DAY, symbol="ETHUSDT")
    assert "Being read" in text(rows(other)), "of another symbol"
    nothing = replace(DAY, steps=(), entries=())
    gone = text(rows(nothing, offline()))
    assert "No score is known of this time. Watched 0% of 24 h." in gone
    assert "18?" in gone, "a stale score is marked"


def test_the_present_moment_is_on_the_chart_unless_it_is_lost() -> None:
    nothing = replace(DAY, steps=(), entries=())
    assert "Highest 85 at 12:00Z, lowest 85." in text(rows(nothing, critical()))
    assert "No score is known" in text(rows(nothing, critical(), failure="ended"))


def test_steps_after_the_moment_shown_are_not_drawn() -> None:
    early = replace(ready(), time_ms=NOW - 43_200_000)
    page = page_of(early, ScoreForm(history=DAY), 108)
    assert help_texts(page, ScoreForm(history=DAY)) == {"watched": "40%", "entries": "0"}


@given(
    st.lists(
        st.tuples(st.integers(0, 287), st.floats(0, 100)), max_size=30, unique_by=lambda s: s[0]
    ),
    st.integers(1, 400),
)
def test_columns_keep_every_peak_and_every_gap(found: list[tuple[int, float]], width: int) -> None:
    length, step_ms = HISTORY_SPANS["24h"]
    steps = [
        ScoreStep(place * step_ms, 5, peak, peak, (NOT_KEPT,) * 4, "ok", False)
        for place, peak in found
    ]
    drawn = Columns(steps, "24h", length, width).joined(width)
    peaks = [step.peak for step in drawn if step is not None]
    assert {peak for _, peak in found} <= set(peaks) or width < 288
    if found:
        assert max(peak for _, peak in found) in peaks
    for column, step in enumerate(drawn):
        first, last = column * 288 / width, (column + 1) * 288 / width
        inside = any(first < place + 1 and place < last for place, _ in found)
        assert (step is not None) is inside


def test_a_gap_of_the_envelope_is_not_drawn_over_and_neighbours_are_joined() -> None:
    raster = Raster(4, 5)
    there = [Range(10, 20, "bar"), Range(80, 90, "critical"), None, None, Range(40, 40, "bar")]
    envelope(raster, [*there, None, None, None], Scale(0.0, 100.0))
    columns = list(zip(*("".join(s.text for s in line) for line in raster.lines()), strict=True))
    assert " " not in columns[0][1:4], "joined from 20 to 80"
    assert set(columns[1]) == set(columns[3]) == {" "}
    assert sum(c != " " for c in columns[2]) == 1
    assert dotted_rule(1.0, 5) == (0, "⠉")


def test_joining_keeps_what_is_known() -> None:
    known, gap = DAY.steps[200], replace(DAY.steps[200], peak=NOT_KEPT, low=NOT_KEPT)
    assert not isinstance(joined(gap, known).peak, Missing)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("width", [20, 33, 60, 80, 200])
def test_every_span_is_drawn_at_every_width(span: str, width: int) -> None:
    history = score_histories(BTC, NOW)[span]
    form = ScoreForm(span=history.span, history=history)
    drawn = drawing(page_of(critical(), form, width), 20)
    assert all(sum(len(part.text) for part in line) == width for line in drawn.lines)
    assert all(hit.end <= width for hit in drawn.hits)


async def test_spans_and_entries_are_chosen_by_keys_and_clicks(make_app: MakeApp) -> None:
    monitor = FakeMonitor(critical())
    monitor.score_histories = score_histories(BTC, NOW)
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        shown = await press(pilot, "9")
        assert "[24 h]" in shown
        assert "1/6" in shown
        assert "2/6" in await press(pilot, "v")
        assert "1/6" in await press(pilot, "V", "V")
        assert "[7 d]" in await press(pilot, "full_stop")
        assert "[1 h]" in await press(pilot, "comma", "comma", "comma")
        body = app.screen.query_one(Body)
        spans = [hit for hit in body.drawn.hits if "show_span" in hit.target]
        await pilot.click(Body, offset=(spans[1].start + 1, spans[1].y))
        await settle(pilot)
        entries = [hit for hit in body.drawn.hits if "show_entry" in hit.target]
        await pilot.click(Body, offset=(entries[-1].start, entries[-1].y))
        await settle(pilot)
        assert "6/6" in await press(pilot)
        assert "Being read" in await press(pilot, "j"), "of another symbol nothing is known"


async def test_a_span_is_asked_once_and_again_when_a_step_is_over(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = FakeMonitor(ready())
    asked: list[str] = []

    def ask(symbol: str, span: str, answer: object) -> bool:
        asked.append(span)
        return True

    monkeypatch.setattr(monitor, "score_history", ask)
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "9")
        for later in (1_000, 2_000, 300_000):
            monitor.publish(replace(ready(), time_ms=NOW + later))
            await settle(pilot)
        assert asked == ["24h", "24h"]
