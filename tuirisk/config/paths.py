"""Directories of what the program itself keeps between runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def data_directory(environ: Mapping[str, str]) -> Path:
    """Where the history lies: ``$XDG_DATA_HOME/tuirisk``, else the platform's place."""
    given = _given(environ, "XDG_DATA_HOME")
    if given is not None:
        return given
    # Imported late: it costs start-up time that a given place does not need.
    import platformdirs

    return platformdirs.user_data_path("tuirisk")


def state_directory(environ: Mapping[str, str]) -> Path:
    """Where the watchlists lie: ``$XDG_STATE_HOME/tuirisk``, else the platform's place."""
    given = _given(environ, "XDG_STATE_HOME")
    if given is not None:
        return given
    import platformdirs

    return platformdirs.user_state_path("tuirisk")


def _given(environ: Mapping[str, str], name: str) -> Path | None:
    base = Path(environ.get(name, ""))
    return base / "tuirisk" if base.is_absolute() else None


def set_aside(path: Path) -> Path:
    """Move a damaged file to ``NAME.corrupt`` (or ``.corrupt-2`` …) beside it; its new path.

    Raises:
        OSError: it cannot be moved.
    """
    number = 1
    target = path.with_name(f"{path.name}.corrupt")
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.corrupt-{number}")
    return path.replace(target)
