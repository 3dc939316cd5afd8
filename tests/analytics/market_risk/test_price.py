"""The last price, its change, and the day's volume."""

from __future__ import annotations

import pytest
from support.build import NOW_NS, candle, candles_from

from tuirisk import events as ev
from tuirisk.analytics.market_risk.price import last_price, price_change, quote_volume_24h
from tuirisk.events.intervals import HOUR_MS, SECOND_NS
from tuirisk.market.candles import CandleRing
from tuirisk.market.tape import Tape
from tuirisk.state import Missing

NOW_MS = NOW_NS // 1_000_000
BAR_MS = 900_000


def ring(n: int = 200, received: int = NOW_NS) -> CandleRing:
    made = CandleRing("15m")
    made.merge(candles_from([100.0 + i for i in range(n)], "15m", NOW_MS), received)
    return made


def tape(price: float, received: int) -> Tape:
    made = Tape()
    made.add_trade(ev.Trade("X", received, 1, received // 1_000_000, price, 1.0, True))
    return made


def test_a_trade_comes_before_the_forming_bar_and_that_before_the_closed_one() -> None:
    bars = ring()
    assert last_price(bars, Tape()) == 299.0
    bars.set_forming(candle(NOW_MS // BAR_MS * BAR_MS, "15m", 299.0, 300.0), NOW_NS)
    assert last_price(bars, Tape()) == 300.0
    assert last_price(bars, tape(301.0, NOW_NS - 4 * SECOND_NS)) == 301.0


def test_a_trade_that_fell_behind_the_bars_is_not_the_last_price() -> None:
    bars = ring()
    bars.set_forming(candle(NOW_MS // BAR_MS * BAR_MS, "15m", 299.0, 300.0), NOW_NS)
    assert last_price(bars, tape(301.0, NOW_NS - 6 * SECOND_NS)) == 300.0


def test_no_price_is_missing() -> None:
    assert isinstance(last_price(CandleRing("15m"), Tape()), Missing)


def test_change_is_from_the_open_of_the_bar_a_day_ago() -> None:
    bars = ring().bars()
    now = int(bars.open_time[-1]) + BAR_MS + 450_000
    row = len(bars) + 0 - 96
    assert price_change(bars, 330.0, now, 24 * HOUR_MS) == pytest.approx(330.0 / bars.open[row] - 1)


def test_change_needs_that_very_bar() -> None:
    bars = ring(96).bars()
    end = int(bars.open_time[-1]) + BAR_MS
    assert isinstance(price_change(bars, 330.0, end, 24 * HOUR_MS), float)
    early = price_change(bars, 330.0, end - 1, 24 * HOUR_MS)
    assert early == Missing("no_bar_before", hours=24)
    assert isinstance(price_change(bars, 330.0, end + 25 * HOUR_MS, 24 * HOUR_MS), Missing)
    assert price_change(bars, Missing.from_text("no price"), end, HOUR_MS) == Missing.from_text(
        "no price"
    )


def test_day_volume_is_of_96_whole_bars() -> None:
    bars = ring().bars()
    assert quote_volume_24h(bars) == pytest.approx(bars.quote_volume[-96:].sum())
    assert quote_volume_24h(ring(95).bars()) == Missing("few_bars_of_a_day", have=95, need=96)


def test_day_volume_is_not_summed_across_a_hole() -> None:
    made = CandleRing("15m")
    rows = candles_from([100.0] * 120, "15m", NOW_MS)
    made.merge((*rows[:60], *rows[61:]), NOW_NS)
    assert quote_volume_24h(made.bars()) == Missing("hole_in_last_day")
