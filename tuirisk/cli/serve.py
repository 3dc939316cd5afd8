"""``tuirisk serve``: one monitor without a screen, its states to many viewers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.messages import NewMessages
from tuirisk.cli.wait import open_monitor
from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.remote.nats_link import LinkError, Login
from tuirisk.serve.address import Address
from tuirisk.serve.hub import Hub
from tuirisk.serve.nats_publisher import NatsPublisher
from tuirisk.serve.requests import Requests
from tuirisk.serve.server import Answer, ListenError, listening, tls_context
from tuirisk.serve.tokens import TokenError, Tokens
from tuirisk.state import RiskState

_log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""How long it may take, when ended, to write and send what is queued."""
NATS_RETRY_S = 2.0
WITHOUT_ACCOUNT_MS = 1_000
"""How often the state of those who may not see the account is made, where there is one."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The arguments of ``tuirisk serve``."""

    listen: Address
    token_file: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    metrics: Address | None
    nats: str | None
    shard: tuple[int, int] | None

    @property
    def addresses(self) -> list[Address]:
        return [one for one in (self.listen, self.metrics) if one is not None]


def serve(
    make_source: MakeSource, config: Config, options: ServeOptions, session: LiveSession | None
) -> int:
    """Serve states until interrupted; the exit code."""
    try:
        tokens = None if options.token_file is None else Tokens.read(options.token_file)
        for address in options.addresses:
            if tokens is None and not address.is_loopback:
                raise ListenError(
                    f"{address} can be reached by others; name a file of tokens with "
                    "--token-file, or listen at 127.0.0.1"
                )
        tls = None
        if options.tls_cert is not None or options.tls_key is not None:
            if options.tls_cert is None or options.tls_key is None:
                raise ListenError("TLS needs both --tls-cert and --tls-key")
            tls = tls_context(options.tls_cert, options.tls_key)
        elif not all(address.is_loopback for address in options.addresses):
            print_error("without --tls-cert and --tls-key tokens and states travel unencrypted")
    except (ListenError, TokenError) as error:
        print_error(str(error))
        return ExitCode.USAGE

    login = Login(os.environ.pop("TUIRISK_TOKEN", ""))

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        async with open_monitor(make_source, config, session, headless=True) as (monitor, states):
            assert isinstance(monitor, Monitor)
            hub = Hub(tokens, Requests(monitor), time.monotonic)
            async with AsyncExitStack() as servers:
                at = await servers.enter_async_context(listening(hub.handle, options.listen, tls))
                print(f"serving at {'ws' if tls is None else 'wss'}://{at}", flush=True)
                if options.metrics is not None:
                    answer = _metrics_answer(hub, tokens)
                    at = await servers.enter_async_context(listening(answer, options.metrics, tls))
                    print(
                        f"metrics at {'http' if tls is None else 'https'}://{at}/metrics",
                        flush=True,
                    )
                nats = _nats_publisher(options, login, monitor, config)
                if nats is not None:
                    publishing = asyncio.create_task(_keep_publishing(nats))
                    servers.callback(publishing.cancel)
                publisher, new = _Publisher(monitor, hub, nats), NewMessages()
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
            session.close(CLOSE_S)
    return ExitCode.OK


def _metrics_answer(hub: Hub, tokens: Tokens | None) -> Answer:
    """What answers Prometheus.

    Raises:
        ListenError: the library for it is not installed.
    """
    try:
        from tuirisk.serve.prometheus import metrics_answer
    except ImportError:
        raise ListenError(
            "--metrics needs prometheus-client: pip install 'tuirisk[metrics]'"
        ) from None
    return metrics_answer(hub, tokens)


def _nats_publisher(
    options: ServeOptions, login: Login, monitor: Monitor, config: Config
) -> NatsPublisher | None:
    if options.nats is None:
        return None
    part = "1of1" if options.shard is None else f"{options.shard[0]}of{options.shard[1]}"
    if options.shard is None:
        part = sha256(",".join(config.symbols).encode()).hexdigest()[:12]
    return NatsPublisher(
        options.nats,
        login,
        secrets.token_hex(6),
        part,
        time.monotonic,
        venue=config.exchange.venue,
        may_lead=lambda: not monitor.holds_nothing,
    )


async def _keep_publishing(nats: NatsPublisher) -> None:
    """Publish, and try anew where the server cannot be reached or refuses."""
    said = ""
    while True:
        try:
            await nats.run()
        except LinkError as error:
            if str(error) != said:
                print_error(str(error))
            said = str(error)
        await asyncio.sleep(NATS_RETRY_S)


class _Publisher:
    """Gives each state to the hub, and to those without the right to it one without account."""

    def __init__(self, monitor: Monitor, hub: Hub, nats: NatsPublisher | None) -> None:
        self._monitor, self._hub, self._nats = monitor, hub, nats
        self._made_ms: int | None = None

    def publish(self, state: RiskState) -> None:
        monitor, made_ms = self._monitor, self._made_ms
        due = made_ms is None or state.time_ms - made_ms >= WITHOUT_ACCOUNT_MS
        without_account = None
        wanted = bool(self._hub.market_viewers) or self._nats is not None
        if monitor.holds_nothing or (due and wanted):
            self._made_ms = state.time_ms
            without_account = monitor.state_without_account(state)
        self._hub.publish(state, without_account)
        if self._nats is not None:
            self._nats.publish(state, without_account)
