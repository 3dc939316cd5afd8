"""What REST told of an account, and the changes of the user-data stream in it."""

from __future__ import annotations

import dataclasses
import json
from math import inf
from typing import Any

import pytest
from msgspec.structs import replace

from tuirisk.events import AccountPosition, AccountReport, Bracket, OrderFill
from tuirisk.feed.binance.account import schema, user_events
from tuirisk.feed.binance.account.asset_rates import AssetRate
from tuirisk.feed.binance.account.brackets import leverage_brackets
from tuirisk.feed.binance.account.schema import BadAnswer
from tuirisk.feed.binance.account.snapshot import AccountAnswers, AccountSnapshot
from tuirisk.feed.binance.rows import Origin, RefusedRow

CHANGED = 1_720_736_417_660
"""When the positions of REST last changed, ms."""
CONFIG = [
    {"symbol": "BTCUSDT", "marginType": "CROSSED", "isAutoAddMargin": "false", "leverage": 21},
    {"symbol": "ETHUSDT", "marginType": "ISOLATED", "isAutoAddMargin": False, "leverage": 5},
    {"symbol": "ETHUSDC", "marginType": "CROSSED", "isAutoAddMargin": False, "leverage": 5},
]


def risk(symbol: str, amount: str, **more: Any) -> dict[str, Any]:
    """A row of positionRisk, version 3, as the exchange's documents show it."""
    return {
        "symbol": symbol, "positionSide": "BOTH", "positionAmt": amount, "entryPrice": "0.385",
        "breakEvenPrice": "0.385077", "markPrice": "0.41047590", "unRealizedProfit": "0.76427700",
        "liquidationPrice": "0", "isolatedMargin": "0", "notional": "12.31427700",
        "marginAsset": "USDT", "isolatedWallet": "0", "initialMargin": "0.61571385",
        "maintMargin": "0.08004280", "positionInitialMargin": "0.61571385",
        "openOrderInitialMargin": "0", "adl": 2, "bidNotional": "0", "askNotional": "0",
        "updateTime": CHANGED, **more,
    }  # fmt: skip


def book(
    *risks: dict[str, Any],
    wallet: str = "103.12",
    assets: dict[str, str] | None = None,
    config: list[dict[str, Any]] | None = None,
) -> AccountSnapshot:
    made = AccountSnapshot()
    made.replace(answers(*risks, wallet=wallet, assets=assets, config=config))
    return made


def answers(
    *risks: dict[str, Any],
    wallet: str = "103.12",
    assets: dict[str, str] | None = None,
    config: list[dict[str, Any]] | None = None,
) -> AccountAnswers:
    rows = [
        {
            "asset": name, "walletBalance": "1", "crossWalletBalance": cross,
            "updateTime": CHANGED,
        }
        for name, cross in (assets or {"USDT": wallet, "BNB": "0"}).items()
    ]  # fmt: skip
    return AccountAnswers(
        schema.account(json.dumps({"totalCrossWalletBalance": wallet, "assets": rows}).encode()),
        schema.position_risk(json.dumps(risks).encode()),
        schema.symbol_config(json.dumps(CONFIG if config is None else config).encode()),
    )


def tell(made: AccountSnapshot, *rows: dict[str, Any], **balances: str) -> bool:
    """Take an ACCOUNT_UPDATE in."""
    update = {
        "m": "ORDER",
        "B": [{"a": name, "wb": "9", "cw": cw, "bc": "0"} for name, cw in balances.items()],
        "P": [
            {"cr": "200", "up": "0", "mt": "cross", "iw": "0", "ps": "BOTH", "bep": "0", **row}
            for row in rows
        ],
    }
    return made.update(account_update(update, CHANGED + 1_000))


def account_update(update: dict[str, Any], time: int) -> user_events.AccountUpdate:
    body = {"e": "ACCOUNT_UPDATE", "E": time, "T": time, "a": update}
    event = user_events.event(json.dumps(body).encode())
    assert isinstance(event, user_events.AccountUpdate)
    return event


def untold(state: AccountReport) -> AccountReport:
    """``state`` without what REST alone tells of a position."""
    rows = (
        replace(position, mark_price=None, adl=None, unrealised_pnl=None, maintenance_margin=None)
        for position in state.positions
    )
    return replace(state, positions=tuple(rows))


def test_rest_alone_gives_the_whole_account() -> None:
    state = book(
        risk("BTCUSDT", "-0.5", entryPrice="70000"),
        risk("ETHUSDT", "2", entryPrice="2000", isolatedWallet="410.5"),
        risk("SOLUSDT", "0.0"),
    ).state(7)
    assert (state.symbol, state.received, state.wallet_balance) == ("", 7, 103.12)
    assert state.hedge_mode is False
    rows = [(p.mark_price, p.unrealised_pnl, p.maintenance_margin, p.adl) for p in state.positions]
    assert rows == [(0.4104759, 0.764277, 0.0800428, 2)] * 2
    assert untold(state).positions == (
        AccountPosition("BTCUSDT", "short", 0.5, 70_000.0, 21.0, "cross", 0.0),
        AccountPosition("ETHUSDT", "long", 2.0, 2_000.0, 5.0, "isolated", 410.5),
    )


def test_the_margin_mode_is_that_of_the_symbol_settings_not_of_the_wallet() -> None:
    drained = book(risk("ETHUSDT", "2", isolatedWallet="0")).state(7).positions[0]
    assert (drained.margin_mode, drained.isolated_wallet) == ("isolated", 0.0)


def test_a_symbol_without_a_setting_takes_its_leverage_from_the_margin() -> None:
    known, silent = (
        book(row, config=[]).state(7).positions[0]
        for row in (risk("XUSDT", "30", isolatedWallet="1"), risk("XUSDT", "1", initialMargin="0",
                                                                  positionInitialMargin="0"))
    )  # fmt: skip
    assert (known.leverage, known.margin_mode) == (20.0, "isolated")
    assert (silent.leverage, silent.margin_mode) == (0.0, "cross")


@pytest.mark.parametrize(("unreadable", "kept"), [("ETHUSDT", 2), ("", 3), ("SOLUSDT", 1)])
def test_a_position_whose_row_cannot_be_read_stays_as_it_was_known(
    unreadable: str, kept: int
) -> None:
    made = book(risk("BTCUSDT", "1"), risk("ETHUSDT", "2"), risk("ETHUSDC", "3"))
    later = answers(risk("BTCUSDT", "4"))
    made.replace(dataclasses.replace(later, unreadable=frozenset({unreadable})))
    report = made.state(0)
    assert len(report.positions) == kept
    assert report.positions[0].quantity == 4.0
    assert report.unreadable == (unreadable,)


def test_changes_are_merged_by_symbol_and_side() -> None:
    made = book(
        risk("BTCUSDT", "1", positionSide="LONG"), risk("BTCUSDT", "-2", positionSide="SHORT")
    )
    assert tell(made, {"s": "BTCUSDT", "pa": "-3", "ep": "71000", "ps": "SHORT"}, USDT="50")
    assert [(p.side, p.quantity) for p in made.state(7).positions] == [
        ("long", 1.0),
        ("short", 3.0),
    ]
    assert made.state(7).positions[0].entry_price == 0.385
    assert made.state(7).positions[1].entry_price == 71_000.0
    assert made.state(7).hedge_mode
    assert made.state(7).wallet_balance == 50.0
    assert tell(made, {"s": "BTCUSDT", "pa": "0", "ep": "0", "ps": "LONG"})
    assert [p.side for p in made.state(7).positions] == ["short"]
    assert made.state(7).wallet_balance == 50.0


def test_a_one_way_position_may_turn_and_change_its_margin_mode() -> None:
    made = book(risk("BTCUSDT", "1"))
    change = {"s": "BTCUSDT", "pa": "-1", "ep": "7", "mt": "isolated", "iw": "12.5"}
    for _ in range(2):
        assert tell(made, change)
        assert made.state(7).positions == (
            AccountPosition("BTCUSDT", "short", 1.0, 7.0, 21.0, "isolated", 12.5),
        )


def test_leverage_follows_the_setting() -> None:
    made = book(risk("BTCUSDT", "1"))
    text = b'{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":1,"ac":{"s":"BTCUSDT","l":8}}'
    event = user_events.event(text)
    assert isinstance(event, user_events.ConfigUpdate)
    assert made.configure(event)
    assert made.state(7).positions[0].leverage == 8.0
    assert tell(made, {"s": "BTCUSDT", "pa": "2", "ep": "7"})
    assert made.state(7).positions[0].leverage == 8.0
    margin_mode = user_events.event(b'{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"ai":{"j":true}}')
    assert isinstance(margin_mode, user_events.ConfigUpdate)
    assert not made.configure(margin_mode)


def test_fields_that_only_rest_has_are_requested() -> None:
    made = book(risk("BTCUSDT", "1"))
    assert not tell(made, BNB="3")
    assert not tell(made, {"s": "NEWUSDT", "pa": "1", "ep": "7"})
    assert not tell(made, {"s": "ETHUSDC", "pa": "1", "ep": "7"})
    assert made.state(7).wallet_balance == 103.12
    assert "NEWUSDT" not in {p.symbol for p in made.state(7).positions}


def test_cross_positions_of_another_asset_have_that_assets_wallet() -> None:
    other = risk("ETHUSDC", "1", marginAsset="USDC")
    made = book(other, risk("BTCUSDT", "1"), assets={"USDT": "103.12", "USDC": "400"})
    state = made.state(7)
    assert {p.symbol: p.margin_asset for p in state.positions} == {
        "BTCUSDT": "USDT",
        "ETHUSDC": "USDC",
    }
    assert {a.asset: a.cross_wallet for a in state.assets} == {"USDT": 103.12, "USDC": 400.0}
    assert (state.mode, state.wallet_balance) == ("single_asset", 103.12)
    tell(made, {"s": "ETHUSDC", "pa": "2", "ep": "7"}, USDC="390")
    assert made.state(7).positions[1].quantity == 2.0
    assert made.state(7).assets[0].cross_wallet == 390.0


def test_with_multi_assets_margin_every_asset_counts_by_its_rate() -> None:
    rates = {"USDC": AssetRate(1.0, 0.9, 1.1), "BTC": AssetRate(50_000.0, 45_000.0, 55_000.0)}
    held = {"USDT": "-100", "USDC": "400", "BTC": "0.01", "XYZ": "7"}
    made = AccountSnapshot()
    told = answers(risk("ETHUSDC", "1", marginAsset="USDC"), assets=held)
    made.replace(dataclasses.replace(told, mode="multi_assets", rates=rates))
    assert made.state(7).mode == "multi_assets"
    assert made.state(7).wallet_balance == pytest.approx(-100 + 360 + 450)
    assert (made.unpriced, made.at_par) == (("XYZ",), ())
    assert tell(made, USDC="-10")
    assert made.state(7).wallet_balance == pytest.approx(-100 - 11 + 450)


def test_hedge_mode_without_positions_comes_from_the_rest_answer() -> None:
    made = book()
    made.hedge_mode = True
    assert made.state(7).hedge_mode
    assert not tell(made, {"s": "NEWUSDT", "pa": "1", "ep": "7"})


@pytest.mark.parametrize("coefficient", [None, 1.5, "1.5"])
def test_brackets_with_and_without_a_coefficient_of_the_account(coefficient: object) -> None:
    rows = [
        {"bracket": 2, "initialLeverage": 50, "notionalCap": 50_000, "notionalFloor": 10_000,
         "maintMarginRatio": 0.01, "cum": 35.0},
        {"bracket": 1, "initialLeverage": 75, "notionalCap": 10_000, "notionalFloor": 0,
         "maintMarginRatio": 0.0065, "cum": 0},
    ]  # fmt: skip
    told: dict[str, Any] = {"symbol": "ETHUSDT", "brackets": rows}
    scale = 1.0 if coefficient is None else 1.5
    if coefficient is not None:
        told["notionalCoef"] = coefficient
    lower, upper = leverage_brackets(json.dumps([told]).encode())["ETHUSDT"]
    assert lower == Bracket(0.0, 10_000.0 * scale, 0.0065, 0.0, 75.0)
    assert upper == Bracket(10_000.0 * scale, 50_000.0 * scale, 0.01, 35.0 * scale, 50.0)
    edge = upper.notional_floor
    assert edge * upper.maintenance_rate - upper.cumulative == pytest.approx(
        edge * lower.maintenance_rate
    )


@pytest.mark.parametrize(
    "amount", ['"NaN"', '"inf"', '"-inf"', "null", '"many"', "1e30", "[]", '"1e400"']
)
def test_text_is_not_read_as_a_number(amount: str) -> None:
    body = f'[{{"symbol":"BTCUSDT","positionAmt":{amount},"entryPrice":"7"}}]'.encode()
    with pytest.raises(BadAnswer) as caught:
        schema.position_risk(body)
    assert str(caught.value) == ""
    with pytest.raises(BadAnswer):
        schema.account(f'{{"totalCrossWalletBalance":{amount},"assets":[]}}'.encode())


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b"[]", b"null", b'{"e":7}', b'{"e":"ACCOUNT_UPDATE"}', b"\xff\xfe"]
)
def test_a_message_that_cannot_be_understood(text: bytes) -> None:
    with pytest.raises(BadAnswer):
        user_events.event(text)


def test_one_row_of_a_message_takes_no_other_along() -> None:
    rows = [
        {"s": "BTCUSDT", "pa": "1", "ep": "7", "mt": "cross"},
        {"s": "ETHUSDT", "pa": "much", "ep": "7", "mt": "cross"},
        {"s": "SOLUSDT", "pa": "-2", "ep": "", "iw": "", "mt": "cross"},
    ]
    body = {"e": "ACCOUNT_UPDATE", "a": {"B": [{"a": "BNB", "cw": ""}], "P": rows}}
    named: list[RefusedRow] = []
    event = user_events.event(json.dumps(body).encode(), named.append)
    assert isinstance(event, user_events.AccountUpdate)
    assert [row.s for row in event.a.P] == ["BTCUSDT", "SOLUSDT"]
    assert [str(row.reason) for row in named] == [
        "ACCOUNT_UPDATE BNB: cw cannot be read, left out",
        "ACCOUNT_UPDATE ETHUSDT: pa cannot be read, left out",
    ]
    called = user_events.event(b'{"e":"MARGIN_CALL","p":[{"s":4},{"s":"BTCUSDT"}]}')
    assert called == user_events.MarginCall(0, (user_events.CalledPosition("BTCUSDT"),))


def test_blank_fields_of_an_order_refuse_no_trade() -> None:
    order = {"s": "BTCUSDT", "S": "SELL", "c": "autoclose-1", "l": "0.5", "L": "", "rp": ""}
    body = json.dumps({"e": "ORDER_TRADE_UPDATE", "E": 5, "o": order}).encode()
    event = user_events.event(body)
    assert isinstance(event, user_events.OrderUpdate)
    fill = event.fill(9)
    assert fill is not None
    assert (fill.reason, fill.quantity, fill.trade_time) == ("liquidation", 0.5, 5)


def test_a_position_without_its_entry_price_keeps_the_known_one_and_is_read_again() -> None:
    made = book(risk("BTCUSDT", "1"))
    assert not tell(made, {"s": "BTCUSDT", "pa": "2", "ep": ""})
    (position,) = made.state(0).positions
    assert (position.quantity, position.entry_price) == (2.0, 0.385)


@pytest.mark.parametrize("name", ["TRADE_LITE", "STRATEGY_UPDATE"])
def test_messages_of_no_interest_are_passed_over(name: str) -> None:
    assert user_events.event(json.dumps({"e": name, "o": {"s": 7}}).encode()) is None


def change(amount: str, entry: str = "70000", wallet: str = "60") -> dict[str, Any]:
    row = {
        "s": "BTCUSDT", "pa": amount, "ep": entry, "cr": "0", "up": "0", "mt": "cross", "iw": "0",
        "ps": "BOTH",
    }  # fmt: skip
    return {"m": "ORDER", "B": [{"a": "USDT", "wb": wallet, "cw": wallet}], "P": [row]}


SECOND = 1_000_000_000


def quantities(made: AccountSnapshot) -> list[float]:
    return [position.quantity for position in made.state(7).positions]


@pytest.mark.parametrize(
    ("streamed", "answered"),
    [
        ("0", [risk("BTCUSDT", "2")]),
        ("1", [risk("BTCUSDT", "2")]),
        ("1", []),
    ],
    ids=["closed", "reduced", "opened"],
)
def test_an_answer_behind_the_stream_changes_nothing_back(
    streamed: str, answered: list[dict[str, Any]]
) -> None:
    made = book(risk("BTCUSDT", "2"))
    made.update(account_update(change(streamed), CHANGED + 900), received=10 * SECOND)
    known = made.state(7)
    made.replace(answers(*answered), requested=11 * SECOND)
    assert untold(made.state(7)) == untold(known)
    assert made.contradicted
    up_to_date = [risk("BTCUSDT", streamed, updateTime=CHANGED + 900)] if streamed != "0" else []
    made.replace(answers(*up_to_date, wallet="60"), requested=12 * SECOND)
    assert quantities(made) == [position.quantity for position in known.positions]


def test_an_answer_requested_long_after_the_stream_counts_whatever_its_times_are() -> None:
    made = book(risk("BTCUSDT", "2"))
    made.update(account_update(change("0"), CHANGED + 900), received=10 * SECOND)
    made.replace(answers(risk("BTCUSDT", "2")), requested=20 * SECOND)
    assert quantities(made) == [2.0]
    assert made.state(7).wallet_balance == 103.12
    assert not made.contradicted


def test_a_change_that_an_answer_is_ahead_of_changes_nothing_back() -> None:
    made = book(risk("BTCUSDT", "2", updateTime=CHANGED + 900))
    made.update(account_update(change("5"), CHANGED + 100))
    assert quantities(made) == [2.0]


def order(**fields: str) -> dict[str, Any]:
    """A market order of the documents of the exchange, filled."""
    body = {
        "s": "BTCUSDT", "c": "TEST", "S": "SELL", "o": "MARKET", "f": "GTC", "q": "0.5", "p": "0",
        "ap": "70000.5", "sp": "0", "x": "TRADE", "X": "FILLED", "i": 8886774, "l": "0.5",
        "z": "0.5", "L": "70000.5", "N": "USDT", "n": "0.1", "T": CHANGED, "t": 7, "b": "0",
        "a": "0", "m": False, "R": False, "wt": "CONTRACT_PRICE", "ot": "MARKET", "ps": "BOTH",
        "cp": False, "rp": "-12.5", "pP": False, "si": 0, "ss": 0,
    }  # fmt: skip
    return {"e": "ORDER_TRADE_UPDATE", "E": CHANGED, "T": CHANGED, "o": {**body, **fields}}


def fill_of(**fields: str) -> OrderFill | None:
    event = user_events.event(json.dumps(order(**fields)).encode())
    assert isinstance(event, user_events.OrderUpdate)
    return event.fill(7)


def test_a_filled_order_is_a_trade_of_the_account() -> None:
    assert fill_of() == OrderFill(
        "BTCUSDT", 7, CHANGED, "both", "SELL", "user", 0.5, 70_000.5, -12.5
    )
    assert fill_of(l="0", x="NEW", X="NEW") is None, "placed, not filled"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"o": "LIQUIDATION", "x": "CALCULATED"}, "liquidation"),
        ({"ot": "LIQUIDATION"}, "liquidation"),
        ({"c": "autoclose-1720736417660"}, "liquidation"),
        ({"c": "adl_autoclose", "o": "LIQUIDATION"}, "adl"),
        ({"c": "settlement_autoclose-7"}, "settlement"),
        ({"c": "delivery_autoclose-7"}, "settlement"),
        ({"c": "web_autoclose-7"}, "user"),
    ],
)
def test_the_reason_of_an_order_is_in_its_type_and_its_client_id(
    fields: dict[str, str], reason: str
) -> None:
    fill = fill_of(**fields)
    assert fill is not None
    assert fill.reason == reason


@pytest.mark.parametrize(("told", "side"), [("LONG", "long"), ("SHORT", "short")])
def test_a_trade_names_the_leg_of_hedge_mode(told: str, side: str) -> None:
    fill = fill_of(ps=told)
    assert fill is not None
    assert fill.position_side == side


def test_the_available_balance_counts_until_the_stream_changes_anything() -> None:
    made = book(risk("BTCUSDT", "2"))
    assert made.state(7).available_balance is None, "not told"
    told = answers(risk("BTCUSDT", "2"))
    account = replace(told.account, availableBalance=41.5)
    made.replace(dataclasses.replace(told, account=account))
    assert made.state(7).available_balance == 41.5
    made.update(account_update(change("1"), CHANGED + 900))
    assert made.state(7).available_balance is None


def test_a_row_of_brackets_that_is_no_good_takes_no_other_along() -> None:
    row = {"bracket": 1, "initialLeverage": 1, "notionalCap": 9_223_372_036_854_775_807,
           "notionalFloor": 0, "maintMarginRatio": 0.5, "cum": 0.0}  # fmt: skip
    told: list[Any] = [
        {"symbol": "BTCSTUSDT", "brackets": [row]},
        {"symbol": "EMPTYUSDT", "brackets": []},
        {"symbol": "BADUSDT", "brackets": [{**row, "maintMarginRatio": "NaN"}]},
        {"brackets": [row]},
        "nonsense",
        {"symbol": "ETHUSDT", "brackets": [{**row, "notionalCap": 50_000}]},
    ]
    found = leverage_brackets(json.dumps(told).encode())
    assert set(found) == {"BTCSTUSDT", "ETHUSDT"}
    assert found["BTCSTUSDT"][0].notional_cap == inf
    assert found["ETHUSDT"][0].notional_cap == 50_000


@pytest.mark.parametrize(("coefficient", "expected"), [("", 1.0), (None, 1.0), ("2", 2.0)])
def test_a_blank_coefficient_of_brackets_is_none(coefficient: object, expected: float) -> None:
    bracket = {"initialLeverage": 75, "notionalCap": 2**63 - 1, "notionalFloor": 0,
               "maintMarginRatio": 0.01, "cum": 5}  # fmt: skip
    row = {"symbol": "BTCUSDT", "notionalCoef": coefficient, "brackets": [bracket]}
    (found,) = leverage_brackets(json.dumps([row]).encode())["BTCUSDT"]
    assert (found.cumulative, found.notional_cap) == (5 * expected, inf)


def test_what_has_no_price_is_named_in_the_report() -> None:
    assets = (schema.AssetBalance("USDT", 10.0), schema.AssetBalance("BNB", 3.0))
    snapshot = AccountSnapshot()
    snapshot.replace(AccountAnswers(schema.AccountAnswer(10.0, assets), (), {}))
    assert snapshot.state(1).unpriced == ("BNB",)


@pytest.mark.parametrize("blank", ["", None])
def test_brackets_stand_without_caps_and_cumulative_amounts(blank: object) -> None:
    lower = {"initialLeverage": 75, "notionalCap": blank, "notionalFloor": 0,
             "maintMarginRatio": 0.0065, "cum": blank}  # fmt: skip
    upper = lower | {"initialLeverage": 50, "notionalFloor": 10_000, "maintMarginRatio": 0.01}
    row = {"symbol": "BTCUSDT", "brackets": [upper, lower]}
    first, last = leverage_brackets(json.dumps([row]).encode())["BTCUSDT"]
    assert (first.notional_cap, first.cumulative) == (10_000.0, 0.0)
    assert last.notional_cap == inf
    assert last.cumulative == pytest.approx(10_000 * (0.01 - 0.0065))


@pytest.mark.parametrize("field", ["updateTime", "marginAsset", "adl", "notional", "maintMargin"])
@pytest.mark.parametrize("value", ["", None, [], 10**30])
def test_a_position_stands_without_what_its_row_need_not_tell(field: str, value: object) -> None:
    refused: list[RefusedRow] = []
    origin = Origin("GET /fapi/v3/positionRisk", on_refused=refused.append)
    (row,) = schema.position_risk(
        json.dumps([risk("BTCUSDC", "1") | {field: value}]).encode(), origin
    )
    assert (row.symbol, row.positionAmt, refused) == ("BTCUSDC", 1.0, [])
    assert row.margin_asset == ("USDC" if field == "marginAsset" else "USDT")


def test_a_side_that_cannot_be_read_is_not_guessed() -> None:
    with pytest.raises(BadAnswer):
        schema.position_risk(json.dumps([risk("BTCUSDT", "1", positionSide="")]).encode())


@pytest.mark.parametrize("time", ["", None, "soon"])
def test_a_balance_stands_without_its_time(time: object) -> None:
    asset = {"asset": "USDC", "crossWalletBalance": "5", "updateTime": time}
    told = {"totalCrossWalletBalance": "1", "assets": [asset]}
    assert schema.account(json.dumps(told).encode()).assets[0].crossWalletBalance == 5.0
    assert schema.account(json.dumps(told | {"assets": None}).encode()).assets == ()


@pytest.mark.parametrize(
    ("margin_type", "mode"),
    [("isolated", "isolated"), ("cross", "cross"), ("ANOTHER", "isolated")],
)
def test_a_margin_type_in_other_words_is_not_cross_margin(margin_type: str, mode: str) -> None:
    config = [{"symbol": "ETHUSDT", "marginType": margin_type, "leverage": 5}]
    made = book(risk("ETHUSDT", "1", isolatedWallet="40"), config=config)
    assert made.positions["ETHUSDT", "BOTH"].margin_mode == mode
