"""docs/metrics.md describes every key of the published state, and nothing that is not there."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from tuirisk.config.model import RiskConfig, Thresholds
from tuirisk.state import Missing, RiskState, SymbolState
from tuirisk.state.codes import NoteCode, RuleCode

DOCUMENT = Path(__file__).parents[1] / "docs" / "metrics.md"
TOP = "(top level)"


def paths(kind: Any, path: str) -> Iterator[str]:
    """Paths of the published leaves below ``kind``; ``*`` stands for any key or item."""
    if get_origin(kind) in (Union, types.UnionType):
        kinds = [k for k in get_args(kind) if k not in (types.NoneType, Missing)]
        (kind,) = kinds[:1]
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in dataclasses.fields(kind):
            if field.metadata.get("published", True) and hints[field.name] != SYMBOLS:
                moment = field.metadata.get("moment", False)
                key = field.name.removesuffix("_ms") if moment else field.name
                yield from paths(hints[field.name], f"{path}.{key}")
    elif get_origin(kind) in (Mapping, tuple) and nested(kind):
        yield from paths(nested(kind), f"{path}.*")
    else:
        yield path


def nested(kind: Any) -> Any:
    """The kind of the items of ``kind`` where they hold dataclasses, else None."""
    item = get_args(kind)[1 if get_origin(kind) is Mapping else 0]
    return (
        item
        if dataclasses.is_dataclass(item) or (get_origin(item) is Mapping and nested(item))
        else None
    )


SYMBOLS = get_type_hints(RiskState)["symbols"]
SYMBOL_KEYS = ("status", "age_ms", "position", "stress")


def published() -> set[str]:
    found = set(paths(RiskState, TOP)) | {f"{TOP}.schema"}
    found |= {p.removeprefix(".") for p in paths(SymbolState, "")}
    return {f"symbols.*.{p}" if p in SYMBOL_KEYS else p for p in found}


def documented() -> set[str]:
    found: set[str] = set()
    places: list[str] = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            places = re.findall(r"`([^`]+)`", line)
        elif line.startswith("| `") and places:
            keys = re.findall(r"`([^`]+)`", line.split(" | ")[0])
            found |= {f"{place}.{key}" for place in places for key in keys}
    return found


def rules() -> set[str]:
    """The table of the recommendation's rules, which are codes and no keys."""
    return {path for path in documented() if path.startswith("recommendation.")} - {
        f"recommendation.{key}" for key in ("code", "severity", "text", "notes")
    }


def test_every_published_key_is_described() -> None:
    assert published() - documented() == set()


def test_nothing_is_described_that_is_not_published() -> None:
    extra = {"symbols.*.position", "symbols.*.stress"}
    assert documented() - published() - rules() - extra == set()


def test_every_rule_and_note_is_described() -> None:
    advice = {"under_control", "insufficient_data", *get_args(RuleCode)}
    assert {path.removeprefix("recommendation.") for path in rules()} == advice
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [code for code in get_args(NoteCode) if f"`{code}`" not in text] == []


def test_the_options_it_names_exist() -> None:
    names = {field.name for kind in (RiskConfig, Thresholds) for field in dataclasses.fields(kind)}
    text = DOCUMENT.read_text(encoding="utf-8")
    named = set(re.findall(r"`risk\.([a-z_0-9]+)", text))
    assert named
    assert named <= names


def test_the_document_is_plain() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    assert all(len(line) <= 100 for line in lines if not line.startswith(("|", "## ")))
    widths = [line.replace("\\|", "").count("|") for line in lines if line.startswith("|")]
    assert set(widths) == {4}
