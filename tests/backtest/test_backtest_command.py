"""``tuirisk backtest`` from outside: text, JSON, CSV, and what it says where it cannot."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from support.candle_histories import history_of
from support.command import tuirisk, tuirisk_in_process

from tuirisk.backtest import liquidation
from tuirisk.backtest.kept_record import shipped_record, track_record
from tuirisk.history import external_days, forecast_rows
from tuirisk.history.database import connect
from tuirisk.history.issued_forecasts import IssuedForecast
from tuirisk.market.candles import Bars

WHATS = {
    "p_liquidation_24h", "p_liquidation_7d", "volatility_24h", "var_95", "es_95",
    *(f"score_{part}_{what}_24h" for part in ("total", "raw", "market", "correlation")
      for what in ("volatility", "fall")),
}  # fmt: skip


def write(bars: Bars, path: Path) -> None:
    assert bars.volume is not None
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
    assert body["pooled"]["implied"] is None
    keep_implied(tmp_path / "tuirisk" / "history.sqlite3", "2026-05-22", 0.55)
    said = tuirisk_in_process(*words, "--csv", table, "--ascii", XDG_DATA_HOME=str(tmp_path))
    assert "IMPLIED VOLATILITY (deribit), 24 h  1 days" in said.stdout
    with table.open() as file:
        (implied,) = (row for row in csv.DictReader(file) if "implied" in row["what"])
    assert (implied["time"], implied["parameter"]) == ("2026-05-23T00:00:00.000Z", "deribit")
    assert float(implied["forecast"]) == pytest.approx(0.55 / 365**0.5)
    assert "P(LIQUIDATION, 24 h)" in said.stdout
    assert "no mark-price bars" in said.stdout
    figures = said.stdout.partition("\nnote: ")[0].splitlines()
    assert max(map(len, figures)) <= 80
    assert "█" not in said.stdout


def keep_implied(path: Path, day: str, value: float) -> None:
    """As a live run keeps what a provider says of a day."""
    start = int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1_000)
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(connect(path, 1.0)) as connection:
        external_days.store(connection, [("deribit", "implied_volatility", "BTC", start, value)])


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
        ((), "name a folder of candle files with --klines DIR"),
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


def test_without_a_folder_the_candles_of_the_history_are_judged(tmp_path: Path) -> None:
    path, bars = tmp_path / "tuirisk" / "history.sqlite3", history_of(14).bars
    with closing(connect(path, 1.0)) as connection:
        for interval, rows in bars.items():
            columns = (rows.open_time, rows.open, rows.high, rows.low, rows.close)
            connection.executemany(
                "INSERT INTO candles VALUES ('BTCUSDT', ?, ?, ?, ?, ?, ?, ?, 1, 1, 1, 1, 1)",
                (
                    (interval, time, time + rows.interval_ms - 1, *prices)
                    for time, *prices in zip(*(c.tolist() for c in columns), strict=True)
                ),
            )
            connection.execute("INSERT INTO candle_series VALUES ('BTCUSDT', ?, 1)", (interval,))
    done = tuirisk_in_process("backtest", "--json", XDG_DATA_HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    body = json.loads(done.stdout)
    assert body["symbols"]["BTCUSDT"]["days"] > 2
    assert track_record(path) is shipped_record(), "of so few days no record is kept"
    other = tuirisk_in_process("backtest", "ETHUSDT", XDG_DATA_HOME=str(tmp_path))
    assert other.returncode == 2
    assert "ETHUSDT: not in the history (BTCUSDT)" in other.stderr


def test_the_forecasts_of_live_runs_are_printed(tmp_path: Path) -> None:
    none = tuirisk_in_process("backtest", "--live", XDG_DATA_HOME=str(tmp_path))
    assert none.returncode == 2
    assert "no live run has kept a forecast yet" in none.stderr
    day = 86_400_000
    issued = [
        IssuedForecast("BTCUSDT", n * day, what, "held long", (n + 1) * day, 0.02, 100.0, 95.0)
        for n in range(20_000, 20_004)
        for what in ("p_liquidation_24h", "volatility_24h", "var_95")
    ]
    with closing(connect(tmp_path / "tuirisk" / "history.sqlite3", 1.0)) as connection:
        forecast_rows.store(connection, issued)
        forecast_rows.store_outcomes(connection, [(one, 0.0, "last") for one in issued[:-3]])
    table = tmp_path / "live.csv"
    words = ("backtest", "--live", "--csv", table)
    text = tuirisk_in_process(*words, XDG_DATA_HOME=str(tmp_path))
    assert (text.returncode, text.stderr) == (0, "")
    assert "1-5 %" in text.stdout
    assert "3 are not judged" in text.stdout
    body = json.loads(tuirisk_in_process(*words, "--json", XDG_DATA_HOME=str(tmp_path)).stdout)
    assert body["chance_24h"][0]["forecasts"] == 3
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    assert list(rows[0].items()) == [
        ("time", "2024-10-04T00:00:00.000Z"), ("symbol", "BTCUSDT"),
        ("what", "p_liquidation_24h"), ("parameter", "held long"),
        ("forecast", "0.02"), ("outcome", "0"),
    ]  # fmt: skip
