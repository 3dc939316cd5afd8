"""What the tabs of the symbol view say, in every state and at every size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.symbol_states import PRICE, full, held, rich, stress
from support.tab_driver import drawn, said
from support.ui_states import (
    critical,
    degraded,
    empty,
    fresh,
    loading,
    many,
    offline,
    ready,
    state,
    waiting,
)

from tuirisk.language.words import LANGUAGES
from tuirisk.state import SIMULATING, Cluster, RiskState
from tuirisk.ui.render.rows import measure
from tuirisk.ui.screens.liquidation_map import grouped


def test_market_has_every_number_of_its_family() -> None:
    text = said(rich(), 1)
    for part in ("CONE 15m", "CONE 1h", "CONE 1d", "expanding", "1.20 ± 0.49 fair", "12/250 green",
                 "21/250 yellow", "5.50%", "outside its monotone", "0.46..0.53", "Yang-Zhang",
                 "max drawdown", "DRAWDOWN 1d"):  # fmt: skip
        assert part in text, part


def test_funding_shows_history_prediction_and_limits() -> None:
    text = said(rich(), 3)
    for part in ("predicted", "+0.0350%", "12% of limit used", "carry, net", "4.0 bp", "rank"):
        assert part in text, part
    spans = [span for row in drawn(rich(), 3)[1:20] for span in row]
    roles = {span.role for span in spans if not span.text.strip("▁▂▃▄▅▆▇█▔▀")}
    assert {"bar", "caution", "critical", "accent"} <= roles


def test_the_liquidation_map_has_the_mark_and_the_own_price_in_their_places() -> None:
    for tab in (4, 5):
        rows = said(rich(), tab).splitlines()
        own = next(i for i, row in enumerate(rows) if "your long" in row)
        mark = next(i for i, row in enumerate(rows) if " mark ─" in row)
        assert mark < own, "a long is liquidated below the mark"
        assert "59,996.9" in rows[own]
        assert "-11.0%" in rows[own]


def test_clusters_are_summed_and_none_is_lost_within_reach() -> None:
    clusters = tuple(Cluster(100 * 1.005**i, 2.0, 1.0) for i in range(-15, 16))
    levels = grouped(clusters, 100.0, 5, 0.10)
    assert len(levels) == 10
    assert sum(level.long for level in levels) == 15 * 2.0
    assert sum(level.short for level in levels) == 16 * 1.0
    assert not any(level.long for level in levels if level.price > 100.0), "those have gone"
    assert [level.price for level in levels] == sorted(level.price for level in levels)


def test_the_distance_to_liquidation_is_red_within_one_daily_volatility() -> None:
    near = replace(held(), distance_sigmas=-0.8)
    what = state({"BTCUSDT": replace(full(), position=near, positions=(near,))})
    roles = {span.role for row in drawn(what, 5) for span in row if "59,996.9" in span.text}
    assert roles == {"critical"}


def test_a_chance_that_no_path_met_is_not_called_zero() -> None:
    own = replace(held(), p_liquidation_24h=0.0)
    what = state({"BTCUSDT": replace(full(), position=own, positions=(own,))})
    assert "24h <0.1%" in said(what, 5)


def test_stress_lists_scenarios_horizons_and_models() -> None:
    text = said(rich(), 6)
    for part in ("2020-03-12", "LIQUIDATED", "exit cost 55", "-2.1k", "Student t", "5.34%",
                 "VaR incl. exit", "8s ago"):  # fmt: skip
        assert part in text, part
    assert text.count("LIQUIDATED") == 1


def test_why_is_the_tree_of_the_score_in_words() -> None:
    text = said(rich(), 7)
    for part in ("score", "├─market", "weight 0.3", "coverage", "Risk under control", "VaR record"):
        assert part in text, part
    assert "_" not in text


@pytest.mark.parametrize("tab", range(1, 8))
def test_stale_numbers_are_marked_on_every_tab(tab: int) -> None:
    late = replace(full(), freshness=fresh(dict.fromkeys(full().freshness, 1e9)), status="stale")
    text = said(state({"BTCUSDT": late}), tab)
    fine = said(rich(), tab)
    assert "?" in text or "STALE" in text or "past" in text
    assert "?" not in fine.replace("? help", "")


@pytest.mark.parametrize("tab", range(1, 8))
def test_what_cannot_be_had_is_a_dash_with_its_reason(tab: int) -> None:
    nothing = state({"BTCUSDT": empty("warming", waiting("candles"))})
    text = " ".join(said(nothing, tab).split())
    assert "nan" not in text.lower()
    assert "waiting for" in text or "No " in text or "Nothing" in text


def test_a_missing_simulation_gives_its_reason() -> None:
    waiting = replace(stress(), histogram=SIMULATING)
    what = state({"BTCUSDT": replace(full(), stress=waiting)})
    assert "being simulated" in said(what, 5)


@pytest.mark.parametrize(
    "make", [rich, ready, loading, degraded, offline, critical, lambda: many(4)]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_draws_whole_rows_at_every_size(
    make: Callable[[], RiskState], language: str
) -> None:
    what = make()
    for size in ((20, 6), (40, 10), (60, 14), (80, 20), (99, 30), (120, 36), (161, 40), (200, 56)):
        for tab in range(1, 8):
            rows = drawn(what, tab, size, language)
            assert {measure(row) for row in rows if row} <= {size[0]}, (tab, size)


@pytest.mark.parametrize("tab", range(1, 8))
def test_without_unicode_everything_is_ascii(tab: int) -> None:
    rows = drawn(rich(), tab, ascii=True)
    charts = [span.text for row in rows for span in row if any(c >= "\u2580" for c in span.text)]
    assert not charts, "charts have signs of their own; Canvas turns the rest"


@pytest.mark.parametrize("price", [1.2e-7, 123_456.78])
def test_prices_of_every_scale_are_whole(price: float) -> None:
    factor = price / PRICE
    own = replace(held(), liquidation_price=price * 0.9, entry_price=price)
    one = replace(
        full(),
        price=replace(full().price, mark=price, last=price),
        position=own,
        positions=(own,),
        tick_size=1e-10 if price < 1 else 0.01,
        liquidations=replace(full().liquidations, clusters=(Cluster(67_000.0 * factor, 1e6, 0.0),)),
    )
    text = said(state({"BTCUSDT": one}), 5)
    assert ("0.0000001200" in text) if price < 1 else ("111,111.10" in text)
