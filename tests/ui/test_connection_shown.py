"""The header says by how many seconds frames come late, and the row below what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import ready

from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.header import Header

MakeApp = Callable[..., TuiriskApp]


@pytest.mark.parametrize(
    ("language", "lag_s", "said"),
    [("en", 8, "8 s late"), ("zh", 8, "迟到 8 秒"), ("en", 0, "data age")],
)
def test_lag_stands_in_the_place_of_the_age_of_the_last_frame(
    language: str, lag_s: int, said: str
) -> None:
    state = ready()
    late = replace(state, connection=replace(state.connection, lag_s=lag_s))
    view = View(Config(), Words(language), "nord", late)
    drawn = Header().draw(view, 160, 1)
    text = "".join(span.text for line in drawn.lines for span in line)
    assert said in text
    assert ("data age" in text) == (lag_s == 0)


async def test_a_long_reason_is_read_to_its_end_at_80_columns(make_app: MakeApp) -> None:
    refused = Reason("account_as_of", seconds=49, reason=Reason("api_key_refused", code=-2015))
    state = ready()
    link = replace(state.connection, status="degraded", message=refused)
    app = make_app(FakeMonitor(replace(state, connection=link)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        shown = " ".join(screen_text(app).split())
    assert str(refused) in shown
