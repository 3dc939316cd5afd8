"""The command line: words, exit codes, one line for every mistake."""

from __future__ import annotations

import errno
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command import tuirisk, tuirisk_in_process

from tuirisk.cli.arguments import Parser
from tuirisk.simulator.recording import recorded_session

START_MS = 1_795_000_000_000


def one_line(text: str) -> str:
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text.strip()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rec") / "session.rec.gz"
    lines = recorded_session(["BTCUSDT", "ETHUSDT"], seconds=12, start_ms=START_MS)
    path.write_bytes(gzip.compress(b"".join(lines), compresslevel=1))
    return path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tuirisk", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "cannot write the output (No space left on device)" in one_line(done.stderr)


def test_version() -> None:
    done = tuirisk("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("tuirisk ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["replay"], "required: FILE"),
        (["replay", "nowhere.rec"], "nowhere.rec: cannot read the recording"),
        (["snapshot", "--demo", "--speed", "-1"], "'-1' is not a positive number"),
        (["snapshot", "--demo", "--replay", "x.rec"], "not allowed with"),
        (["snapshot", "--demo", "--symbols", "BTC USDT"], "--symbols"),
        (["--config", "nowhere.toml"], "nowhere.toml: there is no such file"),
        (["snapshot", "--demo", "--record", "/nowhere/x.rec"], "cannot write the recording"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(words: list[str], said: str) -> None:
    done = tuirisk_in_process(*words)
    assert done.returncode == 2
    assert said in one_line(done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize("path", ["/nowhere/x.log", "/dev/full"])
def test_a_log_that_cannot_be_written_is_one_line_and_exit_2(path: str) -> None:
    done = tuirisk_in_process("snapshot", "--demo", "--log", path)
    assert done.returncode == 2
    assert "cannot write the log" in one_line(done.stderr)
    assert done.stdout == ""


def test_a_mistake_in_the_configuration_names_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[risk]\nreference_notinal = 5\n")
    done = tuirisk_in_process("snapshot", "--demo", "--config", path)
    assert done.returncode == 2
    line = one_line(done.stderr)
    assert str(path) in line
    assert "risk.reference_notinal" in line
    assert "reference_notional" in line


@pytest.mark.parametrize("words", [[], ["demo"], ["replay", "RECORDED"]])
def test_without_a_terminal_one_line_names_the_headless_words(
    words: list[str], recorded: Path
) -> None:
    done = tuirisk(*(recorded if word == "RECORDED" else word for word in words))
    assert done.returncode == 2
    line = one_line(done.stderr)
    assert "tuirisk snapshot" in line
    assert "tuirisk watch" in line


def test_snapshot_of_a_recording_is_exact_and_repeatable(recorded: Path) -> None:
    first = tuirisk("snapshot", "--json", "--replay", recorded)
    assert first.returncode == 0, first.stderr
    state = json.loads(first.stdout)
    assert state["schema"] == 2
    assert state["source"] == "recording"
    assert state["watchlist"]["symbols"] == ["BTCUSDT", "ETHUSDT"]
    assert all(s["status"] == "ready" for s in state["symbols"].values())
    again = tuirisk_in_process("snapshot", "--json", "--replay", recorded)
    assert again.stdout == first.stdout


def test_snapshot_in_plain_text(recorded: Path) -> None:
    done = tuirisk_in_process("snapshot", "--replay", recorded)
    assert done.returncode == 0
    assert "BTCUSDT" in done.stdout


def test_a_symbol_that_is_not_there_is_named_and_the_others_are_printed(recorded: Path) -> None:
    done = tuirisk_in_process(
        "snapshot", "--json", "--replay", recorded, "--symbols", "btcusdt,DOGEUSDT"
    )
    assert done.returncode == 4
    assert "DOGEUSDT: not in the recording" in one_line(done.stderr)
    state = json.loads(done.stdout)
    assert state["symbols"]["BTCUSDT"]["status"] == "ready"
    assert state["symbols"]["DOGEUSDT"]["status"] == "error"


def test_a_damaged_recording_plays_and_reports_its_losses(recorded: Path, tmp_path: Path) -> None:
    lines = gzip.decompress(recorded.read_bytes()).splitlines()
    lines[-80] = lines[-80][:25]
    packed = gzip.compress(b"\n".join(lines))
    path = tmp_path / "damaged.rec.gz"
    path.write_bytes(packed[:-200])
    done = tuirisk_in_process("snapshot", "--json", "--replay", path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["connection"]["dropped_frames"] == 2


def test_watch_prints_json_lines(recorded: Path) -> None:
    done = tuirisk("watch", "--json", "--replay", recorded)
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines
    assert all(line["schema"] == 2 for line in lines)


def test_watch_of_a_recording_is_readable_and_ends_with_it(recorded: Path) -> None:
    done = tuirisk_in_process("watch", "--replay", recorded)
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines()[:2]] == ["BTCUSDT", "ETHUSDT"]
    events = tuirisk_in_process("watch", "--events", "--replay", recorded)
    assert events.returncode == 0, events.stderr
    assert all(json.loads(line)["schema"] == 1 for line in events.stdout.splitlines())


def test_a_reader_that_goes_away_is_no_error(recorded: Path) -> None:
    words = [sys.executable, "-m", "tuirisk", "snapshot", "--json", "--replay", str(recorded)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0


def test_a_snapshot_of_the_embedded_exchange() -> None:
    done = tuirisk_in_process("snapshot", "--json", "--demo", "--symbols", "BTCUSDT,NOSUCHUSDT")
    assert done.returncode == 4, done.stderr
    assert "NOSUCHUSDT: not a symbol" in one_line(done.stderr)
    state = json.loads(done.stdout)
    assert state["source"] == "simulator"
    assert state["symbols"]["BTCUSDT"]["status"] == "ready"
    assert state["symbols"]["BTCUSDT"]["score"]["coverage"] == 1.0


def test_an_exchange_that_cannot_be_reached_is_exit_3(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[exchange]\nrest_url = "http://127.0.0.1:9"\nstream_url = "ws://127.0.0.1:9"\n'
    )
    done = tuirisk("snapshot", "--json", "--config", path, "--timeout", "2")
    assert done.returncode == 3
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_headless_words_import_no_screen() -> None:
    code = (
        "import sys; from tuirisk.cli.main import main; code = main(['snapshot', '--replay', 'x']);"
        "import tuirisk.cli.snapshot, tuirisk.cli.watch, tuirisk.cli.explain, tuirisk.cli.size;"
        "print([m for m in ('textual', 'rich', 'pandas', 'binance', 'scipy.stats')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_that_cannot_be_written_is_an_error() -> None:
    class Full:
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        Parser(prog="tuirisk").print_help(Full())
