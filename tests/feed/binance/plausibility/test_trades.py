"""Trades that break the order of ids or leap in price wait for the next one."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from support.frames import NS, T0

from tuirisk.events import Trade, TradesLost
from tuirisk.feed.binance.plausibility.prices import WitnessPrices
from tuirisk.feed.binance.plausibility.trades import TradeChain

SECOND = 1_000_000_000
LARGEST_ID = 2**63 - 1


def trade(trade_id: int, price: float = 100.0, at: float = 0.0) -> Trade:
    received = T0 * NS + round(at * SECOND)
    return Trade("BTCUSDT", received, trade_id, received // NS, price, 1.0, False)


def chain() -> tuple[TradeChain, list[str]]:
    dropped: list[str] = []
    return TradeChain(WitnessPrices(), lambda why, at: dropped.append(why)), dropped


def admitted(trades: list[Trade], to: TradeChain) -> list[int]:
    out = [event for each in trades for event in to.admit(each)]
    return [event.trade_id for event in out if isinstance(event, Trade)]


def test_a_trade_with_an_id_too_high_never_enters() -> None:
    trades, dropped = chain()
    some = [trade(n, at=n / 10) for n in range(10, 100)]
    forged = trade(LARGEST_ID, 95.0, at=2.0)
    assert admitted([*some[:10], forged, *some[10:]], trades) == list(range(10, 100))
    assert dropped == ["ids_leap"]


def test_a_gap_is_confirmed_by_the_trade_after_it() -> None:
    trades, dropped = chain()
    assert admitted([trade(10), trade(500)], trades) == [10]
    assert admitted([trade(501)], trades) == [500, 501]
    assert dropped == []


def test_a_price_that_cannot_be_waits_for_the_next_trade() -> None:
    trades, dropped = chain()
    some = [trade(10), trade(11, 10_000.0), trade(12), trade(13)]
    assert admitted(some, trades) == [10, 12, 13]
    assert dropped == ["far_from_prices"]


def test_a_forged_price_does_not_shut_out_the_true_trade_of_its_id() -> None:
    trades, _ = chain()
    assert admitted([trade(10), trade(11, 1.0), trade(11), trade(12)], trades) == [10, 11, 12]


def test_a_crash_passes() -> None:
    trades, dropped = chain()
    some = [trade(10), trade(11, 60.0), trade(12, 59.0), trade(13, 30.0), trade(14, 31.0)]
    assert admitted(some, trades) == [10, 11, 12, 13, 14]
    assert dropped == []


def test_a_chain_that_begins_with_a_forged_id_begins_anew_after_five_seconds() -> None:
    trades, dropped = chain()
    trades.admit(trade(LARGEST_ID))
    out = [event for n in range(100) for event in trades.admit(trade(n, at=n / 10))]
    assert isinstance(out[0], TradesLost)
    ids = [event.trade_id for event in out if isinstance(event, Trade)]
    assert ids == list(range(50, 100))
    assert dropped == ["ids_leap"]


def test_two_connections_deliver_each_trade_once() -> None:
    trades, dropped = chain()
    first = [trade(n, at=n / 10) for n in range(20)]
    woven = [t for n in range(20) for t in (first[n], first[max(0, n - 2)])]
    assert admitted(woven, trades) == list(range(20))
    early = [trade(22, at=2.2), trade(20, at=2.21), trade(21, at=2.22), trade(22, at=2.23)]
    assert admitted(early, trades) == [20, 21, 22]
    assert dropped == []


@given(
    st.integers(0, 60),
    st.one_of(st.integers(-1, 200), st.integers(-1, LARGEST_ID)),
    st.floats(1e-9, 1e12),
)
def test_one_forged_trade_changes_nothing_after_it(
    place: int, forged_id: int, price: float
) -> None:
    """Unless it is a trade that might have been: a near id, at a price near the others."""
    some = [trade(n, at=n / 10) for n in range(10, 120)]
    forged = trade(forged_id, price, at=some[place].received / SECOND - T0 * NS / SECOND)
    assume(not (forged_id > place + 10 and 90.0 < price < 111.0))
    trades, _ = chain()
    result = admitted([*some[: place + 1], forged, *some[place + 1 :]], trades)
    assert result == list(range(10, 120))
