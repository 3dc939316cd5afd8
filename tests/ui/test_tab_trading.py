"""The tabs Liquidity, Funding, Flow and Leverage: the book, what is paid, who is liquidated."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.symbol_states import brackets, full, held, rich
from support.tab_driver import alone, block, drawn, said
from support.ui_states import TIME, fill, symbol

from tuirisk.events.intervals import HOUR_MS
from tuirisk.state import Brackets, SymbolState

# Liquidity.


def test_depth_is_drawn_on_its_side_and_dotted_where_the_book_is_unknown() -> None:
    chart = block(drawn(rich(), 2, (120, 36)), "DEPTH ", 59)
    bottom = next(row for row in chart if " 0┤" in row)[8:-1].rstrip()
    half = len(bottom) // 2
    assert set(bottom[:half]) <= set("▁▂▃▄▅▆▇█")
    assert bottom[half] in "▁▂▃▄▅▆▇█"
    assert bottom.endswith("." * (half // 3))
    assert "known only to 0.60%" in "\n".join(chart)


def test_every_size_has_its_cost_its_worst_price_and_what_it_costs_slowly() -> None:
    rows = block(drawn(rich(), 2, (120, 36)), "ORDER COST")
    one = full().liquidity.curve[-1]
    row = next(row for row in rows if row.split()[:1] == ["1M"])
    assert f"{one.sell.worst:,.1f}" in row
    assert f"{one.buy.worst:,.1f}" in row
    assert row.split()[-1] == "10.0"
    assert "> 100k" in "\n".join(rows)
    assert "the book fills every size" in "\n".join(rows)
    assert "unfilled" not in "\n".join(rows)


def test_sizes_that_the_book_cannot_fill_are_named() -> None:
    base = full().liquidity
    thin = replace(base.curve[-1], sell=fill(1e6, 0.006, 67_412.3, 0.7))
    one = replace(full(), liquidity=replace(base, curve=(*base.curve[:-1], thin)))
    text = said(alone(one), 2, size=(80, 20))
    row = next(row for row in text.splitlines() if " 1M " in row and "300k" in row)
    assert ">60.0!" in row
    assert "THIN" in text


def test_the_session_shows_spread_and_depth_with_its_gaps() -> None:
    chart = block(drawn(rich(), 2, (120, 36)), "SPREAD", 59)
    assert "rank 40" in chart[0]
    bottom = next(row for row in chart[1:] if "0.0" in row and "." * 3 in row[8:])
    assert bottom[8:].rstrip()[20:23] == "..."
    assert bottom[8:].count(".") == 3
    assert any("-40m" in row and "now" in row for row in chart)


# Funding.


def of_rates(*rates: float, skipped: int = -1, cap: float = 0.003) -> SymbolState:
    history = tuple(
        (TIME - (len(rates) - i) * 8 * HOUR_MS, rate)
        for i, rate in enumerate(rates)
        if i != skipped
    )
    part = replace(full().funding, history=history, rate=0.0001, cap=cap, floor=-cap)
    return replace(full(), funding=part)


def test_a_settlement_that_is_missing_is_a_gap() -> None:
    whole = block(drawn(alone(of_rates(*[0.0001] * 40)), 3), "FUNDING", 120)
    holed = block(drawn(alone(of_rates(*[0.0001] * 40, skipped=10)), 3), "FUNDING", 120)
    lowest = [next(row for row in rows if "0.000%┤" in row)[8:] for rows in (whole, holed)]
    assert lowest[0][20:22] == "██"
    assert lowest[1][20:22] == ".."
    assert lowest[1].replace("..", "██", 1) == lowest[0]


def test_the_prediction_stands_apart_and_the_days_below() -> None:
    rows = block(drawn(alone(of_rates(*[0.0001] * 40)), 3), "FUNDING", 120)
    lowest = next(row for row in rows if "0.000%┤" in row)[8:].rstrip()
    assert lowest.endswith("██  ██")
    axis = next(row for row in rows if "predicted" in row)
    assert axis.split()[0] == "11-09"
    assert "UTC" in rows[0]


@pytest.mark.parametrize(("cap", "near"), [(0.003, False), (0.0015, True)])
def test_the_cap_is_drawn_where_a_rate_comes_near(cap: float, near: bool) -> None:
    text = said(alone(of_rates(*[0.0001] * 20, 0.0009, cap=cap)), 3)
    assert ("cap or floor" in text) is near
    assert "extreme" in text
    assert "╌" * 20 in text


def test_funding_of_three_days_is_a_sentence() -> None:
    text = " ".join(said(rich(), 3, size=(200, 56)).split())
    assert "A 10k long paid 9 USDT to shorts" in text
    assert "Next: your long pays 11.8 USDT" in text
    assert "at 16:00:00Z" in text
    negative = replace(full().funding, cumulative_3d=-0.0123, cumulative_3d_annualised=-1.5)
    text = " ".join(said(alone(replace(full(), funding=negative)), 3, size=(200, 56)).split())
    assert "A 10k short paid 123 USDT to longs" in text
    assert "Holding cost is very high" in text


# Flow and leverage.


def test_liquidations_of_the_hour_are_sampled_shorts_above_longs_below() -> None:
    chart = block(drawn(rich(), 4, (120, 40)), "LIQUIDATIONS", 59)
    assert "sampled" in chart[0]
    zero = next(y for y, row in enumerate(chart) if " 0┤" in row)
    width = (59 - 9) // 12
    above, below = chart[zero][8:], chart[zero + 1][8:]
    assert above[: 3 * width] == "." * 3 * width, "not watched then"
    steps = [(above[i * width], below[i * width]) for i in range(3, 12)]
    hour = full().liquidations.hour[3:]
    for (up, down), (longs, shorts) in zip(steps, hour, strict=True):
        assert (up != " ") is bool(shorts)
        assert (down != " ") is bool(longs)
    assert any(row.lstrip().startswith("100k┤") for row in chart[zero:])


def test_an_hour_without_liquidations_says_so() -> None:
    quiet = replace(full().liquidations, hour=((0.0, 0.0),) * 12)
    assert "No liquidations reported" in said(alone(replace(full(), liquidations=quiet)), 4)


def test_the_bracket_of_the_position_is_marked() -> None:
    rows = block(drawn(rich(), 5), "LEVERAGE BRACKETS", 40)
    assert "bundled, 2024-10-24" in rows[0]
    assert rows[2].split() == [">", "50k", "125x", "0.4%", "0"]
    larger = replace(held(), notional=60_000.0)
    what = alone(replace(full(), position=larger, positions=(larger,)))
    rows = block(drawn(what, 5), "LEVERAGE BRACKETS", 40)
    marked = [row.split() for row in rows if row.lstrip().startswith(">")]
    assert marked == [[">", "600k", "100x", "0.5%", "50"]]


def test_brackets_are_listed_without_a_position_and_unknown_ones_are_called_so() -> None:
    text = said(alone(replace(symbol(), brackets=Brackets((), "none"))), 5)
    assert "No position" in text
    assert "not known" in text
    assert "no cap" in said(alone(replace(symbol(), brackets=brackets())), 5)
