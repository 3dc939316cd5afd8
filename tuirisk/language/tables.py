"""All words of a language, read from ``locale/*.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import tomli


@cache
def table(language: str) -> Mapping[str, str]:
    """Words and templates by dotted key, e.g. ``severity.ok``. The file is read on first use."""
    path = resources.files("tuirisk.language").joinpath("locale", f"{language}.toml")
    flat: dict[str, str] = {}
    _flatten(tomli.loads(path.read_text(encoding="utf-8")), "", flat)
    return flat


def _flatten(items: Mapping[str, Any], prefix: str, out: dict[str, str]) -> None:
    for key, value in items.items():
        if isinstance(value, Mapping):
            _flatten(value, f"{prefix}{key}.", out)
        else:
            out[prefix + key] = str(value)
