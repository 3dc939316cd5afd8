"""Snapshots of text that can be read."""

from __future__ import annotations

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode


class TextPage(SingleFileSnapshotExtension):
    """One text file a test."""

    _write_mode = WriteMode.TEXT
    _file_extension = "txt"
