"""An account is liquidated at the price tuirisk named, to one tick.

The exchange liquidates by its own margin engine (`tuirisk.simulator.margin_engine`); the price
comes from the account as it arrived over signed REST and the user-data stream. The mark price is
then led there tick by tick.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.account_source import QUICK, exchange, following, on, open_account, positions
from support.live_source import Watcher

from tuirisk.analytics.assess import assess
from tuirisk.config.model import Config
from tuirisk.events import MarkPrice
from tuirisk.simulator.account import ExchangeAccount, ForcedClose
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.state import Position

BTC, ETH, USDC = "BTCUSDT", "ETHUSDT", "ETHUSDC"
SYMBOLS = (BTC, ETH)


def lead_mark(server: EmbeddedExchange, symbol: str, mark: float) -> None:
    """Set the mark price; in the server's loop, its market frozen."""
    price = server.exchange.market(symbol).price
    price.log_index = math.log(mark / (1.0 + price.mark_premium))


def walk(server: EmbeddedExchange, symbol: str, start: float, direction: int) -> ForcedClose:
    """Lead the mark price tick by tick from ``start`` until something is liquidated."""
    exchange = server.exchange
    tick = exchange.instruments[symbol].tick_size
    first = round(start / tick)
    for step in range(4_000):
        lead_mark(server, symbol, (first + direction * step) * tick)
        exchange.accounts.step(lambda stream: False)
        if exchange.accounts.forced_closes:
            return exchange.accounts.forced_closes[0]
    raise AssertionError(f"nothing was liquidated from {start} on")


def named(seen: Watcher, symbol: str, side: str) -> Position:
    """The position as tuirisk shows it."""
    config = Config(symbols=tuple(seen.market.symbols))
    now = seen.batches[-1].now
    state = assess(seen.market, config, now, None, connection=seen.report, source="simulator")
    (found,) = (p for p in state.symbols[symbol].positions if p.side == side)
    assert found.bracket_source == "account"
    return found


def price_of(position: Position) -> float:
    assert isinstance(position.liquidation_price, float)
    return position.liquidation_price


async def settled(
    seen: Watcher, server: EmbeddedExchange, count: int, symbols: tuple[str, ...] = SYMBOLS
) -> None:
    """Until the positions, the brackets and the mark prices of the frozen market are known."""
    market = seen.market
    await seen.until(lambda: seen.ready(*symbols) and len(positions(seen)) == count)
    await seen.until(lambda: all(market.symbols[s].derivatives.brackets for s in symbols))
    marks = {s: server.exchange.market(s).price.mark_price for s in symbols}

    def there() -> bool:
        known = {s: market.symbols[s].derivatives.mark for s in symbols}
        return all(
            isinstance(mark, MarkPrice) and abs(mark.mark - marks[s]) < 1e-7
            for s, mark in known.items()
        )

    await seen.until(there)


def isolated_long(account: ExchangeAccount) -> None:
    mark = account.mark(BTC)
    account.set_position(
        BTC, 0.4, entry_price=1.01 * mark, isolated_wallet=0.06 * 0.4 * mark, leverage=20
    )


def isolated_short(account: ExchangeAccount) -> None:
    mark = account.mark(BTC)
    account.set_position(BTC, -12.0, entry_price=0.99 * mark, isolated_wallet=0.05 * 12 * mark)


def cross_long(account: ExchangeAccount) -> None:
    mark, other = account.mark(BTC), account.mark(ETH)
    account.set_position(BTC, 1.0, entry_price=mark)
    account.set_position(ETH, -20.0, entry_price=1.02 * other)
    account.set_wallet(0.05 * mark)


def hedged(account: ExchangeAccount) -> None:
    mark, other = account.mark(BTC), account.mark(ETH)
    account.hedge_mode = True
    account.set_position(BTC, 2.0, entry_price=1.01 * mark, side="LONG")
    account.set_position(BTC, -0.5, entry_price=0.97 * mark, side="SHORT")
    account.set_position(ETH, 5.0, entry_price=other, isolated_wallet=0.1 * 5 * other, side="LONG")
    account.set_wallet(0.08 * mark)


def across_brackets(account: ExchangeAccount) -> None:
    mark = account.mark(BTC)
    quantity = 610_000 / mark
    account.set_position(BTC, quantity, entry_price=mark, isolated_wallet=0.05 * 610_000)


def own_brackets(account: ExchangeAccount) -> None:
    account.notional_coefficient[BTC] = 4.0
    across_brackets(account)


def cross_short(account: ExchangeAccount) -> None:
    mark, other = account.mark(BTC), account.mark(ETH)
    account.set_position(BTC, -1.0, entry_price=mark)
    account.set_position(ETH, 20.0, entry_price=1.02 * other)
    account.set_wallet(0.07 * mark)


def net_short_hedge(account: ExchangeAccount) -> None:
    mark = account.mark(BTC)
    account.hedge_mode = True
    account.set_position(BTC, 0.5, entry_price=mark, side="LONG")
    account.set_position(BTC, -2.0, entry_price=mark, side="SHORT")
    account.set_wallet(0.08 * mark)


def haircuts(account: ExchangeAccount) -> None:
    mark, other = account.mark(BTC), account.mark(ETH)
    account.other_wallets = {"USDC": 0.02 * mark, "BTC": 0.03}
    account.set_mode("multi_assets")
    account.set_position(BTC, 1.0, entry_price=1.01 * mark)
    account.set_position(ETH, -10.0, entry_price=other)
    account.set_wallet(-0.01 * mark)


def eu_credits(account: ExchangeAccount) -> None:
    mark = account.mark(BTC)
    account.use_credits(USDC=0.03 * mark, BTC=0.01, BNFCR=-0.001 * mark)
    account.set_position(BTC, -1.0, entry_price=mark)


def portfolio_margin(account: ExchangeAccount) -> None:
    mark, other = account.mark(BTC), account.mark(ETH)
    account.mode, account.loans = "portfolio_margin", 0.002 * mark
    account.other_wallets = {"BTC": 0.02}
    account.set_position(BTC, 1.0, entry_price=mark)
    account.set_position(ETH, -10.0, entry_price=1.01 * other)
    account.set_wallet(0.03 * mark)


@pytest.mark.parametrize(
    ("build", "side", "count"),
    [
        (cross_long, "long", 2),
        (net_short_hedge, "short", 2),
        (haircuts, "long", 2),
        (eu_credits, "short", 1),
        (portfolio_margin, "long", 2),
        (own_brackets, "long", 1),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                (isolated_long, "long", 1),
                (isolated_short, "short", 1),
                (cross_short, "short", 2),
                (hedged, "long", 3),
                (across_brackets, "long", 1),
            )
        ),
    ],
)
async def test_liquidated_at_the_price_named_to_one_tick(
    build: Callable[[ExchangeAccount], None], side: str, count: int
) -> None:
    direction = -1 if side == "long" else 1
    with exchange(*SYMBOLS) as server:
        account = open_account(server, 0.0)
        on(server, lambda: server.exchange.market(ETH))
        server.faults.freeze()
        on(server, lambda: build(account))
        async with following(server, *SYMBOLS) as seen:
            await settled(seen, server, count)
            price = price_of(named(seen, BTC, side))
            tick = server.exchange.instruments[BTC].tick_size
            forced = on(
                server, lambda: walk(server, BTC, price - direction * 200 * tick, direction)
            )
            await seen.until(lambda: (BTC, side) not in positions(seen))
    assert forced.position.symbol == BTC
    assert abs(forced.mark - price) <= tick
    # The first tick at or beyond the price named, so the tick before it was still safe.
    assert 0 <= direction * (forced.mark - price) <= tick


async def test_a_position_margined_in_usdc_falls_with_its_own_wallet() -> None:
    def build(account: ExchangeAccount) -> None:
        mark = account.mark(USDC)
        account.other_wallets = {"USDC": 0.05 * 10 * mark}
        account.set_position(USDC, 10.0, entry_price=mark)
        account.set_position(BTC, -0.1)

    with exchange(BTC, USDC) as server:
        account = open_account(server, 50_000.0)
        on(server, lambda: server.exchange.market(USDC))
        server.faults.freeze()
        on(server, lambda: build(account))
        async with following(server, BTC, USDC) as seen:
            await settled(seen, server, 2, (BTC, USDC))
            price = price_of(named(seen, USDC, "long"))
            tick = server.exchange.instruments[USDC].tick_size
            forced = on(server, lambda: walk(server, USDC, price + 200 * tick, -1))
            await seen.until(lambda: list(positions(seen)) == [(BTC, "short")])
    assert forced.position.symbol == USDC
    assert 0 <= price - forced.mark <= tick
    assert (account.cross_wallet, account.other_wallets["USDC"]) == (50_000.0, 0.0)


async def test_margin_added_to_an_isolated_position_moves_the_price_named() -> None:
    with exchange(*SYMBOLS) as server:
        account = open_account(server, 0.0)
        on(server, lambda: server.exchange.market(ETH))
        server.faults.freeze()
        on(server, lambda: isolated_long(account))
        async with following(server, *SYMBOLS) as seen:
            await settled(seen, server, 1)
            before = price_of(named(seen, BTC, "long"))
            mark = account.mark(BTC)
            on(server, lambda: account.add_margin(BTC, 0.03 * 0.4 * mark))
            await seen.until(lambda: price_of(named(seen, BTC, "long")) < before - 1.0)
            price = price_of(named(seen, BTC, "long"))
            forced = on(server, lambda: walk(server, BTC, price + 20.0, -1))
    assert 0 <= price - forced.mark <= server.exchange.instruments[BTC].tick_size


async def test_after_a_change_by_the_stream_the_new_price_is_the_right_one() -> None:
    with exchange(*SYMBOLS) as server:
        account = open_account(server, 0.0)
        on(server, lambda: server.exchange.market(ETH))
        server.faults.freeze()
        on(server, lambda: isolated_long(account))
        async with following(server, *SYMBOLS, timing=replace(QUICK, reconcile=1e6)) as seen:
            await settled(seen, server, 1)
            await seen.until(lambda: seen.report.streams[-1].status == "live")
            before = price_of(named(seen, BTC, "long"))
            mark = account.mark(BTC)
            on(
                server,
                lambda: account.set_position(
                    BTC, 0.4, entry_price=1.01 * mark, isolated_wallet=0.09 * 0.4 * mark
                ),
            )
            await seen.until(lambda: price_of(named(seen, BTC, "long")) < before - 1.0)
            price = price_of(named(seen, BTC, "long"))
            forced = on(server, lambda: walk(server, BTC, price + 20.0, -1))
    assert 0 <= price - forced.mark <= server.exchange.instruments[BTC].tick_size


async def test_a_crash_liquidates_on_the_step_that_passes_the_price_named() -> None:
    with exchange(*SYMBOLS, speed=20.0) as server:
        account = open_account(server, 0.0)
        mark = on(server, lambda: account.mark(BTC))
        on(server, lambda: account.set_position(BTC, 0.5, isolated_wallet=0.0048 * 0.5 * mark))
        async with following(server, *SYMBOLS) as seen:
            await seen.until(lambda: seen.ready(*SYMBOLS) and len(positions(seen)) == 1)
            derivatives = seen.market.symbols[BTC].derivatives
            await seen.until(lambda: bool(derivatives.brackets and derivatives.mark))
            price = price_of(named(seen, BTC, "long"))
            on(server, lambda: server.exchange.market(BTC).price.push(-0.02))
            await seen.until(lambda: not positions(seen))
    (forced,) = server.exchange.accounts.forced_closes
    assert forced.previous_mark > price >= forced.mark
