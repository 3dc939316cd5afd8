"""Files that are pipes nobody writes to or reads from: an error at once, never a wait."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from tuirisk.alerts.own_conditions import OwnConditions
from tuirisk.config.file import load
from tuirisk.config.model import Config, ConfigError
from tuirisk.feed.files.cache import FilesCache
from tuirisk.feed.files.checksum import checksum_problem
from tuirisk.feed.recording_faults import RecordingError
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.foreign import files
from tuirisk.foreign.files import open_given, open_own
from tuirisk.history.database import HistoryError, connect
from tuirisk.history.log import damaged_entries_at
from tuirisk.history.track_records import latest_track_record
from tuirisk.serve.server import ListenError, tls_context
from tuirisk.serve.tokens import TokenError, Tokens
from tuirisk.ui.themes.themes import ThemeError, read_theme
from tuirisk.watchlist.file import WatchlistFile


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_pipe_is_no_file_of_our_own(pipe: Path) -> None:
    with pytest.raises(OSError, match="Not a regular file"):
        open_own(pipe)
    with pytest.raises(OSError, match="Not a regular file"):
        connect(pipe, 1.0)
    with pytest.raises(HistoryError, match="not a regular file"):
        damaged_entries_at(pipe)
    assert latest_track_record(pipe) is None
    assert OwnConditions(pipe).problem.endswith("Not a regular file")
    watchlist = WatchlistFile(pipe, [])
    assert watchlist.read() is None
    assert "not a regular file" in watchlist.problem


def test_a_pipe_without_a_reader_takes_no_recording(pipe: Path) -> None:
    with pytest.raises(RecordingError, match="cannot write the recording"):
        RecordingWriter(pipe)


def test_a_configuration_may_be_a_pipe_that_somebody_writes_to(
    pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE_S", 0.01)
    with pytest.raises(ConfigError, match="nobody writes"):
        load(pipe, environ={})
    monkeypatch.undo()
    writer = threading.Thread(target=pipe.write_text, args=('symbols = ["SOLUSDT"]\n',))
    writer.start()
    assert load(pipe, environ={}).symbols == ("SOLUSDT",)
    writer.join()
    assert load(None, environ={"XDG_CONFIG_HOME": str(pipe.parent)}) == Config()


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    for opened in (open_own, open_given):
        with opened(tmp_path / "file") as file:
            assert file.read() == b"text"


def test_a_pipe_is_no_certificate_no_token_file_and_no_theme(
    pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE_S", 0.01)
    with pytest.raises(ListenError, match="Not a regular file"):
        tls_context(pipe, pipe)
    with pytest.raises(TokenError, match="Nobody writes"):
        Tokens.read(pipe)
    with pytest.raises(ThemeError, match="not a file"):
        read_theme(pipe)
    assert checksum_problem(pipe.with_name("pipe.zip")) == ""


def test_a_large_certificate_or_theme_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(ListenError, match="more than 1 MiB"):
        tls_context(large, large)
    with pytest.raises(ThemeError, match="more than 256 KiB"):
        read_theme(large)


def test_the_cache_reads_no_compressed_entry(tmp_path: Path) -> None:
    cache = FilesCache(tmp_path, tmp_path)
    made = io.BytesIO()
    np.savez_compressed(made, head=np.zeros(1 << 20, np.uint8))
    path = cache._path("BTCUSDT")
    path.write_bytes(made.getvalue())
    assert cache.load("BTCUSDT", "") is None
    assert not path.exists()
