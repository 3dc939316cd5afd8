"""Both languages are complete, and codes from the data have words."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import aiohttp
import pytest
from support.ui_states import position, symbol

from tuirisk.feed.binance.rest.errors import answer_error, network_error, status_error
from tuirisk.language.reason import Reason, joined
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.language.tables import table
from tuirisk.language.words import LANGUAGES, Words, choose_language
from tuirisk.state import SEVERITIES, Missing
from tuirisk.state.codes import NoteCode, RuleCode
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


CODES = ("await", "code", "field", "note", "reason", "theme", "thing")
"""Sections whose keys are codes of the state, the theme files or the exchange's messages."""
STARTS = re.compile(
    r"driver\.drawdown_|explain\.(note|rule)_|score_history\.span_|"
    r"symbol\.(bracket|carry|cone|field|grade|light|measure|mode|model|phase|record|scenario|unit)_"
)
"""How keys begin that a code of the state completes after ``_``."""


@cache
def parsed() -> dict[Path, ast.Module]:
    """Every module of the package."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}


def text_constants() -> set[str]:
    """Every string constant of the package, the constant parts of f-strings included."""
    trees = parsed().values()
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_recommendation_has_a_text(language: str) -> None:
    words = Words(language)
    for code in ("under_control", "insufficient_data", *get_args(RuleCode)):
        assert words.has(f"code.{code}"), code
    for code in get_args(NoteCode):
        assert words.has(f"note.{code}"), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_input_of_the_score_has_a_word(language: str) -> None:
    source = (ANALYTICS / "score" / "components.py").read_text(encoding="utf-8")
    inputs = set(re.findall(r'(?:ScoreInput\(|_mapped\(|\()\s*"([a-z_0-9]+)", (?!\))', source))
    assert {"forecast_rank", "spread_percentile", "rate_8h", "breakdown"} <= inputs
    words = Words(language)
    assert [name for name in sorted(inputs) if not words.has(f"driver.{name}")] == []


def test_a_code_without_a_text_is_shown_as_it_is() -> None:
    assert Words("en").code("note", "brand_new_note") == "brand new note"


def test_what_a_symbol_awaits_is_listed_in_the_language() -> None:
    words, waiting = Words("zh"), Reason("waiting_for", things=("order_book", "mark_price"))
    assert words.missing_items(waiting) == ("订单簿", "标记价格")
    assert words.reason(waiting) == "等待 订单簿, 标记价格"
    assert str(waiting) == "waiting for order book, mark price"
    assert words.missing_items(Reason("no_position")) == words.missing_items(None) == ()
    assert words.reason(None) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_code_has_a_template_and_no_template_is_left_over(language: str) -> None:
    templates = {key for key in table(language) if key.startswith("reason.")}
    assert templates == {f"reason.{code}" for code in get_args(ReasonCode)}


def built_reasons() -> Iterator[tuple[str, set[str]]]:
    """(code, names of its arguments) of every reason that the package builds."""
    for tree in parsed().values():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("Missing", "Reason"):
                names = {str(keyword.arg) for keyword in node.keywords}
                codes = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
                yield from ((str(code), names) for code in codes if code)


def test_every_reason_is_built_with_the_arguments_of_its_template() -> None:
    wrong = {
        code: names
        for code, names in built_reasons()
        if names != placeholders(table("en")[f"reason.{code}"])
    }
    assert wrong == {}


def test_every_reason_code_is_used() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path.name not in ("reason.py", "reason_codes.py")
    )
    unused = {code for code in get_args(ReasonCode) if f'"{code}"' not in sources}
    assert unused <= {"text", "lines", "reasons"}


def test_a_reason_is_equal_to_another_with_its_code_and_arguments_and_survives_copies() -> None:
    one = Missing("of_symbol", symbol="A", reason=Missing("few_bars", have=1, need=2))
    same = Missing("of_symbol", reason=Missing("few_bars", need=2, have=1), symbol="A")
    assert (one, hash(one)) == (same, hash(same))
    assert one != Missing("of_symbol", symbol="B", reason=Missing("few_bars", have=1, need=2))
    for made in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
        assert (made, type(made)) == (one, Missing)
    with pytest.raises(AttributeError):
        one.code = "no_position"


def faults() -> list[Reason]:
    """What a connection may say."""
    error = aiohttp.ClientConnectorError(SimpleNamespace(), OSError(111, "Connection refused"))  # type: ignore[arg-type]
    errors = (error, TimeoutError(), OSError(113, "No route to host"), aiohttp.ClientError())
    made = [network_error("7", one) for one in errors]
    made += [status_error("7", status) for status in (302, 403, 404, 407, 451, 500)]
    made += [status_error("7", 400, (-1121, "7"))]
    for status, body in ((418, b""), (429, b""), (200, b"<html>")):
        fault = answer_error("7", status, {}, body)
        assert fault is not None
        made.append(fault)
    reasons = [fault.reason for fault in made]
    more = Reason("and_more", reason=reasons[0], count=3)
    both = joined(reasons[1], Reason("of_account", reason=reasons[2]), by="lines")
    assert both is not None
    return [*reasons, Reason("of_symbol", symbol="BTCUSDT", reason=more), both]


@pytest.mark.parametrize("reason", faults(), ids=lambda reason: reason.code)
def test_messages_of_the_connection_are_chinese(reason: Reason) -> None:
    left = set(re.findall(r"[A-Za-z]{2,}", Words("zh").reason(reason)))
    assert left <= {"HTTP", "JSON", "exchange", "BTCUSDT"}, Words("zh").reason(reason)


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
        "carried",
        "p_liquidation_model",
        "p_liquidation_time",
        "sampled",
        "grades",
        "levels",
        "n",
        "quantity",
        "margin_mode",
        "bracket_source",
        "candles_only",
    }
    assert not [name for name in sorted({*names, *parts} - never) if not words.has(f"field.{name}")]


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (
            Reason("few_bars", have=12, need=60),
            "insufficient history: 12 of 60 bars",
            "历史不足：12/60 根K线",
        ),
        (
            Reason("not_received_yet", thing="mark_price"),
            "mark price not received yet",
            "尚未收到标记价格",
        ),
        (Reason("stale_family", family="depth"), "stale: depth", "数据过期：盘口"),
        (
            Reason("low_coverage", have=0.3, need=0.5),
            "coverage 30% is not above 50%",
            "覆盖 30%，未超过 50%",
        ),
        (
            Reason("of_cross_margin", symbol="A", reason=Reason("no_position")),
            "cross margin: A: no position",
            "全仓：A：没有持仓",
        ),
        (Reason.from_text("something odd"), "something odd", "something odd"),
    ],
)
def test_a_reason_has_a_sentence_in_each_language(
    reason: Reason, english: str, chinese: str
) -> None:
    assert str(reason) == Words("en").reason(reason) == english
    assert Words("zh").reason(reason) == chinese


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
