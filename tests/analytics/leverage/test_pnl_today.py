"""The P&L of the UTC day: of positions held, opened, made smaller and closed since midnight."""

from __future__ import annotations

import pytest

from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions
from tuirisk.analytics.leverage.pnl_today import pnl_today
from tuirisk.events import AccountDay, DayIncome, DayOfSymbol, MarginAsset
from tuirisk.events.intervals import DAY_MS
from tuirisk.state import Missing

BEGIN = 20_000 * DAY_MS
NOON = BEGIN + DAY_MS // 2


def held(*legs: tuple[str, float, float], day: AccountDay | None) -> OpenPositions:
    """(symbol, signed quantity, entry price) of every position."""
    rows = tuple(
        OpenPosition(s, "long" if q > 0 else "short", abs(q), entry, 10.0, False, 0.0)
        for s, q, entry in legs
    )
    assets = (MarginAsset("USDT", 1_000.0), MarginAsset("BNB", 2.0, price=600.0))
    return OpenPositions("account", 1_000.0, None, False, rows, assets=assets, day=day)


def of(
    symbol: str = "BTCUSDT", quantity: float = 2.0, bought: float = 0.0, spent: float = 0.0,
    realised: float = 0.0, first_mark: float | None = 100.0, trades_missing: bool = False,
) -> DayOfSymbol:  # fmt: skip
    return DayOfSymbol(
        symbol, "USDT", quantity, bought, spent, realised, first_mark, trades_missing
    )


def today(*symbols: DayOfSymbol, incomes: tuple[DayIncome, ...] | None = ()) -> AccountDay:
    return AccountDay(BEGIN, incomes, symbols)


@pytest.mark.parametrize(
    ("quantity", "day", "mark", "change"),
    [
        (2.0, of(), 103.0, 6.0),
        (-2.0, of(quantity=-2.0), 103.0, -6.0),
        (2.0, of(bought=2.0, spent=190.0, first_mark=None), 103.0, 16.0),
        (3.0, of(quantity=3.0, bought=1.0, spent=102.0), 103.0, 7.0),
        # 2 were entered at 90, of which 1 is sold at 105: 15 realised, 10 of them before today.
        (1.0, of(quantity=1.0, bought=-1.0, spent=-105.0, realised=15.0), 103.0, -7.0),
        # All sold: 30 realised, 20 of them before today.
        (0.0, of(quantity=0.0, bought=-2.0, spent=-210.0, realised=30.0), 103.0, -20.0),
    ],
    ids=["held", "short", "opened", "added to", "made smaller", "closed"],
)
def test_the_change_of_the_unrealised_pnl(
    quantity: float, day: DayOfSymbol, mark: float, change: float
) -> None:
    legs = [("BTCUSDT", quantity, 90.0)] if quantity else []
    incomes = (DayIncome("realised", "USDT", day.realised),)
    found = pnl_today(held(*legs, day=today(day, incomes=incomes)), {"BTCUSDT": mark}, NOON)
    assert found.unrealised == pytest.approx(change)
    assert found.total == pytest.approx(change + day.realised)
    assert found.since_ms == BEGIN


@pytest.mark.parametrize("incomes", [(), (DayIncome("realised", "USDT", -1_600.0),)])
def test_a_loss_counts_before_the_exchange_lists_it_as_income(
    incomes: tuple[DayIncome, ...],
) -> None:
    # 20 held at midnight and entered at 100 are liquidated at 20.
    closed = of(quantity=0.0, bought=-20.0, spent=-400.0, realised=-1_600.0)
    found = pnl_today(held(day=today(closed, incomes=incomes)), {}, NOON)
    assert (found.realised, found.unrealised, found.total) == (-1_600.0, 0.0, -1_600.0)


def test_trades_that_are_not_all_known_leave_the_realised_pnl_to_the_incomes() -> None:
    incomes = (DayIncome("realised", "USDT", 7.0),)
    missing = of(quantity=0.0, realised=3.0, trades_missing=True)
    assert pnl_today(held(day=today(missing, incomes=incomes)), {}, NOON).realised == 7.0


def test_incomes_are_summed_in_usdt() -> None:
    incomes = (
        DayIncome("realised", "USDT", 50.0), DayIncome("funding", "USDT", -3.0),
        DayIncome("fees", "BNB", -0.01), DayIncome("fees", "USDT", -1.0),
    )  # fmt: skip
    found = pnl_today(held(day=today(incomes=incomes)), {}, NOON)
    assert (found.realised, found.funding) == (50.0, -3.0)
    assert found.fees == pytest.approx(-7.0)
    assert found.total == pytest.approx(40.0)
    unpriced = today(incomes=(DayIncome("fees", "XYZ", -1.0),))
    missing = pnl_today(held(day=unpriced), {}, NOON)
    assert missing.total == Missing("income_without_price", name="XYZ")
    assert missing.realised == 0.0


@pytest.mark.parametrize(
    ("day", "marks", "code"),
    [
        (None, {"BTCUSDT": 1.0}, "day_not_read"),
        (AccountDay(BEGIN - DAY_MS, (), (of(),)), {"BTCUSDT": 1.0}, "day_not_read"),
        (today(), {"BTCUSDT": 1.0}, "day_not_read"),
        (today(of(quantity=5.0)), {"BTCUSDT": 1.0}, "day_not_read"),
        (today(of(), incomes=None), {"BTCUSDT": 1.0}, "not_told"),
        (today(of(first_mark=None)), {"BTCUSDT": 1.0}, "of_symbol"),
        (today(of(trades_missing=True)), {"BTCUSDT": 1.0}, "of_symbol"),
        (today(of()), {"BTCUSDT": Missing("not_received_yet")}, "of_symbol"),
    ],
    ids=["no day", "yesterday", "not in it", "changed since", "no incomes", "no first mark",
         "too many trades", "no mark"],
)  # fmt: skip
def test_what_is_not_known_is_missing(
    day: AccountDay | None, marks: dict[str, float], code: str
) -> None:
    found = pnl_today(held(("BTCUSDT", 2.0, 90.0), day=day), marks, NOON)
    assert isinstance(found.total, Missing)
    assert found.total.code == code


def test_a_configuration_does_not_tell_when_a_position_was_opened() -> None:
    configured = OpenPositions(
        "config", 1.0, 1.0, False, held(("BTCUSDT", 2.0, 90.0), day=None).positions
    )
    total = pnl_today(configured, {"BTCUSDT": 1.0}, NOON).total
    assert total == Missing("day_of_configuration")
