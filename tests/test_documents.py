"""The documents name what exists, and the code cites only documents of the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks/README.md"]
)
OUTSIDE = re.compile(r"\b(DESIGN|METRICS|BINANCE\.md|REVIEW-\w+|PROVIDERS|FIELD\.md|STYLE\.md)\b")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_of_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    for link in links:
        assert (document.parent / link).exists(), link
    for path in re.findall(r"(?<![/.\w])tuirisk/[\w/]+\.\w+\b", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_named_by_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    folders = (ROOT, document.parent, ROOT / "tuirisk", ROOT / "tuirisk/feed/binance")
    named = re.findall(r"`([a-z]\w*/[\w/]*\.(?:py|md|sh|tcss))`", text)
    assert named or document.name != "architecture.md"
    assert [path for path in named if not any((one / path).exists() for one in folders)] == []


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = {p.parent.name for p in (ROOT / "tuirisk").glob("*/__init__.py")}
    assert rooms
    for room in rooms:
        assert f"`{room}`" in text, room


def test_no_code_cites_a_document_outside_the_repository() -> None:
    folders = ("tuirisk", "tests", "benchmarks", "screenshots")
    cited = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OUTSIDE.search(line)
    ]
    assert cited == []
