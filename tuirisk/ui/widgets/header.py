"""The first row: what is connected to what, how well, and when."""

from __future__ import annotations

from tuirisk.state import Missing
from tuirisk.ui import format as fmt
from tuirisk.ui.canvas import Canvas
from tuirisk.ui.lines import Line, Row, Span, fit, measure
from tuirisk.ui.view import View

CONNECTION_ROLES = {
    "live": "ok",
    "connecting": "warming",
    "syncing": "warming",
    "degraded": "caution",
    "silent": "warning-fill",
    "offline": "critical-fill",
    "failed": "critical-fill",
}
_FILLED = ("critical-fill", "warning-fill", "key-fill")
Item = tuple[int, str, str]
"""(rank: the highest goes first when room is short, text, role)"""


class Header(Canvas):
    """Repaints once a second of the state's time, and at once when a status changes."""

    _drawn: tuple[object, ...] = ()

    def show(self, view: View) -> None:
        key = (view.time_ms // 1000, view.connection, view.frozen, view.muted, view.theme,
               view.words.language, len(view.unread()), view.symbols, view.sort, view.filter,
               view.list_name)  # fmt: skip
        if key != self._drawn:
            self._drawn = key
            super().show(view)

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        left, right = _left(view), _right(view)
        while _width(left) + _width(right) + 1 > width and len(left) + len(right) > 1:
            worst = max((*left, *right), key=lambda item: item[0])
            (left if worst in left else right).remove(worst)
        row = Row(width, "title")
        for _, text, role in left:
            row.add(" ").add(f" {text} " if role in _FILLED else f"{text} ", role)
        spans = [
            Span(f" {text}" + (" " if role in _FILLED else ""), role) for _, text, role in right
        ]
        return [row.right(*spans, margin=1).line()]


def _width(items: list[Item]) -> int:
    return measure(Span(text) for _, text, _ in items) + 3 * len(items)


def _left(view: View) -> list[Item]:
    words = view.words
    status = view.connection
    state = view.state
    items: list[Item] = [(4, "tuirisk", "title")]
    if state is not None:
        items.append((2, _source(view), "strong" if state.source == "binance" else "warning"))
    if state is None or state.source != "recording" or status != "live":
        # A recording never is live, however fresh its books are.
        items.append((1, words(f"connection.{status}"), CONNECTION_ROLES[status]))
    if state is None:
        return items
    ready = sum(1 for symbol in state.symbols.values() if symbol.status == "ready")
    items.append((5, words("header.ready", ready=ready, all=len(view.watched)), "quiet"))
    link = state.connection
    if not isinstance(link.latency_ms, Missing):
        items.append((6, words("header.latency", value=f"{link.latency_ms:.0f}"), "quiet"))
    if not isinstance(link.used_weight_1m, Missing):
        items.append((9, words("header.weight", value=link.used_weight_1m), "quiet"))
    for rank, key, value in (
        (7, "reconnects", link.reconnects),
        (8, "resyncs", link.resyncs),
        (8, "dropped", link.dropped_frames),
    ):
        if value:
            items.append((rank, words(f"header.{key}", value=value), "quiet"))
    return items


def _source(view: View) -> str:
    """Where the numbers come from; only mainnet may look like the real thing."""
    assert view.state is not None
    source = view.state.source
    if source == "binance" and view.config.exchange.environment != "mainnet":
        return view.words(f"source.{view.config.exchange.environment}")
    return view.words(f"source.{source}")


def _right(view: View) -> list[Item]:
    words = view.words
    items: list[Item] = []
    unread = len(view.unread())
    if unread:
        items.append((1, words("header.alerts", value=unread), "critical-fill"))
    if view.frozen:
        items.append((0, words("header.frozen"), "warning-fill"))
    if view.muted:
        items.append((3, words("header.muted"), "caution"))
    if view.filter:
        items.append((2, words("header.filter", value=view.filter), "accent"))
    if view.sort != "list":
        items.append((4, words("header.sort", value=words(f"sort.{view.sort}")), "accent"))
    if view.list_name:
        items.append((5, words("header.list", value=view.list_name), "quiet"))
    items.append((10, f"[{view.theme}]", "faint"))
    if view.state is not None:
        items.append((3, fmt.clock(view.time_ms, view.config.ui.utc), "strong"))
    return items


class Notice(Canvas):
    """A row under the header that stands only while something is wrong, and says what."""

    def show(self, view: View) -> None:
        self.set_class(bool(notice(view)), "shown")
        super().show(view)

    def draw(self, view: View, width: int, height: int) -> list[Line]:
        calm = view.frozen or view.connection in ("connecting", "syncing", "live")
        ground = "title" if calm else "notice"
        row = Row(width, ground).add(" ")
        return [row.add(fit(notice(view), width - 2), "warming" if calm else "notice").line()]


def notice(view: View) -> str:
    """What is wrong or awaited, in one row; empty while all is well."""
    words = view.words
    if view.failure:
        return words("notice.failed", message=view.failure)
    if view.silent_ms:
        return words("notice.silent", age=fmt.age(view.silent_ms))
    if view.frozen:
        return words("notice.frozen", time=fmt.clock(view.time_ms, view.config.ui.utc))
    if view.state is None:
        return words("notice.connecting")
    link = view.state.connection
    if link.status == "live" or link.message:
        return words.reason(link.message)
    return words(f"notice.{link.status}")
