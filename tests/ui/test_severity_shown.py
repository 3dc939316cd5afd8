"""How a severity is shown: what is not known is never calm, and the worst is never hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ui_states import CONFIG, TIME, fresh, many, state, symbol

from tuirisk.analytics.score.danger import danger_order
from tuirisk.language.words import Words
from tuirisk.state import (
    SIMULATING,
    RuleMeasure,
    RuleState,
    ScoreMemory,
    SymbolSeverity,
    SymbolState,
)
from tuirisk.state.severity import SeverityTracker
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens.chrome import Title
from tuirisk.ui.view.held import held_text
from tuirisk.ui.view.sorting import SORTS, sort_symbols
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.header import Header
from tuirisk.ui.widgets.table import draw_table
from tuirisk.ui.widgets.table_columns import advice
from tuirisk.ui.widgets.tile import TILE_WIDTH, draw_tile


def view(**symbols: SymbolState) -> View:
    made = state(symbols)
    made = replace(made, danger_order=danger_order(made.symbols))
    return View(CONFIG, Words("en"), "nord", state=made, chosen=next(iter(symbols)))


def texts(rows: list[Line]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


def standing(level: str, rule: str, *, held: bool = False) -> SymbolState:
    severity = SymbolSeverity(level, rule, 1, held=held, text="As it was")  # type: ignore[arg-type]
    return replace(symbol(), severity=severity)


def test_an_unknown_severity_is_neither_green_nor_ok() -> None:
    shown = view(BTCUSDT=standing("unknown", "under_control"))
    assert shown.badge(shown.symbol("BTCUSDT")) == ("?", "UNKNOWN", "unknown")


@pytest.mark.parametrize("level", ["ok", "caution", "warning", "critical"])
def test_a_severity_that_is_held_is_marked_and_never_green(level: str) -> None:
    shown = view(BTCUSDT=standing(level, "no_new_positions", held=True))
    _, word, role = shown.badge(shown.symbol("BTCUSDT"))
    assert word.endswith("?")
    assert role != "ok"
    assert any(word in row for row in texts(draw_tile(shown, "BTCUSDT", TILE_WIDTH, 12)))


def test_ok_below_full_coverage_is_marked_and_not_green() -> None:
    half = symbol()
    shown = view(BTCUSDT=replace(half, score=replace(half.score, coverage=0.5)))
    assert shown.badge(shown.symbol("BTCUSDT"))[1:] == ("OK?", "stale")


def test_the_sentence_is_that_of_the_rule_which_decided_the_severity() -> None:
    shown = view(BTCUSDT=standing("warning", "no_new_positions"))
    one = shown.symbol("BTCUSDT")
    assert one is not None
    assert one.recommendation.code == "under_control"
    assert advice(shown, one) == "No new positions, tighten stops"
    shown = view(BTCUSDT=standing("warning", "a_rule_of_tomorrow"))
    one = shown.symbol("BTCUSDT")
    assert one is not None
    assert advice(shown, one) == "As it was"


def test_danger_is_the_first_sort_and_follows_the_state() -> None:
    shown = view(AUSDT=symbol(), BUSDT=standing("critical", "reduce_or_hedge"))
    assert SORTS[0] == "danger"
    assert sort_symbols(replace(shown, sort="danger"), shown.watched) == ("BUSDT", "AUSDT")


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [3, 4, 7, 12, 16])
def test_no_symbol_of_the_worst_severity_is_hidden_without_being_named(
    width: int, height: int, follow: bool
) -> None:
    made = many(16)
    names = list(made.symbols)
    symbols = dict(made.symbols) | {names[-1]: standing("critical", "reduce_or_hedge")}
    shown = replace(view(**symbols), follow_chosen=follow)
    rows = texts(draw_table(shown, width, height))
    assert len(rows) == height
    assert any("COIN15" in row and "!!" in row for row in rows)


def test_hidden_rows_are_counted_above_and_below() -> None:
    names = [f"{letter}USDT" for letter in "ABCDEFGHIJ"]
    shown = view(**dict.fromkeys(names, symbol()))
    rows = texts(draw_table(replace(shown, chosen="EUSDT"), 80, 6))
    assert "▲2" in rows[-1]
    assert "4 more ▼" in rows[-1]
    assert "worst hidden" in rows[-1]
    top = texts(draw_table(replace(shown, chosen="JUSDT", follow_chosen=False), 80, 6))
    assert "AUSDT" in top[1], "a table whose cursor nobody moved stays at its top"
    assert "6 more ▼" in top[-1]


def filtered() -> View:
    """A watchlist of which the filter hides the critical symbol."""
    shown = view(
        AUSDT=symbol(),
        BUSDT=standing("critical", "reduce_or_hedge"),
        CUSDT=symbol(),
        DUSDT=symbol(),
    )
    return replace(shown, filter="a", order=("AUSDT",))


@pytest.mark.parametrize("width", [80, 120, 200])
def test_what_the_filter_hides_is_counted_and_its_worst_named_in_the_header(width: int) -> None:
    row = texts(Header(id="x").draw(filtered(), width, 1).lines)[0]
    assert "3 filtered out" in row
    assert "BUSDT !! CRITICAL" in row


@pytest.mark.parametrize("order", [("AUSDT",), ()])
def test_a_filtered_table_with_room_says_what_it_hides(order: tuple[str, ...]) -> None:
    rows = texts(draw_table(replace(filtered(), order=order), 40, 8))
    assert f"{4 - len(order)} filtered out" in rows[2]
    assert "!!" in rows[2]


# A severity that is held, or not known.


def held(level: str, rule: str = "no_new_positions", **changes: object) -> SymbolState:
    """A symbol whose mark price is late, and whose severity is held for it."""
    late = replace(standing(level, rule, held=True), freshness=fresh({"mark": 25_000.0}))
    return replace(late, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", ["caution", "warning", "critical"])
@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_table_shows_a_held_severity_at_every_width(level: str, width: int) -> None:
    shown = view(BTCUSDT=held(level))
    row = texts(draw_table(shown, width, 4))[1]
    assert f"{Words('en')(f'severity.{level}')}?" in row


@pytest.mark.parametrize("level", ["caution", "warning", "critical"])
def test_a_danger_stays_while_the_data_are_lost(level: str) -> None:
    stale = replace(standing(level, "no_new_positions"), status="stale")
    shown = view(BTCUSDT=stale)
    assert shown.badge(stale)[2] == level
    assert shown.badge(stale)[1].endswith("?")
    lost = replace(shown, failure="the monitor has ended")
    assert lost.badge(standing(level, "no_new_positions"))[2] == level


def test_a_calm_does_not_stay_while_the_data_are_lost() -> None:
    stale = replace(standing("ok", "under_control"), status="stale")
    assert view(BTCUSDT=stale).badge(stale) == ("?", "STALE", "stale")


def test_why_a_severity_is_held_stands_in_tile_status_and_panel() -> None:
    shown = view(BTCUSDT=held("warning"))
    for rows in (
        draw_tile(shown, "BTCUSDT", TILE_WIDTH, 12),
        Detail(id="x").draw(shown, 38, 30).lines,
        StatusLine(id="x").draw(shown, 80, 2).lines,
        Title([], id="x").draw(shown, 120, 2).lines,
    ):
        assert any("held: mark stale" in row for row in texts(rows))


def test_in_little_room_the_first_of_what_is_stale_is_named_and_the_others_counted() -> None:
    late = fresh({"mark": 25_000.0, "depth": 25_000.0, "flow": 90_000.0})
    one = replace(held("warning"), freshness=late)
    assert held_text(view(BTCUSDT=one), one, 21) == "held: book, mark +1"


def test_the_reason_is_that_of_the_missing_input_of_the_rule() -> None:
    rule = RuleState(
        "watch_margin", "held", True,
        (RuleMeasure("p_liquidation_24h", SIMULATING, 0.01, 0.01, 0),), "warning", known=False,
    )  # fmt: skip
    one = standing("warning", "watch_margin", held=True)
    one = replace(one, recommendation=replace(one.recommendation, rules=(rule,)))
    assert held_text(view(BTCUSDT=symbol()), one, 60) == "held: being simulated"


def test_a_severity_known_from_the_last_run_says_so() -> None:
    one = standing("warning", "no_new_positions", held=True)
    one = replace(one, tracker=SeverityTracker("warning"))
    said = held_text(view(BTCUSDT=one), one, 60)
    assert said == "held: level of the last run, not measured yet"


def test_a_component_that_is_carried_has_its_mark_and_its_age() -> None:
    one = held("warning")
    score = replace(one.score, carried=("liquidity",))
    memory = ScoreMemory({"liquidity": (12.0, TIME - 130_000)}, ())
    shown = view(BTCUSDT=replace(one, freshness=fresh(), score=score, score_memory=memory))
    assert any(row.rstrip().endswith("12?") for row in texts(draw_tile(shown, "BTCUSDT", 30, 12)))
    rows = texts(Detail(id="x").draw(shown, 44, 30).lines)
    assert any("liquidity" in row and "last known 2m ago" in row for row in rows)
