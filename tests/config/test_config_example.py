"""config.example.toml and the rules, against the dataclasses: nothing is forgotten in either."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import tomli

from tuirisk.config.file import load
from tuirisk.config.model import Config
from tuirisk.config.reader import keys
from tuirisk.config.rules import RULES

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def known(kind: Any, table: str = "") -> Iterator[tuple[str, Any]]:
    """Every key the dataclasses know, with its annotation; ``[]`` for what a list holds."""
    for name, inner in keys(kind).items():
        yield table + name, inner
        item = next((a for a in get_args(inner) if dataclasses.is_dataclass(a)), None)
        if dataclasses.is_dataclass(inner):
            yield from known(inner, f"{table}{name}.")
        elif item is not None:
            yield from known(item, f"{table}{name}[].")


def shown(body: Any, table: str = "") -> Iterator[str]:
    """Every key of parsed TOML, written as :func:`known` does."""
    for name, value in body.items():
        yield table + name
        if isinstance(value, dict):
            yield from shown(value, f"{table}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from shown(value[0], f"{table}{name}[].")


KNOWN = dict(known(Config))
TEXT = EXAMPLE.read_text(encoding="utf-8")
UNCOMMENTED = re.sub(r"(?m)^#(?=[^ #\n])", "", TEXT)


def test_the_example_is_the_default() -> None:
    assert load(EXAMPLE, environ={}) == dataclasses.replace(Config(), path=EXAMPLE)


def test_the_example_shows_every_key() -> None:
    assert set(KNOWN) - set(shown(tomli.loads(UNCOMMENTED))) == set()


def test_only_what_has_no_default_is_commented_out() -> None:
    hidden = set(KNOWN) - set(shown(tomli.loads(TEXT)))
    assert hidden == {
        name for name in KNOWN if name.startswith(("positions", "scenarios", "providers"))
    }


def test_the_commented_examples_are_valid(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(UNCOMMENTED, encoding="utf-8")
    loaded = load(config, environ={})
    assert loaded.positions
    assert loaded.scenarios
    assert loaded.providers
    assert loaded.ui.keys
    ui = dataclasses.replace(loaded.ui, keys={})
    bare = dataclasses.replace(loaded, path=None, positions=(), scenarios=(), providers={}, ui=ui)
    assert bare == Config(), "an example changes nothing else"


def test_every_key_has_a_comment() -> None:
    """Above its group of lines, or at the end of its own."""
    explained = False
    for line in TEXT.splitlines():
        if not line or line.startswith("# "):
            explained = bool(line)
        elif not line.startswith(("[", "#[")):
            assert explained or "# " in line, line


def test_every_rule_is_of_a_key_that_exists() -> None:
    assert {rule.removesuffix("[]") for rule in RULES} <= set(KNOWN)


def test_every_number_has_a_rule() -> None:
    numbers = {name for name, kind in KNOWN.items() if kind in (int, float)}
    lists = {f"{name}[]" for name, kind in KNOWN.items() if {int, float} & set(get_args(kind))}
    assert numbers
    assert lists
    assert numbers | lists <= set(RULES)
