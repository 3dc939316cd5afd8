"""A monitor without a screen whose states go to servers, for ``serve`` and ``web``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from ssl import SSLContext

from tuirisk.cli.config_following import ConfigFollowing, followed
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.messages import NewMessages
from tuirisk.cli.questions import Questions
from tuirisk.cli.session_end import close_session
from tuirisk.cli.wait import open_monitor
from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.monitor.garbage import examine_rarely
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.serve.address import Address
from tuirisk.serve.hub import Hub
from tuirisk.serve.requests import Requests
from tuirisk.serve.server import ListenError, tls_context
from tuirisk.serve.tokens import Tokens
from tuirisk.state import RiskState

_log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""How long it may take, when ended, to write and send what is queued."""
WITHOUT_ACCOUNT_MS = 1_000
"""How often the state of those who may not see the account is made, where there is one."""
Publish = Callable[[RiskState, RiskState | None], None]
"""Takes a state, and the same without account where there is a new one."""
OpenServers = Callable[[Monitor, Hub, AsyncExitStack], Awaitable[Publish | None]]
"""Opens the servers of a hub for as long as the stack is open; what else gets the states."""


def access(
    addresses: Sequence[Address],
    token_file: Path | None,
    certificate: Path | None,
    key: Path | None,
) -> tuple[Tokens | None, SSLContext | None]:
    """The tokens of those who may connect, and TLS, for servers at ``addresses``.

    Raises:
        ListenError, TokenError: a file cannot be used, or others could connect without a token.
    """
    tokens = None if token_file is None else Tokens.read(token_file)
    for address in addresses:
        if tokens is None and not address.is_loopback:
            raise ListenError(
                f"{address} can be reached by others; name a file of tokens with --token-file, "
                "or listen at 127.0.0.1"
            )
    if certificate is None and key is None:
        if not all(address.is_loopback for address in addresses):
            print_error("without --tls-cert and --tls-key tokens and states travel unencrypted")
        return tokens, None
    if certificate is None or key is None:
        raise ListenError("TLS needs both --tls-cert and --tls-key")
    return tokens, tls_context(certificate, key)


def serve_states(
    make_source: MakeSource,
    config: Config,
    session: LiveSession | None,
    tokens: Tokens | None,
    open_servers: OpenServers,
    following: ConfigFollowing | None = None,
) -> int:
    """Run the monitor and its servers until interrupted; the exit code.

    ``following`` takes in the configuration when it is saved.
    """

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        examine_rarely()
        opened = open_monitor(make_source, config, session, headless=True, keeps_scores=True)
        async with opened as (monitor, states):
            assert isinstance(monitor, Monitor)
            hub = Hub(
                tokens, Requests(monitor, Questions(monitor).ask), time.monotonic, monitor.look_at
            )
            async with AsyncExitStack() as servers:
                other = await open_servers(monitor, hub, servers)
                await servers.enter_async_context(followed(following, monitor))
                publisher, new = _Publisher(monitor, hub, other), NewMessages()
                async for state in states:
                    for line in new.lines(state):
                        print_error(line)
                        _log.warning("%s", line)
                    publisher.publish(state)
                await asyncio.Event().wait()  # a recording has ended: its last state stands

    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(run())
    except ListenError as error:
        print_error(str(error))
        return ExitCode.USAGE
    finally:
        if session is not None:
            close_session(session, CLOSE_S)
    return ExitCode.OK


class _Publisher:
    """Gives each state to the hub, and to those without the right to it one without account."""

    def __init__(self, monitor: Monitor, hub: Hub, other: Publish | None) -> None:
        self._monitor, self._hub, self._other = monitor, hub, other
        self._made_ms: int | None = None

    def publish(self, state: RiskState) -> None:
        monitor, made_ms = self._monitor, self._made_ms
        due = made_ms is None or state.time_ms - made_ms >= WITHOUT_ACCOUNT_MS
        without_account = None
        wanted = self._hub.market_wanted or self._other is not None
        if monitor.holds_nothing or (due and wanted):
            self._made_ms = state.time_ms
            without_account = monitor.state_without_account(state)
        self._hub.publish(state, without_account)
        if self._other is not None:
            self._other(state, without_account)
