"""Run a monitor until it has the state that a command prints."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

from tuirisk.cli.account import account_settled
from tuirisk.cli.errors import print_error
from tuirisk.config.model import Config
from tuirisk.monitor.monitor import Session, StateSource
from tuirisk.monitor.sources import MakeSource, monitor_of
from tuirisk.state import SIMULATING, Missing, RiskState, SymbolState

PROVIDERS_WAIT = 9.5
"""Seconds after everything else is there that the first answers of providers are waited for."""
OFFLINE_MS = 5_000
"""The wait ends when the exchange has been offline this long."""


@asynccontextmanager
async def open_monitor(
    make_source: MakeSource,
    config: Config,
    session: Session | None = None,
    *,
    headless: bool = False,
    keeps_scores: bool = False,
) -> AsyncIterator[tuple[StateSource, AsyncIterator[RiskState]]]:
    """A monitor and its states; its source is closed at the end. See :class:`Monitor`."""
    source = make_source()
    try:
        monitor = monitor_of(source, config, session, headless=headless, keeps_scores=keeps_scores)
        async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
            yield monitor, states
    finally:
        await source.close()


def all_settled(state: RiskState) -> bool:
    """Whether every symbol is refused, or ready with its positions simulated, and the account is
    read, refused or not asked for.
    """
    symbols = state.symbols.values()
    coming = any(message.code == "history_coming" for message in state.messages)
    return (
        bool(symbols)
        and account_settled(state)
        and all(
            symbol.status == "error"
            or (symbol.status == "ready" and not _incomplete(symbol, coming))
            for symbol in symbols
        )
    )


def wait_for_state(
    make_source: MakeSource,
    config: Config,
    timeout: float,
    settled: Callable[[RiskState], bool] = all_settled,
) -> StateSource:
    """The monitor, closed, when its state is ``settled``, or at the end of a recording or of files.

    It is given up after ``timeout`` seconds and when the exchange cannot be reached; ``state`` is
    None where none came at all.
    """
    monitor = asyncio.run(_settled_monitor(make_source, config, timeout, settled))
    if monitor.state is not None:
        _print_assumptions(monitor.state)
    return monitor


def _print_assumptions(state: RiskState) -> None:
    """Print, on standard error, what was assumed of files."""
    for message in state.messages:
        if message.code.startswith("files_assumed"):
            print_error(message.text)


async def _settled_monitor(
    make_source: MakeSource,
    config: Config,
    timeout: float,  # noqa: ASYNC109 - a timeout is no error here
    settled: Callable[[RiskState], bool],
) -> StateSource:
    offline_since: int | None = None
    settled_since = 0.0
    loop = asyncio.get_running_loop()
    async with open_monitor(make_source, config) as (monitor, states):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                async for state in states:
                    if state.source in ("recording", "files"):
                        continue
                    if settled(state):
                        if not state.external.waiting:
                            break
                        settled_since = settled_since or loop.time()
                        if loop.time() - settled_since >= PROVIDERS_WAIT:
                            break
                    if state.connection.status != "offline":
                        offline_since = None
                    elif offline_since is None:
                        offline_since = state.time_ms
                    elif state.time_ms - offline_since >= OFFLINE_MS:
                        break
    return monitor


def _incomplete(symbol: SymbolState, history_coming: bool) -> bool:
    """Whether the deep order book or the first simulation of ``symbol`` is still to come."""
    shallow = symbol.message is not None and symbol.message.code == "order_book_shallow"
    return shallow or _simulating(symbol, history_coming)


def _simulating(symbol: SymbolState, history_coming: bool) -> bool:
    """Whether the positions of ``symbol`` wait for their first simulation, or for its history."""
    stress = symbol.stress
    if stress is None:
        return False
    loss = stress.horizons["24h"].var_95
    return loss == SIMULATING or (history_coming and isinstance(loss, Missing))
