"""The commands without a screen: ``snapshot``, ``explain``, ``watch`` and ``doctor``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager

from msgspec import json

from tuirisk.cli.exit_codes import NOT_READY, OK, UNREACHABLE, USAGE
from tuirisk.cli.explain_text import render
from tuirisk.cli.summary import summary
from tuirisk.config.model import Config
from tuirisk.events.intervals import MINUTE_MS
from tuirisk.explain import explain
from tuirisk.explain.node import plain
from tuirisk.history.session import LiveSession
from tuirisk.monitor.monitor import EventSource, Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import SIMULATING, RiskState, SymbolState, to_json

_log = logging.getLogger(__name__)

OFFLINE_MS = 5_000
"""How long the exchange may be out of reach before ``snapshot`` gives up."""
CLOSE_S = 5.0
"""How long ``watch``, when ended, may take to write and send what is queued."""


def snapshot(make_source: MakeSource, config: Config, as_json: bool, timeout: float) -> int:
    """Print one state: when every symbol is ready, at a recording's end, or after ``timeout``."""
    state = asyncio.run(_settled_state(make_source, config, within=timeout))
    if state is None:
        _say("no data received; run `tuirisk doctor`")
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
        _say(f"the exchange cannot be reached: {why}; run `tuirisk doctor`")
        return UNREACHABLE
    return NOT_READY


def explain_symbol(make_source: MakeSource, config: Config, as_json: bool, timeout: float) -> int:
    """Print where the score of the first symbol of ``config`` comes from."""
    name = config.symbols[0]
    state = asyncio.run(_settled_state(make_source, config, within=timeout))
    symbol = state.symbols.get(name) if state is not None else None
    if state is None or symbol is None:
        why = state.connection.message if state is not None else ""
        _say(f"{name}: no data received{why and f' ({why})'}; run `tuirisk doctor`")
        return UNREACHABLE
    if symbol.status == "error":
        _say(f"{name}: {symbol.message}")
        return USAGE
    tree = explain(state, name)
    text = json.format(json.encode(plain(tree)), indent=2) + b"\n" if as_json else render(tree)
    sys.stdout.buffer.write(text)
    sys.stdout.flush()
    if symbol.status == "warming":
        _say(f"{name}: {symbol.message}")
        return NOT_READY
    return OK


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
    return bool(symbols) and all(
        symbol.status == "error" or (symbol.status == "ready" and not _simulating(symbol))
        for symbol in symbols
    )


def _simulating(symbol: SymbolState) -> bool:
    return any(position.p_liquidation_24h == SIMULATING for position in symbol.positions)


def watch(make_source: MakeSource, config: Config, session: LiveSession | None = None) -> int:
    """Print a JSON line whenever a severity changes and once a minute, until interrupted.

    ``session`` records the states; its notices go to stderr.
    """

    async def follow() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        async with _states(make_source, config, session) as states:
            async for line in _lines(_printing_notices(states)):
                sys.stdout.buffer.write(line + b"\n")
                sys.stdout.flush()

    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(follow())
    finally:
        if session is not None:
            session.close(CLOSE_S)
    return OK


async def _printing_notices(states: AsyncIterator[RiskState]) -> AsyncIterator[RiskState]:
    """``states`` as they are; what is new in their notices is printed and logged."""
    printed: tuple[str, ...] = ()
    async for state in states:
        for notice in state.notices:
            if notice not in printed:
                _say(notice)
                _log.warning("%s", notice)
        printed = state.notices
        yield state


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
    make_source: MakeSource, config: Config, session: LiveSession | None = None
) -> AsyncIterator[AsyncIterator[RiskState]]:
    source: EventSource = make_source()
    try:
        monitor = Monitor(source, config, session)
        async with aclosing(monitor.states()) as states:  # type: ignore[type-var]
            yield states
    finally:
        await source.close()


def doctor(config: Config, environ: Mapping[str, str]) -> int:
    """Check configuration, connectivity, clock and API key; print each finding and its remedy.

    The exit code is ``UNREACHABLE`` where a check failed, else ``OK``.
    """
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
