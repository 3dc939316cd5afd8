"""A state whose names are hostile, hostile files and questions: nothing obeyed gets out."""

from __future__ import annotations

import re
import time
import xml.dom.minidom
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from foreign import test_entrances
from foreign.test_entrances import HOSTILE, OBEYED
from mcp import Client
from prometheus_client.parser import text_string_to_metric_families
from support import symbol_states

from screenshots.svg import picture
from tuirisk.config.model import Config
from tuirisk.config.notify_rules import template_error
from tuirisk.mcp.desk import Desk
from tuirisk.mcp.server import make_server
from tuirisk.serve.prometheus import exposition
from tuirisk.state import RiskState
from tuirisk.state.binary import decode_untyped, encode, typed
from tuirisk.terminal.title import set_title
from tuirisk.ui.themes.themes import ThemeError, load_themes

IN_LINES = re.compile(OBEYED.pattern.replace(r"\x00-\x1f", r"\x00-\x09\x0b-\x1f"))
QUOTED = HOSTILE + '"\\'
THEMES = Path(__file__).parents[2] / "themes"
NORD = (THEMES / "nord.toml").read_text(encoding="utf-8")
ESCAPED = "".join(f"\\u{ord(character):04x}" for character in QUOTED)


def hostile() -> RiskState:
    values = decode_untyped(encode(symbol_states.rich()))
    with pytest.MonkeyPatch.context() as text:
        text.setattr(test_entrances, "HOSTILE", QUOTED)
        made: RiskState = typed(RiskState, test_entrances.renamed(values, "BTCUSDT"))
    return made


def test_metrics_hold_lines_and_labels_alone() -> None:
    text = exposition(hostile(), 0.0, 1).decode()
    assert not IN_LINES.search(text)
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    assert any("PWNED" in s.labels.get("symbol", "") for s in samples)


def test_a_picture_is_xml_without_what_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "hostile.svg"
    picture(hostile(), Config(), (80, 24), "nord", "en", path)
    assert not IN_LINES.search(path.read_text(encoding="utf-8"))
    xml.dom.minidom.parse(str(path))


async def test_answers_to_hostile_questions_are_printable() -> None:
    async def once() -> AsyncIterator[RiskState]:
        yield hostile()

    desk = Desk(time.monotonic)
    await desk.follow(once())
    said = []
    async with Client(make_server(desk, None)) as client:
        for tool in ("state", "symbol", "explain", "log", "backtest_record"):
            arguments = {} if tool == "state" else {"symbol": QUOTED}
            result = await client.call_tool(tool, arguments)
            said += [part.text for part in result.content if part.type == "text"]
    assert any("PWNED" in text for text in said)
    assert not any(IN_LINES.search(text) for text in said)


@pytest.mark.parametrize(
    "body",
    [
        lambda: NORD.replace('name = "nord"', f'name = "{ESCAPED}"'),
        lambda: NORD.replace('name = "nord"', 'name = "\u3164"'),
        lambda: NORD.replace("[variables]", f'[variables]\n"{ESCAPED}" = "#ffffff"'),
        lambda: NORD.replace("[variables]", f'[variables]\nup = "{ESCAPED}"'),
        lambda: f"{QUOTED} = 1",
    ],
)
def test_a_hostile_theme_is_a_problem_in_one_printable_line(
    body: Callable[[], str], tmp_path: Path
) -> None:
    (tmp_path / "a\x1b[2J\u202e.toml").write_text(body(), encoding="utf-8")
    themes = load_themes([THEMES, tmp_path])
    assert len(themes.problems) == 1
    with pytest.raises(ThemeError) as unknown:
        themes.check(QUOTED)
    for text in (*themes.names, *themes.problems, str(unknown.value)):
        assert not OBEYED.search(text)


def test_the_title_of_the_terminal_is_a_line() -> None:
    title = set_title(QUOTED)
    assert title.startswith("\x1b]2;")
    assert title.endswith("\x07")
    assert not OBEYED.search(title[4:-1])


@pytest.mark.parametrize("part", ["\x1b[2J", "\x9b31m", "\u202e", "\u200b", "\r", "\x07", "\u2028"])
def test_a_template_of_what_is_obeyed_is_a_mistake(part: str) -> None:
    assert not template_error("⚠\ufe0f {symbol}\n{text}")
    wrong = template_error(part + "{text}")
    assert wrong
    assert not OBEYED.search(wrong)
