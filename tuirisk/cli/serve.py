"""``tuirisk serve``: one monitor without a screen, its states to many viewers."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from ssl import SSLContext

from tuirisk.cli.config_following import ConfigFollowing
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.serve_states import Publish, access, serve_states
from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.remote.nats_link import LinkError, Login
from tuirisk.serve.address import Address
from tuirisk.serve.hub import Hub
from tuirisk.serve.nats_publisher import NatsPublisher
from tuirisk.serve.server import Answer, ListenError, listening
from tuirisk.serve.tokens import TokenError, Tokens

NATS_RETRY_S = 2.0


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

    def access(self) -> tuple[Tokens | None, SSLContext | None]:
        """The tokens of those who may connect, and TLS.

        Raises:
            ListenError, TokenError: a file cannot be used, or others could connect without.
        """
        addresses = [one for one in (self.listen, self.metrics) if one is not None]
        return access(addresses, self.token_file, self.tls_cert, self.tls_key)


def serve(
    make_source: MakeSource,
    config: Config,
    options: ServeOptions,
    session: LiveSession | None,
    following: ConfigFollowing | None = None,
) -> int:
    """Serve states until interrupted; the exit code."""
    try:
        tokens, tls = options.access()
    except (ListenError, TokenError) as error:
        print_error(str(error))
        return ExitCode.USAGE

    login = Login(os.environ.pop("TUIRISK_TOKEN", ""))

    async def open_servers(monitor: Monitor, hub: Hub, servers: AsyncExitStack) -> Publish | None:
        secure = "" if tls is None else "s"
        at = await servers.enter_async_context(listening(hub.handle, options.listen, tls))
        print(f"serving at ws{secure}://{at}", flush=True)
        if options.metrics is not None:
            answer = _metrics_answer(hub, tokens)
            at = await servers.enter_async_context(listening(answer, options.metrics, tls))
            print(f"metrics at http{secure}://{at}/metrics", flush=True)
        nats = _nats_publisher(options, login, monitor, config)
        if nats is None:
            return None
        publishing = asyncio.create_task(_keep_publishing(nats))
        servers.callback(publishing.cancel)
        return nats.publish

    return serve_states(make_source, config, session, tokens, open_servers, following)


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
    """What publishes to NATS; None where it is not asked for.

    Raises:
        ListenError: the library for it is not installed.
    """
    if options.nats is None:
        return None
    if find_spec("nats") is None:
        raise ListenError("--nats needs nats-py: pip install 'tuirisk[nats]'")
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
