"""The account end to end: signed requests and the user-data stream of the embedded exchange."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs
from support.account_source import (
    KEY,
    QUICK,
    SECRET,
    WRONG,
    account,
    exchange,
    following,
    keys,
    on,
    open_account,
    positions,
)
from support.live_source import Watcher

from tuirisk import events as ev
from tuirisk.config.model import Config
from tuirisk.feed.binance.account.credentials import Keys, KeysError
from tuirisk.language.reason import Reason
from tuirisk.monitor import sources
from tuirisk.monitor.demo import DemoOptions
from tuirisk.simulator.api_key import ApiKeyPermissions

SIGNED = ("/sapi/", "/fapi/v3/", "/fapi/v1/leverageBracket", "/fapi/v1/positionSide")


def stream(seen: Watcher) -> str:
    """The state of the user-data stream."""
    return next((s.status for s in seen.report.streams if s.name == "account"), "")


def reading(seen: Watcher) -> ev.AccountReading:
    assert seen.report.account is not None
    return seen.report.account


async def test_the_account_arrives_whole_with_its_brackets() -> None:
    with exchange() as server:
        held = open_account(server, 5_000.0)
        on(server, lambda: held.set_position("BTCUSDT", 0.5, entry_price=70_000.0, leverage=10))
        on(
            server,
            lambda: held.set_position("ETHUSDT", -3.0, entry_price=2_400.0, isolated_wallet=800.0),
        )
        async with following(server, "BTCUSDT", "ETHUSDT") as seen:
            await seen.until(lambda: len(positions(seen)) == 2)
            await seen.until(lambda: bool(seen.market.symbols["ETHUSDT"].derivatives.brackets))
            await seen.until(lambda: stream(seen) == "live" and seen.report.status == "live")
        assert seen.report.line is None
    state = account(seen)
    assert (state.symbol, state.wallet_balance, state.hedge_mode) == ("", 5_000.0, False)
    known = [
        structs.replace(
            position,
            mark_price=None,
            unrealised_pnl=None,
            maintenance_margin=None,
            adl=None,
            exits=None,
            income=None,
        )
        for position in state.positions
    ]
    assert tuple(known) == (
        ev.AccountPosition("BTCUSDT", "long", 0.5, 70_000.0, 10.0, "cross", 0.0),
        ev.AccountPosition("ETHUSDT", "short", 3.0, 2_400.0, 20.0, "isolated", 800.0),
    )
    first, second, *_ = seen.market.symbols["BTCUSDT"].derivatives.brackets
    assert first == ev.Bracket(0.0, 50_000.0, 0.004, 0.0, 125.0)
    assert second == ev.Bracket(50_000.0, 600_000.0, 0.005, 50.0, 100.0)
    private = [path for path in server.handshakes if path.startswith("/private")]
    assert len(private) == 1
    assert private[0].partition("&")[2] == (
        "events=ACCOUNT_UPDATE/ORDER_TRADE_UPDATE/MARGIN_CALL/ACCOUNT_CONFIG_UPDATE/"
        "listenKeyExpired/ALGO_UPDATE"
    )


async def test_a_positions_symbol_joins_the_watchlist_and_a_dead_one_is_named() -> None:
    with exchange("BTCUSDT", "ETHUSDT", "AGIXUSDT") as server:
        held = open_account(server)
        on(server, lambda: held.set_position("ETHUSDT", 1.0))
        on(server, lambda: held.set_position("AGIXUSDT", 100.0))
        async with following(server) as seen:
            await seen.until(lambda: seen.ready("BTCUSDT", "ETHUSDT"))
            await seen.until(lambda: bool(seen.market.symbols["ETHUSDT"].derivatives.brackets))
            assert list(seen.source.symbols) == ["BTCUSDT", "AGIXUSDT", "ETHUSDT"]
            assert "account: position in AGIXUSDT: not trading (status SETTLING)" in str(
                seen.report.line
            )
            assert ("AGIXUSDT", "long") in positions(seen)
            seen.source.remove("ETHUSDT")
            count = len(seen.of(ev.AccountReport))
            await seen.until(lambda: len(seen.of(ev.AccountReport)) > count + 1)
            assert list(seen.source.symbols) == ["BTCUSDT", "AGIXUSDT"]


async def test_a_removed_symbol_returns_only_with_a_new_position() -> None:
    with exchange() as server:
        holder = open_account(server)
        on(server, lambda: holder.set_position("ETHUSDT", 1.0))
        async with following(server) as seen:
            await seen.until(lambda: ("ETHUSDT", "long") in positions(seen))
            assert "ETHUSDT" in seen.source.symbols
            seen.source.remove("ETHUSDT")
            on(server, lambda: holder.set_position("ETHUSDT", 2.0))
            await seen.until(lambda: positions(seen)["ETHUSDT", "long"].quantity == 2.0)
            assert list(seen.source.symbols) == ["BTCUSDT"]
            on(server, lambda: holder.set_position("ETHUSDT", 0.0))
            await seen.until(lambda: not positions(seen))
            assert list(seen.source.symbols) == ["BTCUSDT"]
            on(server, lambda: holder.set_position("ETHUSDT", -1.0))
            await seen.until(lambda: "ETHUSDT" in seen.source.symbols)
            await seen.until(lambda: "ETHUSDT" in seen.market.symbols)


async def test_changes_come_by_the_stream_alone() -> None:
    with exchange() as server:
        held = open_account(server, 5_000.0)
        async with following(server, timing=replace(QUICK, reconcile=1e6)) as seen:
            await seen.until(lambda: stream(seen) == "live" and seen.market.account is not None)
            asked = len([p for p, _ in server.requests if p == "/fapi/v3/account"])
            on(
                server,
                lambda: held.set_position("BTCUSDT", -0.25, entry_price=71_000.0, leverage=5),
            )
            await seen.until(lambda: ("BTCUSDT", "short") in positions(seen))
            on(server, lambda: held.set_leverage("BTCUSDT", 7))
            await seen.until(lambda: positions(seen)["BTCUSDT", "short"].leverage == 7.0)
            on(server, lambda: held.set_wallet(6_000.0))
            await seen.until(lambda: account(seen).wallet_balance == 6_000.0)
            on(server, lambda: held.set_position("BTCUSDT", 0.0))
            await seen.until(lambda: not positions(seen))
        again = len([p for p, _ in server.requests if p == "/fapi/v3/account"])
    assert again - asked <= 2


async def test_hedge_mode_keeps_a_long_and_a_short_apart() -> None:
    with exchange() as server:
        held = open_account(server)
        held.hedge_mode = True
        on(server, lambda: held.set_position("BTCUSDT", 0.2, side="LONG"))
        on(server, lambda: held.set_position("BTCUSDT", -0.1, side="SHORT"))
        async with following(server) as seen:
            await seen.until(lambda: len(positions(seen)) == 2)
            assert account(seen).hedge_mode
            on(server, lambda: held.set_position("BTCUSDT", 0.0, side="SHORT"))
            await seen.until(lambda: list(positions(seen)) == [("BTCUSDT", "long")])
    assert account(seen).hedge_mode


async def test_what_the_stream_kept_back_is_put_right_by_rest() -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: stream(seen) == "live" and seen.market.account is not None)
            server.faults.silence("ACCOUNT_UPDATE")
            on(server, lambda: held.set_position("BTCUSDT", 0.5))
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))


async def test_a_lost_stream_comes_back_and_what_was_missed_with_it() -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server, timing=replace(QUICK, reconcile=1e6)) as seen:
            await seen.until(lambda: stream(seen) == "live" and seen.market.account is not None)
            server.faults.refuse_connections()
            server.faults.abort_sockets()
            await seen.until(lambda: stream(seen) == "closed")
            assert seen.report.status != "live"
            on(server, lambda: held.set_position("BTCUSDT", 0.5))
            server.faults.accept_connections()
            seen.source.reconnect()
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))
            await seen.until(lambda: seen.report.status == "live")


async def test_an_expired_listen_key_is_replaced() -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: stream(seen) == "live")
            first = held.listen_key.value
            on(server, held.listen_key.expire)
            await seen.until(lambda: held.listen_key.value not in ("", first))
            await seen.until(lambda: stream(seen) == "live")
            on(server, lambda: held.set_position("BTCUSDT", 0.5))
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))
        private = [path for path in server.handshakes if path.startswith("/private")]
    assert len(private) == 2
    assert first in private[0]
    assert held.listen_key.value in private[1]


async def test_the_listen_key_is_kept_alive_and_one_that_is_gone_is_noticed() -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server, timing=replace(QUICK, keep_alive=2.0)) as seen:
            await seen.until(lambda: stream(seen) == "live")
            ends = held.listen_key.ends
            await seen.until(lambda: held.listen_key.ends > ends)
            first = held.listen_key.value
            on(server, held.listen_key.delete)
            await seen.until(lambda: held.listen_key.value not in ("", first))
            await seen.until(lambda: stream(seen) == "live")


async def test_a_message_that_is_not_understood_has_everything_read_again() -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server, timing=replace(QUICK, reconcile=1e6)) as seen:
            await seen.until(lambda: stream(seen) == "live" and seen.market.account is not None)
            server.faults.silence("ACCOUNT_UPDATE")
            on(server, lambda: held.set_position("BTCUSDT", 0.5))
            on(server, lambda: held.events.append({"e": "MARGIN_CALL", "E": "soon", "p": 7}))
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))


async def test_a_trade_comes_with_its_reason_and_its_profit() -> None:
    with exchange() as server:
        holder = open_account(server)
        mark = on(server, lambda: holder.mark("BTCUSDT"))
        on(server, lambda: holder.set_position("BTCUSDT", 0.5, entry_price=mark + 100.0))
        async with following(server, timing=replace(QUICK, reconcile=1e6)) as seen:
            await seen.until(lambda: stream(seen) == "live" and bool(positions(seen)))
            server.faults.freeze()
            mark = on(server, lambda: holder.mark("BTCUSDT"))
            on(server, lambda: holder.reduce("BTCUSDT", 0.2))
            on(server, lambda: holder.reduce("BTCUSDT", 0.1, reason="liquidation"))
            on(server, lambda: holder.reduce("BTCUSDT", 0.2, reason="adl"))
            await seen.until(lambda: not positions(seen))
            await seen.until(lambda: seen.market.order_fill_count == 3)
        fills = seen.market.order_fills
    loss = holder.cross_wallet - 10_000.0
    assert [(fill.side, fill.quantity, fill.reason) for fill in fills] == [
        ("SELL", 0.2, "user"),
        ("SELL", 0.1, "liquidation"),
        ("SELL", 0.2, "adl"),
    ]
    assert fills[0].price == pytest.approx(mark)
    assert sum(fill.realised_pnl for fill in fills) == pytest.approx(loss)


async def test_a_liquidation_whose_account_event_is_lost_is_read_at_once() -> None:
    with exchange() as server:
        holder = open_account(server)
        on(server, lambda: holder.set_position("BTCUSDT", 0.5))
        async with following(server, timing=replace(QUICK, reconcile=1e6)) as seen:
            await seen.until(lambda: stream(seen) == "live" and bool(positions(seen)))
            server.faults.silence("ACCOUNT_UPDATE")
            on(server, lambda: holder.reduce("BTCUSDT", 0.5, reason="liquidation"))
            await seen.until(lambda: not positions(seen))


async def test_a_margin_call_is_reported() -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: stream(seen) == "live" and seen.market.account is not None)
            call = {"e": "MARGIN_CALL", "cw": "3.16", "p": [{"s": "BTCUSDT", "ps": "LONG"}]}
            on(server, lambda: held.events.append({**call, "E": server.exchange.now_ms}))
            await seen.until(lambda: "margin call from Binance: BTCUSDT" in str(seen.report.line))


async def test_an_empty_list_of_positions_closes_none_unless_it_is_repeated() -> None:
    with exchange() as server:
        held = open_account(server)
        on(server, lambda: held.set_position("BTCUSDT", 0.5))
        async with following(server) as seen:
            await seen.until(lambda: bool(positions(seen)) and seen.report.status == "live")
            server.faults.fail_rest("/fapi/v3/positionRisk", 200, "[]", times=1)
            await seen.until(lambda: seen.report.dropped_frames == 1)
            why = Reason("leaps", thing="account")
            assert seen.report.drops == (Reason("frames_dropped", count=1, reason=why),)
            reports = [e for e in seen.events if isinstance(e, ev.AccountReport)]
            assert all(report.positions for report in reports)
            server.faults.silence("ACCOUNT_UPDATE")
            on(server, lambda: held.set_position("BTCUSDT", 0.0))
            await seen.until(lambda: not positions(seen))


async def test_an_event_of_long_ago_that_is_repeated_opens_no_position() -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: stream(seen) == "live" and seen.market.account is not None)
            await seen.until(lambda: seen.report.status == "live")
            row = {"s": "BTCUSDT", "pa": "1", "ep": "70000", "mt": "cross", "ps": "BOTH"}
            update = {"e": "ACCOUNT_UPDATE", "a": {"B": [], "P": [row]}}
            before = on(server, lambda: server.exchange.now_ms) - 60_000
            on(server, lambda: held.events.append({**update, "E": before, "T": before}))
            await seen.until(lambda: seen.report.dropped_frames == 1)
            assert not positions(seen)
            on(server, lambda: held.events.append({**update, "E": server.exchange.now_ms}))
            await seen.until(lambda: bool(positions(seen)))


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (keys(key=WRONG), ("API key is refused (-2015)", "revoked")),
        (keys(key="short"), ("API key is refused (-2014)", "wrong")),
        (keys(secret=WRONG), ("API secret is wrong (-1022)", "copy it again")),
    ],
)
async def test_a_wrong_key_or_secret_is_one_line_and_the_market_goes_on(
    held: Keys, words: tuple[str, str]
) -> None:
    with exchange() as server:
        open_account(server)
        async with following(server, held=held) as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            await seen.until(lambda: all(word in str(seen.report.line) for word in words))
        assert seen.market.account is None
        assert "\n" not in str(seen.report.line)
        assert not any("/fapi/v3" in path for path, _ in server.requests)


async def test_a_key_that_may_withdraw_is_refused() -> None:
    with exchange() as server:
        held = open_account(server)
        held.rights = ApiKeyPermissions(withdrawals=True)
        async with following(server) as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            await seen.until(lambda: "account: not used: it may withdraw" in str(seen.report.line))
            asked = {path for path, _ in server.requests if path.startswith(SIGNED)}
            assert asked == {"/sapi/v1/account/apiRestrictions"}
            held.rights = ApiKeyPermissions()
            seen.source.reconnect()
            await seen.until(lambda: seen.market.account is not None)
            await seen.until(lambda: seen.report.line is None)


async def test_a_key_that_may_do_too_much_is_used_and_warned_of() -> None:
    with exchange() as server:
        open_account(server).rights = ApiKeyPermissions(futures=True, ip_restricted=False)
        async with following(server) as seen:
            await seen.until(lambda: seen.market.account is not None)
            await seen.until(lambda: seen.report.status == "live")
            assert "it may trade" in str(seen.report.line)
            assert "any address" in str(seen.report.line)


async def test_a_clock_that_is_off_is_allowed_for() -> None:
    with exchange() as server:
        open_account(server)
        server.faults.set_clock_offset(90_000)
        async with following(server) as seen:
            await seen.until(lambda: seen.market.account is not None)
            server.faults.set_clock_offset(-90_000)
            count = len(seen.of(ev.AccountReport))
            await seen.until(lambda: len(seen.of(ev.AccountReport)) > count + 1)
            assert "clock" not in str(seen.report.line)


async def test_a_clock_that_stays_off_is_one_line_with_the_remedy() -> None:
    with exchange() as server:
        open_account(server)
        body = '{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}'
        server.faults.fail_rest("/sapi/*", 400, body=body)
        async with following(server) as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            await seen.until(lambda: "clock is off (-1021): synchronise" in str(seen.report.line))
            server.faults.clear()
            seen.source.reconnect()
            await seen.until(lambda: seen.market.account is not None)


async def test_a_failed_reading_is_shown_at_once_with_the_age_of_the_numbers() -> None:
    with exchange() as server:
        open_account(server)
        async with following(server, timing=replace(QUICK, reconcile=2.0)) as seen:
            await seen.until(lambda: seen.market.account is not None)
            await seen.until(lambda: seen.report.status == "live" and stream(seen) == "live")
            body = '{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}'
            server.faults.fail_rest("/fapi/v3/*", 401, body=body)
            await seen.until(lambda: reading(seen).status == "refused")
            assert (seen.report.status, stream(seen)) == ("degraded", "live")
            (message,) = reading(seen).messages
            age = (seen.batches[-1].now - account(seen).as_of) / 1e9
            assert str(message).startswith(f"account: as of {round(age)} s ago; the API key")
            known = account(seen).as_of
            await seen.until(lambda: f"as of {round(age) + 3} s" in str(seen.report.line))
            assert account(seen).as_of == known
            server.faults.clear()
            await seen.until(lambda: account(seen).as_of > known)
            await seen.until(lambda: seen.report.status == "live" and not seen.report.line)


async def test_a_lost_stream_is_replaced_by_rest_at_once_and_reported() -> None:
    with exchange() as server:
        open_account(server)
        async with following(server, timing=replace(QUICK, reconcile=60.0)) as seen:
            await seen.until(lambda: stream(seen) == "live" and seen.market.account is not None)
            await seen.until(lambda: seen.report.status == "live")
            known = account(seen).as_of
            server.faults.fail_rest("/fapi/v1/listenKey", 503)
            server.faults.close_sockets()
            lost = server.clock.now_ns()
            await seen.until(lambda: account(seen).as_of > known)
            assert account(seen).as_of - lost < 2e9
            await seen.until(lambda: "positions as of" in str(seen.report.line))
            assert reading(seen).status == "unfollowed"
            assert seen.report.status != "live"


async def test_half_a_key_is_reported_and_nothing_is_signed() -> None:
    def half() -> Keys:
        raise KeysError(Reason("key_half_missing", name="TUIRISK_API_SECRET"))

    with exchange() as server:
        async with following(server, resolve_keys=half) as seen:
            await seen.until(lambda: seen.ready("BTCUSDT"))
            expected = "account: not used: TUIRISK_API_SECRET is not set"
            await seen.until(lambda: expected in str(seen.report.line))
        assert not any(path.startswith(SIGNED) for path, _ in server.requests)


async def test_without_keys_there_is_no_account_and_no_message() -> None:
    with exchange() as server:
        async with following(server, resolve_keys=lambda: None) as seen:
            await seen.until(lambda: seen.report.status == "live")
        assert (seen.market.account, seen.report.line, stream(seen)) == (None, None, "")
        assert not any(path.startswith(SIGNED) for path, _ in server.requests)


async def test_an_account_with_nothing_in_it() -> None:
    with exchange() as server:
        open_account(server, 0.0)
        async with following(server) as seen:
            await seen.until(lambda: seen.market.account is not None)
        assert account(seen).positions == ()
        assert account(seen).wallet_balance == 0.0


async def test_nothing_that_is_signed_carries_a_half_of_the_key_in_the_clear() -> None:
    with exchange() as server:
        open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: seen.market.account is not None)
        assert not any(KEY in str(q) or SECRET in str(q) for _, q in server.requests)
        assert all(SECRET not in path and KEY not in path for path in server.handshakes)


@pytest.mark.real_time
async def test_the_demonstration_has_an_account_of_its_own() -> None:
    config = Config(symbols=("BTCUSDT", "ETHUSDT"))
    source = sources.demo(config, DemoOptions(account=True))()
    watcher = Watcher(source)  # type: ignore[arg-type]
    watcher.reading = asyncio.ensure_future(watcher.read())
    try:
        await watcher.until(lambda: len(positions(watcher)) == 2)
    finally:
        await source.close()
        await watcher.reading
    assert {p.margin_mode for p in account(watcher).positions} == {"isolated", "cross"}
