"""The screen in a file: never over another picture, Chinese texts as wide as their cells."""

from __future__ import annotations

from pathlib import Path

from tuirisk.ui.render.picture import save_picture, with_cell_widths


def test_a_picture_is_never_written_over_another(tmp_path: Path) -> None:
    names = [save_picture("<svg/>", tmp_path, "now").name for _ in range(3)]
    assert names == ["now.svg", "now-2.svg", "now-3.svg"]


def test_a_chinese_text_is_as_wide_as_its_cells() -> None:
    svg = (
        '<text x="0" textLength="48.8" clip="a">模拟&#160;a</text><text textLength="24.4">ab</text>'
    )
    assert with_cell_widths(svg) == svg.replace("48.8", "73.2")
