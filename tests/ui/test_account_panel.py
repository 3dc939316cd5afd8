"""The account on the dashboard: at every size, in both languages, stale, unread, and not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len
from support.positions import BTC, ETH, LONG, SHORT, state
from support.text_page import TextPage
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, ready
from syrupy.assertion import SnapshotAssertion

from tuirisk.events import AccountReading
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.state import LadderRung, Missing, PnlToday, ReverseStress, RiskState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.screens.account_panel import draw_account
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.account_space import account_space

SIZES = ((40, 10), (60, 16), (80, 24), (120, 40), (200, 60))


@pytest.fixture(scope="module")
def made() -> RiskState:
    whole = state(LONG, SHORT)
    assert whole.account is not None
    own = replace(
        whole.account, reverse_stress=ReverseStress(2.5, 0.01, {}, -0.123, 0.31),
        pnl_today=PnlToday(-1_240.5, 310.0, -1_520.0, -21.5, -9.0),
        ladder=(LadderRung(-0.2, 9_000.0, 0.4, (BTC,)),),
    )  # fmt: skip
    return replace(whole, account=own, danger_order=(ETH, BTC))


def view(what: RiskState, language: str = "en") -> View:
    return View(CONFIG, Words(language), "nord", state=what, chosen=BTC)


def text(what: RiskState, width: int, height: int, language: str = "en") -> str:
    shown = view(what, language)
    drawn = draw_account(shown, account_space(shown, width, height), width)
    return "\n".join("".join(span.text for span in line) for line in drawn.lines)


def test_the_panel_at_every_size(made: RiskState, snapshot: SnapshotAssertion) -> None:
    pages = []
    for width, height in SIZES:
        for language in ("en", "zh"):
            shown = view(made, language)
            rows = text(made, width, height, language).splitlines()
            assert {cell_len(row) for row in rows} == {width}
            assert len(rows) == account_space(shown, width, height).rows
            pages.append("\n".join([f"[{width}x{height} {language}]", *map(str.rstrip, rows), ""]))
    assert "\n".join(pages) == snapshot.use_extension(TextPage)


@pytest.mark.parametrize("size", SIZES)
def test_the_worst_position_has_its_liquidation_price_in_full(
    made: RiskState, size: tuple[int, int]
) -> None:
    worst = made.symbols[ETH].legs[0]
    shown = text(made, *size)
    assert isinstance(worst.liquidation_price, float)
    assert isinstance(worst.distance, float)
    for part in (ETH, "short", f"{worst.liquidation_price:,.1f}", f"{worst.distance * 100:+.1f}%"):
        assert part in shown


@pytest.mark.parametrize("size", SIZES)
def test_a_stale_account_is_said(made: RiskState, size: tuple[int, int]) -> None:
    assert made.account is not None
    old = replace(made, account=replace(made.account, stale=True, age_ms=180_000.0))
    shown = text(old, *size)
    assert "stale" in shown.lower() or size == (60, 16)
    assert "3m" in shown or size == (60, 16)
    offline = replace(made, connection=replace(made.connection, status="offline"))
    assert "?" in text(offline, *size)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_where_today_is_not_known_the_unrealised_pnl_stands_and_why(
    made: RiskState, size: tuple[int, int], language: str
) -> None:
    assert made.account is not None
    why = Missing("day_of_configuration")
    own = replace(made.account, unrealised_pnl=377.0, pnl_today=PnlToday(why, why, why, why, why))
    words, shown = Words(language), text(replace(made, account=own), *size, language)
    assert f"{words('account.unrealised')} +377" in shown
    assert {cell_len(row) for row in shown.splitlines()} == {size[0]}
    if size[0] > 80:
        assert words.reason(why) in shown


def test_an_account_that_cannot_be_read_is_said(made: RiskState) -> None:
    reading = AccountReading("refused", (Reason("api_secret_wrong"),))
    unread = replace(made, account=None, connection=replace(made.connection, account=reading))
    for size in SIZES:
        assert "NOT READ" in text(unread, *size)
    awaited = replace(
        unread, connection=replace(made.connection, account=AccountReading("awaited"))
    )
    assert text(awaited, 120, 40) == text(replace(made, account=None), 120, 40) == ""


def test_without_a_position_the_account_stands_alone(made: RiskState) -> None:
    bare = {name: replace(one, position=None, positions=()) for name, one in made.symbols.items()}
    for size in SIZES:
        assert "No position" in text(replace(made, symbols=bare), *size)


def test_what_does_not_fit_is_counted(made: RiskState) -> None:
    names = [f"C{i}USDT" for i in range(6)]
    crowd = replace(made, symbols=dict.fromkeys(names, made.symbols[BTC]), danger_order=())
    shown = text(crowd, 120, 40)
    assert "2 more positions" in shown
    assert names[3] in shown
    assert names[4] not in shown


async def dashboard(app: TuiriskApp, size: tuple[int, int]) -> str:
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        return screen_text(app)


async def test_the_dashboard_has_it_and_is_as_before_without_an_account(
    made: RiskState, make_app: Callable[..., TuiriskApp]
) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert not app.query_one("#holdings").display
        monitor.publish(made)
        await settle(pilot)
        assert "P(liq) 24h" in screen_text(app)
        assert "-1.24k" in screen_text(app)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_dashboard_with_an_account(
    made: RiskState, make_app: Callable[..., TuiriskApp], snapshot: SnapshotAssertion,
    size: tuple[int, int], language: str,
) -> None:  # fmt: skip
    shown = await dashboard(make_app(FakeMonitor(made), language=language), size)
    rows = "\n".join(row.rstrip() for row in shown.splitlines())
    assert rows == snapshot.use_extension(TextPage)


def test_assets_without_a_price_are_named_beside_the_unit(made: RiskState) -> None:
    assert made.account is not None
    short = replace(made, account=replace(made.account, not_counted=("BNB",)))
    assert "without BNB" in text(short, 120, 40).splitlines()[0]
