"""The screen's words in one language, read from ``locale/*.toml``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import tomli

LANGUAGES = ("en", "zh")


class Words:
    """Words by dotted key, e.g. ``severity.ok``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._table = table(language)
        self._reasons: dict[str, str] = {}

    def __call__(self, key: str, **values: object) -> str:
        """The word at ``key``, ``values`` filled in. An unknown key is an error in the program."""
        text = self._table[key]
        return text.format(**values) if values else text

    def code(self, family: str, code: str) -> str:
        """The word for a code that data carry; a code without one is shown as it is."""
        return self._table.get(f"{family}.{code}", code.replace("_", " "))

    def awaited(self, message: str) -> tuple[str, ...]:
        """The things a message lists after "waiting for", translated; empty for any other text."""
        start = "waiting for "
        if not message.startswith(start):
            return ()
        things = message.removeprefix(start).split(", ")
        return tuple(self._table.get(f"await.{t.replace(' ', '_')}", t) for t in things)

    def message(self, message: str) -> str:
        """A symbol's message: what is awaited, or a reason, translated where it is known."""
        things = self.awaited(message)
        if things:
            return self("await.waiting_for", things=", ".join(things))
        return self.reason(message)

    def reason(self, text: str) -> str:
        """Why there is no number, translated where it is one of the known reasons."""
        if self.language == "en":
            return text
        found = self._reasons.get(text)
        if found is None:
            found = self._reasons[text] = self._translated(text)
        return found

    def _translated(self, text: str) -> str:
        if " · " in text:
            return " · ".join(self._translated(part) for part in text.split(" · "))
        for key, pattern in _patterns():
            match = pattern.fullmatch(text)
            if match is None:
                continue
            values = match.groupdict()
            for name, value in values.items():
                if name == "rest":
                    values[name] = self._translated(value)
                elif name in ("thing", "family"):
                    values[name] = self._table.get(f"{name}.{value.replace(' ', '_')}", value)
            return self._table[key].format(**values)
        if "; " in text:
            return "; ".join(self._translated(part) for part in text.split("; "))
        return text

    def has(self, key: str) -> bool:
        return key in self._table


@cache
def table(language: str) -> Mapping[str, str]:
    """All words of a language, keys flattened with dots."""
    path = resources.files("tuirisk.language").joinpath("locale", f"{language}.toml")
    flat: dict[str, str] = {}
    _flatten(tomli.loads(path.read_text(encoding="utf-8")), "", flat)
    return flat


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(key, English as a pattern) of every known reason, the most particular first."""
    reasons = [(k, text) for k, text in table("en").items() if k.startswith("reason.")]
    reasons.sort(key=lambda item: (len(item[1].partition("{")[0]), len(item[1])), reverse=True)
    return tuple(
        (key, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(text))))
        for key, text in reasons
    )


def choose_language(wanted: str, environment: Mapping[str, str] | None = None) -> str:
    """``wanted``, or for ``auto`` what the environment says, English by default.

    As in gettext: the locale is ``LC_ALL``, else ``LC_MESSAGES``, else ``LANG``; unless it is the
    C locale, the languages that ``LANGUAGE`` lists come before it. Every Chinese is ``zh``.
    """
    if wanted in LANGUAGES:
        return wanted
    environment = os.environ if environment is None else environment
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "C")
    if language_of(locale) in ("c", "posix"):
        return "en"
    asked = [*environment.get("LANGUAGE", "").split(":"), locale]
    return next((one for one in map(language_of, asked) if one in LANGUAGES), "en")


def language_of(locale: str) -> str:
    """The language of a locale's name: ``zh_CN.UTF-8`` is ``zh``."""
    return re.split(r"[_.@-]", locale.lower(), maxsplit=1)[0]


def _flatten(items: Mapping[str, Any], prefix: str, out: dict[str, str]) -> None:
    for key, value in items.items():
        if isinstance(value, Mapping):
            _flatten(value, f"{prefix}{key}.", out)
        else:
            out[prefix + key] = str(value)
