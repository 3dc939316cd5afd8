"""Print the lowest version of each runtime dependency of a pyproject.toml, as pip constraints."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import tomli


def lowest(requirement: str) -> str:
    """``aiohttp>=3.11,<4`` as ``aiohttp==3.11``; raises ``ValueError`` without a lower bound."""
    match = re.match(r"([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)", requirement)
    if match is None:
        raise ValueError(f"{requirement}: no lower bound")
    return f"{match[1]}=={match[2]}"


def main() -> None:
    project = tomli.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
    print("\n".join(lowest(requirement) for requirement in project["dependencies"]))


if __name__ == "__main__":
    main()
