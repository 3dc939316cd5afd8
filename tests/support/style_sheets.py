"""Style sheets parsed once for all the applications that one process of the tests starts."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet


def parse_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the rules of a text with its variables, as Textual does within one application."""
    parse = Stylesheet._parse_rules

    def parse_once(sheet: Stylesheet, css: str, *where: Any, **options: Any) -> list[RuleSet]:
        variables = tuple(sheet._variables.items())
        key = (variables, css, where, tuple(options.items()))
        if key not in _PARSED:
            _PARSED[key] = parse(sheet, css, *where, **options)
        return _PARSED[key]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_once)


_PARSED: dict[tuple[Any, ...], list[RuleSet]] = {}
