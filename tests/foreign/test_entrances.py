"""Texts of others at every entrance that no exchange stands behind: none is left as it came."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from support import symbol_states

from tuirisk.backtest.kept_record import shipped_record
from tuirisk.config.model import ConfigError
from tuirisk.config.positions_csv import parse_positions
from tuirisk.events import (
    AccountPosition,
    AccountReport,
    Bracket,
    ExitOrder,
    LeverageBrackets,
    MarginAsset,
    OrderFill,
)
from tuirisk.feed.binance.account import schema
from tuirisk.feed.binance.account.schema import NOWHERE
from tuirisk.feed.recorded_account import account_frame, recorded_account
from tuirisk.foreign.parts import printable_parts
from tuirisk.history import ledgers
from tuirisk.history.database import connect
from tuirisk.history.track_records import latest_track_record, store_track_record
from tuirisk.state import RiskState
from tuirisk.state.binary import decode_untyped, encode, typed
from tuirisk.state.position_ledger import PositionLedger

HOSTILE = (
    "\x1b]0;PWNED\x07\x1b[2J\nBREAK\x9b31m\u202eEVIL\u2066\u200b\u2028\r\x00[red]X[link=a]"
    + "Z"
    + "\u0301" * 50
    + "\x7f"
)
OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
HEAP = re.compile("\u0301{9}")


def texts(value: object) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for part in (*value, *value.values()):
            yield from texts(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from texts(part)


def renamed(value: Any, old: str) -> Any:
    """``value`` with the hostile text in the place of ``old``."""
    if isinstance(value, Mapping):
        return {renamed(name, old): renamed(part, old) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(part, old) for part in value]
    return HOSTILE if value == old else value


def state_of_a_server(_: Path) -> object:
    values = decode_untyped(encode(symbol_states.rich()))
    return typed(RiskState, renamed(values, "BTCUSDT"))


def account_of_a_recording(_: Path) -> object:
    position = AccountPosition(
        HOSTILE, "long", 1.0, 1.0, 1.0, "cross", 0.0, HOSTILE,
        exits=(ExitOrder(HOSTILE, "sell", 1.0, 1.0),),
    )  # fmt: skip
    report = AccountReport("", 1, 1.0, False, (position,), assets=(MarginAsset(HOSTILE, 1.0),))
    report = replace(report, unreadable=(HOSTILE,))
    brackets = LeverageBrackets(HOSTILE, 1, (Bracket(0.0, 1.0, 0.1, 0.0, 10.0),))
    fill = OrderFill(HOSTILE, 1, 1, "long", "BUY", "user", 1.0, 1.0, 0.0)
    return [recorded_account(account_frame(one, 1)) for one in (report, brackets, fill)]


def account_of_the_exchange(_: Path) -> object:
    row = {"asset": HOSTILE + "x" * 10_000, "crossWalletBalance": "1", "updateTime": 1}
    usdt = {"asset": "USDT", "crossWalletBalance": "1", "updateTime": 1}
    body = msgspec.json.encode({"assets": [row, usdt], "positions": []})
    return schema.account(body, NOWHERE)


def record_of_a_history(folder: Path) -> object:
    record = dataclasses.replace(shipped_record(), symbols=(HOSTILE,), first_day=HOSTILE)
    path = folder / "history.sqlite3"
    connect(path, 1.0).close()
    store_track_record(path, record, 1)
    return latest_track_record(path)


def ledger_of_a_history(folder: Path) -> object:
    with connect(folder / "history.sqlite3", 1.0) as connection:
        ledgers.store(connection, PositionLedger("account", 1.0, 1, {}, 0, account=HOSTILE))
        row = '[["\\u001b[2J\\u202e", "long", 1, 1, null, null]]'
        connection.execute("UPDATE ledgers SET positions = ?", (row,))
        return [(account, list(one.positions)) for account, one in ledgers.load(connection).items()]


def positions_of_a_csv(_: Path) -> object:
    said = []
    line = HOSTILE.replace("\n", "").replace("\r", "")
    for text in (
        f"symbol,side,quantity,entry_price,{line}\n{line},{line},{line},{line}\n",
        f"symbol,side,quantity,entry_price\nBTCUSDT,long,{line},1\n",
        f"{line}\n",
    ):
        try:
            said.append(parse_positions(text, "p.csv")[1])
        except ConfigError as error:
            said.append(str(error))
    return said


@pytest.mark.parametrize(
    "entrance",
    [
        state_of_a_server,
        account_of_a_recording,
        account_of_the_exchange,
        record_of_a_history,
        ledger_of_a_history,
        positions_of_a_csv,
    ],
)
def test_what_comes_in_holds_nothing_that_is_obeyed(
    entrance: Callable[[Path], object], tmp_path: Path
) -> None:
    found = list(texts(entrance(tmp_path)))
    assert found
    for text in found:
        assert not OBEYED.search(text), text
        assert not HEAP.search(text), text
        assert len(text) <= 300


def test_the_text_of_a_damaged_history_is_printable(tmp_path: Path) -> None:
    with connect(tmp_path / "history.sqlite3", 1.0) as connection:
        (text,) = connection.execute("SELECT ?", (HOSTILE,)).fetchone()
        assert not OBEYED.search(text)
        assert isinstance(connection, sqlite3.Connection)


def test_parts_that_are_printable_stay_the_same_objects() -> None:
    state = symbol_states.rich()
    assert printable_parts(state.symbols["BTCUSDT"]) is state.symbols["BTCUSDT"]
    assert printable_parts({"a\x1b": ("b", ["c\u202e"], 1.5, None)}) == {
        "a\ufffd": ("b", ["c\ufffd"], 1.5, None)
    }
