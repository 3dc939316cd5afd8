"""The pictures of the tabs: what they are of, where their gaps are, and what colours say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.symbol_states import cell, full, rich
from support.tab_driver import alone, block, drawn, said
from support.ui_states import empty, fresh, state, waiting

from tuirisk.state import Number, WatchlistState
from tuirisk.ui.render.rows import Row

# Market.


def test_the_cone_names_the_level_of_the_current_volatility() -> None:
    cone = {
        name: {window: cell(0.4, shift) for window in ("7", "14", "30", "60")}
        for name, shift in (("15m", 1.0), ("1h", 0.0), ("1d", -1.0))
    }
    text = said(alone(replace(full(), volatility=replace(full().volatility, cone=cone))), 1)
    title = text.splitlines()[0]
    assert [" ".join(part.split()) for part in title.split("CONE")[1:]] == [
        "15m high at 7, 14, 30, 60", "1h within the band", "1d low at 7, 14, 30, 60",
    ]  # fmt: skip
    ranks = next(row for row in text.splitlines() if "rank" in row[:9])
    assert ranks.split() == [
        *["rank", *["95^"] * 4],
        *["rank", *["50"] * 4],
        *["rank", *["5v"] * 4],
    ]
    assert "annualised volatility, log scale" in text


def test_a_spike_does_not_flatten_the_band() -> None:
    calm, wild = cell(0.3, 0.0), replace(cell(0.3, 0.0), current=4.4, percentile=100.0)
    cone = {"15m": {"7": wild, "14": wild, "30": calm, "60": calm}}
    rows = drawn(alone(replace(full(), volatility=replace(full().volatility, cone=cone))), 1)
    banded = [row for row in rows[:12] if any(span.ground == "band" for span in row)]
    assert len(banded) >= 2


def test_without_colour_the_bands_are_characters() -> None:
    rows = drawn(rich(), 1, colourless=True)
    assert not {span.ground for row in rows[:12] for span in row} & {"band", "core"}
    text = "\n".join("".join(span.text for span in row) for row in rows[:16])
    assert {"░", "▒", "o", "╌"} <= set(text)
    assert "▒▒ 25-75 %" in text
    assert "░░ 10-90 %" in text


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_regimes_are_of_seven_days_at_every_width(width: int) -> None:
    chart = block(drawn(rich(), 1, (width, 36)), "REGIME 15m", width // 2 - 1)
    strip = next(row for row in chart if set(row.strip()) >= {"-", "=", "^"})
    signs = strip.strip()
    shares = [signs.count(sign) / len(signs) for sign in "-=^"]
    assert shares == pytest.approx([200 / 672, 272 / 672, 200 / 672], abs=0.04)
    axis = next(row for row in chart if "-7d" in row)
    assert axis.split()[0] == "-7d"
    assert axis.split()[-1] == "now"


def test_a_hole_in_the_bars_is_a_gap_in_the_regimes() -> None:
    chart = block(drawn(rich(), 1, (200, 56)), "REGIME 15m", 98)
    end = next(y for y, row in enumerate(chart) if "^^" in row)
    curve = [row[8:-1] for row in chart[1:end]]
    empty = [x for x in range(len(curve[0])) if all(row[x] == " " for row in curve)]
    width = len(curve[0])
    assert {x for x in range(width) if 302 <= x * 672 / width <= 350} <= set(empty)
    assert len(empty) < width / 6


def test_a_short_history_leaves_the_days_before_it_empty() -> None:
    spark: tuple[Number, ...] = (0.3,) * 336
    short = replace(full().volatility, spark=spark, regimes=("normal",) * 336)
    chart = block(drawn(alone(replace(full(), volatility=short)), 1, (120, 36)), "REGIME 15m", 59)
    strip = next(row for row in chart if set(row.strip()) == {"="})
    assert strip[9:].index("=") == pytest.approx(len(strip[9:]) / 2, abs=2)


def test_the_watchlists_correlation_marks_the_chosen_row() -> None:
    text = said(rich(), 1)
    assert "> BTC     .  0.82" in text
    assert "  ETH  0.82     ." in text
    assert "1.2 of 2" in text


def test_a_long_watchlist_shows_the_chosen_row_nearest_first() -> None:
    names = tuple(f"COIN{i:02d}USDT" for i in range(20))
    matrix = tuple(tuple(1.0 if i == j else 0.01 * (i + j) for j in range(20)) for i in range(20))
    what = state(dict.fromkeys(names, full()))
    text = said(replace(what, watchlist=WatchlistState(names, matrix, 0.2, 9.0, len(names))), 1)
    rows = [row for row in text.splitlines() if row.startswith(" COIN")]
    assert [row.split()[:2] for row in rows[:2]] == [["COIN19", "0.19"], ["COIN18", "0.18"]]
    assert len(rows) == 12


# All tabs.


@pytest.mark.parametrize(
    ("tab", "family"),
    [(1, "candles"), (2, "depth"), (3, "mark"), (4, "flow"), (4, "open_interest"), (5, "mark"),
     (6, "mark")],
)  # fmt: skip
def test_how_old_a_block_is_stands_in_its_title(tab: int, family: str) -> None:
    late = replace(full(), freshness=fresh({family: 1e7}))  # type: ignore[dict-item]
    assert "2h ago" in said(alone(late), tab)
    assert "2h ago" not in said(rich(), tab)


def test_what_is_not_known_is_not_called_none() -> None:
    nothing = said(state({"BTCUSDT": empty("warming", waiting("trades"))}), 4)
    assert "no trade of" not in nothing
    assert "No liquidations reported" not in nothing
    assert "rate per 8 h" not in said(state({"BTCUSDT": empty("warming", waiting())}), 3)


def test_an_old_cone_keeps_its_numbers() -> None:
    late = replace(full(), freshness=fresh({"candles": 1e7}))
    for row in ("now?", "rank?"):
        line = next(r for r in said(alone(late), 1, size=(80, 20)).splitlines() if row in r)
        assert len(line.split()) == 3 * 5


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Texts that found no room in their row."""
    found: set[str] = set()
    add, put = Row.add, Row.cell

    def watched(self: Row, text: str, role: str = "text", ground: str | None = None) -> Row:
        before = self.used
        row = add(self, text, role, ground)
        if text.strip() and self.used == before:
            found.add(text.strip())
        return row

    def placed(self: Row, text: str, width: int, role: str = "text", align: str = ">") -> Row:
        row = put(self, text, width, role, align)
        if text.strip() and not (row._spans and text in row._spans[-1].text):
            found.add(text.strip())
        return row

    monkeypatch.setattr(Row, "add", watched)
    monkeypatch.setattr(Row, "cell", placed)
    return found


ASIDES = ("p .", "exit cost", "by the", "your long")


@pytest.mark.parametrize("tab", range(1, 7))
def test_no_number_is_lost_for_want_of_room(tab: int, lost: set[str]) -> None:
    for width in range(60, 221, 5):
        lost.clear()
        drawn(rich(), tab, (width, 36))
        numbers = {t for t in lost if any(c.isdigit() for c in t) and not t.startswith(ASIDES)}
        assert numbers == set(), width
