"""The hub and its viewers over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from support import ui_states
from support.score_histories import score_history

from tuirisk.language.reason import Reason
from tuirisk.remote.protocol import MOST_REQUEST_BYTES, StateAssembler
from tuirisk.serve import hub as hub_
from tuirisk.serve.address import Address, address
from tuirisk.serve.hub import Hub
from tuirisk.serve.requests import Requests
from tuirisk.serve.server import ListenError, listening
from tuirisk.serve.tokens import TokenError, Tokens, first_token
from tuirisk.state import AccountRisk, OrderSize, RiskState, WhatIfAnswer, WhatIfPosition
from tuirisk.state.account_values import AccountHistory, AccountValue
from tuirisk.state.binary import decode_untyped, encode, typed
from tuirisk.state.score_history import ScoreHistory

MARKET, ACCOUNT = "market-token-0123456", "account-token-012345"
STATE = ui_states.ready()
HELD = ui_states.critical()
LOOPBACK = Address("127.0.0.1", 0)


WORTH = (AccountValue(60_000, 100.0, 1.0), AccountValue(120_000, 101.0, 2.0))
WORTH_OF_A_WEEK = AccountHistory("7d", 1_800_000, WORTH)
HISTORY = score_history("BTCUSDT", "24h", STATE.time_ms)


class Answering:
    """A monitor that answers at once."""

    holds_nothing = False
    state = replace(ui_states.critical(), account_values=WORTH)

    def order_impacts(self, order: OrderSize | None) -> dict[str, Any]:
        return {}

    def score_history(self, symbol: str, span: str, answer: Callable[[Any], None]) -> None:
        assert (symbol, span) == ("BTCUSDT", "24h")
        answer(HISTORY)

    def account_history(self, span: str, answer: Callable[[Any], None]) -> None:
        assert span == "7d"
        answer(WORTH_OF_A_WEEK)

    def what_if(self, position: WhatIfPosition, answer: Callable[[Any], None]) -> None:
        held = HELD.symbols["BTCUSDT"].position
        assert held is not None
        assert HELD.account is not None
        answer(WhatIfAnswer(held, AccountRisk.of(HELD.account)))


def tokens(folder: Path) -> Tokens:
    path = folder / "tokens"
    path.write_text(f"# a desk\n{MARKET}\n{ACCOUNT} account\n")
    return Tokens.read(path)


@asynccontextmanager
async def serving(allowed: Tokens | None) -> AsyncIterator[tuple[Hub, str]]:
    hub = Hub(allowed, Requests(cast(Any, Answering())), lambda: 0.0)
    async with listening(hub.handle, LOOPBACK) as where:
        yield hub, f"http://{where}"


class Seat:
    """A viewer's end of the connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self.socket = socket
        self.assembler = StateAssembler()

    async def frame(self, kind: str) -> dict[str, Any]:
        """The next frame of ``kind``; states on the way are taken over."""
        while True:
            frame: dict[str, Any] = decode_untyped(await self.socket.receive_bytes(timeout=5))
            if frame["kind"] == "state":
                self.assembler.update(frame)
            if frame["kind"] == kind:
                return frame

    async def state(self) -> RiskState:
        await self.frame("state")
        made = self.assembler.state
        assert made is not None
        return made


@asynccontextmanager
async def seat(url: str, token: str = "") -> AsyncIterator[Seat]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers, max_msg_size=0) as socket,
    ):
        yield Seat(socket)


async def test_the_whole_state_comes_first_and_the_newest_after(tmp_path: Path) -> None:
    async with serving(tokens(tmp_path)) as (hub, url):
        hub.publish(HELD, STATE)
        async with seat(url, ACCOUNT) as viewer:
            assert (await viewer.frame("hello"))["sees_account"] is True
            assert (await viewer.state()).time_ms == HELD.time_ms
            for later in (1, 2, 3):
                hub.publish(replace(HELD, time_ms=HELD.time_ms + later), None)
            assert (await viewer.state()).time_ms == HELD.time_ms + 3


async def test_who_may_not_see_the_account_gets_nothing_of_it(tmp_path: Path) -> None:
    async with serving(tokens(tmp_path)) as (hub, url):
        hub.publish(HELD, STATE)
        async with seat(url, MARKET) as viewer:
            assert (await viewer.frame("hello"))["sees_account"] is False
            state = await viewer.state()
            assert state.account is None
            assert all(not symbol.positions for symbol in state.symbols.values())
            position = WhatIfPosition("BTCUSDT", "long", 1.0, 1.0, 2.0, "isolated")
            await viewer.socket.send_bytes(
                encode({"kind": "request", "id": 5, "what": "what_if", "value": position})
            )
            answer = await viewer.frame("answer")
            assert (answer["id"], "value" in answer) == (5, False)


async def test_without_tokens_nobody_sees_the_account() -> None:
    async with serving(None) as (hub, url):
        hub.publish(HELD, STATE)
        async with seat(url) as viewer:
            assert (await viewer.frame("hello"))["sees_account"] is False


@pytest.mark.parametrize("token", ["", "market-token-012345", f"{ACCOUNT}x"])
async def test_a_wrong_token_is_refused(tmp_path: Path, token: str) -> None:
    async with serving(tokens(tmp_path)) as (hub, url):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with seat(url, token):
                pass
        assert refused.value.status == 401
        assert hub.viewers == 0


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff\x00garbage",
        encode([1, 2]),
        encode({"kind": "watch", "symbols": "BTCUSDT"}),
        encode({"kind": "watch", "symbols": ["A"] * 2_000}),
        encode({"kind": "request", "id": 1, "what": "sell", "value": None}),
        encode({"kind": "request", "id": 1, "what": "order", "value": {"symbol": 3}}),
        b"\x00" * (MOST_REQUEST_BYTES + 1),
    ],
    ids=["empty", "bytes", "list", "no-list", "long-list", "unknown", "no-order", "too-long"],
)
async def test_garbage_ends_that_viewer_alone(message: bytes) -> None:
    async with serving(None) as (hub, url):
        hub.publish(HELD, STATE)
        async with seat(url) as good, seat(url) as bad:
            await bad.socket.send_bytes(message)
            while (await bad.socket.receive(timeout=5)).type is aiohttp.WSMsgType.BINARY:
                pass
            assert bad.socket.close_code in (1008, 1009)
            await good.state()
            hub.publish(HELD, replace(STATE, time_ms=1))
            while (await good.state()).time_ms != 1:
                pass


async def test_a_viewer_that_does_not_read_delays_nobody() -> None:
    async with serving(None) as (hub, url), seat(url) as quick, seat(url):
        for tick in range(50):
            hub.publish(HELD, replace(STATE if tick % 2 else HELD, account=None, time_ms=tick))
            await asyncio.sleep(0)
        while (await quick.state()).time_ms != 49:
            pass
        assert hub.viewers == 2


async def test_a_viewer_gets_the_symbols_that_it_asks_for() -> None:
    async with serving(None) as (hub, url), seat(url) as viewer:
        hub.publish(HELD, STATE)
        await viewer.state()
        names = list(STATE.symbols)[1:2]
        await viewer.socket.send_bytes(encode({"kind": "watch", "symbols": [*names, "NOUSDT"]}))
        assert list((await viewer.state()).symbols) == names


async def test_a_question_is_answered_to_who_may_see_the_account(tmp_path: Path) -> None:
    async def ask(what: str, value: Any) -> dict[str, Any]:
        return {"value": {"what": what, "given": value}}

    hub = Hub(tokens(tmp_path), Requests(cast(Any, Answering()), ask), lambda: 0.0)
    request = encode({"kind": "request", "id": 9, "what": "size", "value": {"symbol": "X"}})
    async with listening(hub.handle, LOOPBACK) as where:
        async with seat(f"http://{where}", ACCOUNT) as viewer:
            await viewer.socket.send_bytes(request)
            answer = await viewer.frame("answer")
            assert answer["value"] == {"what": "size", "given": {"symbol": "X"}}
        async with seat(f"http://{where}", MARKET) as viewer:
            await viewer.socket.send_bytes(request)
            assert "error" in await viewer.frame("answer")


async def test_what_viewers_look_at_is_told() -> None:
    seen: list[set[str]] = []
    hub = Hub(
        None, Requests(cast(Any, Answering())), lambda: 0.0, lambda names: seen.append(set(names))
    )
    hub.publish(HELD, STATE)
    async with listening(hub.handle, LOOPBACK) as where:
        async with seat(f"http://{where}") as first, seat(f"http://{where}") as second:
            await first.socket.send_bytes(encode({"kind": "look_at", "symbols": ["BTCUSDT"]}))
            await second.socket.send_bytes(encode({"kind": "watch", "symbols": ["ETHUSDT"]}))
            while seen[-1] != {"BTCUSDT", "ETHUSDT"}:
                await first.frame("beat")
        while seen[-1]:  # noqa: ASYNC110 - the hub learns of it as it ends the connections
            await asyncio.sleep(0.01)
    assert seen[0] == set()


def test_who_asks_for_metrics_counts_as_one_who_wants_the_market() -> None:
    clock = iter([0.0, 0.0, 10.0, 10.0, 20.0, 25.0, 25.0 + hub_.ASKED_AGAIN_S])
    hub = Hub(None, Requests(cast(Any, Answering())), lambda: next(clock))
    assert not hub.market_wanted
    hub.publish(HELD, STATE)
    assert hub.newest("market") == (STATE, 0.0)
    hub.publish(HELD, None)
    assert hub.newest("market") == (STATE, 15.0)
    assert not hub.market_wanted


async def test_connections_beyond_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_, "MOST_VIEWERS", 1)
    async with serving(None) as (_, url), seat(url) as first:
        await first.frame("hello")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with seat(url):
                pass
        assert refused.value.status == 503


async def test_a_taken_port_is_one_line() -> None:
    hub = Hub(None, Requests(cast(Any, Answering())), lambda: 0.0)
    async with listening(hub.handle, LOOPBACK) as where:
        with pytest.raises(ListenError, match=f"cannot listen at {where}"):
            async with listening(hub.handle, where):
                pass


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "no token"),
        ("# nothing\n", "no token"),
        ("short\n", "at least 16"),
        (f"{MARKET} everything\n", "line 1: write TOKEN"),
        (f"{MARKET}\n{ACCOUNT} account too\n", "line 2"),
    ],
)
def test_a_token_file_that_cannot_be_used_is_one_line(
    tmp_path: Path, text: str, wrong: str
) -> None:
    path = tmp_path / "tokens"
    path.write_text(text)
    with pytest.raises(TokenError, match=wrong) as error:
        Tokens.read(path)
    assert MARKET not in str(error.value)


def test_a_viewer_sends_the_first_token_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"# mine\n\n  {ACCOUNT} account\n{MARKET}\n")
    assert first_token(path) == ACCOUNT


@pytest.mark.parametrize("text", ["127.0.0.1", ":80", "host:", "host:70000", "host:x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        address(text)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [("127.0.0.1:1", True), ("[::1]:1", True), ("localhost:1", True), ("0.0.0.0:1", False)],
)
def test_loopback_is_known(text: str, loopback: bool) -> None:
    assert address(text).is_loopback is loopback


async def asked_by_both(folder: Path, what: str, value: Any) -> tuple[dict[str, Any], ...]:
    """The answers to who may see the account, and to who may not."""
    request = encode({"kind": "request", "id": 1, "what": what, "value": value})
    answers = []
    async with serving(tokens(folder)) as (_, url):
        for token in (ACCOUNT, MARKET):
            async with seat(url, token) as viewer:
                await viewer.socket.send_bytes(request)
                answers.append(await viewer.frame("answer"))
    return tuple(answers)


async def test_the_history_of_a_score_has_no_severity_for_who_may_not_see_the_account(
    tmp_path: Path,
) -> None:
    question = {"symbol": "BTCUSDT", "span": "24h"}
    desk, guest = await asked_by_both(tmp_path, "score_history", question)
    whole, part = (typed(ScoreHistory, answer["value"]) for answer in (desk, guest))
    assert whole == HISTORY
    assert [step.peak for step in part.steps] == [step.peak for step in whole.steps]
    assert {step.severity for step in part.steps} == {None}
    assert part.entries == ()
    assert part.why == Reason("scores_without_account")


async def test_what_the_account_was_worth_is_for_who_may_see_it(tmp_path: Path) -> None:
    desk, guest = await asked_by_both(tmp_path, "account_values", 60_000)
    assert typed(tuple[AccountValue, ...], desk["value"]) == WORTH[1:]
    assert guest["error"] == "this token may not see positions and account"
    desk, guest = await asked_by_both(tmp_path, "account_history", "7d")
    assert typed(AccountHistory, desk["value"]) == WORTH_OF_A_WEEK
    assert guest["error"] == "this token may not see positions and account"
