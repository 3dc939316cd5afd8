"""``tuirisk explain`` as a subprocess."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from support.command import tuirisk

from tuirisk.simulator.recording import recorded_session


def explain(*words: object) -> subprocess.CompletedProcess[str]:
    return tuirisk("explain", *words)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rec") / "session.rec"
    lines = recorded_session(["BTCUSDT", "ETHUSDT"], seconds=8, start_ms=1_795_000_000_000)
    path.write_bytes(b"".join(lines))
    return path


def test_the_tree_in_both_forms_is_the_snapshots_score(recorded: Path) -> None:
    done = explain("ethusdt", "--json", "--replay", recorded)
    assert done.returncode == 0, done.stderr
    tree = json.loads(done.stdout)
    assert tree["value"] == "ETHUSDT"
    score = tree["children"][0]
    parts = [(part["weight"], part["value"]) for part in score["children"]]
    total = sum(w * v for w, v in parts) / sum(w for w, _ in parts)
    assert score["value"] == pytest.approx(total, rel=1e-12)
    text = explain("ETHUSDT", "--replay", recorded)
    assert text.returncode == 0
    assert text.stdout.startswith("ETHUSDT")
    assert f"score {score['value']:.2f} = weighted mean of" in text.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["DOGEUSDT", "--replay", "RECORDED"], "DOGEUSDT: not in the recording"),
        (["NOSUCHUSDT", "--demo"], "NOSUCHUSDT: not a symbol"),
        (["BTCUSDT,ETHUSDT", "--demo"], "is not a symbol"),
        ([], "required: SYMBOL"),
    ],
)
def test_an_unknown_symbol_is_one_line_and_exit_2(
    words: list[str], said: str, recorded: Path
) -> None:
    done = explain(*(recorded if word == "RECORDED" else word for word in words))
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_help_names_the_document() -> None:
    assert "docs/metrics.md" in explain("--help").stdout
