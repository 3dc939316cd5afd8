"""The radar's numbers, levels and order."""

import math

import pytest

from tuirisk.analytics.radar import assess_radar, radar_rules
from tuirisk.config.model import RiskConfig
from tuirisk.events.radar import AllMarks, DailyBars, DayTickers, FundingIntervals, Perpetuals
from tuirisk.market.radar import RadarMarket
from tuirisk.state import Missing
from tuirisk.state.radar import RadarState

NOW = 1_795_000_000_000
RULES = radar_rules(RiskConfig())
NAMES = ("CALMUSDT", "FASTUSDT", "NEWUSDT")


def market(*, bars: bool = True, intervals: bool = True) -> RadarMarket:
    """Three perpetuals that trade and one that does not; the second has moved by 10 %."""
    made = RadarMarket()
    made.apply(Perpetuals(dict.fromkeys(NAMES, "TRADING") | {"OLDUSDT": "SETTLING"}))
    made.apply(
        DayTickers(NAMES, [NOW] * 3, [100.0, 110.0, 5.0], [100.0, 100.0, 5.0], [2e6, 6e6, 1e6])
    )
    marks = [100.0, 110.0, 5.0]
    made.apply(AllMarks(NAMES, [NOW] * 3, marks, [100.0, 109.0, 0.0], [1e-5, 1e-4, math.nan]))
    if intervals:
        made.apply(FundingIntervals({"FASTUSDT": 1.0}))
    if bars:
        closes = [100.0 * math.exp(0.02 * (day % 2)) for day in range(30)]
        made.apply(DailyBars("CALMUSDT", closes, [2e6] * 30))
        made.apply(DailyBars("FASTUSDT", closes, [1e6] * 30))
        made.apply(DailyBars("NEWUSDT", [5.0] * 4, [1e6] * 4))
    return made


def state(made: RadarMarket, now: int = NOW) -> RadarState:
    return assess_radar(made, now, RULES, source="binance")


def test_numbers_of_a_row() -> None:
    row = state(market()).row(0)
    assert row.symbol == "FASTUSDT"
    assert row["move"] == pytest.approx(0.1)
    # Every day's log return is 2 %, so σ is 2 %.
    assert row["move_sigmas"] == pytest.approx(math.log(1.1) / 0.02)
    assert row["volatility"] == pytest.approx(0.02 * math.sqrt(365))
    assert row["funding_8h"] == pytest.approx(8e-4)  # 0.01 % an hour
    assert row["funding_rank"] == pytest.approx(100.0)
    assert row["basis"] == pytest.approx(110 / 109 - 1)
    assert row["volume_ratio"] == pytest.approx(6.0)
    assert row.level == "critical"
    assert row.levels["basis"].level == "caution"
    assert row.levels["move_sigmas"].threshold == 3.0


def test_the_level_is_that_of_the_severest_figure_for_every_row() -> None:
    order = ("ok", "unknown", "caution", "warning", "critical")
    found = state(market())
    for name in ("FASTUSDT", "CALMUSDT"):
        row = found.row(found.symbols.index(name))
        severest = max((one.level for one in row.levels.values()), key=order.index)
        assert row.level == severest


def test_what_is_not_known_is_missing_with_its_reason_and_never_calm() -> None:
    early = state(market(bars=False, intervals=False))
    row = early.row(early.symbols.index("CALMUSDT"))
    assert row["move_sigmas"] == Missing("radar_bars_awaited")
    assert row["funding_8h"] == Missing("no_funding_rate")
    assert row.level == "unknown"
    late = state(market())
    new = late.row(late.symbols.index("NEWUSDT"))
    assert new["volatility"] == Missing("radar_few_days", have=3, need=10)
    assert new["basis"] == Missing("radar_no_index")
    assert new.level == "unknown"
    assert late.symbols.index("NEWUSDT") < late.symbols.index("CALMUSDT")
    assert late.complete
    assert not early.complete


def test_a_row_whose_mark_price_stops_is_stale_and_not_calm() -> None:
    made = market()
    others = ("FASTUSDT", "NEWUSDT")
    later = NOW + 6_000
    made.apply(AllMarks(others, [later] * 2, [110.0, 5.0], [109.0, 5.0], [1e-4, 0.0]))
    found = state(made, later)
    row = found.row(found.symbols.index("CALMUSDT"))
    assert row.stale
    assert row.age_ms == 6_000
    assert row.level == "unknown"
    assert not found.row(found.symbols.index("FASTUSDT")).stale
    assert found.values("move")["CALMUSDT"] == Missing("radar_stale")
    assert found.values("move")["FASTUSDT"] == pytest.approx(0.1)


def test_without_tickers_every_row_is_stale() -> None:
    made = market()
    later = NOW + 11_000
    made.apply(AllMarks(NAMES, [later] * 3, [1.0] * 3, [1.0] * 3, [0.0] * 3))
    assert all(state(made, later).row(place).stale for place in range(3))


def test_what_does_not_trade_is_named_and_has_no_row() -> None:
    found = state(market())
    assert found.not_trading == {"OLDUSDT": "SETTLING"}
    assert set(found.symbols) == set(NAMES)


def test_rows_keep_their_data_when_the_list_changes_and_old_events_change_nothing() -> None:
    made = market()
    names = {"EARLYUSDT": "TRADING"} | dict.fromkeys(NAMES[::-1], "TRADING")
    made.apply(Perpetuals(names))
    made.apply(AllMarks(("FASTUSDT",), [NOW - 1], [1.0], [1.0], [0.5]))
    found = state(made)
    fast = found.row(found.symbols.index("FASTUSDT"))
    assert fast["basis"] == pytest.approx(110 / 109 - 1)
    early = found.row(found.symbols.index("EARLYUSDT"))
    assert early["price"] == Missing("radar_awaited")
    assert early.stale
    assert early.level == "unknown"


def test_nothing_at_all() -> None:
    assert state(RadarMarket()).symbols == ()


def test_a_market_in_which_nothing_happens_has_no_number_that_is_none() -> None:
    """No volume, no price a day ago, no index, no rate, bars that stand still."""
    made = RadarMarket()
    made.apply(Perpetuals(dict.fromkeys(NAMES, "TRADING")))
    nothing = [0.0, 0.0, 0.0]
    made.apply(DayTickers(NAMES, [NOW] * 3, [100.0, 0.0, 5.0], [100.0, 0.0, 0.0], nothing))
    made.apply(AllMarks(NAMES, [NOW] * 3, [100.0, 0.0, 5.0], nothing, [math.nan] * 3))
    for name in NAMES:
        made.apply(DailyBars(name, [5.0] * 30, [0.0] * 30))
    found = state(made)
    for index in range(len(found.symbols)):
        row = found.row(index)
        for figure in ("move", "move_sigmas", "volatility", "funding_8h", "basis", "volume_ratio"):
            value = row[figure]
            assert isinstance(value, Missing) or math.isfinite(value), (row.symbol, figure)
        assert row.level != "ok"
