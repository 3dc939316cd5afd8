"""config.example.toml and the rules, against the dataclasses: nothing is forgotten in either."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import tomli

from tuirisk.config.convert import every_key, expected
from tuirisk.config.file import load
from tuirisk.config.model import Config

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def shown(body: Any, table: str = "") -> Iterator[str]:
    """Every key of parsed TOML, written as :func:`every_key` does."""
    for name, value in body.items():
        yield table + name
        if isinstance(value, dict):
            yield from shown(value, f"{table}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                yield from shown(item, f"{table}{name}[].")


KNOWN = dict(every_key())
TEXT = EXAMPLE.read_text(encoding="utf-8")
UNCOMMENTED = re.sub(r"(?m)^#(?=[^ #\n])", "", TEXT)


def test_the_example_is_the_default() -> None:
    assert load(EXAMPLE, environ={}) == dataclasses.replace(Config(), path=EXAMPLE)


def test_the_example_shows_every_key() -> None:
    assert set(KNOWN) - set(shown(tomli.loads(UNCOMMENTED))) == set()


def test_only_what_has_no_default_is_commented_out() -> None:
    hidden = set(KNOWN) - set(shown(tomli.loads(TEXT)))
    assert hidden == {
        name
        for name in KNOWN
        if name.startswith(("positions", "scenarios", "providers", "alerts.when", "notify"))
    }


def test_the_commented_examples_are_valid(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(UNCOMMENTED, encoding="utf-8")
    loaded = load(config, environ={})
    assert loaded.positions
    assert loaded.scenarios
    assert loaded.providers
    assert loaded.ui.keys
    assert len(loaded.alerts.when) == 2
    assert loaded.notify
    ui = dataclasses.replace(loaded.ui, keys={})
    alerts = dataclasses.replace(loaded.alerts, when=())
    bare = dataclasses.replace(
        loaded, path=None, positions=(), scenarios=(), providers={}, ui=ui, alerts=alerts, notify=()
    )
    assert bare == Config(), "an example changes nothing else"


def test_every_key_has_a_comment() -> None:
    """Above its group of lines, or at the end of its own."""
    explained = False
    for line in TEXT.splitlines():
        if not line or line.startswith("# "):
            explained = bool(line)
        elif not line.startswith(("[", "#[")):
            assert explained or "# " in line, line


def test_every_number_has_a_range() -> None:
    ranges = dict(numbers())
    assert len(ranges) > 40
    assert {key for key, text in ranges.items() if text in ("a number", "a whole number")} == set()


def numbers() -> Iterator[tuple[str, str]]:
    """Every number of the file, those in lists and free tables too, with what is expected there."""
    for key, kind in every_key():
        inner = kind if get_origin(kind) not in (tuple, Mapping) else get_args(kind)
        for one in inner if isinstance(inner, tuple) else (inner,):
            plain = get_args(one)[0] if hasattr(one, "__metadata__") else one
            if plain in (int, float):
                yield key, expected(one)
