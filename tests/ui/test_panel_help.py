"""The help explains the numbers of the focused panel, in the words of docs/metrics.md."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support import positions
from support.symbol_states import full, rich
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, critical, judged, position

from tuirisk.config.display_settings import DisplaySettings
from tuirisk.language.glossary import glossary
from tuirisk.language.words import LANGUAGES, Words
from tuirisk.state import (
    NO_EXTERNAL,
    ContractTerms,
    ImpliedVolatility,
    OutsideLiquidations,
    RiskState,
)
from tuirisk.ui import screens
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.dialogs.topics import TOPICS, explained, label_of
from tuirisk.ui.render.rows import Line
from tuirisk.ui.screens import account
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.screens.tabs import TABS
from tuirisk.ui.view.view import View

MakeApp = Callable[..., TuiriskApp]
DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


def rows() -> dict[str, str]:
    """What each row of the document says, in plain text, by its place and key."""
    found: dict[str, str] = {}
    places: list[str] = []
    column = 1
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            named = re.findall(r"`([^`]+)`", line)
            places = [place.removeprefix("(top level).") for place in named]
            title = line.removeprefix("## ")
            places = {"Only on the screen": ["screen"], "Radar": ["radar"]}.get(title, places)
            column = 2 if title == "Radar" else 1
        elif line.startswith("| `"):
            cells = re.split(r"(?<!\\) \| ", line[2:-2])
            text = re.sub(r"[`*]", "", cells[min(column, len(cells) - 1)]).replace("\\|", "|")
            for key in re.findall(r"`([^`]+)`", cells[0]):
                found |= {f"{place}.{key}": text for place in places}
    return found


def test_every_sentence_of_the_help_begins_its_row_of_the_document() -> None:
    described = rows()
    differing = {
        key: (sentence, described.get(key, ""))
        for key, sentence in glossary("en").items()
        if not described.get(key, "").startswith(sentence)
    }
    assert differing == {}


def test_every_number_of_a_panel_has_a_sentence_and_none_is_left_over() -> None:
    used = {term.meaning for topic in TOPICS.values() for term in topic.terms}
    assert used - glossary("en").keys() == set()
    assert glossary("en").keys() - used == set()
    for language in LANGUAGES:
        assert glossary(language).keys() == glossary("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_those_of_the_panels(language: str) -> None:
    words = Words(language)
    for topic in TOPICS.values():
        assert words(topic.title)
        for term in topic.terms:
            assert label_of(words, term.label).strip(" /")


PLAIN = re.compile(r"|bp|[\d:]+Z?|\d+ ?[mdhy]|\d+ %")
"""Labels that are times, periods, percentages and units."""
PERIOD = re.compile(r" (\d+ ?[dhy]|\d+ %|bp)$")
OF_THEMSELVES = {
    "bars", "method", "pair", "a year", "side", "amount", "up to", "liquidated", "loss",
}  # fmt: skip
"""Labels that say what is written under them, and name no number that is computed."""


@pytest.mark.parametrize("topic", [*(name for name, _ in TABS), "account"])
def test_every_label_that_is_drawn_has_a_sentence(
    topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: set[str] = set()

    def facts(page: Page, rows: Sequence[tuple[str, object]]) -> list[Line]:
        drawn.update(label for label, _ in rows)
        return []

    def table(page: Page, head: Sequence[str], rows: object) -> list[Line]:
        drawn.update(head)
        return []

    for module in pkgutil.iter_modules(screens.__path__):
        loaded = importlib.import_module(f"tuirisk.ui.screens.{module.name}")
        for name, spy in (("fact_rows", facts), ("table", table)):
            if hasattr(loaded, name):
                monkeypatch.setattr(loaded, name, spy)
    what = positions.state(positions.LONG, positions.SHORT) if topic == "account" else held()
    view = View(CONFIG, Words("en"), "nord", state=what, chosen="BTCUSDT")
    page = Page(view, what.symbols["BTCUSDT"], 150)
    if topic == "account":
        assert what.account is not None
        account.draw(page, what.account)
    else:
        dict(TABS)[topic](page, 60)
    labels = {
        PERIOD.sub("", label_of(view.words, part))
        for term in TOPICS[topic].terms
        for one in term.label.split("|")
        for part in (one, *one.split())
    }
    numbers = {PERIOD.sub("", label.strip()) for label in drawn if not PLAIN.fullmatch(label)}
    assert numbers - OF_THEMSELVES - labels == set()


PANELS = ("watchlist", "depth", "impact", "detail")
PARTS = {
    "depth.empty", "depth.known", "depth.title", "depth.title_wide", "detail.chart", "detail.ends",
    "detail.for", "detail.money_in", "detail.more", "detail.no_liquidation", "detail.per_year",
    "detail.sampled", "detail.set", "detail.title", "detail.yearly", "impact.empty",
    "impact.exhausted", "impact.title", "impact.unit", "position.effective", "tile.awaiting",
    "tile.coverage", "tile.fresh",
    "tile.steps", "detail.simulated", "impact.axes",
    "impact.metaorder",  # its label is that of symbol.worked
}  # fmt: skip
"""What stands beside a number or in the place of all, and is no label of one of its own."""


async def test_every_label_of_the_dashboard_has_a_sentence(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: set[str] = set()
    said = Words.__call__

    def listening(words: Words, key: str, **values: object) -> str:
        drawn.add(key)
        return said(words, key, **values)

    quarter = ContractTerms("CURRENT_QUARTER", "BTC", "USDC", "USDC", "2026-12-25T08:00:00.000Z")
    time = "2026-11-22T12:00:00.000Z"
    outside = replace(
        NO_EXTERNAL,
        implied_volatility={"BTC": ImpliedVolatility(0.5, 83.0, 0.1, time, 9e5, "deribit")},
        liquidations={"BTC": OutsideLiquidations(7e5, 4e5, False, time, 2e3, "okx", time)},
    )
    one = replace(held().symbols["BTCUSDT"], contract=quarter)
    state = replace(held(), symbols={"BTCUSDT": one}, external=outside)
    monkeypatch.setattr(Words, "__call__", listening)
    app = make_app(FakeMonitor(state))
    async with app.run_test(size=(200, 60)) as pilot:
        await settle(pilot)
    labels = {
        key
        for topic in PANELS
        for one in TOPICS[topic].terms
        for key in re.split(r"[| ]", one.label)
    }
    of_panels = {key for key in drawn if key.split(".")[0] in ("tile", "position", *PANELS)}
    assert {"tile.implied", "tile.outside", "detail.contract"} <= of_panels
    assert of_panels - PARTS - labels == set()


def text_of(what: RiskState, topic: str, language: str = "en", width: int = 76) -> str:
    chosen = what.watchlist.symbols[0]
    view = View(CONFIG, Words(language), "nord", state=what, chosen=chosen)
    own = dict.fromkeys(("what_if", "price", "basis", "move"), "1.5")
    lines = list(explained(view, topic, own, width))
    texts = ["".join(span.text for span in line) for line in lines]
    assert all(len(text) <= width for text in texts) or language == "zh"
    return " ".join(text.strip() for text in texts)


def held() -> RiskState:
    """A state in which one symbol has every part, and an account stands behind it."""
    one = judged(replace(full(), position=position(67_412.3), positions=(position(67_412.3),)))
    return replace(critical(), symbols={**critical().symbols, "BTCUSDT": one})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_panel_explains_itself(topic: str, language: str) -> None:
    text = text_of(held(), topic, language)
    assert text.count(":") + text.count("：") >= 3, topic


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        ("watchlist", "M market 97: Points of volatility and drawdown"),
        ("depth", "micro 61,240.0: Mid price weighted"),
        ("market", "effective bets 1.2: How many independent positions"),
    ],
)
def test_abbreviations_are_spelled_out_with_their_values(topic: str, sentence: str) -> None:
    what = rich() if topic == "market" else critical()
    assert sentence in text_of(what, topic)


async def test_the_question_mark_explains_the_focused_panel_then_the_keys(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor(critical()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.query_one("#impact").focus()
        await pilot.press("question_mark")
        await settle(pilot)
        text = screen_text(app)
        assert "What a market order of this size costs" in text
        assert "TWAP est." in text
        await pilot.press("tab")
        await settle(pilot)
        assert "command palette" in screen_text(app)
        await pilot.press("tab", "question_mark")
        await settle(pilot)
        assert len(app.screen_stack) == 1


async def test_the_values_in_the_help_are_those_of_the_newest_state(make_app: MakeApp) -> None:
    monitor = FakeMonitor(critical())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        what = critical()
        price = replace(what.symbols["BTCUSDT"].price, last=12_345.6)
        moved = replace(what.symbols["BTCUSDT"], price=price)
        monitor.publish(
            replace(what, time_ms=what.time_ms + 2_000,
                    symbols={**what.symbols, "BTCUSDT": moved})
        )  # fmt: skip
        await settle(pilot)
        assert "12,345.6: The last trade." in screen_text(app)


async def test_each_tab_explains_its_own_numbers(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(held()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for place, (name, _) in enumerate(TABS, 1):
            await pilot.press(str(place), "question_mark")
            await settle(pilot)
            first = screen_text(app).splitlines()[0:12]
            title = app.view.words(f"tab.{name}") + "  KEYS"
            assert any(title in row for row in first), name
            await pilot.press("escape", "escape")
            await settle(pilot)


# The first start.


def settings(folder: Path) -> DisplaySettings:
    return DisplaySettings(folder / "display.json", {"welcomed": "", "sort": "", "zoom": ""})


async def test_the_first_start_shows_what_to_press_once(make_app: MakeApp, tmp_path: Path) -> None:
    first = make_app(FakeMonitor(critical()), settings=settings(tmp_path), welcome=True)
    async with first.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(first)
        assert "? explains its numbers" in text
        assert "ORDER BOOK" in text
        assert "61,240" in text
        await pilot.press("escape")
        await settle(pilot)
        assert "explains its numbers" not in screen_text(first)
    second = make_app(FakeMonitor(critical()), settings=settings(tmp_path), welcome=True)
    async with second.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "explains its numbers" not in screen_text(second)


async def test_a_small_terminal_waits_with_what_to_press(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(FakeMonitor(critical()), settings=settings(tmp_path), welcome=True)
    async with app.run_test(size=(40, 10)) as pilot:
        await settle(pilot)
        assert "explains" not in screen_text(app)
    assert settings(tmp_path).value("welcomed") == ""
