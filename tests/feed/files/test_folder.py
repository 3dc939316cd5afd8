"""Folders of candle, funding and open-interest files, read into columns by symbol."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.candle_files import BEGIN, HOUR, TWELVE, klines, put, six, twelve

from tuirisk.events import LongShortRatio
from tuirisk.feed.files.events import events_of
from tuirisk.feed.files.folder import read_folder
from tuirisk.feed.files.folder_error import FolderError
from tuirisk.feed.files.model import FileReport, Folder
from tuirisk.feed.files.text import TextTable
from tuirisk.market.candles import Bars


def bars_of(folder: Path, symbol: str = "BTCUSDT", interval: str = "15m") -> Bars:
    return read_folder(folder).symbols[symbol].bars[interval]


def report_of(folder: Path) -> FileReport:
    (report,) = read_folder(folder).files
    return report


def same(bars: Bars, rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)
    assert bars.open_time.tolist() == table[:, 0].astype(int).tolist()
    for place, name in enumerate(("open", "high", "low", "close", "volume"), 1):
        np.testing.assert_allclose(getattr(bars, name), table[:, place], rtol=1e-12)


ROWS = klines(200)


@pytest.mark.parametrize(
    ("name", "data", "kept"),
    [
        ("um/BTCUSDT-15m-2025-01.zip", twelve(ROWS), 200),
        ("um/BTCUSDT-15m-2025-01.csv", TWELVE + "\n" + twelve(ROWS), 200),
        ("spot/BTCUSDT-15m-2025-01.zip", twelve(ROWS, unit=1000), 200),
        ("BTCUSDT_15m.csv.gz", six(ROWS), 200),
        ("btcusdt_15m.csv", six(ROWS, "open_time_ms,Open,High,Low,Close,Volume"), 200),
        ("15m/BTCUSDT.csv", "\ufeff" + six(ROWS).replace(",", ";"), 200),
        ("symbol=BTCUSDT/part.csv", six(ROWS), 200),
        ("BTC_USDT_USDT-15m-futures.json", json.dumps(ROWS), 200),
        ("BTC_USDT-15m.json.gz", json.dumps(ROWS), 200),
        # The last bar of an answer of the API is still forming.
        ("ccxt BTC-USDT 15m.json", json.dumps(ROWS), 199),
        ("BTCUSDT_15m_headerless.csv", twelve(ROWS), 199),
        (
            "BTCUSDT_15m_named.csv",
            "timestamp,open,high,low,close,volume,close_time,quote_av,trades,tb_base_av,"
            "tb_quote_av,ignore\n" + twelve(ROWS),
            199,
        ),
        (
            "BTCUSDT_seconds.csv",
            six([(r[0] / 1000, *r[1:]) for r in ROWS], "unix,open,high,low,close,volume"),
            200,
        ),
        (
            "BTCUSDT_dates.csv",
            "date,open,high,low,close,volume\n"
            + "".join(
                f"{pd.Timestamp(r[0], unit='ms')},{','.join(map(str, r[1:]))}\n" for r in ROWS
            ),
            200,
        ),
        (
            "many.csv",
            "symbol,time,open,high,low,close,volume\n"
            + "".join(f"BTC/USDT:USDT,{','.join(map(str, r))}\n" for r in ROWS),
            200,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 50 else "",
)
def test_each_layout_gives_the_same_bars(tmp_path: Path, name: str, data: str, kept: int) -> None:
    put(tmp_path, name, data)
    folder = read_folder(tmp_path)
    assert list(folder.symbols) == ["BTCUSDT"]
    same(folder.symbols["BTCUSDT"].bars["15m"], ROWS[:kept])
    assert folder.files[0].rows == kept
    assert folder.files[0].forming == 200 - kept
    assert folder.symbols["BTCUSDT"].market == ("spot" if "spot" in name else "perpetual")


def test_a_dump_of_python_binance_has_an_unnamed_index_and_texts(tmp_path: Path) -> None:
    lines = twelve(ROWS).splitlines()
    frame = pd.DataFrame([[int(x) if i == 0 else x for i, x in enumerate(line.split(","))]
                          for line in lines])  # fmt: skip
    frame.to_csv(tmp_path / "BTCUSDT_15m.csv")
    same(bars_of(tmp_path), ROWS[:-1])


@pytest.mark.parametrize("form", ["feather", "parquet"])
def test_freqtrade_files_of_columns(tmp_path: Path, form: str) -> None:
    pytest.importorskip("pyarrow", reason="the extra [files] is not installed")
    frame = pd.DataFrame(ROWS, columns=["date", "open", "high", "low", "close", "volume"])
    frame["date"] = pd.to_datetime(frame["date"], unit="ms", utc=True)
    getattr(frame, f"to_{form}")(tmp_path / f"BTC_USDT_USDT-15m-futures.{form}")
    same(bars_of(tmp_path), ROWS)


def test_mark_index_and_premium_are_kept_apart(tmp_path: Path) -> None:
    put(tmp_path, "um/klines/BTCUSDT/15m/BTCUSDT-15m-2025-01.zip", twelve(ROWS))
    for kind in ("markPriceKlines", "indexPriceKlines", "premiumIndexKlines"):
        flat = twelve([(*row[:5], 0) for row in ROWS])
        put(tmp_path, f"um/{kind}/BTCUSDT/15m/BTCUSDT-15m-2025-01.zip", flat)
    history = read_folder(tmp_path).symbols["BTCUSDT"]
    assert history.bars["15m"].quote_volume.sum() > 0
    same(history.mark["15m"], [(*row[:5], 0) for row in ROWS])
    assert len(history.index["15m"]) == 200


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "BTCUSDT-fundingRate-2025-01.zip",
            "calc_time,funding_interval_hours,last_funding_rate\n"
            + "".join(f"{BEGIN + i * 8 * HOUR + 7},8,0.0001{i}\n" for i in range(5)),
        ),
        (
            "BTCUSDT_funding.csv",
            "funding_time_ms,funding_rate\n"
            + "".join(f"{BEGIN + i * 8 * HOUR},0.0001{i}\n" for i in range(5)),
        ),
        (
            "BTC_USDT_USDT-8h-funding_rate.json",
            json.dumps([[BEGIN + i * 8 * HOUR, float(f"0.0001{i}"), 0, 0, 0, 0] for i in range(5)]),
        ),
        (
            "rest/funding.json",
            json.dumps(
                [
                    {"symbol": "BTCUSDT", "fundingTime": BEGIN + i * 8 * HOUR, "fundingRate":
                     f"0.0001{i}", "markPrice": ""}
                    for i in range(5)
                ]
            ),
        ),
    ],
)  # fmt: skip
def test_settled_funding(tmp_path: Path, name: str, data: str) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", six(ROWS))
    put(tmp_path, name, data)
    funding = read_folder(tmp_path).symbols["BTCUSDT"].funding
    assert funding.time.tolist() == [BEGIN + i * 8 * HOUR for i in range(5)]
    np.testing.assert_allclose(funding.rate, [float(f"0.0001{i}") for i in range(5)])


OPEN_INTEREST_COLUMNS = (
    "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio\n"
)


def test_metrics_are_labelled_with_their_start_since_the_change(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_1d.csv", six(klines(3, 86_400_000), "date,open,high,low,close,volume"))
    before = "2026-06-24 23:55:00,BTCUSDT,1,100,,,,\n2026-06-25 00:00:00,BTCUSDT,2,200,1,1,1,1\n"
    put(tmp_path, "BTCUSDT-metrics-2026-06-24.zip", OPEN_INTEREST_COLUMNS + before)
    after = "2026-06-25 00:05:00,BTCUSDT,4,400,1,1,1,1\n2026-06-25 00:00:00,BTCUSDT,3,300,1,1,1,1\n"
    put(tmp_path, "BTCUSDT-metrics-2026-06-25.zip", OPEN_INTEREST_COLUMNS + after)
    points = read_folder(tmp_path).symbols["BTCUSDT"].open_interest
    begin = int(pd.Timestamp("2026-06-24 23:55", tz="UTC").timestamp()) * 1000
    assert [(t - begin) // 60_000 for t in points.time] == [0, 5, 10, 15]
    assert points.contracts.tolist() == [1, 2, 3, 4]


def test_what_is_wrong_with_rows_is_counted(tmp_path: Path) -> None:
    rows = list(ROWS)
    rows[10] = (rows[10][0], 100, 99, 101, 100, 1)  # high below low
    rows[11] = (rows[11][0], -1, 2, -1, 1, 1)
    rows[12] = (rows[12][0] + 1, *rows[12][1:])  # off the grid
    del rows[50:53]
    rows[60], rows[61] = rows[61], rows[60]
    rows += [rows[5], (rows[6][0], *(price * 1.01 for price in rows[6][1:5]), 1)]
    put(tmp_path, "BTCUSDT_15m.csv", six(rows) + "not,a,row\n1,2,3,4,5,6,7,8,9\n")
    report = report_of(tmp_path)
    assert (report.duplicates, report.conflicts, report.disordered) == (1, 1, 2)
    assert (report.impossible, report.holes, report.forming) == (5, 6, 0)
    bars = bars_of(tmp_path)
    assert bars.close[6] == ROWS[6][4]
    assert len(bars) == report.rows == 194


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(40)), st.lists(st.integers(0, 39), max_size=10))
def test_order_and_repetition_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], again: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    rows = [ROWS[i] for i in (*order, *again)]
    put(folder, "BTCUSDT_15m.csv", six(rows))
    same(bars_of(folder), ROWS[:40])
    assert report_of(folder).duplicates == len(again)


def test_coarser_bars_are_made_where_all_their_parts_are(tmp_path: Path) -> None:
    minutes = klines(3 * 24 * 60, 60_000)
    del minutes[100]
    put(tmp_path, "BTCUSDT_1m.csv", six(minutes))
    bars = read_folder(tmp_path).symbols["BTCUSDT"].bars
    assert list(bars) == ["15m", "1h", "1d"]
    assert (len(bars["15m"]), len(bars["1h"]), len(bars["1d"])) == (287, 71, 2)
    first = minutes[:15]
    assert bars["15m"].open[0] == first[0][1]
    assert bars["15m"].high[0] == max(row[2] for row in first)
    assert bars["15m"].low[0] == min(row[3] for row in first)
    assert bars["15m"].close[0] == first[-1][4]
    volume = bars["15m"].volume
    assert volume is not None
    assert volume[0] == sum(row[5] for row in first)


def test_own_bars_stay_where_finer_ones_would_make_them(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", six(klines(8)))
    own: list[tuple[float, ...]] = [(BEGIN, 50.0, 51.0, 49.0, 50.5, 1.0)]
    put(tmp_path, "BTCUSDT_1h.csv", six(own))
    bars = bars_of(tmp_path, interval="1h")
    assert bars.close.tolist() == [50.5, klines(8)[7][4]]


def test_of_two_files_that_disagree_the_first_is_kept(tmp_path: Path) -> None:
    put(tmp_path, "a/BTCUSDT_15m.csv", six(ROWS[:100]))
    other = [(t, *(p + 0.25 for p in (o, h, lo, c)), v) for t, o, h, lo, c, v in ROWS[99:]]
    put(tmp_path, "b/BTCUSDT_15m.csv", six(other))
    folder = read_folder(tmp_path)
    assert [(f.rows, f.conflicts) for f in folder.files] == [(100, 0), (100, 1)]
    assert folder.symbols["BTCUSDT"].bars["15m"].close[99] == ROWS[99][4]


def test_the_last_bar_of_a_dump_had_closed_where_another_file_goes_on(tmp_path: Path) -> None:
    for name, rows in (("a", ROWS[:100]), ("b", ROWS[100:])):
        put(tmp_path, f"BTCUSDT_15m_{name}.csv", twelve(rows))
    folder = read_folder(tmp_path)
    same(folder.symbols["BTCUSDT"].bars["15m"], ROWS[:-1])
    assert [(f.rows, f.forming) for f in folder.files] == [(100, 0), (99, 1)]
    half = [*ROWS[:99], (*ROWS[99][:4], ROWS[99][4] * 1.002, 1.0)]
    put(tmp_path, "BTCUSDT_15m_a.csv", twelve(half))
    assert [(f.rows, f.forming) for f in read_folder(tmp_path).files] == [(99, 1), (99, 1)]


def test_spot_and_perpetual_of_one_symbol_are_not_mixed(tmp_path: Path) -> None:
    put(tmp_path, "spot/BTCUSDT_15m.csv", six(ROWS))
    put(tmp_path, "um/BTCUSDT_15m.csv", six(ROWS[50:]))
    folder = read_folder(tmp_path)
    assert len(folder.symbols["BTCUSDT"].bars["15m"]) == 150
    assert folder.symbols["BTCUSDT"].market == "perpetual"
    assert folder.files[0].problem.startswith("spot")
    assert read_folder(tmp_path, market="spot").symbols["BTCUSDT"].market == "spot"


def test_what_the_file_does_not_say_is_assumed_and_reported(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", six(ROWS))
    assert report_of(tmp_path).assumed == "perpetual"
    assert read_folder(tmp_path, market="spot").files[0].assumed == "spot"


BAD: list[tuple[str, Any, str]] = [
    ("BTCUSDT_15m.csv", "", "empty file"),
    ("BTCUSDT_15m.csv", b"\xff\xfe\x00\x01" * 50, "no text"),
    ("BTCUSDT_15m.csv", "hello\nworld\n", "one cell"),
    ("BTCUSDT_15m.csv", b"x" * 100_000, "first line has no end"),
    ("BTCUSDT_15m.csv", six(ROWS).split("\n")[0] + "\n", "no row"),
    (
        "BTCUSDT_15m.csv",
        'time,open,high,low,close\n1735689600000,"30,123.5","30,200","30,000","30,100"\n',
        "numbers with commas",
    ),
    ("BTCUSDT_15m.csv", "time;open;high;low;close\n1735689600000;30123,5;1,0;1,0;1,0\n", "commas"),
    ("BTCUSDT_15m.csv", "time,price,side\n1,2,BUY\n", "neither candles"),
    ("kraken/BTCUSDT_15m.csv", six(ROWS), "of kraken, not of Binance"),
    (
        "BTCUSDT_15m.csv",
        "exchange,time,open,high,low,close\nbybit,1735689600000,1,1,1,1\n",
        "of bybit, not of Binance",
    ),
    ("prices.csv", six(ROWS), "names no symbol"),
    ("BTCUSDT_15m.csv", six(klines(20, 7 * 86_400_000)), "weekly"),
    ("BTCUSDT_1d.csv", six(klines(20, 86_400_000, BEGIN + 8 * HOUR)), "another time zone"),
    (
        "BTCUSDT_15m.csv",
        "date,open,high,low,close\n31.12.2024 10 h,1,1,1,1\n31.12.2024 11 h,1,1,1,1\n",
        "no time or no symbol",
    ),
    ("BTCUSDT_15m.json", "{]", "not JSON"),
    ("BTCUSDT_15m.json", "[]", "without rows"),
    ("BTCUSD_PERP-15m-2025-01.csv", six(ROWS), "COIN-M"),
    ("BTCUSDT_15m.feather", b"nonsense", ""),
    ("BTCUSDT_15m.parquet", b"nonsense", ""),
]


@pytest.mark.parametrize(("name", "data", "words"), BAD)
def test_a_file_that_cannot_be_used_says_why_and_the_rest_works(
    tmp_path: Path, name: str, data: str | bytes, words: str
) -> None:
    put(tmp_path, name, data)
    put(tmp_path, "zz/ETHUSDT_15m.csv", six(ROWS))
    folder = read_folder(tmp_path)
    assert list(folder.symbols) == ["ETHUSDT"]
    problem = folder.files[0].problem
    assert problem
    assert words in problem
    assert "\n" not in problem
    assert folder.files[0].rows == 0


def test_damaged_archives(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("BTCUSDT-15m-2025-01.zip", b"PK")
    (tmp_path / "nested.zip").write_bytes(inner.getvalue())
    (tmp_path / "torn.zip").write_bytes(inner.getvalue()[:40])
    whole = gzip.compress(six(ROWS).encode())
    (tmp_path / "BTCUSDT_15m.csv.gz").write_bytes(whole[: len(whole) // 2])
    put(tmp_path, "ETHUSDT_15m.csv", six(ROWS))
    problems = {f.path: f.problem for f in read_folder(tmp_path).files}
    assert "zip within a zip" in problems["nested.zip/BTCUSDT-15m-2025-01.zip"]
    assert "damaged" in problems["torn.zip"]
    assert "ends before its end" in problems["BTCUSDT_15m.csv.gz"]


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_with_nothing_in_it(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "nothing"
    if made:
        folder.mkdir()
    with pytest.raises(FolderError, match="no files of candles" if made else "no such folder"):
        read_folder(folder)


def test_progress_counts_the_files(tmp_path: Path) -> None:
    for symbol in ("AUSDT", "BUSDT", "CUSDT"):
        put(tmp_path, f"{symbol}_15m.csv", six(ROWS))
    seen: list[tuple[int, int]] = []
    read_folder(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_symbols_are_chosen_by_name(tmp_path: Path) -> None:
    for symbol in ("AUSDT", "BUSDT"):
        put(tmp_path, f"{symbol}_15m.csv", six(ROWS))
    assert list(read_folder(tmp_path, symbols=["BUSDT"]).symbols) == ["BUSDT"]


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest) -> Folder:
    shared: Path = request.getfixturevalue("shared_data")
    return read_folder(shared, symbols=["BTCUSDT", "SOLUSDT"])


def test_the_real_files(real: Folder) -> None:
    btc, sol = real.symbols["BTCUSDT"], real.symbols["SOLUSDT"]
    assert len(btc.bars["15m"]) == 47_966
    assert (len(btc.mark["8h"]), len(btc.mark["1d"]), len(btc.funding)) == (1498, 499, 1498)
    assert sol.bars["1h"].open_time[-1] == 1_773_946_800_000  # the forming bar is left out
    assert len(sol.open_interest) == 168
    spot = next(f for f in real.files if "spot" in f.path)
    assert spot.problem.startswith("spot")


def test_of_more_rows_than_are_kept_the_newest_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuirisk.feed.files.rows.MOST_ROWS", 50)
    monkeypatch.setattr("tuirisk.feed.files.text.BLOCK", 1_000)
    put(tmp_path, "BTCUSDT_15m.csv", six(ROWS))
    same(bars_of(tmp_path), ROWS[-50:])
    assert "newest" in report_of(tmp_path).problem


def test_a_file_of_too_many_rows_is_not_used_and_one_without_any_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuirisk.feed.files.read_file.MOST_READ", 150)
    monkeypatch.setattr("tuirisk.feed.files.read_file._MOST_UNUSABLE", 50)
    monkeypatch.setattr("tuirisk.feed.files.text.BLOCK", 1_000)
    put(tmp_path, "BTCUSDT_15m.csv", six(ROWS))
    assert report_of(tmp_path).problem == "more than 150 rows: split it"
    put(tmp_path, "BTCUSDT_15m.csv", "time,open,high,low,close\n" + "x,1,1,1,1\n" * 200)
    assert report_of(tmp_path).problem.startswith("no time or no symbol")
    assert 50 < report_of(tmp_path).impossible < 150


def test_rows_of_many_symbols_are_told_apart_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuirisk.feed.files.read_file.MOST_SYMBOLS", 3)
    lines = six(ROWS).splitlines()
    names = [f"{letter}USDT" for letter in "ABCD"]
    rows = [f"{row},{name}" for row in lines[1:] for name in (*names, "")]
    put(tmp_path, "x.csv", "\n".join((lines[0] + ",symbol", *rows)))
    folder = read_folder(tmp_path)
    assert sorted(folder.symbols) == ["AUSDT", "BUSDT", "CUSDT"]
    same(folder.symbols["BUSDT"].bars["15m"], ROWS)
    assert sum(report.impossible for report in folder.files) == 400


def test_blocks_cut_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuirisk.feed.files.text.BLOCK", 777)
    put(tmp_path, "BTCUSDT_15m.csv", six(ROWS).rstrip("\n"))
    same(bars_of(tmp_path), ROWS)


def test_a_file_that_grows_is_read_as_it_was(tmp_path: Path) -> None:
    data = six(ROWS).encode()
    put(tmp_path, "BTCUSDT_15m.csv", data)
    # The size was taken in the middle of the last line.
    table = TextTable(lambda: (tmp_path / "BTCUSDT_15m.csv").open("rb"), len(data) - 5)
    rows = sum(len(piece) for piece in table.pieces(["timestamp", "close"]))
    assert (rows, table.lost) == (199, 1)


def test_the_last_bar_of_a_file_changed_before_its_close_is_forming(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", six(ROWS))
    moment = int(ROWS[-1][0]) + 60_000
    os.utime(tmp_path / "BTCUSDT_15m.csv", ns=(moment * 10**6, moment * 10**6))
    same(bars_of(tmp_path), ROWS[:-1])
    assert report_of(tmp_path).forming == 1


def test_names_of_files_are_made_printable(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m\x1b[31m.csv", "one cell\n")
    put(tmp_path, "ETHUSDT_15m.csv", "a\x1b[31m,b\n1,2\n")
    for report in read_folder(tmp_path).files:
        assert report.path.isprintable()
        assert report.problem.isprintable()


def test_an_archive_that_is_not_what_its_checksum_says_is_left_out(tmp_path: Path) -> None:
    for name in ("BTCUSDT-15m-2025-01.zip", "BTCUSDT-15m-2025-02.zip"):
        put(tmp_path, name, twelve(ROWS))
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        (tmp_path / f"{name}.CHECKSUM").write_text(f"{digest}  {name}\n")
    folder = read_folder(tmp_path)
    assert [report.problem for report in folder.files] == ["", ""]
    put(tmp_path, "BTCUSDT-15m-2025-01.zip", twelve(ROWS[:-1]))
    (tmp_path / "BTCUSDT-15m-2025-02.zip.CHECKSUM").write_text("no digest")
    wrong, other = read_folder(tmp_path).files
    assert "not those of BTCUSDT-15m-2025-01.zip.CHECKSUM" in wrong.problem
    assert (other.problem, other.rows) == ("", 200)


def test_folders_behind_links_are_read_once(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    put(inside, "a/ETHUSDT_15m.csv", six(ROWS))
    put(outside, "BTCUSDT_15m.csv", six(ROWS))
    for name in ("b", "c"):
        (inside / name).symlink_to(outside, target_is_directory=True)
    (outside / "circle").symlink_to(inside, target_is_directory=True)
    found = read_folder(inside)
    assert list(found.symbols) == ["BTCUSDT", "ETHUSDT"]
    assert [report.path for report in found.files] == ["a/ETHUSDT_15m.csv", "b/BTCUSDT_15m.csv"]


def test_account_ratios_are_read_from_metrics_and_from_files_of_their_own(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", six(ROWS))
    times = [BEGIN + n * 300_000 for n in range(4)]
    header = "timestamp,sum_open_interest,sum_open_interest_value,sum_toptrader_long_short_ratio\n"
    put(tmp_path, "BTCUSDT_oi.csv", header + "".join(f"{t},10,1000,1.5\n" for t in times))
    own = "".join(f"{t},0.6,0.4,{1.2 + n / 10}\n" for n, t in enumerate(times))
    header = "timestamp,long_account,short_account,long_short_ratio\n"
    put(tmp_path, "BTCUSDT_ratio.csv", header + own)
    history = read_folder(tmp_path).symbols["BTCUSDT"]
    assert history.ratios.of_all.tolist() == [1.2, 1.3, 1.4, 1.5]
    assert history.ratios.of_top.tolist() == [1.5] * 4
    assert history.open_interest.contracts.tolist() == [10.0] * 4
    at_end, later = times[-1] + 60_000, times[-1] + 660_000
    given = [e for e in events_of(history, at_end * 10**6) if isinstance(e, LongShortRatio)]
    assert [(e.kind, e.rows[-1]) for e in given] == [
        ("global", (times[-1], 1.5)), ("top", (times[-1], 1.5)),
    ]  # fmt: skip
    gone = [e for e in events_of(history, later * 10**6) if isinstance(e, LongShortRatio)]
    assert not gone, "it is not of now"
