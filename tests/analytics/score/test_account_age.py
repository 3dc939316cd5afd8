"""The account has an age: what rests on its positions is stale past 90 s without a reading."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace
from support.build import LIVE, NOW_NS, assess_market, mark_price, ready_market, touch_book

from tuirisk import events as ev
from tuirisk.cli.summary import summary
from tuirisk.language.reason import Reason
from tuirisk.state import Missing, RiskState, to_json

BTC = "BTCUSDT"
SECOND = 1_000_000_000
READ = replace(LIVE, account=ev.AccountReading("read"))
LONG = ev.AccountPosition(BTC, "long", 0.1, 67_000.0, 5.0, "isolated", 1_340.0)


def read_long_ago(seconds: float) -> RiskState:
    """A position whose account was read so long ago, and reported by its stream just now."""
    market = ready_market()
    now = NOW_NS + round(seconds * SECOND)
    market.apply(mark_price(BTC, 67_000.0, now))
    touch_book(market, BTC, now)
    market.apply(ev.AccountReport("", now, 10_000.0, False, (LONG,), None, NOW_NS))
    return assess_market(market, now, connection=READ)


@pytest.mark.parametrize(
    ("seconds", "age_ms", "stale"),
    [(0.0, 0.0, False), (12.3, 13_000.0, False), (90.0, 90_000.0, False), (90.1, 91_000.0, True)],
)
def test_positions_are_as_old_as_the_last_reading(
    seconds: float, age_ms: float, stale: bool
) -> None:
    state = read_long_ago(seconds)
    assert state.account is not None
    (position,) = state.symbols[BTC].positions
    for part in (state.account, position):
        assert (part.age_ms, part.stale) == (age_ms, stale)
    assert state.symbols[BTC].freshness["account"].stale is stale
    assert state.symbols[BTC].status == "ready"
    body = json.loads(to_json(state))
    assert body["symbols"][BTC]["position"]["age_ms"] == age_ms
    assert body["account"]["stale"] is stale
    assert (b"STALE, 91 s old" in summary(state)) is stale


def test_positions_of_the_configuration_have_no_age() -> None:
    state = assess_market(ready_market(), NOW_NS)
    assert "account" not in state.symbols[BTC].freshness


def test_every_message_of_the_connection_the_recording_and_the_account_is_published() -> None:
    lost = Reason("account_stream_lost", seconds=12)
    stopped = Reason("recording_stopped", what="x: No space left on device")
    report = replace(
        LIVE,
        status="degraded",
        message=Reason("connection_to_exchange_lost"),
        recording=stopped,
        account=ev.AccountReading("unfollowed", (lost,)),
    )
    state = assess_market(ready_market(), NOW_NS, connection=report)
    codes = [message.code for message in state.messages]
    assert codes == ["connection_to_exchange_lost", "recording_stopped", "account_stream_lost"]
    assert state.messages[-1].text == "account: its stream was lost, positions as of 12 s ago"
    assert not isinstance(state.connection.message, Missing)
