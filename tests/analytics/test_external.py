"""Other people's data in the state: sources, ages, ranks, and why there is none."""

from __future__ import annotations

import msgspec
from support import build

from tuirisk.analytics.external import external_state
from tuirisk.analytics.external_rank import rank_of
from tuirisk.events.external import (
    ProviderLiquidation,
    ProviderListening,
    ProviderPhase,
    ProviderSeries,
    ProviderStatus,
    ProviderValue,
)
from tuirisk.language.reason import Reason
from tuirisk.market.external import ExternalData
from tuirisk.state import NO_EXTERNAL, Missing
from tuirisk.state.external import External

NOW = build.NOW_NS // 1_000_000
DAY = 86_400_000
MINUTE = 60_000


def status(name: str, *gives: tuple[str, str], problem: Reason | None = None) -> ProviderStatus:
    phase: ProviderPhase = "live" if problem is None else "failing"
    return ProviderStatus("", build.NOW_NS, name, phase, gives, problem)


def implied(provider: str, value: float, age_ms: int, stale_after: int = 600_000) -> ProviderValue:
    return ProviderValue(
        "",
        build.NOW_NS,
        provider,
        "implied_volatility",
        "BTC",
        NOW - age_ms,
        value,
        stale_after,
        tenor_days=30,
    )


def assessed(*events: object) -> External:
    data = ExternalData()
    for event in events:
        data.apply(event)  # type: ignore[arg-type]
    symbols = build.state().symbols
    return external_state(data, symbols, NOW)


def test_without_a_provider_there_is_nothing() -> None:
    assert assessed() is NO_EXTERNAL


def test_the_better_source_counts_until_it_is_stale() -> None:
    both = (status("deribit"), status("binance_options"))
    dvol, mark = implied("deribit", 0.5, 1_000), implied("binance_options", 0.6, 1_000)
    assert assessed(*both, mark, dvol).implied_volatility["BTC"].source == "deribit"
    late = implied("deribit", 0.5, 700_000)
    assert assessed(*both, mark, late).implied_volatility["BTC"].source == "binance_options"


def test_a_stale_value_stays_with_its_age_and_nothing_is_derived_from_it() -> None:
    found = assessed(status("deribit"), implied("deribit", 0.5, 700_000)).implied_volatility["BTC"]
    assert (found.value, found.age_ms, found.stale) == (0.5, 700_000.0, True)
    assert isinstance(found.premium, Missing)
    assert isinstance(found.rank_1y, Missing)


def test_the_term_is_of_whoever_has_one() -> None:
    tenors = [
        msgspec.structs.replace(implied("binance_options", 0.4 + days / 100, 0), tenor_days=days)
        for days in (7, 30)
    ]
    both = (status("deribit"), status("binance_options"))
    found = assessed(*both, implied("deribit", 0.5, 0), *tenors).implied_volatility["BTC"]
    assert (found.source, found.term_source) == ("deribit", "binance_options")
    assert [days for days, _ in found.term] == [7, 30]


def test_an_older_value_that_comes_later_changes_nothing() -> None:
    found = assessed(
        status("deribit"), implied("deribit", 0.5, 1_000), implied("deribit", 0.9, 50_000)
    )
    assert found.implied_volatility["BTC"].value == 0.5


def test_what_a_provider_should_give_and_does_not_says_why() -> None:
    problem = Reason("provider_silent", name="deribit")
    gives = ("implied_volatility", "BTC")
    found = assessed(status("deribit", gives, problem=problem)).implied_volatility["BTC"]
    assert isinstance(found.value, Missing)
    assert found.value.reason == str(problem)


def flow(*days: tuple[int, float]) -> ProviderSeries:
    today = NOW - NOW % DAY
    rows = tuple((today - ago * DAY, value) for ago, value in days)
    return ProviderSeries("", build.NOW_NS, "coinmetrics", "net_flow", "BTC", rows, 60 * 3_600_000)


def test_a_flow_of_a_week_needs_each_of_its_days() -> None:
    whole = [(ago, 10.0) for ago in range(8, 0, -1)]
    found = assessed(status("coinmetrics"), flow(*whole)).exchange_flow["BTC"]
    assert (found.net_1d, found.net_7d) == (10.0, 70.0)
    holed = [day for day in whole if day[0] != 3]
    found = assessed(status("coinmetrics"), flow(*holed)).exchange_flow["BTC"]
    assert isinstance(found.net_7d, Missing)


def test_a_revised_publication_replaces_the_first_one() -> None:
    first = flow(*((ago, 1_000.0) for ago in range(200, 0, -1)))
    revised = flow(*((ago, float(ago)) for ago in range(200, 0, -1)))
    found = assessed(status("coinmetrics"), first, revised).exchange_flow["BTC"]
    assert found.net_1d == 1.0
    assert found.rank_1y == 0.25, "the lowest of what is known now"


def test_liquidations_are_complete_after_an_hour_of_complete_sources() -> None:
    def at(minutes: int, side: str, notional: float, provider: str) -> ProviderLiquidation:
        time = NOW - minutes * MINUTE
        return ProviderLiquidation("", build.NOW_NS, provider, "BTC", time, side, 1.0, notional)  # type: ignore[arg-type]

    since = build.NOW_NS - 61 * MINUTE * 1_000_000
    bybit = ProviderListening("", since, "bybit", ("BTC",), True)
    okx = ProviderListening("", since, "okx", ("BTC",), False)
    rows = [at(59, "long", 7.0, "bybit"), at(61, "long", 1.0, "bybit"), at(2, "short", 5.0, "okx")]
    found = assessed(status("bybit"), bybit, *rows).liquidations["BTC"]
    assert (found.long_1h, found.short_1h, found.complete) == (7.0, 5.0, True)
    assert found.source == "bybit, okx"
    assert not assessed(status("bybit"), bybit, okx, *rows).liquidations["BTC"].complete
    recent = ProviderListening("", build.NOW_NS, "bybit", ("BTC",), True)
    assert not assessed(status("bybit"), recent, rows[0]).liquidations["BTC"].complete
    none = assessed(status("bybit"), recent).liquidations["BTC"]
    assert isinstance(none.long_1h, Missing)


def test_a_rank_needs_days_and_ties_count_half() -> None:
    assert isinstance(rank_of(1.0, [1.0] * 89), Missing)
    assert rank_of(1.0, [1.0] * 100) == 50.0
    assert rank_of(2.0, [*[1.0] * 99, 3.0]) == 99.0


def test_liquidations_of_whole_days_have_a_rank() -> None:
    days = [(NOW - (101 - i) * DAY, float(i)) for i in range(100)]
    longs = ProviderSeries("", 0, "coinglass", "liquidated_long_1d", "BTC", tuple(days), 2 * DAY)
    shorts = ProviderSeries(
        "", 0, "coinglass", "liquidated_short_1d", "BTC", tuple(days[1:]), 2 * DAY
    )
    found = assessed(status("coinglass", ("liquidations", "BTC")), longs, shorts)
    assert found.liquidations["BTC"].day == 198.0
    assert found.liquidations["BTC"].day_rank_1y == 100 * 98.5 / 99


def test_what_the_plan_does_not_have_says_which_one_does() -> None:
    base = status("coinglass", ("max_pain_longs", "BTC"))
    lacking = msgspec.structs.replace(base, beyond_plan=(("max_pain_longs", "Professional"),))
    (value,) = assessed(lacking).values
    assert isinstance(value.value, Missing)
    assert "needs Professional" in str(value.value)


def test_the_days_of_a_provider_that_gives_a_value_of_now_are_for_its_rank() -> None:
    value = ProviderValue("", 0, "coinglass", "net_flow", "BTC", NOW, 50.5, DAY)
    days = tuple((NOW - (101 - i) * DAY, float(i)) for i in range(100))
    series = ProviderSeries("", 0, "coinglass", "net_flow", "BTC", days, 2 * DAY)
    flow = assessed(status("coinglass", ("net_flow", "BTC")), value, series).exchange_flow["BTC"]
    assert (flow.net_1d, flow.rank_1y) == (50.5, 51.0)
