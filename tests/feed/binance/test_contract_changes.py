"""What the exchange changes of contracts while they are watched: status, terms, delivery."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.frames import NS, T0, exchange_info, rest, stream
from support.live_source import NOON_MS, small_exchange, watching

from tuirisk import events as ev
from tuirisk.analytics.contract import contract, contract_notices
from tuirisk.feed.binance.pipeline import Pipeline
from tuirisk.language.reason import Reason
from tuirisk.market.market import Market

BTC, ETH = "BTCUSDT", "ETHUSDT"
MINUTE = 60_000


async def test_an_announced_settlement_ends_that_symbol_alone_and_it_comes_back() -> None:
    with small_exchange(BTC, ETH, speed=1.0) as server:
        async with watching(server, BTC, ETH) as seen:
            await seen.until(lambda: seen.ready(BTC, ETH), 60.0)
            change = server.exchange.change_terms
            await seen.until(lambda: seen.report.status == "live", 15.0)
            server.call(lambda: change(ETH, status="SETTLING"))
            await seen.until(lambda: ETH in seen.market.refused, 5.0)
            assert seen.market.refused[ETH] == Reason("not_trading", status="SETTLING")
            assert seen.report.dropped_frames == 0
            assert seen.market.symbols[BTC].book.live
            server.call(lambda: change(ETH, status="TRADING"))
            await seen.until(lambda: seen.ready(ETH), 60.0)


@pytest.mark.slow
async def test_a_contract_that_is_to_trade_begins_once_it_does() -> None:
    with small_exchange(BTC, ETH, speed=1.0) as server:
        change = server.exchange.change_terms
        server.call(lambda: change(ETH, announced=False, status="PENDING_TRADING"))
        async with watching(server, BTC, ETH) as seen:
            await seen.until(lambda: seen.ready(BTC) and ETH in seen.market.refused, 60.0)
            assert seen.market.refused[ETH].code == "not_trading_yet"
            server.call(lambda: change(ETH, announced=False, status="TRADING"))
            await seen.until(lambda: seen.ready(ETH), 90.0)


async def test_a_delisting_and_a_changed_tick_are_told_and_end_nothing() -> None:
    with small_exchange(BTC, ETH, speed=1.0) as server:
        async with watching(server, BTC) as seen:
            await seen.until(lambda: seen.report.status == "live", 60.0)
            market = seen.market.symbols[BTC]
            end = NOON_MS + 7 * 86_400_000
            server.call(lambda: server.exchange.change_terms(BTC, ends_ms=end, tick="0.50"))
            await seen.until(lambda: bool(market.contract_changes), 5.0)
            assert seen.market.symbols[BTC] is market
            assert market.listed.tick_size == 0.5
            told = [str(each) for each in contract_notices(market, NOON_MS)]
            assert told == [
                "ends at 2026-11-25 12:00 UTC: what is open is settled then",
                "the exchange changed the contract: tick size changed from 0.1 to 0.5",
            ]
            assert contract(BTC, market).expiry == "2026-11-25T12:00:00.000Z"


@pytest.mark.slow
async def test_a_settlement_that_was_not_announced_is_learnt_from_refused_requests() -> None:
    with small_exchange(BTC, ETH, speed=1.0) as server:
        async with watching(server, BTC, ETH) as seen:
            await seen.until(lambda: seen.ready(BTC, ETH), 60.0)
            change = server.exchange.change_terms
            server.call(lambda: change(ETH, announced=False, status="SETTLING"))
            await seen.until(lambda: ETH in seen.market.refused, 90.0)
            assert seen.report.dropped_frames == 0
            assert seen.market.symbols[BTC].book.live


@pytest.mark.slow
async def test_an_exchange_without_index_prices_of_assets_is_live_all_the_same() -> None:
    with small_exchange(BTC, "ETHBTC", speed=1.0) as server:
        server.faults.fail_rest(
            "/fapi/v1/assetIndex", 404, '{"code":-5000,"msg":"Path is invalid"}'
        )
        async with watching(server, "ETHBTC") as seen:
            await seen.until(lambda: seen.report.status == "live", 60.0)
            assert not seen.market.asset_prices


def info(**changed: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(exchange_info(BTC, ETH).body)
    body["symbols"][1] |= changed
    return body


def watched() -> tuple[Pipeline, list[int]]:
    announced: list[int] = []
    pipeline = Pipeline(on_announcement=announced.append)
    pipeline.process_frame(rest("/fapi/v1/exchangeInfo", info()))
    for symbol in (BTC, ETH):
        pipeline.add_symbol(symbol, T0 * NS)
    return pipeline, announced


def announcement(status: str, **fields: Any) -> dict[str, Any]:
    return {"e": "contractInfo", "E": T0, "s": ETH, "cs": status, **fields}


def test_an_announcement_changes_nothing_itself_and_spares_the_second_answer() -> None:
    pipeline, announced = watched()
    pipeline.process_frame(stream("!contractInfo", announcement("SETTLING")))
    assert announced == [T0 * NS]
    assert pipeline.trades(ETH)
    pipeline.process_frame(rest("/fapi/v1/exchangeInfo", info(status="SETTLING")))
    assert not pipeline.trades(ETH)
    assert pipeline.dropped_frames == 0
    assert not pipeline.announced


def test_what_was_not_announced_needs_a_second_answer() -> None:
    pipeline, _ = watched()
    for trades, dropped in ((True, 1), (False, 1)):
        pipeline.process_frame(rest("/fapi/v1/exchangeInfo", info(status="SETTLING")))
        assert (pipeline.trades(ETH), pipeline.dropped_frames) == (trades, dropped)


def test_announcements_of_what_is_known_and_of_coin_margined_contracts_are_none() -> None:
    pipeline, announced = watched()
    pipeline.process_frame(stream("!contractInfo", announcement("TRADING", dt=4_133_404_800_000)))
    pipeline.process_frame(stream("!contractInfo", announcement("SETTLING", st=2)))
    assert announced == []
    assert pipeline.dropped_frames == 0


def test_a_delivery_contract_without_a_listing_is_known_by_its_name() -> None:
    pipeline, market = Pipeline(), Market()
    pipeline.add_unlisted_symbol("BTCUSDT_260327", T0 * NS)
    for event in pipeline.queue.drain():
        market.apply(event)
    symbol = market.symbols["BTCUSDT_260327"]
    assert "funding_history" not in symbol.missing
    known = contract("BTCUSDT_260327", symbol)
    assert (known.base_asset, known.quote_asset) == ("BTC", "USDT")
    assert known.expiry == "2026-03-27T08:00:00.000Z"
    day_before = symbol.listed.ends_at - 1_000 * MINUTE
    assert [each.code for each in contract_notices(symbol, day_before)] == ["contract_ends"]
    assert not [*contract_notices(symbol, day_before - 86_400_000)]
    assert isinstance(symbol.listed, ev.SymbolListed)
