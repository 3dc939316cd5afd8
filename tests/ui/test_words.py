"""Both languages are complete, and codes from the data have words."""

from __future__ import annotations

import ast
import dataclasses
import re
import string
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest
from support.ui_states import position, symbol

from tuirisk.feed.binance.rest.errors import fault_of_answer, fault_of_error, fault_of_status
from tuirisk.language.words import LANGUAGES, Words, choose_language, table
from tuirisk.state import SEVERITIES
from tuirisk.ui.view.commands import EVERY

PACKAGE = Path(__file__).resolve().parents[2] / "tuirisk"
ANALYTICS = PACKAGE / "analytics"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    english, other = table("en"), table(language)
    assert english.keys() == other.keys()
    for key, text in english.items():
        assert placeholders(text) == placeholders(other[key]), key
        assert other[key].strip(), key


CODES = ("await", "field", "note", "reason", "theme", "thing")
"""Sections whose keys are codes of the state, the theme files or the exchange's messages."""
STARTS = re.compile(
    r"driver\.drawdown_|explain\.(note|rule)_|"
    r"symbol\.(bracket|carry|cone|field|grade|light|mode|model|record|unit)_"
)
"""How keys begin that a code of the state completes after ``_``."""


def text_constants() -> set[str]:
    """Every string constant of the package, the constant parts of f-strings included."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_every_text_of_the_locales_is_used() -> None:
    constants = text_constants()
    unused = []
    for key in table("en"):
        section, _, name = key.partition(".")
        named = name in constants and bool({section, f"{section}."} & constants)
        coded = section in CODES or STARTS.match(key)
        if not (key in constants or named or coded or (section == "symbol" and name in constants)):
            unused.append(key)
    assert not unused


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_and_severities_have_words(language: str) -> None:
    words = Words(language)
    for command in EVERY:
        assert words(f"command.{command.name}")
        assert words(f"short.{command.name}")
    for severity in SEVERITIES:
        assert words(f"severity.{severity}")


def test_every_rule_and_note_of_the_analytics_has_a_word() -> None:
    for name in ("score/recommendation", "leverage/position_notes"):
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


def reasons_in(path: Path) -> list[str]:
    """Every reason that a module gives for a missing number, 7 for what is filled in."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Missing" or not node.args:
            continue
        reason = node.args[0]
        if isinstance(reason, ast.Constant):
            found.append(str(reason.value))
        elif isinstance(reason, ast.JoinedStr):
            parts = (p.value if isinstance(p, ast.Constant) else "7" for p in reason.values)
            found.append("".join(map(str, parts)))
    return [reason for reason in found if reason]


def test_every_reason_has_chinese_words() -> None:
    zh = Words("zh")
    found = [reason for path in PACKAGE.rglob("*.py") for reason in reasons_in(path)]
    assert len(found) > 100
    assert not [reason for reason in found if zh.reason(reason) == reason]


def faults() -> list[str]:
    """What a connection may say."""
    error = aiohttp.ClientConnectorError(SimpleNamespace(), OSError(111, "Connection refused"))  # type: ignore[arg-type]
    errors = (error, TimeoutError(), OSError(113, "No route to host"), aiohttp.ClientError())
    made = [fault_of_error("7", one) for one in errors]
    made += [fault_of_status("7", status) for status in (302, 403, 404, 407, 451, 500)]
    made += [fault_of_status("7", 400, (-1121, "7"))]
    for status, body in ((418, b""), (429, b""), (200, b"<html>")):
        fault = fault_of_answer("7", status, {}, body)
        assert fault is not None
        made.append(fault)
    texts = [str(fault) for fault in made]
    return [*texts, f"BTCUSDT: {texts[0]} (and 3 more)", f"{texts[1]} · account: {texts[2]}"]


@pytest.mark.parametrize("message", faults())
def test_what_a_connection_says_is_chinese(message: str) -> None:
    left = set(re.findall(r"[A-Za-z]{2,}", Words("zh").reason(message)))
    assert left <= {"HTTP", "JSON", "exchange", "BTCUSDT"}, Words("zh").reason(message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_that_may_be_missing_has_a_name(language: str) -> None:
    words = Words(language)
    one = symbol()
    parts = ("score", "price", "liquidity", "funding", "open_interest", "flow", "liquidations",
             "performance", "value_at_risk")  # fmt: skip
    values = [position(1.0), *(getattr(one, part) for part in parts)]
    fields = [field for value in values for field in dataclasses.fields(value)]
    names = {field.name for field in fields if field.metadata.get("published", True)}
    never = {
        "weights",
        "sampled",
        "grades",
        "levels",
        "n",
        "quantity",
        "margin_mode",
        "bracket_source",
    }
    assert not [name for name in sorted({*names, *parts} - never) if not words.has(f"field.{name}")]


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
        ("auto", {"LANG": "zh"}, "zh"),
        ("auto", {"LANG": "zh_TW.UTF-8"}, "zh"),
        ("auto", {"LANG": "zha_CN.UTF-8"}, "en"),
        ("auto", {"LANG": "xx_YY.UTF-8"}, "en"),
        ("auto", {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ("auto", {"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, "zh"),
        ("auto", {"LANG": "en_US.UTF-8", "LANGUAGE": "fr:zh_CN:en"}, "zh"),
        ("auto", {"LANG": "zh_CN.UTF-8", "LANGUAGE": "en_GB:zh"}, "en"),
        ("auto", {"LANG": "zh_CN.UTF-8", "LANGUAGE": ""}, "zh"),
        ("auto", {"LANG": "C.UTF-8", "LANGUAGE": "zh_CN"}, "en"),
        ("auto", {"LANGUAGE": "zh_CN"}, "en"),
        ("en", {"LC_ALL": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_language(wanted: str, environment: dict[str, str], expected: str) -> None:
    assert choose_language(wanted, environment) == expected
