"""An app that depends on nothing of the machine it runs on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ui_driver import Clock, FakeMonitor
from ui_states import CONFIG

from tuirisk.config import Config
from tuirisk.ui.app import TuiriskApp
from tuirisk.ui.themes import load_themes


@pytest.fixture(autouse=True)
def neutral_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours, language and size come from the test alone."""
    for name in ("NO_COLOR", "COLORTERM", "LANG", "LC_ALL", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)


MakeApp = Callable[..., TuiriskApp]


@pytest.fixture
def make_app() -> MakeApp:
    """An app over a :class:`FakeMonitor`: ``make_app(monitor, theme=…, language=…)``."""

    def make(
        monitor: FakeMonitor,
        *,
        config: Config = CONFIG,
        theme: str = "nord",
        language: str = "en",
        clock: Callable[[], float] = Clock(),  # noqa: B008 - never moved by those who share it
        **options: Any,
    ) -> TuiriskApp:
        config = replace(config, ui=replace(config.ui, theme=theme))
        options.setdefault("themes", load_themes())
        return TuiriskApp(config, monitor, language=language, monotonic=clock, **options)

    return make
