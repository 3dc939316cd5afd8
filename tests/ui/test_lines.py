"""Rows are exactly as wide as they should be, and what does not fit is left out whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tuirisk.ui.render.glyphs import ascii_text
from tuirisk.ui.render.rows import Row, Span, breakable_pieces, fit, measure, wrap
from tuirisk.ui.widgets.canvas import changed

TEXT = st.text(alphabet="ab 市场流动性,.", max_size=40)


def text_of(row: Row) -> str:
    return "".join(span.text for span in row.line())


def test_a_number_is_left_out_rather_than_cut() -> None:
    assert text_of(Row(8).add("size").add("123456")) == "size    "
    assert text_of(Row(8).cell("123456789", 6)) == " " * 8


def test_right_keeps_a_blank_before_it() -> None:
    assert text_of(Row(10).add("abc").right(Span("12345"))) == "abc  12345"
    assert text_of(Row(8).add("abc").right(Span("12345"))) == "abc     "


def test_neighbours_of_one_look_are_one_span() -> None:
    assert Row(4).add("a").add("b").line() == (Span("ab  "),)


def test_blanks_keep_the_style_before_them_unless_it_shows_on_a_blank() -> None:
    row = Row(8).add("a", "strong").add("  ").add("1", "strong").add(" ").add("!", "critical-fill")
    assert row.line() == (
        Span("a  1 ", "strong"),
        Span("!", "critical-fill"),
        Span("  ", "text"),
    )
    assert Row(3).add("a", "ok", "bid").line() == (Span("a", "ok", "bid"), Span("  "))


@given(st.lists(st.tuples(TEXT, st.integers(0, 12)), max_size=6), st.integers(1, 60))
def test_a_row_has_its_width_whatever_is_put_in(parts: list[tuple[str, int]], width: int) -> None:
    row = Row(width)
    for text, size in parts:
        row.add(text).cell(text, size).right(Span(text), margin=1)
        row.pad_to(size)
    assert measure(row.line()) == width


@given(TEXT, st.integers(3, 30))
def test_fit_cuts_between_words_only(text: str, width: int) -> None:
    kept = fit(text, width)
    assert cell_len(kept) <= width
    if kept != text and kept:
        body = kept.removesuffix("..")
        assert text.startswith(body)
        rest = text[len(body) :]
        assert rest[0] == " " or cell_len(rest[0]) == 2 or cell_len(body[-1]) == 2


@given(TEXT, st.integers(6, 30))
def test_wrap_loses_nothing_but_blanks_while_there_is_room(text: str, width: int) -> None:
    rows = wrap(text, width, 100)
    assert all(cell_len(row) <= width for row in rows)
    if all(cell_len(piece.rstrip()) <= width for piece in breakable_pieces(text)):
        assert "".join(rows).replace(" ", "") == text.replace(" ", "")


def test_changed_is_empty_for_the_same_rows() -> None:
    rows = [Row(10).add("a", "ok").add("1").line()]
    assert changed(rows, list(rows), 10) == []


def test_changed_names_the_rows_that_differ() -> None:
    before = [Row(12).add(text).line() for text in ("one", "two", "three")]
    after = [Row(12).add(text).line() for text in ("one", "2", "three", "four")]
    assert [region.y for region in changed(before, after, 12)] == [1, 3]


@given(TEXT)
def test_ascii_text_is_ascii_and_as_wide(text: str) -> None:
    plain = ascii_text(text)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(text)


def test_pictures_have_an_ascii_look() -> None:
    assert ascii_text("━━╸── ▁▃█ ⣿⠁ ✓ – ±") == "===-- _=# #. + - ~"
