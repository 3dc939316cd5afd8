"""What was read of files is read again only where a file changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.candle_files import klines, put, six

from tuirisk.feed.files import folder as folder_module
from tuirisk.feed.files import group as group_module
from tuirisk.feed.files.folder import read_folder
from tuirisk.feed.files.model import Folder

ROWS = klines(200)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    put(tmp_path / "files", "BTCUSDT_15m.csv", six(ROWS))
    put(tmp_path / "files", "ETHUSDT_15m.csv", six(ROWS))
    return tmp_path / "files"


@pytest.fixture
def read(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Reads the folder with a cache; the names of the files that were opened for it."""
    opened: list[str] = []
    original = group_module.read_group

    def noted(root: Path, some: list[Path], done: Callable[[], None]) -> object:
        opened.extend(map(str, some))
        return original(root, some, done)

    monkeypatch.setattr(folder_module, "read_group", noted)

    def run() -> list[str]:
        opened.clear()
        check(read_folder(files, newest=True, cache=tmp_path / "cache"))
        return sorted(opened)

    return run


def check(found: Folder) -> None:
    assert list(found.symbols) == ["BTCUSDT", "ETHUSDT"]
    assert len(found.symbols["BTCUSDT"].bars["1h"]) == 50
    assert {report.assumed for report in found.files} == {"perpetual"}


def test_an_unchanged_file_is_not_read_again(read: Callable[[], list[str]]) -> None:
    assert read() == ["BTCUSDT_15m.csv", "ETHUSDT_15m.csv"]
    assert read() == []


def test_a_changed_file_is_read_again(files: Path, read: Callable[[], list[str]]) -> None:
    read()
    os.utime(files / "ETHUSDT_15m.csv", ns=(1, 1_700_000_000_000_000_001))
    assert read() == ["ETHUSDT_15m.csv"]
    put(files, "BTCUSDT_1d.csv", six(klines(3, 86_400_000)))
    read()
    (files / "BTCUSDT_1d.csv").unlink()
    assert read() == ["BTCUSDT_15m.csv"]


def test_a_damaged_entry_is_set_aside(read: Callable[[], list[str]], tmp_path: Path) -> None:
    read()
    for entry in (tmp_path / "cache").iterdir():
        entry.write_bytes(entry.read_bytes()[:-50])
    assert read() == ["BTCUSDT_15m.csv", "ETHUSDT_15m.csv"]
    assert len(list((tmp_path / "cache").glob("*.corrupt"))) == 2
    assert read() == []


def test_a_cache_that_cannot_be_written_is_done_without(files: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    check(read_folder(files, newest=True, cache=tmp_path / "cache"))
