"""The screen shows the state and nothing else: ages, holes and reasons included."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import (
    CONFIG,
    FAMILIES,
    connection,
    critical,
    degraded,
    empty,
    fresh,
    loading,
    many,
    offline,
    position,
    ready,
    state,
    symbol,
)
from textual.geometry import Region

from tuirisk.config.model import Config
from tuirisk.language.words import Words
from tuirisk.state import DataFamily, Missing, RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.rows import measure
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.depth import Depth
from tuirisk.ui.widgets.detail import Detail, StatusLine, reasons
from tuirisk.ui.widgets.footer import Footer
from tuirisk.ui.widgets.header import Header, Notice
from tuirisk.ui.widgets.impact import ImpactPanel
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.table import draw_table
from tuirisk.ui.widgets.tile import draw_tile

PANELS = (Header, Notice, Depth, ImpactPanel, Detail, StatusLine, Log, Footer)
MakeApp = Callable[..., TuiriskApp]
SIZES = [(80, 24), (120, 40), (200, 60)]


def drawn(what: RiskState, config: Config = CONFIG, width: int = 60) -> str:
    """What the panels draw of the first symbol, without an app."""
    chosen = what.watchlist.symbols[0]
    view = View(config, Words("en"), "nord", state=what, chosen=chosen)
    rows = draw_tile(view, chosen, 40)
    for panel in PANELS:
        rows += panel(id="x").draw(view, width, 40).lines
    return "\n".join("".join(span.text for span in row) for row in rows)


async def shown(make_app: MakeApp, what: RiskState, size: tuple[int, int] = (120, 40)) -> str:
    app = make_app(FakeMonitor(what))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        return screen_text(app)


async def test_the_first_paint_has_the_configured_symbols_and_says_it_waits(
    make_app: MakeApp,
) -> None:
    app = make_app(FakeMonitor())
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert all(name in text for name in CONFIG.symbols)
        assert "CONNECTING" in text
        assert "Waiting for first data" in text
        assert "LIVE" not in text
        assert not any(word in text for word in (" OK", "CAUTION", "WARNING"))


@pytest.mark.parametrize("size", SIZES)
async def test_a_stale_family_marks_its_numbers_and_no_others(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    one = replace(symbol(), freshness=fresh({"mark": 9_000.0}))
    text = await shown(make_app, state({"BTCUSDT": one}), size)
    assert "+0.0100%?" in text
    assert "67,412.3 " in text
    assert "67,412.3?" not in text
    assert "mark?" in text or size[0] < 100


@pytest.mark.parametrize(
    ("family", "mark"),
    [
        ("candles", "67,412.3?"),
        ("candles", "+1.24%?"),
        ("depth", "67,412.30?"),
        ("depth", "0.40?"),
        ("mark", "59,996.9?"),
        ("funding", "+0.0100%?"),
        ("open_interest", "6.1B?"),
        ("flow", "+0.13?"),
    ],
)
def test_every_family_dims_what_is_made_from_it(family: DataFamily, mark: str) -> None:
    late = fresh({family: FAMILIES[family] + 1})
    one = replace(symbol(), position=position(67_412.3), freshness=late)
    text = drawn(state({"BTCUSDT": one}))
    assert mark in text
    assert f"{Words('en')(f'family.{family}')}?" in text


async def test_a_missing_number_is_a_dash_with_its_reason(make_app: MakeApp) -> None:
    why = Missing("few_bars", have=12, need=60)
    base = symbol()
    one = replace(
        base,
        price=replace(base.price, change_24h=why),
        score=replace(base.score, components=replace(base.score.components, market=why)),
    )
    for size in SIZES:
        text = await shown(make_app, state({"BTCUSDT": one}), size)
        assert "12 of 60 bars" in " ".join(text.split()), size


def test_each_reason_is_given_once_with_the_field_it_is_of() -> None:
    base = symbol()
    one = replace(
        base,
        liquidity=replace(
            base.liquidity,
            depth={
                "0.005": replace(
                    base.liquidity.depth["0.005"], bid=Missing.from_text("known to 0.44%")
                )
            },
        ),
        funding=replace(
            base.funding, cap=Missing.from_text("no terms"), floor=Missing.from_text("no terms")
        ),
    )
    assert list(reasons(Words("en"), one)) == [
        ("±0.5% bid", Missing.from_text("known to 0.44%")),
        ("funding cap", Missing.from_text("no terms")),
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_warming_stale_and_error_differ_and_name_what_is_missing(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    text = await shown(make_app, loading(), size)
    for word in ("~ WARMING", "x ERROR", "SYNCING", "order books 1 of 4"):
        assert word in text
    if size[0] >= 100:
        assert "order book" in text
        assert "not listed on USD-M" in text
    app = make_app(FakeMonitor(loading()))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("k")
        await settle(pilot)
        assert "not listed on USD-M futures" in " ".join(screen_text(app).split())


async def test_offline_leaves_no_number_looking_live(make_app: MakeApp) -> None:
    link = connection("offline")
    text = await shown(make_app, replace(ready(), connection=link), (80, 24))
    assert "OFFLINE" in text
    assert "67,412.3?" in text
    assert " OK" not in text.split(" LOG ")[0]
    assert "No connection to the exchange" in text


async def test_without_a_score_no_severity_is_claimed(make_app: MakeApp) -> None:
    base = empty("warming", None)
    one = replace(base, status="ready", freshness=fresh())
    text = await shown(make_app, state({"BTCUSDT": one}))
    assert "? UNKNOWN" in text
    assert " OK" not in text
    assert "CAUTION" not in text
    assert "Not enough data to judge" in text


async def test_a_failed_monitor_says_why(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        monitor.failed("the exchange refuses this region (451)")
        await settle(pilot)
        text = screen_text(app)
        assert "STOPPED" in text
        assert "the exchange refuses this region (451)" in text
        assert "67,412.3?" in text


@pytest.mark.parametrize(
    ("source", "environment", "word"),
    [
        ("binance", "mainnet", "Binance UM"),
        ("binance", "testnet", "TESTNET"),
        ("simulator", "mainnet", "SIMULATED"),
        ("recording", "mainnet", "REPLAY"),
    ],
)
def test_only_mainnet_looks_like_mainnet(source: str, environment: str, word: str) -> None:
    what = replace(ready(), source=source)  # type: ignore[arg-type]
    exchange = replace(CONFIG.exchange, environment=environment)  # type: ignore[arg-type]
    text = drawn(what, replace(CONFIG, exchange=exchange))
    assert word in text
    assert ("LIVE" in text) is (source != "recording")


@pytest.mark.parametrize("override", ["rest_url", "stream_url"])
def test_a_server_of_ones_own_is_not_called_binance(override: str) -> None:
    own = replace(CONFIG.exchange, **{override: "x://127.0.0.1:9"})  # type: ignore[arg-type]
    text = drawn(ready(), replace(CONFIG, exchange=own))
    assert "OWN SERVER" in text
    assert "Binance" not in text


def test_an_exhausted_book_is_flagged_and_its_cost_a_lower_bound() -> None:
    for width in (36, 44, 80):
        text = drawn(critical(), width=width)
        assert "THIN" in text
        assert ">126" in text


async def test_every_row_is_as_wide_as_its_panel_from_tiny_to_wide(make_app: MakeApp) -> None:
    app = make_app(FakeMonitor(critical()), language="zh")
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((20, 5), (59, 30), (60, 16), (99, 50), (120, 31), (250, 70)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert len(screen_text(app).splitlines()) == size[1]
            for canvas in app.query(Canvas):
                for y in range(canvas.size.height):
                    assert canvas.render_line(y).cell_length == canvas.size.width


@pytest.mark.parametrize("make", [ready, loading, degraded, offline, critical, lambda: many(9)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_panel_draws_whole_rows_at_every_size(
    make: Callable[[], RiskState], language: str
) -> None:
    """Each size with two of the symbols, each symbol at two sizes and more."""
    what = make()
    symbols = what.watchlist.symbols[:5]
    for turn, (width, height) in enumerate(
        ((8, 3), (20, 6), (31, 9), (41, 12), (66, 30), (140, 50))
    ):
        for chosen in (symbols[turn % len(symbols)], symbols[(turn + 2) % len(symbols)]):
            view = View(CONFIG, Words(language), "nord", state=what, chosen=chosen)
            drawn = [
                draw_table(view, width, height),
                draw_tile(view, chosen, width),
                *(panel(id="x").draw(view, width, height).lines for panel in PANELS),
            ]
            for rows in drawn:
                assert {measure(row) for row in rows} == {width}


async def test_below_60x16_there_is_the_table_alone_with_the_status(
    make_app: MakeApp,
) -> None:
    text = await shown(make_app, degraded(), (50, 12))
    assert text.splitlines()[0].startswith(" DEGRADED")
    assert "SOLUSDT" in text
    assert "^ CAUTION?" in text
    assert "ORDER BOOK" not in text


async def test_many_symbols_are_a_table_and_prices_of_every_scale_are_whole(
    make_app: MakeApp,
) -> None:
    text = await shown(make_app, many(22))
    assert "0.00000012" in text
    assert "123,456.78" in text
    assert "1000COIN04USDT" in text


async def test_an_equal_state_repaints_nothing(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    painted: list[tuple[str | None, tuple[Region, ...]]] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)

        def refresh(self: Canvas, *regions: Region, **_: object) -> Canvas:
            painted.append((self.id, regions))
            return self

        monkeypatch.setattr(Canvas, "refresh", refresh)
        monitor.publish(ready())
        await settle(pilot)
        assert painted == []
        newer = ready()
        book = newer.symbols["ETHUSDT"]
        last = replace(book.price, last=3_521.99)
        symbols = {**newer.symbols, "ETHUSDT": replace(book, price=last)}
        monitor.publish(replace(newer, symbols=symbols))
        await settle(pilot)
        assert painted == [(None, (Region(0, 0, 23, 1),))]


async def test_the_clock_moves_the_header_once_a_second(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        base = ready()
        for late in (100, 300, 500):
            monitor.publish(
                replace(
                    base,
                    time_ms=base.time_ms + late,
                    connection=replace(base.connection, latency_ms=200.0 + late),
                )
            )
            await settle(pilot)
        assert "118 ms" in screen_text(app)
        monitor.publish(replace(base, time_ms=base.time_ms + 1000))
        await settle(pilot)
        assert "12:02:12Z" in screen_text(app)


async def test_a_burst_of_states_is_one_paint(make_app: MakeApp) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test() as pilot:
        await settle(pilot)
        paints: list[View] = []
        app.paint = lambda: paints.append(app.view)  # type: ignore[method-assign]
        for i in range(50):
            monitor.publish(replace(ready(), time_ms=ready().time_ms + 1000 * i))
        await settle(pilot)
        assert len(paints) == 1
        assert paints[0].time_ms == ready().time_ms + 49_000


def test_no_color_starts_in_the_terminals_own_colours(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(FakeMonitor())
    assert app.theme == "ansi"
    assert app.native_ansi_color


HEAVY = ("numpy", "pandas", "scipy", "aiohttp", "binance", "tuirisk.market", "tuirisk.feed")


def test_the_screen_imports_nothing_heavy() -> None:
    code = (
        "import sys, tuirisk.ui.app.app, screenshots.svg;"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"


def test_theme_names_need_no_textual() -> None:
    code = (
        "import sys; from tuirisk.ui.themes.themes import theme_names; theme_names();"
        "print('textual' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "False"
