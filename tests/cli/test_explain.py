"""``tuirisk explain``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.command import tuirisk, tuirisk_in_process

from tuirisk.analytics.curve import interpolate
from tuirisk.simulator.recording import recorded_session


def explain(*words: object) -> subprocess.CompletedProcess[str]:
    return tuirisk_in_process("explain", *words)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rec") / "session.rec"
    lines = recorded_session(["BTCUSDT", "ETHUSDT"], seconds=8, start_ms=1_795_000_000_000)
    path.write_bytes(b"".join(lines))
    return path


def test_the_tree_in_both_forms_is_the_snapshots_score(recorded: Path) -> None:
    done = tuirisk("explain", "ethusdt", "--json", "--replay", recorded)
    assert done.returncode == 0, done.stderr
    tree = json.loads(done.stdout)
    assert tree["value"] == "ETHUSDT"
    score = tree["children"][0]
    raw = score["children"][0]
    parts = [(part["weight"], part["value"]) for part in raw["children"]]
    assert raw["value"] == pytest.approx(
        sum(w * v for w, v in parts) / sum(w for w, _ in parts), rel=1e-12
    )
    assert score["value"] == pytest.approx(interpolate(raw["value"], score["curve"]), rel=1e-12)
    text = explain("ETHUSDT", "--replay", recorded)
    assert text.returncode == 0
    assert text.stdout.startswith("ETHUSDT")
    assert f"score {score['value']:.2f} = by map" in text.stdout
    assert f"raw score {raw['value']:.2f} = weighted mean" in text.stdout


HELD = """
[[positions]]
symbol = "ETHUSDT"
side = "long"
quantity = 20.0
entry_price = 3500.0
leverage = 20.0

[[positions]]
symbol = "ETHUSDT"
side = "short"
quantity = 2.0
entry_price = 3400.0
leverage = 3.0
margin_mode = "cross"
"""


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every leaf with its path, in the order of the text."""
    if isinstance(value, dict):
        return [one for name, inner in value.items() for one in leaves(inner, f"{path}.{name}")]
    if isinstance(value, list):
        return [one for i, inner in enumerate(value) for one in leaves(inner, f"{path}[{i}]")]
    return [(path, value)]


def test_the_json_has_the_paths_and_values_of_the_golden_file(
    recorded: Path, tmp_path: Path
) -> None:
    config = tmp_path / "held.toml"
    config.write_text(HELD)
    done = explain("ETHUSDT", "--json", "--config", config, "--replay", recorded)
    assert done.returncode == 0, done.stderr
    golden = (Path(__file__).parent / "golden" / "explain-ETHUSDT.json").read_text()
    expected, found = leaves(json.loads(golden)), leaves(json.loads(done.stdout))
    assert [path for path, _ in found] == [path for path, _ in expected]
    for (path, value), (_, wanted) in zip(found, expected, strict=True):
        same = pytest.approx(wanted, rel=1e-9, abs=1e-6) if isinstance(wanted, float) else wanted
        assert value == same, path


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
