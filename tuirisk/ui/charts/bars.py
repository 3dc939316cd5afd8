"""Bars that lie: from a middle to either side, and a place on a track."""

from __future__ import annotations

from tuirisk.ui.render.rows import Span


def diverging(share: float, width: int, role: str, *, plain: bool = False) -> tuple[Span, ...]:
    """A bar of ``share`` (−1 to 1) from the middle, to the left where it is negative."""
    half = (width - 1) // 2
    if half < 1:
        return (Span(" " * max(0, width)),)
    size, end = _bar(abs(share), half, left=share < 0, plain=plain)
    rest = "." if plain else "─"
    middle = "|" if plain else "┼"
    filled, empty = Span(end, role), Span(rest * (half - size), "track")
    idle, tail = Span(rest * half, "track"), Span(" " * (width - 2 * half - 1))
    parts = (
        (empty, filled, Span(middle, "quiet"), idle, tail)
        if share < 0
        else (idle, Span(middle, "quiet"), filled, empty, tail)
    )
    return tuple(part for part in parts if part.text)


def _bar(share: float, width: int, *, left: bool, plain: bool) -> tuple[int, str]:
    """(cells, text) of a bar; what is above zero shows."""
    halves = round(min(1.0, max(0.0, share)) * width * 2)
    if share > 0:
        halves = max(1, halves)
    full, half = divmod(halves, 2)
    if plain:
        return full + half, "=" * (full + half)
    text = "╺" * half + "━" * full if left else "━" * full + "╸" * half
    return full + half, text


def marker_bar(share: float, width: int, role: str, *, plain: bool = False) -> tuple[Span, ...]:
    """A mark at ``share`` (0–1) of a track of ``width`` cells."""
    if width < 1:
        return ()
    at = min(width - 1, max(0, round(share * (width - 1))))
    rest = "." if plain else "─"
    parts = (
        Span(rest * at, "track"),
        Span("|" if plain else "┃", role),
        Span(rest * (width - at - 1), "track"),
    )
    return tuple(part for part in parts if part.text)


def level_bar(share: float, width: int, role: str, *, plain: bool = False) -> tuple[Span, ...]:
    """A bar of ``share`` (0–1) from the left on its track."""
    size, text = _bar(share, max(0, width), left=False, plain=plain)
    parts = (Span(text, role), Span(("." if plain else "─") * (width - size), "track"))
    return tuple(part for part in parts if part.text)
