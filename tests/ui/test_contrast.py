"""What every theme shows can be read: contrast by WCAG 2.2, measured on what is drawn."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from importlib.resources import files

import pytest
from rich.color import Color
from rich.segment import Segment
from support.drawable_states import pictured
from support.ui_driver import FakeMonitor, settle
from support.ui_states import (
    CONFIG,
    critical,
    degraded,
    entry,
    fresh,
    loading,
    offline,
    position,
    state,
    symbol,
)

from tuirisk.language.words import Words
from tuirisk.state import SEVERITIES, Severity, SymbolSeverity
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.rows import Line, Span
from tuirisk.ui.screens.chrome import Title
from tuirisk.ui.themes.themes import ThemeFile, load_themes
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.header import Header
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.table import draw_table
from tuirisk.ui.widgets.tile import draw_tile

MakeApp = Callable[..., TuiriskApp]
THEMES = {file.name: file for file in load_themes().files if not file.ansi}
PAGES = ("", *"1234567", "escape", "question_mark", "escape", "a", "escape", "t", "escape", "W",
         "escape", "slash", "escape", "y", "ctrl+p", "escape")  # fmt: skip
IN_EVERY_RUN = ("light",)
"""Themes whose screens are drawn by default; the others are slow tests."""
STRUCTURE = ("track", "band", "core")
"""Roles of what a chart stands on, as are the bodies of areas, whose colours are mixed: only an
end, a curve or a figure has to be made out."""

STYLES = dict(
    re.findall(
        r"^App > \.canvas--([\w-]+) \{ (.*) \}$",
        (files("tuirisk.ui.app") / "tuirisk.tcss").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
DRAWINGS = (*STRUCTURE, "spark", "normal", "compression", "expansion")


def luminance(color: Color) -> float:
    """Relative luminance, WCAG 2.2."""
    shares = (channel / 255 for channel in color.get_truecolor())
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio, WCAG 2.2: 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def named(file: ThemeFile, color: Color) -> str:
    """The first role of a theme that has a colour, or the colour."""
    wanted = color.get_truecolor().hex
    roles = file.variables | file.colors
    return next((role for role, value in roles.items() if value == wanted), wanted)


def segments(app: TuiriskApp) -> Iterator[Segment]:
    """What is not blank; of a screen under a dialog nothing, for it is dimmed."""
    canvases = [widget.region for widget in app.screen.query(Canvas)]
    others = [widget.region for widget in app.screen.query("Input, Toast, OptionList")]
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            words = any(character.isalnum() for character in segment.text)
            regions = [*canvases, *others] if words else canvases
            if segment.text.strip() and any(region.contains(x, y) for region in regions):
                yield segment
            x += segment.cell_length


async def drawn(make_app: MakeApp, theme: str) -> AsyncIterator[Segment]:
    """Everything that can be seen, in the states that use every role."""
    monitor = FakeMonitor(pictured(critical()))
    app = make_app(monitor, theme=theme)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        for key in PAGES:
            await pilot.press(*([key] if key else []))
            await settle(pilot)
            for segment in segments(app):
                yield segment
        for make in (degraded, offline, loading):
            monitor.publish(pictured(make()))
            for key in ("", "1", "5", "escape"):
                await pilot.press(*([key] if key else []))
                await settle(pilot)
                for segment in segments(app):
                    yield segment


@pytest.mark.parametrize(
    "theme",
    [
        name if name in IN_EVERY_RUN else pytest.param(name, marks=pytest.mark.slow)
        for name in THEMES
    ],
)
async def test_everything_drawn_can_be_made_out(make_app: MakeApp, theme: str) -> None:
    file = THEMES[theme]
    text, mark = (7.0, 4.5) if theme == "contrast" else (4.5, 3.0)
    faults: dict[tuple[str, str, str], str] = {}
    async for segment in drawn(make_app, theme):
        assert segment.style is not None
        front, back = segment.style.color, segment.style.bgcolor
        assert front is not None
        assert back is not None
        role, ground = named(file, front), named(file, back)
        words = any(character.isalnum() for character in segment.text)
        if not words and (role in STRUCTURE or role not in file.variables):
            continue
        ratio = contrast(front, back)
        if ratio < (text if words else mark):
            kind = "text" if words else "mark"
            faults[kind, role, ground] = f"{ratio:.2f} {segment.text.strip()}"
    assert not faults, "\n".join(f"{where}: {what}" for where, what in faults.items())


@pytest.mark.parametrize("theme", THEMES)
def test_what_a_chart_stands_on_is_seen(theme: str) -> None:
    """The body of a column, a band of the cone, and the rest of a bar."""
    file = THEMES[theme]
    roles = {role: Color.parse(value) for role, value in (file.variables | file.colors).items()}
    least = 1.5 if theme == "contrast" else 1.2
    assert contrast(roles["track"], roles["surface"]) >= least
    assert contrast(roles["band"], roles["surface"]) >= least
    assert contrast(roles["core"], roles["band"]) >= least
    for curve in ("accent", "quiet"):
        assert contrast(roles[curve], roles["core"]) >= 3


# Every look of a severity, in every theme and without an app.


def lines(level: Severity, *, held: bool, acknowledged: bool) -> Iterator[Line]:
    """A symbol of the severity in every panel that shows it, and its alert."""
    one = replace(symbol(), position=position(67_412.3))
    one = replace(one, severity=SymbolSeverity(level, "no_new_positions", 1, held=held))
    if held:
        one = replace(one, freshness=fresh({"mark": 25_000.0}))
    alert = replace(entry(5, "BTCUSDT", "ok", "ok", 66.0, escalation=True), after=level)
    shown = state({"BTCUSDT": one}, log=(replace(alert, acknowledged=acknowledged),))
    view = View(CONFIG, Words("en"), "nord", state=shown, chosen="BTCUSDT")
    yield from draw_tile(view, "BTCUSDT", 24, 14)
    yield from draw_table(view, 200, 4)
    panels = (Detail(id="x"), StatusLine(id="x"), Title([], id="x"), Log(), Header(id="x"))
    for panel in panels:
        yield from panel.draw(view, 60, 20).lines


def colour(theme: ThemeFile, role: str, name: str) -> Color | None:
    """``color`` or ``background`` of a role, from the style sheet; None where it has none."""
    found = re.search(rf"(?<!-){name}: \$([\w-]+);", STYLES[role])
    values = theme.variables | theme.colors
    return Color.parse(values[found[1]]) if found else None


def ratio(theme: ThemeFile, span: Span, ground: Color) -> float:
    front = colour(theme, span.role, "color")
    back = colour(theme, span.role, "background")
    if back is None and span.ground:
        back = colour(theme, f"ground-{span.ground}", "background")
    assert front is not None
    return contrast(front, back or ground)


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("level", SEVERITIES)
def test_every_severity_can_be_made_out(level: Severity, held: bool, acknowledged: bool) -> None:
    drawn = {
        span._replace(text="")
        for line in lines(level, held=held, acknowledged=acknowledged)
        for span in line
        if any(character.isalnum() or character in "?!^" for character in span.text)
    }
    for theme in THEMES.values():
        least = 7.0 if theme.name == "contrast" else 4.5
        for name in ("background", "surface"):
            ground = Color.parse(theme.colors[name])
            faint = {
                (span.role, span.ground): round(ratio(theme, span, ground), 2)
                for span in drawn
                if span.role not in DRAWINGS and ratio(theme, span, ground) < least
            }
            assert not faint, (theme.name, name, faint)
