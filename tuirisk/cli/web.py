"""``tuirisk web``: the screen in a browser, read-only, each tab a viewer of one monitor."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tuirisk.cli.config_following import ConfigFollowing
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.serve_states import access, serve_states
from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.serve.address import Address
from tuirisk.serve.hub import Hub
from tuirisk.serve.server import ListenError, listening
from tuirisk.serve.tokens import Access, Token, TokenError, Tokens


@dataclass(frozen=True, slots=True)
class WebOptions:
    """The arguments of ``tuirisk web``; ``viewer`` are options of the tabs' screens."""

    listen: Address
    token_file: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    viewer: tuple[str, ...]


def serve_pages(
    make_source: MakeSource,
    config: Config,
    options: WebOptions,
    session: LiveSession | None,
    following: ConfigFollowing | None = None,
) -> int:
    """Serve the screen until interrupted; the exit code."""
    try:
        from tuirisk.web import page
    except ImportError:
        print_error("web needs textual-serve: pip install 'tuirisk[web]'")
        return ExitCode.USAGE
    try:
        tokens, tls = access(
            [options.listen], options.token_file, options.tls_cert, options.tls_key
        )
    except (ListenError, TokenError) as error:
        print_error(str(error))
        return ExitCode.USAGE
    inner: dict[Access, str] = {
        "account": secrets.token_urlsafe(24),
        "market": secrets.token_urlsafe(24),
    }
    of_tabs = Tokens(tuple(Token(text, may_see) for may_see, text in inner.items()))

    async def open_servers(monitor: Monitor, hub: Hub, servers: AsyncExitStack) -> None:
        at = await servers.enter_async_context(listening(hub.handle, Address("127.0.0.1", 0)))
        names = page.set_viewer_tokens(inner)
        commands = {
            may_see: page.viewer_command(at, name, options.viewer)
            for may_see, name in names.items()
        }
        door = page.Doorkeeper(tokens, options.listen)
        pages = page.WebPage(commands, options.listen, door, secure=tls is not None)
        try:
            await servers.enter_async_context(pages.serving(tls))
        except OSError as error:
            raise ListenError(
                f"cannot listen at {options.listen}: {error.strerror or error}; "
                "choose another with --listen"
            ) from None
        secure = "" if tls is None else "s"
        hint = "" if tokens is None else "/?token=…"
        print(f"serving at http{secure}://{options.listen}{hint}", flush=True)

    return serve_states(make_source, config, session, of_tabs, open_servers, following)
