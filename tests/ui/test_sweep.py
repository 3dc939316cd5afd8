"""Every width and height: no word or number is cut, and no place depends on a number's value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from support.ui_driver import FakeMonitor, screen_text, settle
from support.ui_states import (
    CONFIG,
    FAMILIES,
    connection,
    critical,
    degraded,
    five,
    fresh,
    loading,
    many,
    offline,
    ready,
    state,
)

from tuirisk.language.tables import table
from tuirisk.language.words import Words
from tuirisk.state import Missing, Number, RiskState, SymbolState
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.render.rows import Line
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.depth import Depth
from tuirisk.ui.widgets.detail import Detail, StatusLine
from tuirisk.ui.widgets.header import Header, Notice
from tuirisk.ui.widgets.impact import ImpactPanel
from tuirisk.ui.widgets.log import Log
from tuirisk.ui.widgets.table import draw_table
from tuirisk.ui.widgets.tile import TILE_HEIGHTS, TILE_WIDTH, draw_tile

MakeApp = Callable[..., TuiriskApp]
PANELS = (Header, Notice, Depth, ImpactPanel, Detail, StatusLine, Log)
STATES: dict[str, Callable[[], RiskState]] = {
    "ready": ready,
    "critical": critical,
    "degraded": degraded,
    "offline": offline,
    "loading": loading,
    "many": lambda: many(9),
}
_TOKEN = re.compile(r"[A-Za-z0-9.,%+\-/:'&><$^!?\[\]*×±~–]+")


def text_of(rows: Iterable[Line]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


def tokens(rows: Iterable[str]) -> set[str]:
    """Words and numbers, without the marks of staleness, of a cut sentence, and punctuation."""
    found = {token.rstrip("?").rstrip(".,:") for row in rows for token in _TOKEN.findall(row)}
    return found - {""}


def drawn(view: View, width: int, height: int) -> list[str]:
    """Every panel at one size, of every symbol that there is to choose."""
    rows = [*draw_table(view, max(width, 40), height)]
    for panel in PANELS:
        rows += panel(id="x").draw(view, width, height).lines
    return text_of(rows)


def views(what: RiskState, language: str) -> list[View]:
    words = Words(language)
    return [
        View(CONFIG, words, "nord", state=what, chosen=name) for name in what.watchlist.symbols[:3]
    ]


def known(what: RiskState, language: str) -> set[str]:
    """Every token that appears when there is unlimited room, and every word of the language."""
    rows: list[str] = list(table(language).values())
    for view in views(what, language):
        rows += drawn(view, 500, 120)
        rows += text_of(Log(id="x").draw(view, 24, 120).lines)  # times to the minute
        for height in range(14, 71):  # the curve's axis has other steps at other heights
            rows += text_of(ImpactPanel(id="x").draw(view, 60, height).lines)
        for name in what.watchlist.symbols:
            for width in (80, 40):
                rows += text_of(draw_tile(view, name, width, 40))
    rows += [name.removesuffix("USDT") for name in what.symbols]
    counts = {f"+{left_out}" for left_out in range(1, 10)}
    return tokens(rows) | counts | {"<", "v"}


SWEEP = [
    *((width, 13) for width in range(24, 221)),
    *((width, height) for width in range(25, 221, 6) for height in (7, 40)),
    *((44, height) for height in range(1, 71)),
    *((width, height) for width in (34, 66, 133) for height in range(2, 71, 6)),
]


EXHAUSTIVE = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "language", "step"),
    [
        ("critical", "en", 17),
        ("degraded", "zh", 31),
        ("offline", "en", 31),
        ("loading", "zh", 31),
        ("many", "en", 31),
        *(
            pytest.param(name, language, 1, marks=EXHAUSTIVE)
            for name in STATES
            for language in ("en", "zh")
        ),
    ],
)
def test_no_token_is_cut_at_any_size(name: str, language: str, step: int) -> None:
    """At every ``step``-th of the sizes."""
    what = STATES[name]()
    whole = known(what, language)
    view = views(what, language)[0]
    for width, height in SWEEP[::step]:
        strange = tokens(drawn(view, width, height)) - whole
        assert not strange, (width, height, strange)
    for width in range(TILE_WIDTH, 60, step):
        for height in TILE_HEIGHTS:
            for symbol in what.watchlist.symbols[:4]:
                strange = tokens(text_of(draw_tile(view, symbol, width, height))) - whole
                assert not strange, (width, height, strange)


APP_SIZES = [
    *((width, 24) for width in (40, 59, 60, 71, 80, 91, 99, 100, 113, 137, 159, 160, 187, 220)),
    *((120, height) for height in (10, 15, 16, 21, 31, 32, 40, 49, 50, 70)),
    *((60, height) for height in (16, 51)),
    *((200, height) for height in (33, 60)),
]


@pytest.mark.parametrize(
    ("name", "language", "step"),
    [
        ("critical", "en", 11),
        ("degraded", "zh", 17),
        *(
            pytest.param(name, language, 1, marks=EXHAUSTIVE)
            for name in ("critical", "degraded", "many")
            for language in ("en", "zh")
        ),
    ],
)
async def test_no_token_is_cut_while_the_terminal_is_resized(
    make_app: MakeApp, name: str, language: str, step: int
) -> None:
    what = STATES[name]()
    whole = known(what, language)
    app = make_app(FakeMonitor(what), language=language)
    async with app.run_test(size=APP_SIZES[0]) as pilot:
        whole |= {token for c in app.view.commands for token in tokens([c.shown])}
        for size in APP_SIZES[::step]:
            await pilot.resize_terminal(*size)
            await settle(pilot)
            rows = screen_text(app).splitlines()
            assert len(rows) == size[1]
            strange = tokens(rows) - whole
            assert not strange, (size, strange)


def moved(symbol: SymbolState, factor: float) -> SymbolState:
    """The same symbol when every number is another one, of another length where it may be."""

    def scaled(value: Number, by: float = factor) -> Number:
        return value if isinstance(value, Missing) else value * by

    book, parts, price = symbol.liquidity, symbol.score.components, symbol.price
    held = symbol.position
    if held is not None:
        held = replace(held, unrealised_pnl=scaled(held.unrealised_pnl, -9 * factor),
                       distance=scaled(held.distance), notional=scaled(held.notional))  # fmt: skip
    return replace(
        symbol,
        position=held,
        price=replace(price, last=scaled(price.last, 1 + factor / 1e3),
                      change_24h=scaled(price.change_24h, -factor)),
        score=replace(symbol.score, total=scaled(symbol.score.total, min(1.4, factor)),
                      components=replace(parts, market=8.0 * factor, liquidity=99.0 / factor)),
        funding=replace(symbol.funding, rate=scaled(symbol.funding.rate, -factor)),
        liquidity=replace(book, spread_bps=scaled(book.spread_bps, 40 * factor),
                          imbalance=-0.9 if factor > 1 else 0.0),
        open_interest=replace(symbol.open_interest, value=scaled(symbol.open_interest.value)),
    )  # fmt: skip


def variants() -> list[RiskState]:
    """One screen with other numbers, and with old ones."""
    made = [state({name: moved(s, f) for name, s in five().items()}) for f in (1.0, 0.13, 7.7)]
    late = fresh({name: budget + 1.0 for name, budget in FAMILIES.items()})
    made.append(state({name: replace(s, freshness=late) for name, s in five().items()}))
    link = replace(connection(), latency_ms=9.0, used_weight_1m=2_390)
    made.append(replace(made[1], connection=link))
    return made


def places(rows: Iterable[str]) -> list[tuple[int, list[tuple[int, str]], list[int]]]:
    """Row → where its words begin, and where its numbers end."""
    found = []
    for y, row in enumerate(rows):
        words = [(m.start(), m[0]) for m in re.finditer(r"\b[A-Za-z]{3,}", row)]
        ends = [m.end() for m in re.finditer(r"[+-]?[\d,]*\.?\d+[kMB]?(?=[%? ]|$|bp)", row)]
        found.append((y, words, ends))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(23, 10), (23, 12), (23, 14), (30, 14), (39, 16)])
def test_a_tile_has_every_number_in_its_place(size: tuple[int, int], language: str) -> None:
    for name in ("BTCUSDT", "ETHUSDT"):
        seen = set()
        for what in variants()[:4]:
            view = View(CONFIG, Words(language), "nord", state=what, chosen="")
            rows = text_of(draw_tile(view, name, *size))
            # The severity's row, the names in the second column and what is fresh are words.
            numbers = [tuple(ends) for _, _, ends in places(rows)][2:-1]
            seen.add(tuple(numbers))
        assert len(seen) == 1, seen


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_table_has_every_number_in_its_column(width: int) -> None:
    seen = set()
    for what in variants()[:4]:
        view = View(CONFIG, Words("en"), "nord", state=what, chosen="BTCUSDT")
        rows = text_of(draw_table(view, width, 9))
        seen.add(tuple(tuple(ends) for _, _, ends in places(rows[1:6])))
    assert len(seen) == 1, seen


def test_a_table_keeps_its_columns_when_the_connection_is_lost() -> None:
    rows = []
    for what in (ready(), replace(ready(), connection=connection("connecting"))):
        view = View(CONFIG, Words("en"), "nord", state=what, chosen="BTCUSDT")
        rows.append(text_of(draw_table(view, 80, 6)))
    assert rows[1][0].startswith(" CONNECTING")
    assert rows[0][1:] == rows[1][1:]
    assert rows[0][0].index("STATE") == rows[1][0].index("STATE")


@pytest.mark.parametrize("panel", [Depth, ImpactPanel, Header])
@pytest.mark.parametrize("width", [33, 44, 66, 120, 200])
def test_labels_stay_where_they_are(panel: type[Depth], width: int) -> None:
    seen = set()
    for what in (*variants()[:3], variants()[4]):
        view = View(CONFIG, Words("en"), "nord", state=what, chosen="BTCUSDT")
        rows = text_of(panel(id="x").draw(view, width, 14).lines)[:4]
        seen.add(tuple(tuple(words) for _, words, _ in places(rows)))
    assert len(seen) == 1, seen


def test_tiles_with_and_without_a_position_have_the_same_rows() -> None:
    what = ready()
    view = View(CONFIG, Words("en"), "nord", state=what, chosen="BTCUSDT")
    for height in TILE_HEIGHTS:
        for width in (23, 39):
            tiles = [text_of(draw_tile(view, name, width, height)) for name in five()]
            for word in ("fund", "normal|compressed|expanding", "live", "correl|C "):
                rows = {
                    next(y for y, row in enumerate(tile) if re.search(rf"\b({word})", row))
                    for tile in tiles
                }
                assert len(rows) == 1, (word, rows)
