"""A trader's day on the embedded exchange, over real sockets, and the log that is left of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.account_source import QUICK, keys, on, open_account
from support.live_source import PATIENCE, ExchangeTime, small_exchange

from tuirisk.cli.log import print_log
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.feed.binance.live import LiveSource
from tuirisk.feed.binance.streams.stream_connection import StreamTiming
from tuirisk.history.database import database_path
from tuirisk.history.session import LiveSession
from tuirisk.monitor.monitor import Monitor
from tuirisk.simulator.account import ExchangeAccount
from tuirisk.simulator.embedded import EmbeddedExchange
from tuirisk.state import RiskState

BTC, ETH = "BTCUSDT", "ETHUSDT"
SIZE = 0.4
CADENCE = 1.0
"""Seconds of the exchange between two states."""


class Run:
    """One run of the monitor, with its newest state."""

    def __init__(self, source: LiveSource) -> None:
        self.source = source
        self.state: RiskState | None = None
        self.severities: list[tuple[str, str]] = []
        """Level and rule of the severity of BTC, whenever they changed."""
        self._news = asyncio.Event()

    async def follow(self, monitor: Monitor) -> None:
        async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
            async for state in states:
                self.state = state
                found = state.symbols[BTC].severity if BTC in state.symbols else None
                if found is not None and self.severities[-1:] != [(found.level, found.rule)]:
                    self.severities.append((found.level, found.rule))
                self._news.set()

    async def until(self, condition: Callable[[RiskState], bool]) -> None:
        """Wait for a state in which ``condition`` holds."""
        async with asyncio.timeout(4 * PATIENCE):
            while self.state is None or not condition(self.state):
                self._news.clear()
                await self._news.wait()

    async def seconds(self, count: float) -> None:
        """Let ``count`` seconds of the exchange pass."""
        assert self.state is not None
        end_ms = self.state.time_ms + 1000 * count
        await self.until(lambda state: state.time_ms >= end_ms)

    async def until_held(self, symbol: str, quantity: float) -> None:
        await self.until(
            lambda state: sum(p.quantity for p in state.symbols[symbol].positions) == quantity
        )


class NoStress:
    """In place of the simulation of paths, of which the log has nothing."""

    account = None

    def update(self, *_: object) -> None:
        return None

    def close(self) -> None:
        return None


@asynccontextmanager
async def running(server: EmbeddedExchange, config: Config, place: Path) -> AsyncIterator[Run]:
    """A run as `tuirisk watch` makes it, once everything is known; its log is kept at ``place``."""
    source = LiveSource(
        config.exchange,
        config.symbols,
        clock=ExchangeTime(server),
        rng=random.Random(5),
        cadence=CADENCE,
        timing=StreamTiming(between_connects=0.1),
        resolve_keys=keys,
        account_timing=QUICK,
    )
    session = LiveSession(config, {"XDG_DATA_HOME": str(place)}, random.Random(1))
    run = Run(source)
    monitor = Monitor(source, config, session)
    monitor.stress = NoStress()  # type: ignore[assignment]
    following = asyncio.ensure_future(run.follow(monitor))
    try:
        await run.until(
            lambda state: (
                state.account is not None
                and state.account.source == "account"
                and all(symbol.status == "ready" for symbol in state.symbols.values())
            )
        )
        yield run
    finally:
        await source.close()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        session.close(PATIENCE)


def logged(place: Path, config: Config, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What `tuirisk log --json` prints."""
    capsys.readouterr()
    path = database_path({"XDG_DATA_HOME": str(place)}, config.exchange)
    assert print_log(path, 0, (), "json") == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def move(server: EmbeddedExchange, factor: float) -> None:
    """Move the mark price of BTC in the frozen market."""

    def change() -> None:
        server.exchange.market(BTC).price.log_index += math.log(factor)

    on(server, change)


def open_long(account: ExchangeAccount) -> float:
    """A long at 27×; its own wallet."""
    wallet = SIZE * account.mark(BTC) / 27
    account.set_position(BTC, SIZE, isolated_wallet=wallet, leverage=27)
    return wallet


async def day(server: EmbeddedExchange, account: ExchangeAccount, run: Run) -> tuple[float, float]:
    """Open, 27×, crash, partial liquidation, close, outage; what was lost by force and by hand."""
    await run.seconds(5)
    on(server, lambda: account.set_position(ETH, -1.0))
    await run.until_held(ETH, 1.0)
    await run.seconds(3)
    wallet = on(server, lambda: open_long(account))
    entry = on(server, lambda: account.mark(BTC))
    await run.until(lambda state: state.symbols[BTC].severity.level == "critical")
    await run.seconds(5)
    move(server, 0.985)
    await run.seconds(5)
    on(server, lambda: account.reduce(BTC, 0.15, reason="liquidation"))
    await run.until_held(BTC, 0.25)
    await run.seconds(3)
    exit_price = on(server, lambda: account.mark(BTC))
    on(server, lambda: account.reduce(BTC, 0.25))
    await run.until_held(BTC, 0.0)
    await run.seconds(3)
    server.faults.refuse_connections()
    server.faults.abort_sockets()
    await run.seconds(12)
    on(server, lambda: account.set_position(ETH, -1.5))
    server.faults.accept_connections()
    run.source.reconnect()
    await run.until_held(ETH, 1.5)
    await run.until(lambda state: all(s.status == "ready" for s in state.symbols.values()))
    await run.seconds(8)
    return -wallet * 0.15 / SIZE, 0.25 * (exit_price - entry)


async def test_the_log_reads_like_what_happened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_exchange(BTC, ETH) as server:
        account = open_account(server, 200_000.0)
        on(server, lambda: [server.exchange.market(symbol) for symbol in (BTC, ETH)])
        server.faults.freeze()
        config = Config(
            symbols=(BTC, ETH),
            exchange=ExchangeConfig(rest_url=server.rest_url, stream_url=server.stream_url),
            alerts=AlertsConfig(blind_seconds=5.0),
        )
        async with running(server, config, tmp_path) as run:
            forced, by_hand = await day(server, account, run)
        entries = logged(tmp_path, config, capsys)
        on(server, lambda: account.set_position(ETH, -0.5))
        async with running(server, config, tmp_path) as again:
            await again.seconds(10)
        after = logged(tmp_path, config, capsys)
    story = [tuple(e[k] for k in ("symbol", "kind", "before", "after", "rule")) for e in entries]
    assert story[:-2] == [
        (ETH, "opened", "", "short 1", "user"),
        (BTC, "opened", "", "long 0.4", "user"),
        (BTC, "severity", "ok", "critical", "add_margin_or_reduce"),
        (BTC, "liquidated", "long 0.4", "long 0.25", "liquidation"),
        (BTC, "closed", "long 0.25", "", "user"),
        (ETH, "blind", "", "", "no_data"),
    ]
    # The account and the market come back each in its own time.
    assert set(story[-2:]) == {
        (ETH, "sighted", "", "", "no_data"),
        (ETH, "increased", "short 1", "short 1.5", ""),
    }
    assert all(entry["escalation"] for entry in entries)
    profits = {entry["kind"]: entry["pnl"] for entry in entries if entry["symbol"] == BTC}
    assert profits["liquidated"] == pytest.approx(forced)
    assert profits["closed"] == pytest.approx(by_hand)
    assert profits["opened"] is None
    # The run that began afterwards adds what happened before it, and neither was calm about BTC.
    *same, away = after
    assert [(e["time"], e["kind"], e["text"]) for e in same] == [
        (e["time"], e["kind"], e["text"]) for e in entries
    ]
    assert (away["symbol"], away["kind"], away["after"]) == (ETH, "reduced", "short 0.5")
    assert entries[-1]["time"] < away["since"] < away["time"]
    assert away["text"].startswith("short 1.5 reduced to 0.5, between 20")
    assert away["text"].endswith(" UTC, while nothing ran")
    assert away["pnl"] is None
    critical = run.severities.index(("critical", "add_margin_or_reduce"))
    assert {level for level, _ in run.severities[critical:]} == {"critical"}
    assert run.severities[-1] == ("critical", "liquidated")
    assert again.severities[-1] == ("critical", "liquidated")
    assert "ok" not in {level for level, _ in again.severities}
