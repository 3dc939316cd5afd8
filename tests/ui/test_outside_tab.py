"""The tab Outside, and implied volatility on the tab Market."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.symbol_states import rich
from support.tab_driver import said
from support.ui_states import CONFIG

from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.state import (
    NO_EXTERNAL,
    ExchangeFlow,
    External,
    ImpliedVolatility,
    LeverageMix,
    Missing,
    OutsideLiquidations,
    OutsideMap,
    OutsideValue,
    ProviderState,
    RiskState,
)
from tuirisk.state.external import NO_PROVIDER, named_value
from tuirisk.ui.view.changes import same_external
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.tile import draw_tile

MARKET, LEVERAGE, OUTSIDE = 1, 5, 8
TIME = "2026-11-22T12:00:00.000Z"
LATE = Missing("provider_stale", name="deribit")


def external(stale: bool = False) -> External:
    implied = ImpliedVolatility(
        value=0.545,
        rank_1y=LATE if stale else 83.0,
        premium=LATE if stale else 0.12,
        time=TIME,
        age_ms=9e5,
        source="deribit",
        realised=0.425,
        stale=stale,
    )
    problem = Reason("provider_no_key", name="coinglass", variable="TUIRISK_COINGLASS_KEY")
    return replace(
        NO_EXTERNAL,
        implied_volatility={"BTC": implied},
        exchange_flow={"BTC": ExchangeFlow(2_230.0, 1e4, TIME, 6e7, "coinmetrics", rank_1y=74.0)},
        liquidations={"BTC": OutsideLiquidations(7e5, 4e5, False, TIME, 2e3, "okx", TIME)},
        providers=(
            ProviderState("deribit", "live", "free", 60.0, 240.0, 1_000.0, 2, None),
            ProviderState("coinglass", "failing", "", LATE, LATE, LATE, 0, problem),
        ),
        values=(
            OutsideValue("deribit", "implied_volatility", "BTC", "", 30, 0.545, 9e5, stale),
            OutsideValue("coinglass", "open_interest", "BTC", "Bybit", 0, 3.6e9, 1e3, False),
        ),
    )


def with_external(stale: bool = False) -> RiskState:
    return replace(rich(), external=external(stale))


def test_each_number_has_its_source_age_unit_and_plan() -> None:
    text = said(with_external(), OUTSIDE, size=(150, 60))
    for part in ("54.5%", "+12.0%", "deribit", "a year", "15m", "free", "+2.23k", "700k", "sample"):
        assert part in text, part
    assert "no key; set TUIRISK_COINGLASS_KEY" in text
    assert "2 values refused" in text


def test_a_stale_number_is_marked_and_has_no_premium() -> None:
    text = said(with_external(stale=True), OUTSIDE, size=(150, 60))
    assert "54.5%?" in text
    assert "+12.0%" not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_provider_the_tab_says_how_to_have_one(language: str) -> None:
    assert "[providers.deribit]" in said(rich(), OUTSIDE, language=language)


def test_the_liquidation_map_says_where_its_leverages_come_from() -> None:
    state = rich()

    def shown(mix: LeverageMix) -> str:
        symbol = state.symbols["BTCUSDT"]
        changed = replace(symbol, liquidations=replace(symbol.liquidations, mix=mix))
        return said(replace(state, symbols={"BTCUSDT": changed}), LEVERAGE, size=(150, 60))

    shares = {"20": 1.0}
    assert "leverages assumed" in shown(LeverageMix(shares, False, 60, 20.0, 7_200_000))
    corrected = LeverageMix(shares, True, 900, 120.0, 7_200_000)
    assert "leverages from 900 liquidations in 2h" in shown(corrected)


def test_the_market_tab_has_implied_volatility_where_it_is_given() -> None:
    assert "IMPLIED" in said(with_external(), MARKET, size=(150, 80))
    assert "IMPLIED" not in said(rich(), MARKET, size=(150, 80))


def test_the_forecast_stands_beside_what_options_imply() -> None:
    alone, beside = (said(s, MARKET, size=(150, 80)) for s in (rich(), with_external()))
    assert "VOLATILITY FORECAST" in alone
    assert "options" not in alone
    assert "options (deribit)" in beside
    assert "2.85%" in beside, "54.5 % a year is that a day"
    assert "2.85%?" in said(with_external(stale=True), MARKET, size=(150, 80))


def test_the_term_is_in_the_column_however_narrow_that_is() -> None:
    state = with_external()
    implied = state.external.implied_volatility["BTC"]
    term = ((7, 0.52), (30, 0.545), (60, 0.55), (90, 0.56))
    given = replace(implied, term=term, term_source="binance_options")
    outside = replace(state.external, implied_volatility={"BTC": given})
    text = said(replace(state, external=outside), OUTSIDE, size=(150, 60))
    (line,) = (line for line in text.splitlines() if "7d 52%" in line)
    assert "90d 56%" in line


def test_open_interest_elsewhere_has_its_share_and_the_exchange_itself_comes_first() -> None:
    state = with_external()
    values = (
        OutsideValue("coinglass", "open_interest", "BTC", "All", 0, 8e9, 1e3, False),
        OutsideValue("bybit", "open_interest", "BTC", "Bybit", 0, 2e9, 1e3, False),
        OutsideValue("coinglass", "open_interest", "BTC", "Bybit", 0, 4e9, 1e3, False),
    )
    outside = replace(state.external, values=values)
    text = said(replace(state, external=outside), OUTSIDE, size=(150, 60))
    line = next(line for line in text.splitlines() if "Bybit" in line and "2B" in line)
    assert "25%" in line


def test_a_condition_finds_a_number_by_its_name_and_never_a_stale_one() -> None:
    assert named_value(external(), "BTCUSDT", "implied_premium") == 0.12
    assert named_value(external(), "BTCUSDT", "net_flow_1d") == 2_230.0
    assert named_value(external(), "BTCUSDT", "outside_long_1h") == 7e5
    assert named_value(external(), "ETHUSDT", "implied_volatility") == NO_PROVIDER
    assert isinstance(named_value(external(True), "BTCUSDT", "implied_volatility"), Missing)
    with pytest.raises(KeyError):
        named_value(external(), "BTCUSDT", "tarot")


def test_the_tile_has_two_of_them_where_they_are_given() -> None:
    def tile(what: RiskState) -> str:
        view = View(CONFIG, Words("en"), "nord", state=what, chosen="BTCUSDT")
        rows = draw_tile(view, "BTCUSDT", 60, 16)
        return "\n".join("".join(span.text for span in row) for row in rows)

    assert "IV 55% +12%" in tile(with_external())
    assert "liq 1h 1.1M" in tile(with_external())
    assert "IV 55%?" in tile(with_external(stale=True))
    assert "IV" not in tile(rich())


def test_ages_alone_are_no_new_picture() -> None:
    one = external()
    older = replace(one, values=tuple(replace(v, age_ms=9.0) for v in one.values))
    assert same_external(one, older)
    assert not same_external(one, external(stale=True))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_map_of_others_and_the_plan_that_has_a_number(language: str) -> None:
    state = with_external()
    mark = state.symbols["BTCUSDT"].price.mark
    assert not isinstance(mark, Missing)
    lacks = Missing(
        "provider_plan_too_low", name="coinglass", detail="max pain", needs="Professional"
    )
    pain = OutsideValue("coinglass", "max_pain_longs", "BTC", "", 0, lacks, lacks, False)
    given = OutsideMap(((0.98 * mark, 5.5e6), (0.5 * mark, 9e9)), 1e3, "coinglass", False)
    outside = replace(state.external, values=(pain,), maps={"BTC": given})
    text = said(replace(state, external=outside), OUTSIDE, language=language, size=(150, 80))
    assert "5.5M" in text
    assert "9B" not in text, "too far away"
    assert "Professional" in text
