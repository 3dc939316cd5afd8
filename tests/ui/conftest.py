"""An app that depends on nothing of the machine it runs on."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.style_sheets import parse_each_once
from support.ui_driver import Clock, FakeMonitor
from support.ui_states import CONFIG

from tuirisk.config.model import Config
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.themes.themes import load_themes


@pytest.fixture(autouse=True)
def neutral_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours, language and size come from the test alone."""
    for name in ("NO_COLOR", "COLORTERM", "LANG", "LC_ALL", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)


SOON = 0.02
"""Timers due within so many seconds are waited for: Textual puts off resizing and painting."""


@pytest.fixture(autouse=True)
def idle_means_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot waits for a loop with nothing to do, instead of for a share of the processor."""

    async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
        loop: Any = asyncio.get_running_loop()
        quiet = 0
        until = loop.time() + max_sleep
        while quiet < 3 and loop.time() < until:
            due = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
            wait = min(due, default=math.inf) - loop.time()
            await asyncio.sleep(max(wait, 0.0) if wait < SOON else 0.0)
            quiet = 0 if loop._ready or wait < SOON else quiet + 1

    for module in ("pilot", "app"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", wait_for_idle)


@pytest.fixture(autouse=True)
def style_sheets_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_each_once(monkeypatch)


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
