"""The faces without a screen: ``snapshot``, ``watch`` and ``doctor``."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager

from tuirisk.config import Config
from tuirisk.exit_codes import NOT_READY, OK, UNREACHABLE
from tuirisk.monitor import EventSource, Monitor
from tuirisk.plain_text import summary
from tuirisk.sources import MakeSource
from tuirisk.state import RiskState, to_json

OFFLINE_MS = 5_000
"""How long the exchange may be out of reach before ``snapshot`` gives up."""
MINUTE_MS = 60_000


def snapshot(make_source: MakeSource, config: Config, as_json: bool, timeout: float) -> int:
    """Print one state: when every symbol is ready, at a recording's end, or after ``timeout``."""
    state = asyncio.run(_settled_state(make_source, config, within=timeout))
    if state is None:
        _say("nothing came in; `tuirisk doctor` tells what is wrong")
        return UNREACHABLE
    sys.stdout.buffer.write(to_json(state, indent=2) + b"\n" if as_json else summary(state))
    sys.stdout.flush()
    waiting = {n: s for n, s in state.symbols.items() if s.status in ("warming", "error")}
    for name, symbol in waiting.items():
        _say(f"{name}: {symbol.message}")
    if state.symbols and not waiting:
        return OK
    connection = state.connection
    if connection.status in ("connecting", "offline") and len(waiting) == len(state.symbols):
        why = connection.message or "no answer"
        _say(f"the exchange cannot be reached: {why}; `tuirisk doctor` tells more")
        return UNREACHABLE
    return NOT_READY


async def _settled_state(
    make_source: MakeSource, config: Config, within: float
) -> RiskState | None:
    state: RiskState | None = None
    offline_since: int | None = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within), _states(make_source, config) as states:
            async for state in states:
                if state.source == "recording":
                    continue
                if _settled(state):
                    break
                if state.connection.status != "offline":
                    offline_since = None
                elif offline_since is None:
                    offline_since = state.time_ms
                elif state.time_ms - offline_since >= OFFLINE_MS:
                    break
    return state


def _settled(state: RiskState) -> bool:
    symbols = state.symbols.values()
    return bool(symbols) and all(symbol.status in ("ready", "error") for symbol in symbols)


def watch(make_source: MakeSource, config: Config) -> int:
    """Print a JSON line whenever a severity changes and once a minute, until interrupted."""

    async def follow() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        async with _states(make_source, config) as states:
            async for line in _lines(states):
                sys.stdout.buffer.write(line + b"\n")
                sys.stdout.flush()

    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(follow())
    return OK


async def _lines(states: AsyncIterator[RiskState]) -> AsyncIterator[bytes]:
    """JSON of the states that differ in any severity from the one before, and one a minute.

    A symbol has no severity until it is ready, so its first is a change too.
    """
    before: dict[str, str | None] = {}
    told: int | None = None
    async for state in states:
        severities = {
            name: None if s.status in ("warming", "error") else s.recommendation.severity
            for name, s in state.symbols.items()
        }
        told = state.time_ms if told is None else told
        changed = any(severities.get(n) != before.get(n) for n in severities | before)
        if changed or state.time_ms - told >= MINUTE_MS:
            told = state.time_ms
            yield to_json(state)
        before = dict(severities)


@asynccontextmanager
async def _states(
    make_source: MakeSource, config: Config
) -> AsyncIterator[AsyncIterator[RiskState]]:
    source: EventSource = make_source()
    try:
        async with aclosing(Monitor(source, config).states()) as states:  # type: ignore[type-var]
            yield states
    finally:
        await source.close()


def doctor(config: Config, environ: Mapping[str, str]) -> int:
    """Say what is wrong with configuration, connectivity, clock and keys, and what to do."""
    from tuirisk.feed.binance.diagnosis import diagnose
    from tuirisk.feed.clock import WallClock

    print(f"ok       configuration: {config.path or 'all defaults'}")
    findings = asyncio.run(diagnose(config, environ, WallClock()))
    for finding in findings:
        print(f"{finding.status:<8} {finding.what}: {finding.detail}")
        if finding.remedy:
            print(f"         {finding.remedy}")
    return UNREACHABLE if any(f.status == "error" for f in findings) else OK


def _say(line: str) -> None:
    print(f"tuirisk: {line}", file=sys.stderr)
