"""Messages in JSON, `watch`, hooks, viewers, assistants and on the screen are one list."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import get_args

import pytest
from rich.cells import cell_len
from support.hooks import entry
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, ready

from tuirisk.alerts.event import alert_event
from tuirisk.cli.messages import NewMessages, message_line
from tuirisk.cli.summary import summary
from tuirisk.cli.watch import StateLines
from tuirisk.language.reason import Argument, Reason
from tuirisk.language.reason_codes import ReasonCode
from tuirisk.language.tables import table
from tuirisk.language.words import Words
from tuirisk.mcp.answers import Seen, overview
from tuirisk.state import Message, RiskState, Severity, to_json
from tuirisk.state.binary import decode_untyped, encode, typed
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.dialogs.message_list import message_rows, message_text
from tuirisk.ui.render.rows import Line
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.header import Header, Notice

MakeApp = Callable[..., TuiriskApp]
LEVELS: tuple[Severity, ...] = ("caution", "warning", "critical", "unknown")


def reason(code: ReasonCode) -> Reason:
    """One with the arguments that its sentence asks for."""
    template = table("en")[f"reason.{code}"]
    names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    nested: dict[str, Argument] = {
        "reason": Reason("no_answer"),
        "why": Reason("no_answer"),
        "thing": "mark_price",
        "things": ("order_book",),
        "family": "depth",
    }
    return Reason(code, **{name: nested.get(name, 7) for name in names})


@pytest.fixture(scope="module")
def state() -> RiskState:
    """With a message of every kind there is."""
    state = ready()
    names = (None, *state.symbols)
    messages = tuple(
        Message(code, str(reason(code)), names[n % len(names)], LEVELS[n % 4], reason(code))
        for n, code in enumerate(get_args(ReasonCode))
    )
    return replace(state, messages=messages)


def listed(body: bytes | str) -> list[dict[str, object]]:
    return list(json.loads(body)["messages"])


def squeezed(rows: Iterable[Line]) -> str:
    """The text of rows without blanks, so that it is found across the ends of rows."""
    return "".join("".join(span.text for row in rows for span in row).split())


def test_every_face_has_the_same_list(state: RiskState) -> None:
    whole = listed(to_json(state))
    assert [(m["code"], m["text"], m["symbol"], m["level"]) for m in whole] == [
        (m.code, m.text, m.symbol, m.level) for m in state.messages
    ]
    assert listed(next(StateLines(CONFIG).of(state))) == whole
    hook = alert_event(entry(state.time_ms), state, "mainnet")
    assert hook["messages"] == whole
    assert overview(Seen(state, 0.0))["messages"] == whole
    assert typed(RiskState, decode_untyped(encode(state))).messages == state.messages
    known = [message_line(m) for m in state.messages if m.level != "unknown"]
    assert list(NewMessages().lines(state)) == known
    text = summary(state).decode()
    assert all(line in text for line in known)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [36, 76, 114])
def test_the_screen_lists_every_message_whole_and_in_order(
    state: RiskState, width: int, language: str
) -> None:
    view = View(CONFIG, Words(language), "nord", state=state)
    rows = message_rows(view, width)
    assert {cell_len("".join(span.text for span in row)) for row in rows} == {width}
    shown, place = squeezed(rows), 0
    for message in state.messages:
        name = "" if message.symbol is None else f"{message.symbol}:"
        said = "".join(f"{name}{message_text(view, message)}".split())
        place = shown.index(said, place)


def test_a_message_of_another_tuirisk_is_shown_as_it_came() -> None:
    state = replace(ready(), messages=(Message("margin_call", "as it came", None, "critical"),))
    assert "asitcame" in squeezed(message_rows(View(CONFIG, Words("zh"), "nord", state=state), 60))


def test_the_header_counts_them_and_the_row_below_has_the_first() -> None:
    first = reason("assets_at_par")
    messages = (
        Message("waiting_for", "", "BTCUSDT", "unknown", reason("waiting_for")),
        Message(first.code, str(first), None, "caution", first),
        Message("margin_call", "", None, "critical", reason("margin_call")),
    )
    view = View(CONFIG, Words("en"), "nord", state=replace(ready(), messages=messages))
    (line,) = Header().draw(view, 160, 1).lines
    (chip,) = (span for span in line if "messages" in span.text)
    assert chip.text.strip() == "2 messages [M]"
    assert chip.role == "critical"
    assert str(first)[:40] in "".join(s.text for s in Notice().draw(view, 160, 1).lines[0])
    quiet = replace(view, state=replace(ready(), messages=messages[:1]))
    assert "message" not in "".join(s.text for s in Header().draw(quiet, 160, 1).lines[0])


@pytest.mark.parametrize(
    "size", [(40, 10), *(pytest.param(s, marks=pytest.mark.slow) for s in ((80, 24), (200, 60)))]
)
async def test_the_key_opens_the_list_over_any_screen_and_it_scrolls_to_the_end(
    make_app: MakeApp, state: RiskState, size: tuple[int, int]
) -> None:
    monitor = FakeMonitor(state)
    app = make_app(monitor)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("1", "M")
        await settle(pilot)
        assert "MESSAGES" in screen_text(app)
        await pilot.press("end")
        await settle(pilot)
        last = message_text(app.view, state.messages[-1])
        assert last[:20] in screen_text(app)
        monitor.publish(replace(state, time_ms=state.time_ms + 5_000, messages=()))
        await settle(pilot)
        assert "Nothing is wrong" in screen_text(app)
        await pilot.press("M")
        await settle(pilot)
        assert "MESSAGES" not in screen_text(app)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_row_below_the_header_says_why_it_is_degraded_to_the_end(
    state: RiskState, language: str
) -> None:
    for code in get_args(ReasonCode):
        link = replace(state.connection, status="degraded", message=reason(code))
        view = View(CONFIG, Words(language), "nord", state=replace(state, connection=link))
        drawn = Notice().draw(view, 80, 3)
        assert all(cell_len("".join(span.text for span in row)) == 80 for row in drawn.lines)
        assert "".join(view.words.reason(reason(code)).split()) in squeezed(drawn.lines), code
