"""``tuirisk backtest`` from outside: text, JSON, CSV, and what it says where it cannot."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from support.candle_histories import history_of
from support.command import tuirisk, tuirisk_in_process

from tuirisk.backtest import liquidation
from tuirisk.backtest.kept_record import shipped_record, track_record
from tuirisk.market.candles import Bars

WHATS = {
    "p_liquidation_24h", "p_liquidation_7d", "volatility_24h", "var_95", "es_95",
    *(f"score_{part}_{what}_24h" for part in ("total", "raw", "market", "correlation")
      for what in ("volatility", "fall")),
}  # fmt: skip


def write(bars: Bars, path: Path) -> None:
    columns = (bars.open_time, bars.open, bars.high, bars.low, bars.close, bars.volume)
    with path.open("w") as file:
        file.write("open_time,open,high,low,close,volume\n")
        for row in zip(*(column.tolist() for column in columns), strict=True):
            file.write(",".join(map(repr, row)) + "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two symbols of 150 and of 12 days."""
    path = tmp_path_factory.mktemp("klines")
    write(history_of(150).bars["15m"], path / "BTCUSDT-15m.csv")
    write(history_of(12, 2).bars["15m"], path / "ETHUSDT-15m.csv")
    return path


@pytest.fixture(autouse=True)
def _few_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liquidation, "PATHS", 40)


def test_text_json_and_every_forecast_of_one_symbol(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "forecasts.csv"
    days = ("--from", "2026-05-23", "--to", "2026-05-24")
    words = ("backtest", "btcusdt", "--klines", folder, *days)
    done = tuirisk_in_process(*words, "--csv", table, "--json", XDG_DATA_HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    body = json.loads(done.stdout)
    assert list(body["symbols"]) == ["BTCUSDT"]
    day = body["pooled"]["liquidation"]["24h"]
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "symbol", "what", "parameter", "forecast", "outcome"]
    assert {row["what"] for row in rows} == WHATS
    chances = [row for row in rows if row["what"] == "p_liquidation_24h"]
    assert len(chances) == day["forecasts"]
    forecast, outcome = (
        np.array([float(row[name]) for row in chances]) for name in ("forecast", "outcome")
    )
    assert np.square(forecast - outcome).mean() == pytest.approx(
        day["scores"]["tuirisk"]["brier"]["value"], rel=1e-6
    )
    assert {row["parameter"] for row in chances} >= {"long 3", "short 100"}
    assert {row["parameter"] for row in rows if row["what"] == "es_95"} >= {"historical", "blended"}
    assert rows[0]["time"] == "2026-05-23T00:00:00.000Z"
    said = tuirisk_in_process(*words, "--ascii", XDG_DATA_HOME=str(tmp_path))
    assert "P(LIQUIDATION, 24 h)" in said.stdout
    assert "no mark-price bars" in said.stdout
    figures = said.stdout.partition("\nnote: ")[0].splitlines()
    assert max(map(len, figures)) <= 80
    assert "█" not in said.stdout


def test_several_symbols_are_walked_by_processes(folder: Path, tmp_path: Path) -> None:
    words = ("backtest", "--klines", folder, "--from", "2026-05-29", "--json")
    done = tuirisk(*words, XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == "tuirisk: ETHUSDT: too little history for a forecast in that time\n"
    assert json.loads(done.stdout)["symbols"]["BTCUSDT"]["days"] == 2
    assert track_record(tmp_path / "tuirisk" / "history.sqlite3") is shipped_record(), (
        "two days are no record"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name their folder with --klines DIR"),
        (("--klines", "/nonexistent"), "/nonexistent: no such folder"),
        (("--klines", "{empty}"), "no files of candles"),
        (("FOOUSDT", "--klines", "{folder}"), "FOOUSDT"),
        (("ETHUSDT", "--klines", "{folder}", "--to", "2026-01-04"), "too little history"),
        (("--klines", "{folder}", "--from", "yesterday"), "not a date such as 2024-01-01"),
        (("--klines", "{folder}", "--from", "2026-03-01", "--to", "2026-02-01"), "--from is after"),
        (("--klines", "{folder}", "--csv", "/nonexistent/x.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line(
    words: tuple[str, ...], said: str, folder: Path, tmp_path: Path
) -> None:
    named = [word.format(folder=folder, empty=tmp_path) for word in words]
    done = tuirisk_in_process("backtest", *named, XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
