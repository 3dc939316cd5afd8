"""The volatility's picture: its span of time, its colours, its limits, its holes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from support.ui_states import CONFIG, FAMILIES, fresh, state, symbol

from tuirisk.language.words import Words
from tuirisk.state import ConeCell, Missing, Number, SymbolState
from tuirisk.ui.render.rows import Span
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.spark import SPAN, regime_role, spark

HOLE = Missing.from_text("hole")


def one(
    values: tuple[Number, ...], regimes: tuple[str, ...], limits: tuple[float, float] = (0.1, 1.6)
) -> SymbolState:
    base = symbol()
    low, high = limits
    cell = ConeCell(0.5, 50.0, low, 0.2, 0.3, 0.4, 0.5, 0.6, high, "normal", 2_880)
    moved = replace(base.volatility, cone={"15m": {"60": cell}}, spark=values, regimes=regimes)
    return replace(base, volatility=moved)


def drawn(what: SymbolState, width: int, height: int = 1) -> list[list[Span]]:
    view = View(CONFIG, Words("en"), "nord", state=state({"BTCUSDT": what}), chosen="BTCUSDT")
    return spark(view, what, width, height)


def text(row: list[Span]) -> str:
    return "".join(span.text for span in row)


def test_a_column_is_the_same_span_of_time_at_every_length_of_history() -> None:
    ramp = tuple(0.1 * 16 ** (i / (SPAN - 1)) for i in range(SPAN))
    whole = text(drawn(one(ramp, ("normal",) * SPAN), 14)[0])
    assert whole[0] == "▁"
    assert whole[-1] == "█"
    assert list(whole) == sorted(whole)
    half = text(drawn(one(ramp[SPAN // 2 :], ("normal",) * (SPAN // 2)), 14)[0])
    assert half == " " * 7 + whole[7:]


def test_each_column_has_the_colour_of_its_own_bar_and_a_hole_is_a_dot() -> None:
    third = SPAN // 3
    regimes = ("compression",) * third + ("normal",) * third + ("expansion",) * third
    values = tuple(HOLE if third < i < 2 * third else 0.5 for i in range(SPAN))
    [row] = drawn(one(values, regimes), 12)
    assert [span.role for span in row] == ["compression"] * 4 + ["faint"] * 4 + ["expansion"] * 4
    assert text(row)[4:8] == "...."
    assert "." not in text(row)[:4]


def test_bars_without_a_rank_have_no_regimes_colour() -> None:
    [row] = drawn(one((0.5,) * SPAN, ("",) * (SPAN // 2)), 12)
    assert {span.role for span in row} == {"quiet"}


def test_only_the_tops_are_bright() -> None:
    rows = drawn(one((1.6,) * SPAN, ("expansion",) * SPAN), 6, 3)
    assert [{span.role for span in row} for row in rows] == [
        {"expansion"},
        {"expansion-body"},
        {"expansion-body"},
    ]
    assert {text(row) for row in rows} == {"█" * 6}


def test_limits_are_those_of_the_history_so_that_calm_and_wild_differ() -> None:
    calm = text(drawn(one((0.2,) * SPAN, ("normal",) * SPAN), 5)[0])
    wild = text(drawn(one((1.4,) * SPAN, ("normal",) * SPAN), 5)[0])
    assert calm < wild
    beyond = text(drawn(one((9.0, 0.01) * (SPAN // 2), ("normal",) * SPAN), 5)[0])
    assert set(beyond) <= set("▁█")


@pytest.mark.parametrize("height", [1, 2, 4])
@pytest.mark.parametrize("width", [0, 1, 3, 21, 60])
def test_any_history_fits_any_room(width: int, height: int) -> None:
    for values in ((), (0.5,), (HOLE,) * 3, (0.0,) * 5, (math.pi,) * 2_000):
        cone = one(values, ())
        bare = replace(cone, volatility=replace(cone.volatility, cone={}))
        for what in (cone, bare):
            rows = drawn(what, width, height)
            assert len(rows) == height
            assert {len(text(row)) for row in rows} == {width}


def test_old_candles_have_no_regime_that_counts() -> None:
    late = fresh({"candles": FAMILIES["candles"] + 1})
    what = replace(one((0.5,) * SPAN, ("expansion",) * SPAN), freshness=late)
    view = View(CONFIG, Words("en"), "nord", state=state({"BTCUSDT": what}))
    assert {span.role for span in spark(view, what, 9)[0]} == {"stale"}
    assert regime_role(view, what) == "stale"
