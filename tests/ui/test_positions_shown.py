"""Positions on the dashboard: every leg, the P&L of all, and how near the liquidation is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ui_states import CONFIG, TIME, position, ready, state, symbol

from tuirisk.language.words import Words
from tuirisk.state import AccountState, ChanceModel, Missing, Position, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.header import Header
from tuirisk.ui.widgets.positions import nearness
from tuirisk.ui.widgets.table import draw_table
from tuirisk.ui.widgets.tile import TILE_HEIGHT, TILE_WIDTH, draw_tile

PRICE = 67_412.3
NO_LIQUIDATION = Missing("no_liquidation_price")


def leg(side: str, quantity: float, pnl: float, distance: float = -0.03) -> Position:
    base = position(PRICE, "long" if side == "long" else "short")
    return replace(
        base, quantity=quantity, unrealised_pnl=pnl, distance=distance, leverage=16.3,
        notional=quantity * PRICE,
    )  # fmt: skip


def hedged() -> SymbolState:
    near, far = leg("long", 0.2, 184.0), leg("short", 0.1, 54.0, 0.4)
    return replace(symbol(), position=near, positions=(far, near))


def view(what: SymbolState, language: str = "en") -> View:
    symbols = {"BTCUSDT": what, "ETHUSDT": symbol()}
    return View(CONFIG, Words(language), "nord", state=state(symbols), chosen="BTCUSDT")


def texts(rows: list[Line]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


def test_the_legs_begin_with_the_one_nearest_to_liquidation_and_sum_their_pnl() -> None:
    both = hedged()
    assert [one.side for one in both.legs] == ["long", "short"]
    assert both.unrealised_pnl == 238.0
    unknown = replace(both, positions=(replace(both.positions[0], unrealised_pnl=NO_LIQUIDATION),))
    assert isinstance(unknown.unrealised_pnl, Missing)
    assert symbol().legs == ()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("chance", "text"), [(1.0, "100.0%"), (0.0001, "<0.1%"), (0.115, "11.5%")])
@pytest.mark.parametrize("model", ["daily_extremes", "simulation_and_extremes"])
def test_the_chance_of_liquidation_is_on_every_tall_tile(
    language: str, chance: float, text: str, model: ChanceModel
) -> None:
    near = replace(
        leg("long", 0.2, 184.0),
        p_liquidation_24h=chance,
        p_liquidation_model=model,
        p_liquidation_time="2026-11-22T11:59:50.000Z",
    )
    one = replace(symbol(), position=near, positions=(near,))
    for width in (TILE_WIDTH, TILE_WIDTH + 1):
        rows = texts(draw_tile(view(one, language), "BTCUSDT", width, 16))
        (row,) = (row for row in rows if Words(language)("detail.chance") in row)
        assert text in row


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_tall_tile_has_a_row_for_the_other_leg_and_the_sum(language: str) -> None:
    words = Words(language)
    rows = texts(draw_tile(view(hedged(), language), "BTCUSDT", TILE_WIDTH, 14))
    near = next(row for row in rows if "+184" in row)
    assert "16.3x" in near
    assert words("side.long") in near
    assert any(
        f"+1 {words('side.short')}" in row and "+54" in row and "=+238" in row for row in rows
    )
    rows = texts(draw_tile(view(hedged(), language), "BTCUSDT", TILE_WIDTH + 4, 14))
    assert any(f"+1 {words('side.short')} 0.1 +54" in row and "=+238" in row for row in rows)


def test_a_low_tile_counts_the_other_leg_and_shows_the_sum() -> None:
    rows = texts(draw_tile(view(hedged()), "BTCUSDT", TILE_WIDTH, TILE_HEIGHT))
    assert any("long+1" in row and "+238" in row and "-3.0%" in row for row in rows)


@pytest.mark.parametrize("height", [10, 12, 14, 16])
def test_tiles_next_to_a_hedge_have_its_height_and_aligned_rows(height: int) -> None:
    shown = view(hedged())
    held = texts(draw_tile(shown, "BTCUSDT", TILE_WIDTH, height))
    bare = texts(draw_tile(shown, "ETHUSDT", TILE_WIDTH, height))
    assert len(held) == len(bare) == height
    for word in ("fund", "normal", "live"):
        assert [word in row for row in held] == [word in row for row in bare]


def test_the_table_marks_the_other_leg_and_shows_the_summed_pnl() -> None:
    for width in (80, 120, 200):
        row = texts(draw_table(view(hedged()), width, 4))[1]
        assert "long+1" in row
    assert "+238" in row
    assert "+1 short 0.1 +54" in row
    assert "0.4%" in row
    assert "16.3x" in row


def test_why_lists_every_leg_and_the_pnl_of_all() -> None:
    rows = texts(Detail(id="x").draw(view(hedged()), 38, 30).lines)
    assert any("other leg" in row and "short" in row and "+54" in row for row in rows)
    assert any("P&L" in row and "+238" in row for row in rows)
    assert not any("+184" in row for row in rows)


def test_the_status_shows_the_positions_where_there_is_no_panel_why() -> None:
    lone = texts(StatusLine(id="x").draw(view(replace(hedged(), positions=())), 80, 2).lines)[1]
    for word in ("long 16.3x eff", "P&L +184", "liq 59,996.9 -3.0%", "P(liq) 24h 0.4%"):
        assert word in lone
    both = texts(StatusLine(id="x").draw(view(hedged()), 80, 2).lines)[1]
    for word in ("long 16.3x eff", "+1 short 0.1 +54", "P&L +238"):
        assert word in both
    assert "your exit" in texts(StatusLine(id="x").draw(view(hedged()), 130, 2).lines)[1]


def test_the_effective_leverage_is_not_mistaken_for_the_one_set() -> None:
    held = replace(position(PRICE), leverage=1.46, leverage_setting=10.0)
    shown = view(replace(symbol(), position=held))
    assert any("1.46x eff" in row for row in texts(draw_tile(shown, "BTCUSDT", TILE_WIDTH, 14)))
    rows = texts(Detail(id="x").draw(shown, 38, 30).lines)
    assert any("eff. lev." in row and "1.46x" in row and "set 10x" in row for row in rows)


def test_a_position_that_cannot_be_liquidated_says_none() -> None:
    held = replace(
        position(PRICE), liquidation_price=NO_LIQUIDATION, distance=NO_LIQUIDATION,
        distance_sigmas=NO_LIQUIDATION,
    )  # fmt: skip
    shown = view(replace(symbol(), position=held))
    rows = texts(draw_tile(shown, "BTCUSDT", TILE_WIDTH, 14))
    assert any("liq" in row and row.rstrip().endswith("none") for row in rows)
    rows = texts(Detail(id="x").draw(shown, 38, 30).lines)
    assert any("liq. price" in row and row.rstrip().endswith("none") for row in rows)
    assert " none" in texts(draw_table(shown, 80, 4))[1]


def test_the_bar_of_a_liquidation_is_the_longer_the_nearer_it_is() -> None:
    lengths = [
        nearness(replace(position(PRICE), distance_sigmas=away))[0] for away in (0.1, 2.0, 4.0, 9.0)
    ]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 0.95
    assert lengths[-1] == 0.0
    gone = replace(position(PRICE), distance_sigmas=NO_LIQUIDATION, distance=0.01)
    assert nearness(gone)[0] > 0.9


@pytest.mark.parametrize(
    ("leverage", "text"), [(0.584, "0.58x"), (1.0, "1.00x"), (16.3, "16.3x"), (217.4, "217x")]
)
def test_a_leverage_takes_five_cells_at_most(leverage: float, text: str) -> None:
    assert fmt.leverage(leverage) == text
    assert len(text) <= 5


def test_symbols_without_positions_keep_no_rows_for_them() -> None:
    flat = replace(ready(), symbols={"BTCUSDT": symbol()})
    shown = View(CONFIG, Words("en"), "nord", state=flat, chosen="BTCUSDT")
    rows = texts(draw_tile(shown, "BTCUSDT", TILE_WIDTH, 14))
    assert not any("liq" in row for row in rows)


def test_a_probability_of_the_closed_form_is_marked_wherever_it_stands() -> None:
    held = replace(position(PRICE), p_liquidation_24h=0.745, p_liquidation_model="daily_extremes")
    shown = view(replace(symbol(), position=held))
    for rows in (
        draw_tile(shown, "BTCUSDT", TILE_WIDTH, 14),
        draw_table(shown, 120, 4),
        Detail(id="x").draw(shown, 38, 30).lines,
        StatusLine(id="x").draw(shown, 80, 2).lines,
    ):
        assert any("~74.5%" in row for row in texts(rows))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_simulated_probability_has_the_age_of_the_simulation(language: str) -> None:
    shown = view(replace(symbol(), position=position(PRICE)), language)
    tile = texts(draw_tile(shown, "BTCUSDT", TILE_WIDTH, 14))
    assert any("0.4%" in row and row.rstrip().endswith("42s") for row in tile)
    line = texts(StatusLine(id="x").draw(shown, 80, 2).lines)[1]
    assert "0.4% 42s" in line


def test_the_account_has_its_probability_with_the_age_of_the_simulation() -> None:
    none = Missing("not_computed_yet")
    account = AccountState(
        none, none, none, none, p_any_liquidation_24h=0.123, time_ms=TIME - 42_000
    )  # fmt: skip
    shown = view(symbol())
    assert shown.state is not None
    shown = replace(shown, state=replace(shown.state, account=account))
    row = texts(Header(id="x").draw(shown, 200, 1).lines)[0]
    assert "P(liq) 24h 12.3% 42s" in row
    assert shown.state is not None
    estimate = replace(shown.state, account=replace(account, time_ms=0))
    row = texts(Header(id="x").draw(replace(shown, state=estimate), 200, 1).lines)[0]
    assert "P(liq) 24h ~12.3%" in row
    assert "P(liq) 24h ~12.3% 2" not in row, "before the first simulation there is no age"


def test_a_probability_has_the_colour_of_its_level_on_tile_line_and_panel() -> None:
    shown = view(replace(symbol(), position=replace(position(PRICE), p_liquidation_24h=0.31)))
    for rows in (
        draw_tile(shown, "BTCUSDT", TILE_WIDTH, 14),
        Detail(id="x").draw(shown, 38, 30).lines,
        StatusLine(id="x").draw(shown, 80, 2).lines,
    ):
        (span,) = (span for row in rows for span in row if "31.0%" in span.text)
        assert span.role == "critical"
