"""Conditions made on the screen: as they are typed, in the dialog, and in their file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import ready

from tuirisk.alerts.own_conditions import OwnConditions
from tuirisk.config.alert_model import ConditionConfig
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.condition_parser import InvalidCondition, condition_shown, parse_condition

MakeApp = Callable[..., TuiriskApp]
BTC = "BTCUSDT"
PRICE = ConditionConfig("price", BTC, above=70_000.0)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("price > 70000", PRICE),
        ("Price above 70,000", PRICE),
        ("price > 70k", PRICE),
        ("distance < 5%", ConditionConfig("distance", BTC, below=0.05)),
        ("pnl<-1.5k repeat", ConditionConfig("pnl", BTC, below=-1_500.0, repeat=True)),
        ("sentiment < 20", ConditionConfig("sentiment", "*", below=20.0)),
        ("fear_index > 3", ConditionConfig("fear_index", "*", above=3.0)),
    ],
)
def test_a_condition_is_read_as_it_is_typed(text: str, condition: ConditionConfig) -> None:
    assert parse_condition(text, BTC, ["fear_index"]) == condition
    assert parse_condition(condition_shown(condition), BTC, ["fear_index"]) == condition


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", ""),
        ("price 70000", ""),
        ("price > ", ""),
        ("prize > 1", 'did you mean "price"'),
        ("score > 100", "can never hold"),
    ],
)
def test_what_is_no_condition_says_why(text: str, why: str) -> None:
    with pytest.raises(InvalidCondition) as caught:
        parse_condition(text, BTC, [])
    assert why in str(caught.value)


async def test_a_condition_is_added_listed_and_removed(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("A", *"price>1k", "enter")
        await settle(pilot)
        assert monitor.conditions == [(ConditionConfig("price", BTC, above=1_000.0),)]
        told = [notice.message for notice in app._notifications]
        assert told == ["Alert added: price > 1000"]
        await pilot.press("A")
        await settle(pilot)
        assert "price > 1000  (now" in screen_text(app)
        await pilot.press("ctrl+d", "escape")
        await settle(pilot)
        assert monitor.conditions[1:] == [()]
        await pilot.press("A", *"score>100", "enter")
        await settle(pilot)
        assert "can never hold" in screen_text(app)
        assert len(monitor.conditions) == 2


def test_they_are_kept_in_a_file_of_their_own_that_programs_share(tmp_path: Path) -> None:
    path = tmp_path / "data" / "conditions.json"
    one, other = OwnConditions(path), OwnConditions(path)
    below = ConditionConfig("pnl", BTC, below=-1.0)
    assert one.add(PRICE)
    assert not one.add(PRICE), "each once"
    assert other.add(below)
    assert OwnConditions(path).conditions == (PRICE, below)
    one.remove(PRICE)
    assert OwnConditions(path).conditions == (below,)
    assert [file.name for file in path.parent.iterdir()] == ["conditions.json"]
    assert (one.problem, other.problem) == ("", "")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"schema":1,"conditions":[{"value":3}]}', "\0"]
)
def test_a_damaged_file_is_kept_aside_and_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "conditions.json"
    path.write_text(content)
    own = OwnConditions(path)
    assert own.conditions == ()
    assert "damaged, kept as conditions.json.corrupt" in own.problem
    assert (tmp_path / "conditions.json.corrupt").read_text() == content


def test_a_file_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "conditions.json"
    path.write_text(json.dumps({"schema": 2, "conditions": []}))
    own = OwnConditions(path)
    assert own.add(PRICE)
    assert json.loads(path.read_text())["schema"] == 2
    assert "newer" in own.problem


def test_a_condition_that_no_version_would_write_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "conditions.json"
    wrong = [{"value": "price"}, {"value": "score", "above": 100.0}, {"value": "mark", "above": 1}]
    path.write_text(json.dumps({"schema": 1, "conditions": wrong}))
    assert OwnConditions(path).conditions == (ConditionConfig("mark", above=1.0),)
