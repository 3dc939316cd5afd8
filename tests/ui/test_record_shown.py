"""The track record beside P(liquidation) and the score."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ui_states import CONFIG, ready

from tuirisk.backtest.kept_record import shipped_record
from tuirisk.explain.track_record import track_record
from tuirisk.language.words import Words
from tuirisk.state import Missing
from tuirisk.state.track_record import (
    ChanceBand,
    LossOutcome,
    ScoreOutcome,
    TrackRecord,
    VolatilityOutcome,
)
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens import leverage, why
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.cells import ValueCell
from tuirisk.ui.widgets.detail import Detail
from tuirisk.ui.widgets.track_record import (
    chance_record,
    live_chance_record,
    record_source,
    score_label,
    score_record,
)

RECORD = TrackRecord(
    "own",
    ("BTCUSDT", "ETHUSDT"),
    "2024-01-01",
    "2024-05-13",
    (ChanceBand(0.0, 0.01, 900, 90, 0.002, 0.003), ChanceBand(0.01, 0.05, 1_236, 80, 0.03, 0.034)),
    (ChanceBand(0.0, 0.05, 700, 90, 0.01, 0.02),),
    (ScoreOutcome(0.0, 60.0, 5_000, 0.7, 0.13, 0.31, 0.03),
     ScoreOutcome(60.0, 80.0, 2_031, 0.2, 0.39, 0.13, 0.05)),
)  # fmt: skip


def view(record: TrackRecord | None = RECORD, language: str = "en") -> View:
    state = replace(ready(), track_record=record)
    return View(CONFIG, Words(language), "nord", state=state, chosen="BTCUSDT")


def texts(rows: list[Line]) -> list[str]:
    return ["".join(span.text for span in row).rstrip() for row in rows]


def text(cells: list[ValueCell]) -> str:
    return " ".join(cell.text for cell in cells)


def test_a_forecast_has_the_record_of_its_band() -> None:
    assert text(chance_record(view(), "24h", 0.02)) == "3.4% of 1,236 at 1-5%"
    assert text(chance_record(view(), "7d", 0.02)) == "2.0% of 700 at 0-5%"
    assert not chance_record(view(), "24h", 0.3), "no forecast was in that band"
    assert not chance_record(view(), "24h", Missing("not_computed_yet"))
    assert not chance_record(view(None), "24h", 0.02)


def test_a_score_has_what_followed_its_band() -> None:
    assert text(score_record(view(), 64.0)) == "39% of 2,031 h at 60-80, else 13%"
    assert score_label(view()) == "then -5%"
    assert not score_record(view(), 90.0)
    assert "2,031" in text(score_record(view(language="zh"), 64.0))


def test_whose_backtest_it_is_is_named() -> None:
    assert (
        record_source(view(), RECORD) == "your own backtest of BTC, ETH, 2024-01-01 to 2024-05-13"
    )
    shipped = record_source(view(), shipped_record())
    assert shipped.startswith("shipped backtest of ")
    assert shipped_record().first_day in shipped


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_tab_why_ends_with_the_whole_table(language: str, width: int) -> None:
    shown = view(language=language)
    assert shown.state is not None
    lines = texts(why.draw(Page(shown, shown.state.symbols["BTCUSDT"], width), 400))
    whole = " ".join(lines)
    for figure in ("1-5%", "3.4%", "1,236", "60-80", "39%", "2,031", "2024-05-13"):
        assert figure in whole, figure
    bare = view(None, language)
    assert bare.state is not None
    shorter = texts(why.draw(Page(bare, bare.state.symbols["BTCUSDT"], width), 400))
    assert lines[: len(shorter)] == shorter


def test_the_panel_and_the_tab_of_the_position_have_it_beside_the_chance() -> None:
    shown = view(shipped_record())
    assert shown.state is not None
    rows = texts(Detail(id="x").draw(shown, 60, 60).lines)
    assert any("came true" in row for row in rows)
    symbol = shown.state.symbols["BTCUSDT"]
    assert symbol.position is not None
    page = Page(shown, replace(symbol, positions=(symbol.position,)), 120)
    assert sum("came true" in row for row in texts(leverage.draw(page, 60))) == 2


LIVE = TrackRecord(
    "live", ("BTCUSDT",), "2026-10-01", "2026-11-27",
    (ChanceBand(0.0, 0.01, 900, 4, 0.002, 0.003), ChanceBand(0.01, 0.05, 412, 40, 0.03, 0.031)),
    loss=LossOutcome(480, 20, 0.052), volatility=VolatilityOutcome(480, 20, 0.97),
    awaited=96, not_judged=7,
)  # fmt: skip


def test_live_forecasts_stand_below_the_backtest() -> None:
    state = replace(ready(), track_record=RECORD, live_record=LIVE)
    shown = View(CONFIG, Words("en"), "nord", state=state, chosen="BTCUSDT")
    assert text(live_chance_record(shown, "24h", 0.02)) == "3.1% of 412 at 1-5%"
    assert not live_chance_record(shown, "24h", 0.002), "of four days they say nothing yet"
    assert not live_chance_record(view(), "24h", 0.02)
    lines = texts(why.draw(Page(shown, state.symbols["BTCUSDT"], 80), 400))
    whole = " ".join(" ".join(lines).split())
    assert "your live forecasts of BTC, 2026-10-01 to 2026-11-27" in whole
    assert "96 await their day; 7 are not judged" in whole
    assert "beyond VaR 5.2% 5% 480" in whole
    assert "var. ratio 0.97 1 480" in whole


def test_explain_ends_with_the_record() -> None:
    state = replace(ready(), track_record=RECORD, live_record=LIVE)
    backtest, live = track_record(state, "BTCUSDT")
    assert (backtest.args, live.args) == (("own",), ("live",))
    assert "came_true" in {child.code for child in backtest.children}
