"""``tuirisk watch``: JSON lines for as long as it runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.wait import open_monitor
from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.language.reason import Reason
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import RiskState, to_json

_log = logging.getLogger(__name__)

MINUTE_MS = 60_000
CLOSE_S = 5.0
"""How long ``watch``, when ended, may take to write and send what is queued."""


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
        async with open_monitor(make_source, config, session) as (_, states):
            async for line in _lines(_printing_notices(states)):
                sys.stdout.buffer.write(line + b"\n")
                sys.stdout.flush()

    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(follow())
    finally:
        if session is not None:
            session.close(CLOSE_S)
    return ExitCode.OK


async def _printing_notices(states: AsyncIterator[RiskState]) -> AsyncIterator[RiskState]:
    """``states`` as they are; what is new in their notices is printed and logged."""
    printed: tuple[Reason, ...] = ()
    async for state in states:
        for notice in state.notices:
            if notice not in printed:
                print_error(str(notice))
                _log.warning("%s", notice)
        printed = state.notices
        yield state


async def _lines(states: AsyncIterator[RiskState]) -> AsyncIterator[bytes]:
    """JSON of the states that differ in any severity from the one before, and one a minute.

    A symbol has no severity until it is ready, so its first is a change too.
    """
    before: dict[str, str | None] = {}
    printed_ms: int | None = None
    async for state in states:
        severities = {
            name: None if s.status in ("warming", "error") else s.recommendation.severity
            for name, s in state.symbols.items()
        }
        printed_ms = state.time_ms if printed_ms is None else printed_ms
        changed = any(severities.get(n) != before.get(n) for n in severities | before)
        if changed or state.time_ms - printed_ms >= MINUTE_MS:
            printed_ms = state.time_ms
            yield to_json(state)
        before = dict(severities)
