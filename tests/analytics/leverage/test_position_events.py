"""What happened to the positions, from account reports and trades in any order."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Literal

import pytest

from tuirisk.analytics.leverage.liquidation_evidence import PriceRange
from tuirisk.analytics.leverage.position_changes import ObservedPositions
from tuirisk.analytics.leverage.position_events import LIQUIDATED_MS, PositionEvent, advance
from tuirisk.events import FillReason, OrderFill
from tuirisk.state import Missing
from tuirisk.state.position_ledger import Leg, PositionLedger, RecordedPosition

T0 = 1_795_000_000_000
MS = 1_000_000
BTC: Leg = ("BTCUSDT", "both")
LONG: Leg = ("BTCUSDT", "long")
SHORT: Leg = ("BTCUSDT", "short")
ETH: Leg = ("ETHUSDT", "both")


def position(
    quantity: float,
    entry: float = 70_000.0,
    wallet: float | None = None,
    liquidation: float | None = None,
) -> RecordedPosition:
    return RecordedPosition(quantity, entry, wallet, liquidation)


class Account:
    """An account and its ledger: reports and trades go in, events come out."""

    def __init__(self, positions: dict[Leg, RecordedPosition], wallet: float = 5_000.0) -> None:
        self.now = T0
        self.wallet = wallet
        self.positions = dict(positions)
        self.reported = T0
        self.fills: list[OrderFill] = []
        self.prices = PriceRange(70_000.0, 69_900.0, 70_100.0)
        self.ledger: PositionLedger | None = None
        self.events: list[PositionEvent] = []
        self.run(0)

    def run(
        self, seconds: float, source: Literal["account", "config"] = "account"
    ) -> list[PositionEvent]:
        """Assess four times a second; the events of that time."""
        before = len(self.events)
        for _ in range(max(1, round(4 * seconds))):
            observed = ObservedPositions(source, self.wallet, self.reported, dict(self.positions))
            self.ledger, found = advance(
                self.ledger, observed, self.fills, len(self.fills), self.now,
                lambda symbol, since: self.prices,
            )  # fmt: skip
            self.events += found
            self.now += 250
        return self.events[before:]

    def report(self, leg: Leg, new: RecordedPosition | None, wallet: float | None = None) -> None:
        """The account reports the leg as it is from now on."""
        self.positions.pop(leg, None)
        if new is not None:
            self.positions[leg] = new
        self.wallet = self.wallet if wallet is None else wallet
        self.reported = self.now

    def trade(
        self,
        leg: Leg,
        quantity: float,
        price: float = 70_000.0,
        pnl: float = 0.0,
        reason: FillReason = "user",
    ) -> None:
        self.fills.append(
            OrderFill(
                leg[0],
                self.now * MS,
                self.now,
                leg[1],
                "BUY" if quantity > 0 else "SELL",
                reason,
                abs(quantity),
                price,
                pnl,
            )
        )


def told(events: Iterable[PositionEvent]) -> list[tuple[str, float, float, str]]:
    return [(e.kind, e.before, e.after, e.cause) for e in events]


def test_the_first_positions_of_a_run_are_no_news() -> None:
    account = Account({BTC: position(0.5)})
    assert account.run(10) == []


@pytest.mark.parametrize("first", ["trade", "report"])
def test_a_trade_and_the_report_in_either_order_are_one_event(first: str) -> None:
    account = Account({})
    if first == "trade":
        account.trade(BTC, 0.5, 70_100.0)
        account.run(0.5)
        account.report(BTC, position(0.5))
    else:
        account.report(BTC, position(0.5))
        account.run(0.5)
        account.trade(BTC, 0.5, 70_100.0)
    (event,) = account.run(20)
    assert told([event]) == [("opened", 0.0, 0.5, "user")]
    assert event.price == 70_100.0
    assert isinstance(event.pnl, Missing)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (0.0, -0.5, "opened"),
        (0.5, 0.8, "increased"),
        (-0.5, -0.8, "increased"),
        (0.5, 0.2, "reduced"),
        (-0.5, 0.0, "closed"),
        (0.5, -0.1, "flipped"),
    ],
)
def test_the_kind_of_a_change(before: float, after: float, kind: str) -> None:
    account = Account({BTC: position(before)} if before else {})
    account.trade(BTC, after - before)
    account.report(BTC, position(after) if after else None)
    assert told(account.run(5)) == [(kind, before, after, "user")]


def test_an_order_filled_in_many_trades_is_one_event_at_its_mean_price() -> None:
    account = Account({})
    for part in range(1, 9):
        account.trade(BTC, 0.1, 70_000.0 + part)
        account.report(BTC, position(round(part * 0.1, 8)))
        account.run(0.25)
    (event,) = account.run(5)
    assert told([event]) == [("opened", 0.0, 0.8, "user")]
    assert event.price == pytest.approx(70_004.5)


def test_an_order_that_goes_on_is_an_event_every_few_seconds() -> None:
    account = Account({})
    for part in range(1, 61):
        account.trade(BTC, 0.1)
        account.report(BTC, position(round(part * 0.1, 8)))
        account.run(0.25)
    account.run(5)
    kinds = [event.kind for event in account.events]
    assert kinds == ["opened", "increased", "increased"]
    assert account.events[-1].after == 6.0


def test_a_liquidation_is_logged_at_once_with_the_loss_of_the_exchange() -> None:
    account = Account({BTC: position(0.5, wallet=1_400.0)})
    account.trade(BTC, -0.5, 67_200.0, -1_400.0, "liquidation")
    account.report(BTC, None)
    (event,) = account.run(0.25)
    assert told([event]) == [("liquidated", 0.5, 0.0, "liquidation")]
    assert (event.pnl, event.price, event.forced) == (-1_400.0, 67_200.0, True)
    assert account.ledger is not None
    assert "BTCUSDT" in account.ledger.liquidated
    account.run(LIQUIDATED_MS / 1000 + 1)
    assert account.ledger.liquidated == {}


def test_a_partial_liquidation_has_the_remaining_quantity() -> None:
    account = Account({BTC: position(-0.5)})
    account.trade(BTC, 0.2, 71_000.0, -200.0, "liquidation")
    account.report(BTC, position(-0.3))
    assert told(account.run(0.25)) == [("liquidated", -0.5, -0.3, "liquidation")]


def test_deleveraging_and_settlement_are_named() -> None:
    account = Account({BTC: position(0.5), ETH: position(3.0)})
    account.trade(BTC, -0.2, pnl=90.0, reason="adl")
    account.report(BTC, position(0.3))
    account.trade(ETH, -3.0, pnl=10.0, reason="settlement")
    account.report(ETH, None)
    events = account.run(0.25)
    assert told(events) == [("reduced", 0.5, 0.3, "adl"), ("closed", 3.0, 0.0, "settlement")]
    assert all(event.forced for event in events)


def test_opened_and_liquidated_between_two_reports_are_two_events() -> None:
    account = Account({})
    account.trade(BTC, 0.5)
    account.trade(BTC, -0.5, 67_000.0, -1_500.0, "liquidation")
    account.run(1)
    account.report(BTC, None)
    assert told(account.run(0.25)) == [
        ("opened", 0.0, 0.5, "user"),
        ("liquidated", 0.5, 0.0, "liquidation"),
    ]


def test_a_reduction_just_before_a_liquidation_is_another_event() -> None:
    account = Account({BTC: position(0.5)})
    account.trade(BTC, -0.1, pnl=-20.0)
    account.trade(BTC, -0.4, 67_000.0, -900.0, "liquidation")
    account.report(BTC, None)
    events = account.run(0.25)
    assert told(events) == [
        ("reduced", 0.5, 0.4, "user"),
        ("liquidated", 0.4, 0.0, "liquidation"),
    ]
    assert [event.pnl for event in events] == [-20.0, -900.0]


def test_the_legs_of_hedge_mode_are_separate() -> None:
    account = Account({LONG: position(0.5), SHORT: position(-0.5)})
    account.trade(SHORT, 0.5, 69_000.0, 500.0)
    account.report(SHORT, None)
    account.trade(LONG, 0.1)
    account.report(LONG, position(0.6))
    events = account.run(5)
    assert told(events) == [("increased", 0.5, 0.6, "user"), ("closed", -0.5, 0.0, "user")]
    assert events[1].pnl == 500.0


def test_without_trades_a_change_is_an_event_after_two_seconds_with_its_own_profit() -> None:
    account = Account({BTC: position(0.5, entry=69_000.0)})
    account.report(BTC, position(0.2, entry=69_000.0))
    assert account.run(2) == []
    (event,) = account.run(1)
    assert told([event]) == [("reduced", 0.5, 0.2, "")]
    assert event.pnl == pytest.approx(0.3 * 1_000.0)
    assert event.price == 70_000.0


def test_a_late_trade_of_a_logged_change_makes_no_second_event() -> None:
    account = Account({})
    account.report(BTC, position(0.5))
    assert len(account.run(3)) == 1
    account.trade(BTC, 0.5)
    account.run(5)
    account.reported = account.now
    assert account.run(5) == []
    account.trade(BTC, 0.1)
    account.report(BTC, position(0.6))
    assert told(account.run(5)) == [("increased", 0.5, 0.6, "user")]


def test_trades_from_before_the_first_report_are_no_news() -> None:
    account = Account({})
    account.ledger = None
    account.events.clear()
    account.trade(BTC, 0.5)
    account.report(BTC, position(0.5))
    assert account.run(10) == []


def test_the_same_report_again_and_other_money_are_no_news() -> None:
    account = Account({BTC: position(0.5, wallet=1_000.0)})
    for wallet in (5_000.0, 4_990.0, 9_000.0):
        account.report(BTC, position(0.5, wallet=1_000.0), wallet)
        assert account.run(3) == []


def test_a_change_back_within_the_wait_is_no_news() -> None:
    account = Account({BTC: position(0.5)})
    account.report(BTC, None)
    account.run(0.5)
    account.report(BTC, position(0.5))
    assert account.run(5) == []


def test_another_source_begins_anew() -> None:
    account = Account({BTC: position(0.5)})
    account.run(1)
    account.positions = {ETH: position(1.0)}
    assert account.run(5, "config") == []
    account.positions = {}
    assert told(account.run(5, "config")) == [("closed", 1.0, 0.0, "")]


def crashed(wallet: float | None = 1_400.0) -> Account:
    """A long with 4 % of margin whose liquidation price was traded through."""
    account = Account({BTC: position(0.5, wallet=wallet, liquidation=67_500.0)})
    account.run(1)
    account.prices = PriceRange(67_300.0, 67_200.0, 70_100.0)
    return account


def test_an_isolated_position_gone_with_its_wallet_was_liquidated() -> None:
    account = crashed()
    account.report(BTC, None)
    (event,) = account.run(5)
    assert told([event]) == [("liquidated", 0.5, 0.0, "balance")]
    assert event.pnl == pytest.approx(-1_400.0)


def test_a_cross_position_gone_with_the_cross_wallet_was_liquidated() -> None:
    account = crashed(wallet=None)
    account.report(BTC, None, wallet=3_600.0)
    (event,) = account.run(5)
    assert told([event]) == [("liquidated", 0.5, 0.0, "balance")]
    assert event.pnl == pytest.approx(-1_400.0)


def test_all_cross_positions_gone_with_the_wallet_were_liquidated_together() -> None:
    account = Account(
        {BTC: position(0.5, liquidation=67_500.0), ETH: position(20.0, 3_000.0)}, wallet=1_500.0
    )
    account.run(1)
    account.prices = PriceRange(67_300.0, 67_200.0, 70_100.0)
    account.report(BTC, None)
    account.report(ETH, None, wallet=20.0)
    events = account.run(5)
    assert {event.kind for event in events} == {"liquidated"}
    assert sum(event.pnl for event in events) == pytest.approx(-1_480.0)


@pytest.mark.parametrize(
    ("wallet", "low"),
    [(6_000.0, 67_200.0), (5_000.0, 69_900.0)],
    ids=["the margin came back", "the price never came near"],
)
def test_a_position_closed_during_an_outage_is_no_liquidation(wallet: float, low: float) -> None:
    account = crashed()
    account.prices = PriceRange(70_000.0, low, 70_100.0)
    account.report(BTC, None, wallet=wallet)
    assert told(account.run(5)) == [("closed", 0.5, 0.0, "")]


@pytest.mark.parametrize("seed", range(20))
def test_events_lead_from_what_was_to_what_is(seed: int) -> None:
    """Random orders, each reported and traded in a random order, some trades lost."""
    rng = random.Random(seed)
    account = Account({})
    quantity = 0.0
    for _ in range(30):
        change = rng.choice([-0.3, -0.1, 0.1, 0.3])
        forced = rng.random() < 0.2 and quantity * change < 0 and abs(change) <= abs(quantity)
        steps = ["report", "trade"] if rng.random() < 0.8 else ["report"]
        rng.shuffle(steps)
        quantity = round(quantity + change, 8)
        for step in steps:
            if step == "trade":
                account.trade(BTC, change, reason="liquidation" if forced else "user")
            else:
                account.report(BTC, position(quantity) if quantity else None)
            account.run(rng.choice([0, 0.25]))
        account.run(rng.choice([0.25, 1, 4]))
    account.run(10)
    at = 0.0
    for event in account.events:
        assert event.before == pytest.approx(at), told(account.events)
        assert event.after != event.before
        at = event.after
    assert at == pytest.approx(quantity)
    assert account.ledger is not None
    assert not account.ledger.pending or all(
        change.quantity == pytest.approx(at) for change in account.ledger.pending.values()
    )


def absent(
    before: dict[Leg, RecordedPosition],
    after: dict[Leg, RecordedPosition],
    *,
    wallet: float = 5_000.0,
    key: tuple[str, str] = ("one", "one"),
    low: float = 69_900.0,
    fills: Iterable[OrderFill] = (),
    awaited_s: float = 0.0,
) -> list[PositionEvent]:
    """What the next run tells when the account was ``before`` and is ``after``."""
    known = PositionLedger("account", 5_000.0, T0, before, 9, account=key[0], reported_ms=T0)
    ledger: PositionLedger | None = None
    start = T0 + 3_600_000
    events: list[PositionEvent] = []
    observed = ObservedPositions("account", wallet, start, after, key[1])
    trades, awaited_ms = tuple(fills), start + 1000 * awaited_s
    now = start

    def awaited(_: str) -> bool:
        return now < awaited_ms

    for now in range(start, start + 30_000, 250):
        ledger, found = advance(
            ledger, observed, trades, len(trades), now,
            lambda symbol, since: PriceRange(70_000.0, low if since <= T0 else 69_900.0, 70_100.0),
            {key[0]: known},
            awaited,
        )  # fmt: skip
        events += found
    assert ledger is not None
    assert (ledger.positions, ledger.absent_since_ms) == (after, 0)
    return events


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({BTC: position(0.5)}, {}, "closed"),
        ({BTC: position(0.5)}, {BTC: position(0.2)}, "reduced"),
        ({BTC: position(0.5)}, {BTC: position(0.8)}, "increased"),
        ({BTC: position(0.5)}, {BTC: position(-0.1)}, "flipped"),
        ({}, {BTC: position(0.5)}, "opened"),
    ],
)
def test_a_change_while_nothing_ran_has_both_times(
    before: dict[Leg, RecordedPosition], after: dict[Leg, RecordedPosition], kind: str
) -> None:
    (event,) = absent(before, after)
    assert (event.kind, event.since_ms, event.cause) == (kind, T0, "")
    assert isinstance(event.pnl, Missing)
    assert (kind == "opened") == isinstance(event.price, float)


def test_a_liquidation_while_nothing_ran_is_found_by_the_balance_once_the_bars_are_there() -> None:
    held = position(0.5, wallet=None, liquidation=62_000.0)
    (event,) = absent({BTC: held}, {}, wallet=900.0, low=61_000.0, awaited_s=10.0)
    assert (event.kind, event.cause, event.since_ms) == ("liquidated", "balance", T0)
    assert event.pnl == pytest.approx(-4_100.0)


def test_another_account_or_the_same_positions_bring_no_event() -> None:
    held = {BTC: position(0.5)}
    assert absent(held, held) == []
    assert absent(held, {}, key=("one", "other")) == []
    assert absent(held, {}, key=("", "")) == []


def test_a_trade_of_this_run_is_not_of_the_time_before() -> None:
    now = T0 + 3_600_000
    fill = OrderFill("BTCUSDT", now * MS, now, "both", "SELL", "liquidation", 0.5, 69_000.0, -500.0)
    (event,) = absent({BTC: position(0.5)}, {}, fills=[fill])
    assert (event.kind, event.since_ms, event.pnl) == ("liquidated", 0, -500.0)
