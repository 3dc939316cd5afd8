"""The order book of the chosen symbol, mirrored: bids to the left of the middle, asks to the right.

The ground behind a level reaches as far from the middle as the depth up to that level. The outer
edge marks the level at which the order of the impact panel, usually the own exit, ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, zip_longest

from rich.cells import cell_len

from tuirisk.state import Missing, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, measure, wrap
from tuirisk.ui.view.order_parser import chosen_impact
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import cells, impact_curve
from tuirisk.ui.widgets.canvas import Canvas, Drawn

SPREAD = 9
"""Cells of the spread, with its unit and its mark."""
Level = tuple[float, float, float]
"""(price, quantity, quantity of this level and all better ones)"""


class Depth(Canvas, can_focus=True):
    """The panel ORDER BOOK."""

    DEFAULT_CLASSES = "panel"
    pace_ms = 400
    panel_title = "depth.title"
    help_topic = "depth"

    def draw(self, view: View, width: int, height: int) -> Drawn:
        symbol = view.symbol(view.chosen)
        rows = [self.heading(view, width, *_tail(view, symbol))]
        if symbol is None or not (symbol.liquidity.bids or symbol.liquidity.asks):
            rows.append(Row(width).line())
            text = _why_empty(view, symbol)
            rows += [Row(width).add(f" {t}", "quiet").line() for t in wrap(text, width - 2, 4)]
            return Drawn(rows)
        rows.append(_summary(view, symbol, width))
        if height >= 13:
            rows.append(_known_part(view, symbol, width))
        if height >= 9:
            rows.append(_balance(view, symbol, width))
        rows += _ladder(view, symbol, width, height - len(rows))
        return Drawn(rows)


def _tail(view: View, symbol: SymbolState | None) -> tuple[Span, ...]:
    name = Span(view.chosen, "strong")
    if symbol is None or not view.stale(symbol, "depth"):
        return (name,)
    fresh = symbol.freshness.get("depth")
    age = "" if fresh is None else f"{fmt.age(fresh.age_ms)}{glyphs.STALE} "
    return (Span(f"{view.words('status.stale')} {age}", "stale"), name)


def _why_empty(view: View, symbol: SymbolState | None) -> str:
    text = view.words("depth.empty")
    if symbol is not None and isinstance(symbol.liquidity.mid, Missing):
        text = f"{text}: {view.words.reason(symbol.liquidity.mid)}"
    return text


def _summary(view: View, symbol: SymbolState, width: int) -> Line:
    """Mid and spread, and between them the microprice where there is room."""
    words, book = view.words, symbol.liquidity
    stale = view.stale(symbol, "depth")
    row = Row(width).add(" ")
    for key, value, role in (("mid", book.mid, "strong"), ("micro", book.microprice, "text")):
        shown = cells.value_cell(value, fmt.price(value, symbol.tick_size / 2), stale, role)
        name, size = f"{words(f'depth.{key}')} ", cell_len(shown.text.rstrip(glyphs.STALE)) + 1
        if cell_len(name) + size + 2 + SPREAD <= row.room or key == "mid":
            cells.add_steady(row.add(name, "quiet"), shown, size).add(" ")
    spread = cells.value_cell(book.spread_bps, f"{fmt.basis_points(book.spread_bps)} bp", stale)
    name = f"{words('depth.spread')} "
    row.pad_to(width - cell_len(name) - SPREAD)
    if row.room >= SPREAD + cell_len(name):
        row.add(name, "quiet")
    return cells.add_steady(row.pad_to(width - SPREAD), spread, SPREAD).line()


def _known_part(view: View, symbol: SymbolState, width: int) -> Line:
    """Up to which price the order of the impact panel would walk."""
    words = view.words
    row = Row(width).add(" ")
    own, ends = chosen_impact(view, symbol), _ends(view, symbol)
    if not own or not ends:
        return row.line()
    text = impact_curve.size_name(view, symbol, own)
    row.add(glyphs.POINTER, "accent").add(f" {text}", "quiet")
    stale = view.stale(symbol, "depth")
    parts = []
    for side, end in ends.items():
        name = words(f"impact.{'sell' if side == 'bid' else 'buy'}")
        price = cells.value_cell(end, fmt.price(end, symbol.tick_size), stale, side)
        parts += [Span(f"{name} ", "quiet"), Span(*price), Span("  ")]
    if measure(parts) + 1 > row.room:
        parts = [part for part in parts if part.role != "quiet"]
    return row.right(*parts[:-1], margin=1).line()


def _ends(view: View, symbol: SymbolState) -> dict[str, float]:
    """Side of the book → worst price of the order told of; of an exit only the side it takes."""
    own = chosen_impact(view, symbol)
    if not own:
        return {}
    sides = {"bid": own.sell.worst, "ask": own.buy.worst}
    position = symbol.position
    if position is not None and impact_curve.is_exit(symbol, own):
        del sides["ask" if position.side == "long" else "bid"]
    return {side: end for side, end in sides.items() if end}


def _balance(view: View, symbol: SymbolState, width: int) -> Line:
    """The imbalance of the first levels, (bids - asks) / (bids + asks), as a divided bar."""
    words, imbalance = view.words, symbol.liquidity.imbalance
    row = Row(width).add(" ")
    if isinstance(imbalance, Missing):
        return row.add(fmt.DASH, "quiet").line()
    stale = view.stale(symbol, "depth")
    share = (1 + imbalance) / 2
    left = f"{words('depth.bids')} {share:4.0%} "
    right = f" {1 - share:4.0%} {words('depth.asks')}"
    room = width - 2 - cell_len(left) - cell_len(right)
    row.add(left, "stale" if stale else "bid")
    if room >= 6:
        bids = round(share * room)
        row.add("━" * bids, "stale" if stale else "bid")
        row.add("━" * (room - bids), "stale" if stale else "ask")
    return row.add(right, "stale" if stale else "ask").line()


@dataclass(frozen=True, slots=True)
class _Half:
    """One half of the ladder: its columns' widths (0: left out) and its scale."""

    width: int
    total: int
    quantity: int
    price: int
    tick_size: float
    most: float
    """The cumulative quantity whose ground fills the half."""

    def spans(
        self, texts: tuple[str, str, str], roles: tuple[str, str, str], mark: str = " "
    ) -> list[Span]:
        """``mark`` and (sum, quantity, price), right-aligned towards the middle of the ladder.

        A text that does not fit its column whole is left out rather than cut.
        """
        sizes = (self.total, self.quantity, self.price)
        spans = [Span(mark, "accent"), Span(" " * (self.width - len(mark) - sum(sizes)))]
        for text, role, size in zip(texts, roles, sizes, strict=True):
            if size:
                shown = f"{text} " if cell_len(text) < size else ""
                spans.append(Span(" " * (size - cell_len(shown)) + shown, role))
        return spans

    def level(self, level: Level | None, side: str, stale: bool, mark: str) -> list[Span]:
        """One level on its ground; asks are mirrored to the right of the middle."""
        if level is None:
            return [Span(" " * self.width)]
        price, quantity, total = level
        texts = (fmt.compact(total), fmt.compact(quantity), fmt.price(price, self.tick_size))
        roles = ("stale",) * 3 if stale else ("quiet", "text", side)
        covered = round(self.width * total / self.most) if self.most > 0 else 0
        ground = "track" if stale else side
        if side == "ask":
            return _tint(_mirrored(self.spans(texts, roles, mark)), 0, covered, ground)
        return _tint(self.spans(texts, roles, mark), self.width - covered, self.width, ground)


def _half(symbol: SymbolState, width: int, most: float) -> _Half:
    """The columns that fit in ``width``; the sum gives way first, then the quantity."""
    book, tick = symbol.liquidity, symbol.tick_size
    best = (*book.bids[:1], *book.asks[:1])
    price = max((cell_len(fmt.price(level[0], tick)) for level in best), default=1) + 2
    quantity = next((size for size in (7, 6) if width - price > size), 0)
    total = 8 if width - price - quantity >= 9 else 0
    spare = (width - 1 - price - quantity - total) // 3 if total else 0
    return _Half(width, total + spare, quantity + spare, price, tick, most)


def _ladder(view: View, symbol: SymbolState, width: int, rows: int) -> list[Line]:
    """The columns' names, then the best levels of both sides facing each other."""
    words, count = view.words, max(0, rows - 1)
    bids = _levels(symbol.liquidity.bids[:count])
    asks = _levels(symbol.liquidity.asks[:count])
    most = max((level[2] for level in (*bids[-1:], *asks[-1:])), default=0.0)
    stale = view.stale(symbol, "depth")
    half = _half(symbol, (width - 1) // 2, most)
    names = (words("depth.cumulative"), words("depth.quantity"), words("depth.price"))
    head = half.spans(names, ("faint", "faint", "faint"))
    ends = _ends(view, symbol)
    marks = {"bid": _marks(bids, ends.get("bid"), -1), "ask": _marks(asks, ends.get("ask"), 1)}
    pairs = [(head, _mirrored(head))]
    for i, (bid, ask) in enumerate(zip_longest(bids, asks)):
        sides = zip((bid, ask), ("bid", "ask"), strict=True)
        left, right = (half.level(level, s, stale, marks[s].get(i, " ")) for level, s in sides)
        pairs.append((left, right))
    middle = " " * (width - 2 * half.width)
    return [Row(width).extend(left).add(middle).extend(right).line() for left, right in pairs]


def _marks(levels: list[Level], end: float | None, away: int) -> dict[int, str]:
    """The row at which an order ends, marked; the last row where it goes on below."""
    if end is None or not levels:
        return {}
    for i, (price, _, _) in enumerate(levels):
        if (price - end) * away >= -1e-9 * price:
            return {i: glyphs.POINTER if away < 0 else "<"}
    return {len(levels) - 1: "v"}


def _levels(side: tuple[tuple[float, float], ...]) -> list[Level]:
    sums = accumulate(quantity for _, quantity in side)
    return [(price, quantity, total) for (price, quantity), total in zip(side, sums, strict=True)]


def _mirrored(spans: list[Span]) -> list[Span]:
    """The columns turned about: order and blanks, not the texts themselves."""
    turned = []
    for span in reversed(spans):
        text = span.text.strip()
        before = len(span.text) - len(span.text.rstrip())
        after = len(span.text) - len(span.text.lstrip()) if text else 0
        turned.append(span._replace(text=" " * before + text + " " * after))
    return turned


def _tint(spans: list[Span], start: int, end: int, ground: str) -> list[Span]:
    """``spans`` (narrow characters only) with ``ground`` behind the cells start … end."""
    out: list[Span] = []
    at = 0
    for text, role, _ in spans:
        a, b = (min(max(edge - at, 0), len(text)) for edge in (start, end))
        pieces = (Span(text[:a], role), Span(text[a:b], role, ground), Span(text[b:], role))
        out += [piece for piece in pieces if piece.text]
        at += len(text)
    return out
