"""``tuirisk size``: the answer, and one line for every mistake."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.command import tuirisk, tuirisk_in_process

from tuirisk.simulator.recording import recorded_session

START_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short session of the embedded exchange."""
    path = tmp_path_factory.mktemp("size") / "session.jsonl"
    lines = recorded_session(
        symbols=("BTCUSDT", "ETHUSDT"), seed=3, scenario="calm", start_ms=START_MS, seconds=6
    )
    path.write_bytes(b"".join(lines))
    return path


def size(*words: object) -> subprocess.CompletedProcess[str]:
    return tuirisk_in_process("size", *words)


def fields(text: str) -> dict[str, str]:
    """The first word of each line → the rest."""
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in text.splitlines()}


def test_the_answer(recording: Path) -> None:
    done = tuirisk("size", "btcusdt", "--side", "long", "--leverage", "10", "--replay", recording)
    assert (done.returncode, done.stderr) == (0, "")
    told = fields(done.stdout)
    assert told["BTCUSDT"].startswith("long 10x at mark ")
    assert "var_budget" in told["bound"]
    largest = float(told["largest"].split()[1].replace(",", ""))
    assert 0 < largest <= float(told["var_budget"].replace(",", ""))
    assert told["liquidation"].split()[1].startswith("(-9.")
    assert "table 2024-10-24" in told["liquidation"]
    assert "in 24 h" in told["P(liquidation)"]
    again = size("BTCUSDT", "--side", "long", "--leverage", "10x", "--replay", recording)
    assert again.stdout == done.stdout


def test_a_short_is_liquidated_above(recording: Path) -> None:
    done = size("ETHUSDT", "--side", "short", "--leverage", "5", "--replay", recording)
    assert fields(done.stdout)["liquidation"].split()[1].startswith("(+19.")


def test_a_leverage_that_the_rules_call_dangerous_at_any_size_is_not_recommended(
    recording: Path,
) -> None:
    done = size("ETHUSDT", "--side", "short", "--leverage", "60", "--replay", recording)
    told = fields(done.stdout)
    assert done.returncode == 0
    assert float(told["largest"].split()[1]) == 0.0
    assert "liquidation_distance: " in told["bound"]
    listed = [line.split() for line in done.stdout.splitlines() if line.startswith("  ")]
    numbers = [float(words[1].replace(",", "")) for words in listed]
    assert numbers == sorted(numbers)
    assert "liquidation_distance" in {words[0] for words in listed}


def test_a_budget_of_the_configuration(recording: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[account]\nequity = 1_000_000\n[risk]\nvar_budget = 1.0\n")
    words = ("--side", "long", "--leverage", "2", "--replay", recording, "--config", config)
    told = fields(size("BTCUSDT", *words).stdout)
    assert "margin" in told["bound"] or "book_depth" in told["bound"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("BTCUSDT", "--side", "long", "--leverage", "126"),
            "tuirisk: BTCUSDT allows at most 125x leverage (table 2024-10-24 brackets)",
        ),
        (
            ("NOPEUSDT", "--side", "long", "--leverage", "3"),
            "tuirisk: NOPEUSDT: not in the recording session.jsonl",
        ),
        (
            ("BTCUSDT", "--side", "long", "--leverage", "0.5"),
            "tuirisk: argument --leverage: '0.5' is less than 1; write a leverage such as 10; "
            "see `tuirisk size --help`",
        ),
        (
            ("BTC/USDT", "--side", "long", "--leverage", "5"),
            'tuirisk: argument SYMBOL: "BTC/USDT" is not a symbol; write one such as BTCUSDT; '
            "see `tuirisk size --help`",
        ),
    ],
)
def test_mistakes(recording: Path, words: tuple[str, ...], line: str) -> None:
    done = size(*words, "--replay", recording)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == line + "\n"
