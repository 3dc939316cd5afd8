"""Both languages are complete, and codes from the data have words."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from tuirisk.state import SEVERITIES
from tuirisk.ui.commands import COMMANDS
from tuirisk.ui.words import LANGUAGES, Words, choose_language, table

ANALYTICS = Path(__file__).resolve().parents[2] / "tuirisk" / "analytics"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    english, other = table("en"), table(language)
    assert english.keys() == other.keys()
    for key, text in english.items():
        assert placeholders(text) == placeholders(other[key]), key
        assert other[key].strip(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_and_severities_have_words(language: str) -> None:
    words = Words(language)
    for command in COMMANDS:
        assert words(f"command.{command.name}")
        assert words(f"short.{command.name}")
    for severity in SEVERITIES:
        assert words(f"severity.{severity}")


def test_every_rule_and_note_of_the_analytics_has_a_word() -> None:
    for name in ("recommendation", "position_notes"):
        source = (ANALYTICS / f"{name}.py").read_text(encoding="utf-8")
        codes = re.findall(r'(?m)^[A-Z_]+ = "([a-z_0-9]+)"', source)
        assert codes
        for code in codes:
            assert any(Words("en").has(f"{family}.{code}") for family in ("code", "note")), code


def test_a_code_without_a_word_is_shown_as_it_is() -> None:
    assert Words("en").code("note", "brand_new_note") == "brand new note"


def test_what_a_symbol_awaits_is_translated_and_other_messages_kept() -> None:
    words = Words("zh")
    assert words.awaited("waiting for order book, mark price") == ("订单簿", "标记价格")
    assert words.message("waiting for order book") == "等待 订单簿"
    assert words.awaited("refused by the exchange") == ()
    assert words.message("refused by the exchange") == "refused by the exchange"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("insufficient history: 12 of 60 bars", "历史不足：12/60 根K线"),
        ("mark price not received yet", "尚未收到标记价格"),
        ("funding interval not known yet", "尚不知资金费周期"),
        ("stale: depth", "数据过期：盘口"),
        ("no trades in 15 min", "15 min 内没有成交"),
        ("cross margin: ETHUSDT: mark price not received yet", "全仓：ETHUSDT：尚未收到标记价格"),
        ("something nobody foresaw", "something nobody foresaw"),
    ],
)
def test_known_reasons_are_translated_and_others_kept(reason: str, expected: str) -> None:
    assert Words("zh").reason(reason) == expected
    assert Words("en").reason(reason) == reason


@pytest.mark.parametrize(
    ("wanted", "environment", "expected"),
    [
        ("zh", {"LANG": "en_US.UTF-8"}, "zh"),
        ("auto", {"LANG": "zh_CN.UTF-8"}, "zh"),
        ("auto", {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ("auto", {}, "en"),
    ],
)
def test_language(wanted: str, environment: dict[str, str], expected: str) -> None:
    assert choose_language(wanted, environment) == expected
