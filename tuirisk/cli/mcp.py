"""``tuirisk mcp``: the state to an assistant, over standard input and output."""

from __future__ import annotations

import asyncio
import contextlib
import time

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.questions import Ask, Questions
from tuirisk.cli.wait import open_monitor
from tuirisk.config.model import Config
from tuirisk.monitor.monitor import Monitor, StateSource
from tuirisk.monitor.sources import MakeSource
from tuirisk.remote.monitor import RemoteMonitor
from tuirisk.state.track_record import TrackRecord


def serve_tools(make_source: MakeSource, config: Config, record: TrackRecord | None) -> int:
    """Answer an assistant until it closes standard input; the exit code."""
    try:
        from tuirisk.mcp.desk import Desk
        from tuirisk.mcp.server import make_server
    except ImportError:
        print_error("mcp needs the SDK of the Model Context Protocol: pip install 'tuirisk[mcp]'")
        return ExitCode.USAGE

    async def run() -> None:
        desk = Desk(time.monotonic)
        async with open_monitor(make_source, config, headless=True) as (monitor, states):
            following = asyncio.create_task(desk.follow(states))
            try:
                await make_server(desk, record, _ask(monitor)).run_stdio_async()
            finally:
                following.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await following

    asyncio.run(run())
    return ExitCode.OK


def _ask(monitor: StateSource) -> Ask | None:
    """Who answers questions: this process, or the server."""
    if isinstance(monitor, Monitor):
        return Questions(monitor).ask
    return monitor.ask if isinstance(monitor, RemoteMonitor) else None
