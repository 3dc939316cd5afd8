"""The account in a recording: what is written is read, whatever the account holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.frames import NS, T0

from tuirisk.events import (
    AccountDay,
    AccountPosition,
    AccountReading,
    AccountReport,
    Bracket,
    DayIncome,
    DayOfSymbol,
    ExitOrder,
    LeverageBrackets,
    MarginAsset,
    OrderFill,
    PortfolioMargin,
    PositionIncome,
)
from tuirisk.feed.frames import AccountFrame
from tuirisk.feed.recorded_account import RecordedAccount, account_frame, recorded_account
from tuirisk.feed.recording import read
from tuirisk.feed.recording_faults import RecordingFaults
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.foreign.decoding import UndecodableError
from tuirisk.language.reason import Reason

numbers = st.floats(-1e12, 1e12)
maybe = st.none() | numbers
symbols = st.sampled_from(["BTCUSDT", "ETHUSDC", "BTCUSDT_260327", "币安人生USDT"])
reasons = st.sampled_from(
    [
        Reason("not_listed"),
        Reason("account_as_of", seconds=7, reason=Reason("api_secret_wrong")),
        Reason("key_warnings", reasons=(Reason("not_listed"), "a text")),
        Reason("not_trading", status="BREAK\n"),
    ]
)
incomes = st.builds(
    PositionIncome, opened=st.integers(0, 2**43), funding_paid=numbers | reasons,
    realised_pnl=numbers | reasons, paid_by_both=maybe,
)  # fmt: skip
exits = st.builds(
    ExitOrder, type=st.just("stop_market"), side=st.sampled_from(["buy", "sell"]), trigger=maybe,
    quantity=maybe,
)  # fmt: skip
positions = st.builds(
    AccountPosition, symbol=symbols, side=st.sampled_from(["long", "short"]), quantity=numbers,
    entry_price=numbers, leverage=numbers, margin_mode=st.sampled_from(["isolated", "cross"]),
    isolated_wallet=numbers, margin_asset=st.sampled_from(["USDT", "BNFCR"]), mark_price=maybe,
    unrealised_pnl=maybe, maintenance_margin=maybe, liquidation_price=maybe,
    adl=st.none() | st.integers(0, 4), exits=st.none() | st.tuples(exits),
    income=st.none() | incomes,
)  # fmt: skip
days = st.builds(
    AccountDay, begin_ms=st.integers(0, 2**43),
    incomes=st.none() | st.tuples(
        st.builds(DayIncome, kind=st.just("fees"), asset=st.just("BNB"), amount=numbers)
    ),
    symbols=st.tuples(
        st.builds(
            DayOfSymbol, symbol=symbols, margin_asset=st.just("USDT"), quantity=numbers,
            bought=numbers, spent=numbers, realised=numbers, first_mark=maybe,
            trades_missing=st.booleans(),
        )
    ),
)  # fmt: skip
reports = st.builds(
    AccountReport, day=st.none() | days,
    symbol=st.just(""), received=st.just(T0 * NS), wallet_balance=numbers,
    hedge_mode=st.booleans(), positions=st.lists(positions, max_size=3).map(tuple),
    available_balance=maybe, read_at=st.integers(0, 2**62), account=st.just("5e94b2a1c0d3f687"),
    mode=st.sampled_from(["single_asset", "multi_assets", "portfolio_margin"]),
    unreadable=st.lists(symbols, max_size=1).map(tuple),
    assets=st.lists(st.builds(MarginAsset, asset=st.just("BTC"), cross_wallet=numbers)).map(tuple),
    portfolio_margin=st.none() | st.builds(
        PortfolioMargin, uni_mmr=maybe, equity=numbers, initial_margin=numbers,
        maintenance_margin=numbers, status=st.just("NORMAL"), unrealised_pnl=numbers,
    ),
)  # fmt: skip
fills = st.builds(
    OrderFill, symbol=symbols, received=st.just(T0 * NS), trade_time=st.integers(0, 2**43),
    position_side=st.sampled_from(["both", "long", "short"]), side=st.sampled_from(["BUY", "SELL"]),
    reason=st.sampled_from(["user", "liquidation", "adl"]), quantity=numbers, price=numbers,
    realised_pnl=numbers,
)  # fmt: skip
brackets = st.builds(
    LeverageBrackets, symbol=symbols, received=st.just(T0 * NS),
    brackets=st.tuples(st.builds(Bracket, numbers, numbers, numbers, numbers, numbers)),
)  # fmt: skip
readings = st.builds(
    AccountReading, status=st.sampled_from(["awaited", "read", "refused"]),
    messages=st.lists(reasons, max_size=2).map(tuple),
)  # fmt: skip


@given(event=reports | fills | brackets | readings)
def test_an_event_written_as_a_line_is_the_same_when_read(event: RecordedAccount) -> None:
    expected = replace(event, account="") if isinstance(event, AccountReport) else event
    frame = account_frame(event, T0 * NS)
    assert b"5e94b2a1c0d3f687" not in frame.body
    assert recorded_account(frame) == expected


REPORT = AccountReport("", T0 * NS, 1_000.0, False, ())
READING = AccountReading("read", (Reason("account_mode_unknown"),))


@pytest.mark.parametrize("keeps_account", [True, False])
def test_the_lines_are_written_unless_they_are_to_be_left_out(
    tmp_path: Path, keeps_account: bool
) -> None:
    path = tmp_path / "a.rec.gz"
    writer = RecordingWriter(path, account=keeps_account)
    frames = [account_frame(REPORT, T0 * NS), account_frame(READING, T0 * NS + 1)]
    for frame in frames:
        writer.write(frame)
    writer.close()
    faults = RecordingFaults()
    assert list(read(path, faults)) == (frames if keeps_account else [])
    assert faults.count == 0


INFINITE = b'{"symbol":"","received":1,"wallet_balance":1e999,"hedge_mode":true,"positions":[]}'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("report", b"{}"),
        ("report", INFINITE),
        ("fill", b"[]"),
        ("reading", b'{"status":"well"}'),
        ("reading", b'{"status":"read","messages":[{"code":"no_such_code","args":{}}]}'),
        ("reading", b'{"status":"read","messages":[{"code":"not_trading","args":{}}]}'),
        ("other", b"{}"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(UndecodableError):
        recorded_account(AccountFrame(1, kind, body))
