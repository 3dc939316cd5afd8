"""The file of ``--log``: on a disk that fills it ends, and says so once."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tuirisk.cli import log_file


class FullDisk:
    """A stream that takes nothing any more."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        pass


def test_a_disk_that_fills_is_one_line_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    handler = log_file.LogFile(path)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    assert path.read_text().startswith("tuirisk ")
    record = logging.LogRecord("a", logging.INFO, "", 1, "said", None, None)
    handler.handle(record)
    assert path.read_text().endswith(" INFO said\n")
    assert log_file.log_problem() == ""
    whole = handler.stream
    handler.stream = FullDisk()  # type: ignore[assignment]
    for _ in range(3):
        handler.handle(record)
    handler.stream = whole
    assert log_file.log_problem() == f"{path}: entries are missing (No space left on device)"
    assert capsys.readouterr().err == ""
