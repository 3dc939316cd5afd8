"""Which readings of the account are believed at once, and which after they are repeated."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from tuirisk.events import AccountPosition, MarginAsset, PortfolioMargin
from tuirisk.feed.binance.account import schema
from tuirisk.feed.binance.account.confirmation import (
    MOST_DOUBTED,
    AccountFacts,
    Leg,
    ReadingConfirmation,
)

LEG: Leg = ("BTCUSDT", "BOTH")
HELD = AccountPosition("BTCUSDT", "long", 0.5, 70_000.0, 10.0, "cross", 0.0)
WALLET = MarginAsset("USDT", 1_000.0)
WHOLE = PortfolioMargin(None, 9_000.0, 500.0, 300.0, "NORMAL", 12.0)


def facts(position: AccountPosition | None = HELD, wallet: MarginAsset = WALLET) -> AccountFacts:
    held = {} if position is None else {LEG: position}
    return AccountFacts("single_asset", False, held, {"USDT": wallet})


KNOWN = facts()
CHANGED = {
    "closed": facts(None),
    "tenfold": facts(replace(HELD, quantity=5.0)),
    "other side": facts(replace(HELD, side="short")),
    "entry price": facts(replace(HELD, entry_price=7.0)),
    "leverage": facts(replace(HELD, leverage=5.0)),
    "wallet": facts(wallet=replace(WALLET, cross_wallet=10_000.0)),
    "haircut": facts(wallet=replace(WALLET, bid_rate=0.5)),
    "update time": AccountFacts(
        "single_asset", False, KNOWN.positions, KNOWN.assets, update_times={LEG: 5}
    ),
    "mode": AccountFacts("multi_assets", False, KNOWN.positions, KNOWN.assets),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_that_the_stream_did_not_report_must_be_repeated(name: str) -> None:
    once = ReadingConfirmation()
    assert not once.believes(CHANGED[name], KNOWN, (), ())
    assert once.believes(CHANGED[name], KNOWN, (), ())
    assert once.refuted == 0
    refuted = ReadingConfirmation()
    assert not refuted.believes(CHANGED[name], KNOWN, (), ())
    assert refuted.believes(KNOWN, KNOWN, (), ())
    assert refuted.refuted == 1


def test_what_the_stream_just_changed_is_not_compared() -> None:
    assert ReadingConfirmation().believes(CHANGED["closed"], KNOWN, {LEG}, ())
    assert ReadingConfirmation().believes(CHANGED["wallet"], KNOWN, (), {"USDT"})


def test_an_account_that_never_says_the_same_is_believed_at_last() -> None:
    asked = ReadingConfirmation()
    readings = [facts(replace(HELD, quantity=1.0 + n)) for n in range(MOST_DOUBTED + 1)]
    believed = [asked.believes(reading, KNOWN, (), ()) for reading in readings]
    assert believed == [False] * MOST_DOUBTED + [True]


def test_the_equity_of_portfolio_margin_moves_but_does_not_leap() -> None:
    known = AccountFacts("portfolio_margin", portfolio_margin=WHOLE)
    near = AccountFacts("portfolio_margin", portfolio_margin=replace(WHOLE, equity=9_500.0))
    far = AccountFacts("portfolio_margin", portfolio_margin=replace(WHOLE, equity=90_000.0))
    assert ReadingConfirmation().believes(near, known, (), ())
    assert not ReadingConfirmation().believes(far, known, (), ())


@pytest.mark.parametrize("field", ["entryPrice", "markPrice", "maintMargin", "leverage"])
def test_a_position_with_a_negative_price_is_left_out(field: str) -> None:
    row = {"symbol": "BTCUSDT", "positionAmt": "-1", "entryPrice": "5", field: "-1"}
    good = {"symbol": "ETHUSDT", "positionAmt": "-1", "entryPrice": "5"}
    (left,) = schema.position_risk(json.dumps([row, good]).encode())
    assert left.symbol == "ETHUSDT"
    with pytest.raises(schema.BadAnswer):
        schema.position_risk(json.dumps([row]).encode())


def test_a_position_that_is_told_twice_is_one() -> None:
    row = {"symbol": "BTCUSDT", "positionAmt": "-1", "entryPrice": "5"}
    assert len(schema.position_risk(json.dumps([row, row]).encode())) == 1
