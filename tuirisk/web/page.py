"""The page and the sockets of its tabs, by textual-serve, with what that lacks: who may look.

textual-serve starts the screen as a process a tab. It has neither a token nor a check of where a
request comes from, so that any page in the browser could open the socket; both are here.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shlex
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from tuirisk.serve.address import Address
from tuirisk.serve.tokens import Access, Tokens

MOST_TABS = 16
"""Tabs that are open at once: each is a process."""
COOKIE = "tuirisk-session"
TEMPLATES = Path(__file__).parent / "templates"


def inline_script() -> str:
    """The text of the page's own script."""
    page = (TEMPLATES / "app_index.html").read_text(encoding="utf-8")
    return page.partition("<script>")[2].partition("</script>")[0]


def script_source(script: str) -> str:
    """The source of a Content-Security-Policy that admits ``script`` alone."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self' ws: wss:; "
        f"script-src 'self' 'unsafe-eval' {script_source(inline_script())}; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Doorkeeper:
    """Lets in whoever shows a token, by a cookie from then on; without tokens this machine."""

    def __init__(self, tokens: Tokens | None, where: Address) -> None:
        self._tokens = tokens
        self._where = where
        self._sessions: dict[str, Access] = {}
        """Cookie → what its bearer may see."""

    def access(self, request: web.Request) -> Access | None:
        """What the sender may see; None: nothing."""
        if self._tokens is None:
            return "account" if _is_loopback(request.host) else None
        cookies = SimpleCookie()
        try:
            cookies.load(request.headers.get("Cookie", ""))
        except CookieError:
            return None
        morsel = cookies.get(COOKIE)
        for session, access in self._sessions.items():
            if morsel is not None and hmac.compare_digest(session, morsel.value):
                return access
        token = request.query.get("token", "")
        header = request.headers.get("Authorization", "") or f"Bearer {token}"
        return self._tokens.access(header)

    def session(self, access: Access) -> str:
        """A new cookie for a bearer of ``access``."""
        if len(self._sessions) >= 1_000:
            self._sessions.pop(next(iter(self._sessions)))
        session = secrets.token_urlsafe(24)
        self._sessions[session] = access
        return session

    @staticmethod
    def of_this_page(request: web.Request) -> bool:
        """Whether the socket is opened by a page of this server."""
        origin = request.headers.get("Origin")
        return origin is not None and urlsplit(origin).netloc == request.host


class WebPage(Server):
    """Serves the page; each tab runs the command of what its visitor may see."""

    def __init__(
        self, commands: Mapping[Access, str], where: Address, door: Doorkeeper, secure: bool
    ) -> None:
        scheme = "https" if secure else "http"
        super().__init__(
            commands["market"],
            where.host,
            where.port,
            title="tuirisk",
            public_url=f"{scheme}://{where}",
            templates_path=TEMPLATES,
        )
        self._commands = commands
        self._door = door
        self._secure = secure
        self._tabs = 0

    @asynccontextmanager
    async def serving(self, tls: SSLContext | None) -> AsyncIterator[None]:
        """Serve meanwhile, with the checks before every request.

        Raises:
            OSError: nothing can listen there.
        """
        app = await self._make_app()
        app.middlewares.append(self._checked)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port, ssl_context=tls).start()
            yield
        finally:
            await runner.cleanup()

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing: the command says where it serves."""

    @web.middleware
    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        access = self._door.access(request)
        if access is None:
            raise web.HTTPUnauthorized(
                text="tuirisk web: open the address with ?token=… of its token file\n"
            )
        if request.path == "/ws":
            if not self._door.of_this_page(request):
                raise web.HTTPForbidden(text="tuirisk web: not from this page\n")
            return await self._tab(request, access)
        if request.path == "/" and "token" in request.query:
            # The token does not stay in the address, nor in the browser's history.
            answer = web.HTTPFound("/")
            answer.set_cookie(
                COOKIE,
                self._door.session(access),
                httponly=True,
                samesite="Strict",
                secure=self._secure,
            )
            raise answer
        self.public_url = f"{'https' if self._secure else 'http'}://{request.host}"
        answered = await handler(request)
        answered.headers.update(HEADERS)
        return answered

    async def _tab(self, request: web.Request, access: Access) -> web.StreamResponse:
        if self._tabs >= MOST_TABS:
            raise web.HTTPServiceUnavailable(text=f"tuirisk web: {MOST_TABS} tabs already\n")
        self._tabs += 1
        self.command = self._commands[access]  # read before anything else is awaited
        try:
            return await self.handle_websocket(request)
        finally:
            self._tabs -= 1


def viewer_command(hub: Address, token_variable: str, options: Sequence[str]) -> str:
    """The shell command of a tab: a viewer of ``hub``, its token from a variable."""
    words = [sys.executable, "-m", "tuirisk", "--connect", f"ws://{hub}", *options]
    command = " ".join(shlex.quote(word) for word in words)
    return f'TUIRISK_TOKEN="${token_variable}" TUIRISK_READ_ONLY=1 exec {command}'


def set_viewer_tokens(tokens: Mapping[Access, str]) -> dict[Access, str]:
    """Put the tokens of the tabs into the environment; the names of the variables."""
    names: dict[Access, str] = {}
    for access, token in tokens.items():
        names[access] = f"TUIRISK_WEB_{access.upper()}_TOKEN"
        os.environ[names[access]] = token
    return names


def _is_loopback(host: str) -> bool:
    """Whether a request was sent to a name of this machine: a foreign page that points a name of
    its own to it sends that name."""
    name = urlsplit(f"//{host}").hostname or ""
    return Address(name, 0).is_loopback
