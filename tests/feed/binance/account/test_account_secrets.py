"""Neither half of a key, no signature and no listen key in anything that is written or shown."""

from __future__ import annotations

import asyncio
import gzip
import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console
from rich.traceback import Traceback
from support.account_source import (
    KEY,
    SECRET,
    WRONG,
    exchange,
    following,
    keys,
    leaks,
    on,
    open_account,
    positions,
)
from support.live_source import PATIENCE

from tuirisk.events import AccountReport, Batch, LeverageBrackets, OrderFill
from tuirisk.feed.binance.account.signed import SignedClient
from tuirisk.feed.binance.account.snapshot import AccountSnapshot
from tuirisk.feed.clock import WallClock
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.feed.replay import ReplaySource
from tuirisk.simulator.embedded import EmbeddedExchange


class Everything(logging.Handler):
    """Whatever any logger says, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {self.format(record)} {record.args}")


@pytest.fixture
def logged() -> object:
    handler, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


async def test_a_recording_holds_the_account_and_neither_it_nor_the_log_a_key(
    tmp_path: Path, logged: Everything
) -> None:
    path = tmp_path / "session.gz"
    recorder = RecordingWriter(path)
    with exchange() as server:
        held = open_account(server, 4_321.5)
        on(server, lambda: held.set_position("BTCUSDT", 0.5, entry_price=65_432.13579))
        async with following(server, recorder=recorder) as seen:
            await seen.until(lambda: ("BTCUSDT", "long") in positions(seen))
            await seen.until(lambda: seen.ready("BTCUSDT") and seen.report.status == "live")
            await seen.until(lambda: seen.report.streams[-1].status == "live")
            server.faults.fail_rest("/fapi/v3/*", 400, body='{"code":-1102,"msg":"what"}')
            on(server, lambda: held.set_position("BTCUSDT", -0.25))
            await seen.until(lambda: ("BTCUSDT", "short") in positions(seen))
            seen.source.reconnect()
            await seen.until(lambda: "-1102" in str(seen.report.line))
    recorder.close()
    written = gzip.decompress(path.read_bytes())
    assert b"/fapi/v1/exchangeInfo" in written
    for trace in (b"ACCOUNT_UPDATE", b"leverageBracket", b"GET /fapi/v3/account?", b"listenKey"):
        assert trace not in written
    assert b"65432.13579" in written
    assert keys().fingerprint.encode() not in written
    assert leaks(written, held) == []
    said = "\n".join(logged.lines)
    assert "-1102" in said
    assert leaks(said, held) == []
    live, replayed = reported(seen.batches), reported(await played(path))
    assert replayed == live[: len(replayed)]
    assert len(live) - len(replayed) <= 1


def reported(batches: Sequence[Batch]) -> list[object]:
    """What the batches tell of the account, and each new reading, in their order."""
    told: list[object] = []
    for batch in batches:
        for event in batch.events:
            if isinstance(event, AccountReport):
                event = replace(event, account="")
            if isinstance(event, AccountReport | OrderFill | LeverageBrackets):
                told.append(event)
    return told


async def played(path: Path) -> list[Batch]:
    """The batches of a recording."""
    return [batch async for batch in ReplaySource(path, clock=WallClock()).batches()]


@pytest.mark.parametrize("where", ["rest", "stream", "handshake"])
async def test_network_errors_quote_no_request(where: str, logged: Everything) -> None:
    with exchange() as server:
        held = open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: seen.market.account is not None)
            if where == "handshake":
                server.faults.reject_handshake(403)
                server.faults.close_sockets()
            else:
                server.faults.refuse_connections()
                server.faults.abort_sockets()
            if where == "rest":
                seen.source.reconnect()
            await seen.until(lambda: seen.report.line is not None)
            await seen.until(lambda: bool(seen.source._account._status.errors))  # type: ignore[union-attr]
            messages = {str(batch.connection.message) for batch in seen.batches}
    assert leaks("\n".join(messages | set(logged.lines)), held) == []


async def test_faults_carry_no_network_exception_that_holds_the_request() -> None:
    with exchange() as server:
        open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: seen.market.account is not None)
            rest = seen.source._account._rest  # type: ignore[union-attr]
            assert isinstance(rest, SignedClient)
            server.faults.refuse_connections()
            server.faults.abort_sockets()
            with pytest.raises(Exception, match="cannot reach") as caught:
                await rest.account()
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("bug", ["replace", "state"])
async def test_a_bug_is_named_and_shows_no_secret_in_its_traceback_locals_included(
    bug: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*words: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(AccountSnapshot, bug, fails)
    with exchange() as server:
        open_account(server)
        async with following(server) as seen:
            await seen.until(lambda: "RuntimeError: a bug" in str(seen.report.line))
    assert leaks(str(seen.report.line)) == []
    record = next(record for record in caplog.records if record.exc_info)
    assert record.exc_info is not None
    error = record.exc_info[1]
    assert error is not None
    plain = "".join(traceback.format_exception(error))
    page = io.StringIO()
    Console(file=page, width=400).print(
        Traceback.from_exception(
            type(error), error, error.__traceback__, show_locals=True, locals_max_string=1_000
        )
    )
    assert "account.py" in plain
    assert "account.py" in page.getvalue()
    assert leaks(plain) == []
    # The test's own frames hold the server, whose account knows the secret; ours do not.
    ours = [block for block in page.getvalue().split("\n╭") if "tuirisk/feed" in block]
    assert leaks("".join(ours)) == []


async def run(
    server: EmbeddedExchange, tmp_path: Path, environ: dict[str, str], *words: str
) -> tuple[int, dict[str, bytes]]:
    """tuirisk as a process of its own: its exit code, and all it wrote or showed to `ps`."""
    config = tmp_path / "config.toml"
    config.write_text(
        f'symbols = ["BTCUSDT"]\n[exchange]\nrest_url = "{server.rest_url}"\n'
        f'stream_url = "{server.stream_url}"\n'
    )
    options = ["--config", str(config), "--debug", "--log", str(tmp_path / "log")]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tuirisk", *options, *words),
        env=os.environ | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told = contents(Path(f"/proc/{process.pid}"), "cmdline")
    async with asyncio.timeout(2 * PATIENCE):
        output, errors = await process.communicate()
    written = {"stdout": output, "stderr": errors, **told, **contents(tmp_path, "*")}
    return process.returncode or 0, written


def contents(folder: Path, pattern: str) -> dict[str, bytes]:
    """What is in the files of a folder, by name; nothing where there is none (/proc)."""
    return {path.name: path.read_bytes() for path in folder.glob(pattern)}


@pytest.mark.real_time
async def test_a_process_writes_no_secret_anywhere(tmp_path: Path) -> None:
    with exchange(speed=1.0) as server:
        held = open_account(server)
        on(server, lambda: held.set_position("BTCUSDT", 0.5))
        server.faults.delay_rest("/fapi/v1/klines", 1.0)
        environ = {"TUIRISK_API_KEY": f' "{KEY}" ', "TUIRISK_API_SECRET": f"'{SECRET}'\n"}
        code, written = await run(
            server, tmp_path, environ, "--record", str(tmp_path / "rec"), "snapshot", "--json"
        )
        assert code == 0, written["stderr"].decode()
        assert "/fapi/v3/account" in {path for path, _ in server.requests}
    assert b'"BTCUSDT"' in written["stdout"]
    assert b"exchangeInfo" in written["rec"]
    assert {name: leaks(text, held) for name, text in written.items() if leaks(text, held)} == {}


def private_key(kind: str) -> Any:
    from Crypto.PublicKey import ECC, RSA

    return ECC.generate(curve="Ed25519") if kind == "Ed25519" else RSA.generate(1024)


def pem_of(key: Any) -> str:
    text = key.export_key(format="PEM")
    return text if isinstance(text, str) else text.decode()


def pem_leaks(text: str | bytes, pem: str) -> list[str]:
    """Lines of the key's body that stand in ``text``, and halves of each."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    lines = [line for line in pem.splitlines() if line and not line.startswith("-----")]
    parts = [part for line in lines for part in (line, line[:24], line[-24:])]
    return [part for part in parts if part in shown] + leaks(shown)


@pytest.mark.parametrize("kind", ["Ed25519", "RSA"])
async def test_a_private_key_signs_and_shows_nothing_of_itself(
    kind: str, logged: Everything
) -> None:
    key = private_key(kind)
    pem = pem_of(key)
    with exchange() as server:
        held = open_account(server)
        held.public_key = key.public_key()
        async with following(server, held=keys(KEY, pem)) as seen:
            await seen.until(lambda: seen.market.account is not None)
            rest = seen.source._account._rest  # type: ignore[union-attr]
            held.public_key = private_key(kind).public_key()
            seen.source.reconnect()
            await seen.until(lambda: "-1022" in str(seen.report.line))
        sent = str(list(server.requests))
    assert rest is not None
    page = io.StringIO()
    Console(file=page, width=400).print(vars(rest), vars(rest._client))
    for text in (*logged.lines, str(seen.report), page.getvalue()):
        assert [part for part in pem_leaks(text, pem) if part not in (KEY, KEY[:16])] == []
    assert [part for part in pem_leaks(sent, pem) if part != "signature="] == []


@pytest.mark.slow
@pytest.mark.real_time
@pytest.mark.parametrize("kind", ["Ed25519", "RSA"])
async def test_a_process_with_a_key_file_writes_nothing_of_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    key = private_key(kind)
    pem = pem_of(key)
    file = tmp_path_factory.mktemp("key") / "key.pem"
    file.write_text(pem)
    file.chmod(0o600)
    with exchange(speed=1.0) as server:
        held = open_account(server)
        held.public_key = key.public_key()
        on(server, lambda: held.set_position("BTCUSDT", 0.5))
        environ = {"TUIRISK_API_KEY": KEY, "TUIRISK_API_SECRET_FILE": str(file)}
        record = ("--record", str(tmp_path / "rec"))
        code, written = await run(server, tmp_path, environ, *record, "snapshot", "--json")
        assert code == 0, written["stderr"].decode()
    assert b'"stops"' in written["stdout"]
    found = {name: pem_leaks(text, pem) for name, text in written.items()}
    assert {name: parts for name, parts in found.items() if parts} == {}


@pytest.mark.real_time
async def test_the_doctor_writes_no_secret_anywhere(tmp_path: Path) -> None:
    with exchange(speed=1.0) as server:
        open_account(server)
        environ = {"TUIRISK_API_KEY": KEY, "TUIRISK_API_SECRET": WRONG}
        code, written = await run(server, tmp_path, environ, "doctor")
    assert code == 3
    assert b"-1022" in written["stdout"]
    assert {name: leaks(text) for name, text in written.items() if leaks(text)} == {}


def test_no_argument_of_the_command_line_is_a_key() -> None:
    from tuirisk.cli.arguments import parse

    names = set(vars(parse(["snapshot"]))) - {"token_file"}  # names a file, holds no token
    assert not any(part in name for name in names for part in ("key", "secret", "token"))
