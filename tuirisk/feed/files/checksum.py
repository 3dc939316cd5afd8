"""The ``.CHECKSUM`` that data.binance.vision gives with each archive: ``<sha256>  <file>.zip``."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tuirisk.foreign.files import open_own

_MOST = 4_096
"""Bytes of a checksum's file that are read."""
_DIGEST = re.compile(rb"\b[0-9a-fA-F]{64}\b")


def checksum_file(path: Path) -> Path:
    """Where the checksum of the file ``path`` lies, if there is one."""
    return path.with_name(path.name + ".CHECKSUM")


def checksum_problem(path: Path) -> str:
    """That the archive ``path`` is not what its checksum is of; empty where it is, or without one.

    Raises:
        OSError: the archive cannot be read.
    """
    if not path.name.lower().endswith(".zip"):
        return ""
    try:
        with open_own(checksum_file(path)) as file:
            stated = _DIGEST.search(file.read(_MOST))
    except OSError:
        return ""
    if stated is None:
        return ""
    with path.open("rb") as archive:
        found = hashlib.file_digest(archive, "sha256").hexdigest()
    if found.encode() == stated[0].lower():
        return ""
    return f"its bytes are not those of {path.name}.CHECKSUM: download both again"
