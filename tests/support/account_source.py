"""A live source with a key on the embedded exchange, for tests."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from support.exchange import TestExchange
from support.live_source import ExchangeTime, Watcher, reading
from tuirisk.config.model import ExchangeConfig
from tuirisk.events import AccountPosition, AccountReport
from tuirisk.feed.binance.account.credentials import Keys, Secret
from tuirisk.feed.binance.account.user_stream import AccountTiming
from tuirisk.feed.binance.live import LiveSource
from tuirisk.feed.binance.pipeline import Recorder
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.simulator.account import ExchangeAccount
from tuirisk.simulator.embedded import EmbeddedExchange

KEY = "k3y" + "A" * 58 + "end"
SECRET = "s3cret" + "B" * 55 + "end"
WRONG = "w0ng" + "C" * 60
QUICK = AccountTiming(reconcile=4.0, lasting_pause=4.0)
"""Exchange seconds; a real one at four times its speed."""

T = TypeVar("T")


def keys(key: str = KEY, secret: str = SECRET) -> Keys:
    return Keys(Secret(key), Secret(secret))


def exchange(*symbols: str, speed: float = 4.0, listed_days: int | None = 2) -> EmbeddedExchange:
    return TestExchange(symbols or ("BTCUSDT", "ETHUSDT"), speed=speed, listed_days=listed_days)


def open_account(server: EmbeddedExchange, wallet: float = 10_000.0) -> ExchangeAccount:
    return server.exchange.accounts.open(KEY, SECRET, wallet)


@asynccontextmanager
async def following(
    server: EmbeddedExchange,
    *symbols: str,
    held: Keys | None = None,
    resolve_keys: Callable[[], Keys | None] | None = None,
    timing: AccountTiming = QUICK,
    recorder: Recorder | None = None,
) -> AsyncIterator[Watcher]:
    """A running source with a key, whose batches are read."""
    source = LiveSource(
        ExchangeConfig(rest_url=server.rest_url, stream_url=server.stream_url),
        symbols or ("BTCUSDT",),
        clock=ExchangeTime(server),
        rng=random.Random(5),
        name="simulator",
        timing=StreamTiming(between_connects=0.1),
        resolve_keys=resolve_keys or (lambda: held or keys()),
        account_timing=timing,
        recorder=recorder,
    )
    async with reading(source) as watcher:
        yield watcher


def account(seen: Watcher) -> AccountReport:
    assert seen.market.account is not None
    return seen.market.account


def positions(seen: Watcher) -> dict[tuple[str, str], AccountPosition]:
    """The positions known, by symbol and side."""
    known = seen.market.account
    return {(p.symbol, p.side): p for p in known.positions} if known is not None else {}


def on(server: EmbeddedExchange, change: Callable[[], T]) -> T:
    """Do something to an account between two steps of its exchange."""
    return server.call(change)


def leaks(text: str | bytes, held: ExchangeAccount | None = None) -> list[str]:
    """What is in ``text`` and must not be."""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    needles = [KEY, SECRET, WRONG, KEY[:16], SECRET[-16:], "signature="]
    if held is not None and held.listen_key.value:
        needles.append(held.listen_key.value)
    return [needle for needle in needles if needle in text]
