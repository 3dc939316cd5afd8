"""Who may open the page and its sockets; a tab runs the viewer of what its visitor may see."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shlex import quote

import aiohttp
import pytest

from tuirisk.serve.address import Address
from tuirisk.serve.tokens import Tokens
from tuirisk.web.page import COOKIE, Doorkeeper, WebPage, script_source, viewer_command

MARKET, ACCOUNT = "market-token-0123456", "account-token-012345"
ECHO = """
import sys
out = sys.stdout.buffer
text = sys.argv[1].encode()
out.write(b"__GANGLION__\\n" + b"D" + len(text).to_bytes(4, "big") + text)
out.flush()
sys.stdin.buffer.read(1)
"""
"""What a tab runs in place of the screen: it says which one it is."""


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    path = tmp_path / "tokens"
    path.write_text(f"{MARKET}\n{ACCOUNT} account\n")
    return Tokens.read(path)


@asynccontextmanager
async def serving(allowed: Tokens | None, port: int) -> AsyncIterator[str]:
    where = Address("127.0.0.1", port)
    commands = {
        access: f"{quote(sys.executable)} -c {quote(ECHO)} {access}"
        for access in ("market", "account")
    }
    page = WebPage(commands, where, Doorkeeper(allowed, where), secure=False)  # type: ignore[arg-type]
    async with page.serving(None):
        yield f"http://{where}"


async def first_bytes(session: aiohttp.ClientSession, url: str) -> bytes:
    headers = {"Origin": url}
    async with session.ws_connect(f"{url}/ws?width=80&height=24", headers=headers) as tab:
        return await tab.receive_bytes(timeout=10)


async def test_on_this_machine_the_page_needs_no_token(unused_tcp_port: int) -> None:
    async with (
        serving(None, unused_tcp_port) as url,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(url) as answer:
            text = await answer.text()
            assert answer.status == 200
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "googleapis" not in text
            (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
            assert "focus" in script
            assert script_source(script) in answer.headers["Content-Security-Policy"]
        assert await first_bytes(session, url) == b"account"


async def test_a_foreign_page_opens_nothing(unused_tcp_port: int) -> None:
    async with (
        serving(None, unused_tcp_port) as url,
        aiohttp.ClientSession() as session,
    ):
        for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with session.ws_connect(f"{url}/ws", headers=headers):
                    pass
            assert refused.value.status == 403
        # A name of its own that it points to this machine.
        async with session.get(url, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 401


async def test_a_token_opens_the_page_and_leaves_the_address(
    tokens: Tokens, unused_tcp_port: int
) -> None:
    async with serving(tokens, unused_tcp_port) as url:
        for token, sees in ((MARKET, b"market"), (ACCOUNT, b"account")):
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(cookie_jar=jar) as session:
                async with session.get(url) as answer:
                    assert answer.status == 401
                async with session.get(f"{url}/?token={token}", allow_redirects=False) as answer:
                    assert (answer.status, answer.headers["Location"]) == (302, "/")
                    cookie = answer.cookies[COOKIE]
                    assert cookie["httponly"]
                    assert token not in cookie.value
                async with session.get(url) as answer:
                    assert answer.status == 200
                assert await first_bytes(session, url) == sees


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/download/x"])
async def test_nothing_is_had_with_a_wrong_token(
    tokens: Tokens, unused_tcp_port: int, path: str
) -> None:
    async with (
        serving(tokens, unused_tcp_port) as url,
        aiohttp.ClientSession() as session,
    ):
        for more in ("", "?token=wrong-token-012345"):
            async with session.get(url + path + more) as answer:
                assert answer.status == 401


def test_the_command_of_a_tab_shows_no_token() -> None:
    command = viewer_command(Address("127.0.0.1", 9), "SOME_TOKEN", ("--theme", "no rd"))
    assert command.startswith('TUIRISK_TOKEN="$SOME_TOKEN" TUIRISK_READ_ONLY=1 exec ')
    assert command.endswith("--connect ws://127.0.0.1:9 --theme 'no rd'")
