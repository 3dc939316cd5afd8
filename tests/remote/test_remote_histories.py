"""What a viewer knows of the time before it: of the server's scores, and of its account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from support import ui_states
from support.score_histories import score_history

from tuirisk.config.model import Config
from tuirisk.history.run_history import RunHistory
from tuirisk.language.reason import Reason
from tuirisk.remote.account_values import RemoteAccountValues
from tuirisk.remote.monitor import RemoteMonitor
from tuirisk.serve.requests import without_account
from tuirisk.state import NOT_APPLICABLE, AccountState
from tuirisk.state.account_values import AccountHistory, AccountValue
from tuirisk.state.binary import decode_untyped, encode
from tuirisk.state.score_history import ScoreHistory

STATE = ui_states.ready()
NOW = STATE.time_ms
OWN = Reason("scores_of_this_viewer")


class Answers:
    """A link that answers at once with what it was given, over the wire."""

    def __init__(self, **frame: object) -> None:
        self.frame = frame
        self.asked: list[tuple[str, object]] = []

    def watch(self, names: object) -> None:
        pass

    def request(self, what: str, value: object, answer: Callable[[dict[str, Any]], None]) -> None:
        self.asked.append((what, value))
        answer(decode_untyped(encode(self.frame)))


async def shown(link: Answers) -> ScoreHistory:
    monitor = RemoteMonitor(cast(Any, link), Config(symbols=()), cast(Any, None))
    memory = RunHistory(OWN)
    memory.record(STATE)
    monitor.keep_scores(memory)
    monitor.state = STATE
    answered: asyncio.Future[ScoreHistory] = asyncio.get_running_loop().create_future()
    monitor.score_history("BTCUSDT", "24h", answered.set_result)
    return await answered


async def test_what_the_server_kept_has_what_came_since_on_it() -> None:
    server = score_history("BTCUSDT", "24h", NOW - 3_600_000)
    found = await shown(Answers(value=server))
    assert found.steps[:-1] == server.steps
    assert found.steps[-1].time_ms == NOW // 300_000 * 300_000
    assert (found.entries, found.why) == (server.entries, None)


async def test_severities_since_this_viewer_began_are_its_own() -> None:
    server = without_account(score_history("BTCUSDT", "24h", NOW - 3_600_000))
    found = await shown(Answers(value=server))
    assert [step.severity for step in found.steps[-2:]] == [None, "ok"]
    assert found.why == Reason("scores_without_account")


async def test_without_an_answer_it_says_since_when() -> None:
    for link in (Answers(error="this token may not"), Answers(value={"symbol": 3})):
        found = await shown(link)
        assert [step.severity for step in found.steps] == ["ok"]
        assert (found.since_ms, found.why) == (NOW, OWN)


def test_the_account_is_asked_once_a_minute_for_what_is_newer() -> None:
    configured = AccountState(5_000.0, 0.0, 100.0, within_budget=True)
    held = replace(STATE, account=configured)
    read = replace(STATE, account=replace(configured, source="account"))
    first = (AccountValue(60_000, 100.0, 1.0), AccountValue(120_000, 101.0, NOT_APPLICABLE))
    link = Answers(value=first)
    values = RemoteAccountValues(link.request)
    assert values.shown(read, connected=False).account_values == ()
    assert values.shown(held, connected=True).account_values == (), "of the configuration"
    assert link.asked == []
    assert values.shown(read, connected=True).account_values == first
    values.shown(replace(read, time_ms=read.time_ms + 1), connected=True)
    assert link.asked == [("account_values", 0)]
    link.frame = {"value": (AccountValue(120_000, 7.0, 1.0), AccountValue(86_460_001, 102.0, 2.0))}
    later = values.shown(replace(read, time_ms=read.time_ms + 60_000), connected=True)
    assert link.asked[-1] == ("account_values", 120_000)
    assert [value.equity for value in later.account_values] == [101.0, 102.0], "a day of them"


async def test_what_the_account_was_worth_is_asked_of_the_server() -> None:
    minute = NOW // 60_000 * 60_000
    own = replace(STATE, account_values=(AccountValue(minute, 103.0, 3.0),))
    server = AccountHistory("24h", NOW, (AccountValue(minute - 3_600_000, 101.0, 1.0),))
    for link, equities, why in (
        (Answers(value=server), [101.0, 103.0], None),
        (Answers(error="this token may not"), [103.0], OWN),
    ):
        monitor = RemoteMonitor(cast(Any, link), Config(symbols=()), cast(Any, None))
        monitor.keep_scores(RunHistory(OWN))
        monitor.state = own
        answered: asyncio.Future[AccountHistory] = asyncio.get_running_loop().create_future()
        monitor.account_history("24h", answered.set_result)
        found = await answered
        assert [value.equity for value in found.values] == equities
        assert found.why == why
    assert link.asked == [("account_history", "24h")]
