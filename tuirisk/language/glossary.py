"""What each number means, one sentence a language, read from ``locale/glossary.*.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import tomli


@cache
def glossary(language: str) -> Mapping[str, str]:
    """Sentences by the number's place in ``docs/metrics.md``, e.g. ``liquidity.mid``.

    The English ones are the beginnings of the rows there. The file is read on first use.
    """
    path = resources.files("tuirisk.language").joinpath("locale", f"glossary.{language}.toml")
    return tomli.loads(path.read_text(encoding="utf-8"))
