"""The header says by how many seconds frames come late."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ui_states import ready

from tuirisk.config.model import Config
from tuirisk.language.words import Words
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.header import Header


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
