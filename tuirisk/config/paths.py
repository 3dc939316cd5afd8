"""Where the program's files are: the XDG directories, else those of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def config_file(environ: Mapping[str, str]) -> Path:
    """The configuration that is read when none is named: ``config.toml``."""
    return config_directory(environ) / "config.toml"


def config_directory(environ: Mapping[str, str]) -> Path:
    """The directory of the configuration: ``$XDG_CONFIG_HOME/tuirisk`` or the platform's."""
    return _directory(environ, "XDG_CONFIG_HOME", "user_config_path")


def data_directory(environ: Mapping[str, str]) -> Path:
    """The directory of the history: ``$XDG_DATA_HOME/tuirisk`` or the platform's."""
    return _directory(environ, "XDG_DATA_HOME", "user_data_path")


def state_directory(environ: Mapping[str, str]) -> Path:
    """The directory of the watchlists: ``$XDG_STATE_HOME/tuirisk`` or the platform's."""
    return _directory(environ, "XDG_STATE_HOME", "user_state_path")


def _directory(environ: Mapping[str, str], variable: str, function: str) -> Path:
    base = Path(environ.get(variable, ""))
    if base.is_absolute():
        return base / "tuirisk"
    # Imported late: 13 ms of start-up that the environment may spare.
    import platformdirs

    path: Path = getattr(platformdirs, function)("tuirisk")
    return path


def set_aside(path: Path) -> Path:
    """Rename a damaged file to ``NAME.corrupt`` (or ``.corrupt-2`` …) beside it; its new path.

    Raises:
        OSError: it cannot be renamed.
    """
    number = 1
    target = path.with_name(f"{path.name}.corrupt")
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.corrupt-{number}")
    return path.replace(target)
