"""The tools by the SDK's own client: what they answer, and what they never do."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from mcp import Client
from support import symbol_states, ui_states

from tuirisk.backtest.kept_record import shipped_record
from tuirisk.language.reason import Reason
from tuirisk.mcp import answers
from tuirisk.mcp.answers import OLD_S, NoAnswerError, Seen, without_addresses
from tuirisk.mcp.desk import Desk
from tuirisk.mcp.server import make_server
from tuirisk.state import LogEntry, RiskState

BTC = "BTCUSDT"
RICH = symbol_states.rich()


async def desk_with(*states: RiskState) -> Desk:
    async def one_by_one() -> AsyncIterator[RiskState]:
        for state in states:
            yield state

    desk = Desk(time.monotonic)
    await desk.follow(one_by_one())
    return desk


async def call(desk: Desk, tool: str, **arguments: object) -> dict[str, Any]:
    async with Client(make_server(desk, shipped_record())) as client:
        result = await client.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if part.type == "text")
    if result.is_error:
        return {"error": text}
    made: dict[str, Any] = json.loads(text)
    return made


async def test_every_tool_is_read_only_and_says_what_it_does() -> None:
    async with Client(make_server(await desk_with(RICH), None)) as client:
        tools = (await client.list_tools()).tools
    names = {tool.name for tool in tools}
    assert names >= {"state", "symbol", "explain", "account", "log", "backtest_record"}
    for tool in tools:
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint


async def test_answers_carry_ages_and_reasons() -> None:
    desk = await desk_with(RICH)
    overview = await call(desk, "state")
    assert {"time", "age_s", "source"} <= overview.keys()
    assert overview["symbols"][BTC]["ages"]["mark"]["age_s"] is not None
    whole = await call(desk, "symbol", symbol=" btcusdt ")
    assert whole["symbol"] == BTC
    assert whole["ages"].keys() == RICH.symbols[BTC].freshness.keys()
    loading = await call(await desk_with(ui_states.loading()), "symbol", symbol="XRPUSDT")
    assert "reasons" in json.dumps(loading)


async def test_each_tool_answers_of_a_rich_state() -> None:
    desk = await desk_with(RICH)
    tree = await call(desk, "explain", symbol=BTC)
    assert tree["explanation"]["code"] == "symbol"
    record = await call(desk, "backtest_record", symbol=BTC)
    assert record["record"]["symbols"]
    assert record["beside"]
    entry = LogEntry(RICH.time_ms, BTC, "severity", "ok", "warning", text="it rose")
    logged = await call(await desk_with(replace(RICH, log=(entry,))), "log", symbol=BTC)
    assert [one["text"] for one in logged["entries"]] == ["it rose"]


async def test_an_account_that_may_not_be_seen_is_said_and_not_invented() -> None:
    desk = await desk_with(replace(RICH, account=None))
    assert "no account" in (await call(desk, "account"))["error"]


async def test_a_symbol_that_is_not_watched_names_those_that_are() -> None:
    assert BTC in (await call(await desk_with(RICH), "symbol", symbol="NOUSDT"))["error"]


async def test_size_and_hedge_are_asked_of_the_monitor() -> None:
    asked: list[tuple[str, Any]] = []

    async def ask(what: str, value: Any) -> dict[str, Any]:
        asked.append((what, value))
        if what == "hedge":
            return {"error": "no data at 10.0.0.1:80"}
        return {"value": {"lines": ["largest size 1"]}}

    async with Client(make_server(await desk_with(RICH), None, ask)) as client:
        size = await client.call_tool("size", {"symbol": "btcusdt", "side": "long", "leverage": 10})
        hedge = await client.call_tool("hedge", {})
    assert asked[0] == ("size", {"symbol": BTC, "side": "long", "leverage": 10.0})
    assert "largest size 1" in size.content[0].text  # type: ignore[union-attr]
    assert hedge.is_error
    assert "10.0.0.1" not in hedge.content[0].text  # type: ignore[union-attr]


async def test_old_data_come_with_a_warning() -> None:
    assert "warning" not in answers.overview(Seen(RICH, 0.0))
    assert "old" in answers.overview(Seen(RICH, OLD_S))["warning"]
    assert "old" in (await call(await desk_with(ui_states.offline()), "state"))["warning"]


@pytest.mark.parametrize(
    "text",
    [
        "Cannot connect to host 127.0.0.1:9000",
        "https://user:key@fapi.example.com/x?signature=1 refused",
        "at [::1]:8765",
        "fe80:0:0:1::2 is away",
        "localhost:8000 refuses",
        "api.example.com:443 timed out",
    ],
)
def test_no_answer_holds_an_address(text: str) -> None:
    state = replace(RICH, connection=replace(RICH.connection, message=Reason("text", text=text)))
    found = json.dumps(without_addresses({"a": [text, {"b": text}]}))
    for part in ("127.0.0.1", "9000", "example.com", "::1", "fe80", "localhost", "8000", "key"):
        assert part not in found
    with pytest.raises(NoAnswerError):
        answers.symbol(Seen(state, 0.0), "NOUSDT")


@pytest.mark.parametrize("text", ["12:30:15 UTC", "1.5 of 3.25", "BTCUSDT ok > warning", "a.b"])
def test_what_is_no_address_stays(text: str) -> None:
    assert without_addresses(text) == text


def test_a_symbol_that_is_not_watched_is_named_in_printable_characters() -> None:
    with pytest.raises(NoAnswerError) as error:
        answers.symbol(Seen(RICH, 0.0), "\x1b]0;A\x07\u202eB" + "C" * 900)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400
