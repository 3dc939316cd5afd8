"""The screen's words in one language, read from ``locale/*.toml``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from tuirisk.language.reason import Reason, item_text, sentence
from tuirisk.language.tables import table

LANGUAGES = ("en", "zh")


class Words:
    """Words by dotted key, e.g. ``severity.ok``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._table = table(language)

    def __call__(self, key: str, **values: object) -> str:
        """The word at ``key``, ``values`` filled in. An unknown key is an error in the program."""
        text = self._table[key]
        return text.format(**values) if values else text

    def code(self, family: str, code: str | Reason) -> str:
        """The word for a code that data carry; a code without one is shown as it is.

        Empty for a code that is missing, for a reason.
        """
        if isinstance(code, Reason):
            return ""
        return self._table.get(f"{family}.{code}", code.replace("_", " "))

    def missing_items(self, message: Reason | None) -> tuple[str, ...]:
        """The words for what a symbol's ``message`` waits for; empty for any other message."""
        if message is None or message.code != "waiting_for":
            return ()
        things = dict(message.args)["things"]
        assert isinstance(things, tuple)
        return tuple(item_text(str(one), self.language) for one in things)

    def reason(self, reason: Reason | None) -> str:
        """The sentence of ``reason``; empty for None."""
        return "" if reason is None else sentence(reason, self.language)

    def has(self, key: str) -> bool:
        return key in self._table


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
    candidates = [*environment.get("LANGUAGE", "").split(":"), locale]
    return next((one for one in map(language_of, candidates) if one in LANGUAGES), "en")


def language_of(locale: str) -> str:
    """The language of a locale's name: ``zh_CN.UTF-8`` is ``zh``."""
    return re.split(r"[_.@-]", locale.lower(), maxsplit=1)[0]
