"""``--klines DIR`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.candle_files import klines, put, six
from support.command import tuirisk_in_process

from tuirisk.cli.arguments import parse
from tuirisk.cli.files_report import print_files
from tuirisk.config.model import Config, KlinesConfig


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = klines(60 * 96)
    put(tmp_path / "candles", "BTCUSDT_15m.csv", six([*rows, rows[3]]))
    put(tmp_path / "candles", "trades.csv", "time,price\n1,2\n")
    return tmp_path / "candles"


@pytest.mark.parametrize("command", [[], ["snapshot"], ["watch"], ["doctor"], ["backtest"]])
def test_every_word_that_reads_a_state_takes_it(command: list[str]) -> None:
    assert parse([*command, "--klines", "some"]).klines == Path("some")
    assert parse(["--klines", "some", *command]).klines == Path("some")


@pytest.mark.parametrize(
    "words",
    [["snapshot", "--demo", "--klines", "x"], ["--klines", "x", "demo"], ["--klines", "x", "log"]],
)
def test_it_goes_with_no_other_source(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2


def test_the_report_of_the_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_files(folder, Config(klines=KlinesConfig("spot"))) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "ok       BTCUSDT_15m.csv: klines BTCUSDT 15m, 5760 rows "
        "(1 duplicates, 1 disordered, assumed: spot)"
    )
    assert lines[1].startswith("error    trades.csv: unknown, 0 rows; neither candles")
    assert lines[2].startswith("BTCUSDT: spot, 5760 candles of 15m, 1440 candles of 1h")
    assert "spot assumed" in lines[3]


def test_a_snapshot_of_files(folder: Path, tmp_path: Path) -> None:
    ended = tuirisk_in_process(
        "snapshot", "--json", "--klines", folder, XDG_DATA_HOME=str(tmp_path / "data")
    )
    assert ended.returncode == 0
    state = json.loads(ended.stdout)
    assert state["source"] == "files"
    assert state["symbols"]["BTCUSDT"]["status"] == "ready"
    assert state["symbols"]["BTCUSDT"]["score"]["candles_only"] is True
    assert ended.stderr.count("perpetuals assumed") == 1
