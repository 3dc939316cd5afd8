import numpy as np
from bars import from_closes, random_closes

from tuirisk.analytics.cone import rolling_volatility
from tuirisk.analytics.volatility import volatility
from tuirisk.state import Missing

WINDOWS = (7, 14, 30, 60)
INTERVALS = ("15m", "1h", "1d")


def test_every_timeframe_and_window_is_there() -> None:
    bars = {i: from_closes(random_closes(900, k), i) for k, i in enumerate(INTERVALS)}
    found = volatility(bars, WINDOWS)
    assert list(found.cone) == list(found.estimators) == list(INTERVALS)
    for interval in INTERVALS:
        assert list(found.cone[interval]) == ["7", "14", "30", "60"]
        assert list(found.estimators[interval].yang_zhang) == ["7", "14", "30", "60"]
    assert found.regime.state in ("compression", "normal", "expansion")


def test_the_sparkline_is_the_last_day_of_60_bar_volatility() -> None:
    bars = {i: from_closes(random_closes(900), i) for i in INTERVALS}
    spark = volatility(bars, WINDOWS).spark
    np.testing.assert_array_equal(spark, rolling_volatility(bars["15m"], 60)[-96:])


def test_the_sparkline_shows_holes_and_short_histories() -> None:
    bars = {i: from_closes(random_closes(200), i, holes=[130]) for i in INTERVALS}
    spark = volatility(bars, WINDOWS).spark
    assert len(spark) == 96
    gaps = [isinstance(value, Missing) for value in spark]
    assert gaps == [26 <= k < 86 for k in range(96)]
    bars["15m"] = from_closes(random_closes(70), "15m")
    assert len(volatility(bars, WINDOWS).spark) == 10
    bars["15m"] = from_closes(random_closes(60), "15m")
    assert volatility(bars, WINDOWS).spark == ()
