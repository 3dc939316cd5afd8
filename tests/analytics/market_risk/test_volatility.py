from pathlib import Path

import numpy as np
import pytest
from support.bars import from_closes, random_closes, real

from tuirisk.analytics.market_risk.cone import rolling_volatility
from tuirisk.analytics.market_risk.regime import VolatilityRanks
from tuirisk.analytics.market_risk.regime_history import regime_history
from tuirisk.analytics.market_risk.volatility import volatility_state
from tuirisk.events.intervals import INTERVALS
from tuirisk.state import Missing

WINDOWS = (7, 14, 30, 60)


def test_every_timeframe_and_window_is_there() -> None:
    bars = {i: from_closes(random_closes(900, k), i) for k, i in enumerate(INTERVALS)}
    found = volatility_state(bars, WINDOWS)
    assert list(found.cone) == list(found.estimators) == list(INTERVALS)
    for interval in INTERVALS:
        assert list(found.cone[interval]) == ["7", "14", "30", "60"]
        assert list(found.estimators[interval].yang_zhang) == ["7", "14", "30", "60"]
    assert found.regime.state in ("compression", "normal", "expansion")


def test_the_sparkline_is_seven_days_of_60_bar_volatility_with_their_regimes() -> None:
    bars = {i: from_closes(random_closes(1_600), i) for i in INTERVALS}
    found = volatility_state(bars, WINDOWS)
    rolling = rolling_volatility(bars["15m"], 60)
    np.testing.assert_array_equal(found.spark, rolling[-672:])
    assert found.regimes == regime_history(VolatilityRanks(rolling), 672)
    assert found.regimes[-1] == found.regime.state
    assert len(set(found.regimes)) > 1


def test_a_bar_keeps_the_colour_it_had_when_it_closed() -> None:
    closes = random_closes(2_000)
    then = volatility_state({"15m": from_closes(closes[:-50], "15m")}, WINDOWS)
    now = volatility_state({"15m": from_closes(closes, "15m")}, WINDOWS)
    assert now.spark[:-50] == pytest.approx(then.spark[50:], rel=1e-9)
    assert now.regimes[:-50] == then.regimes[50:]


def test_real_candles_move_within_the_sparkline_and_change_colour(shared_data: Path) -> None:
    found = volatility_state({"15m": real(shared_data, "BTC", "15m", 3_000)}, WINDOWS)
    values = [value for value in found.spark if not isinstance(value, Missing)]
    assert max(values) / min(values) > 2
    assert len(set(found.regimes)) > 1


def test_the_sparkline_shows_holes_and_short_histories() -> None:
    bars = {i: from_closes(random_closes(200), i, holes=[130]) for i in INTERVALS}
    spark = volatility_state(bars, WINDOWS).spark
    assert len(spark) == 140
    gaps = [isinstance(value, Missing) for value in spark]
    assert gaps == [70 <= k < 130 for k in range(140)]
    bars["15m"] = from_closes(random_closes(70), "15m")
    assert len(volatility_state(bars, WINDOWS).spark) == 10
    bars["15m"] = from_closes(random_closes(60), "15m")
    assert volatility_state(bars, WINDOWS).spark == ()
