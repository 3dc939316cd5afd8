"""Files that are pipes nobody writes to or reads from: an error at once, never a wait."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tuirisk.config.file import load
from tuirisk.config.model import Config, ConfigError
from tuirisk.feed.recording_faults import RecordingError
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.foreign import files
from tuirisk.foreign.files import open_given, open_own
from tuirisk.history.database import connect
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
