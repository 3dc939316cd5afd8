"""The first row: what is connected to what, how well, and when."""

from __future__ import annotations

from textual import events

from tuirisk.events.playback import Playback, PlaybackCommand
from tuirisk.state import SEVERITIES, Missing, RiskState, present
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Row, Span, measure, wrap
from tuirisk.ui.view.messages import MomentClicked
from tuirisk.ui.view.view import SEVERITY_ROLES, View, level_role
from tuirisk.ui.widgets.canvas import Canvas, Drawn, Hit
from tuirisk.ui.widgets.cells import ESTIMATE

CONNECTION_ROLES = {
    "live": "ok",
    "connecting": "warming",
    "syncing": "warming",
    "degraded": "warning-fill",
    "silent": "warning-fill",
    "offline": "critical-fill",
    "failed": "critical-fill",
}
NOTICE_ROWS = 3
BAR_RANK, BAR_CELLS = 3, 12
"""Of the position bar of a replay: its rank, which no other item on the left has, and its width."""
ENDED = ("recording", "files")
"""Sources that are never live."""
_FILLED = ("critical-fill", "warning-fill", "key-fill")
Item = tuple[int, str, str]
"""(rank: the highest goes first when room is short, text, role)"""


class Header(Canvas):
    """Repaints once a second of the state's time, and at once when a status changes."""

    _drawn: tuple[object, ...] = ()

    def show(self, view: View) -> None:
        key = (view.time_ms // 1000, view.connection, view.frozen, view.muted, view.theme,
               view.words.language, len(view.unacknowledged()), view.pressing_messages,
               view.symbols, view.sort,
               view.filter, view.list_name, view.playback)  # fmt: skip
        if key != self._drawn:
            self._drawn = key
            super().show(view)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        left, right = _left(view), _right(view)
        while _width(left) + _width(right) + 1 > width and len(left) + len(right) > 1:
            worst = max((*left, *right), key=lambda item: item[0])
            (left if worst in left else right).remove(worst)
        row = Row(width, "title")
        hits: tuple[Hit, ...] = ()
        for rank, text, role in left:
            row.add(" ")
            if rank == BAR_RANK:
                hits = tuple(
                    Hit(0, row.used + cell, row.used + cell + 1, str(cell / (BAR_CELLS - 1)))
                    for cell in range(BAR_CELLS)
                )
            row.add(f" {text} " if role in _FILLED else f"{text} ", role)
        spans = [
            Span(f" {text}" + (" " if role in _FILLED else ""), role) for _, text, role in right
        ]
        return Drawn([row.right(*spans, margin=1).line()], hits)

    def on_click(self, event: events.Click) -> None:
        """A click on the position bar of a replay goes there."""
        share = self.drawn.target_at(event.x, event.y)
        if share is not None:
            self.post_message(MomentClicked(PlaybackCommand("seek_share", float(share))))


def _width(items: list[Item]) -> int:
    return measure(Span(text) for _, text, _ in items) + 3 * len(items)


def _left(view: View) -> list[Item]:
    words = view.words
    status = view.connection
    state = view.state
    items: list[Item] = [(4, "tuirisk", "title")]
    if state is not None:
        items.append((2, _source(view), "strong" if state.source == "binance" else "warning"))
    if view.frozen:
        items.append((0, words("header.frozen"), "warning-fill"))
    if view.playback is not None:
        items += _playback(view, view.playback)
    # Whatever is frozen is not live, and a recording never is, however fresh its books are.
    if status != "live" or not (view.frozen or state is None or state.source in ENDED):
        items.append((1, words(f"connection.{status}"), CONNECTION_ROLES[status]))
    if state is None:
        return items
    names = view.watched
    ready = sum(1 for name in names if (s := view.symbol(name)) and s.status == "ready")
    role = "quiet" if ready == len(names) else "caution"
    items.append((5, words("header.ready", ready=ready, all=len(names)), role))
    return [*items, *_link(view, state), *_account(view, state)]


def _playback(view: View, playback: Playback) -> list[Item]:
    """Whether the replay is paused or on its way, its speed, and its position between the times of
    its beginning and its end."""
    words, utc = view.words, view.config.ui.utc
    items: list[Item] = []
    if playback.seeking:
        items.append((1, words("playback.seeking"), "warming"))
    elif playback.paused:
        items.append((0, words("playback.paused"), "warning-fill"))
    done, rest = glyphs.line(playback.share, BAR_CELLS)
    return [
        *items,
        (5, words("playback.speed", value=f"{playback.speed:g}"), "quiet"),
        (7, fmt.clock(playback.first_ms, utc), "quiet"),
        (BAR_RANK, done + rest, "accent"),
        (7, fmt.clock(playback.last_ms, utc), "quiet"),
    ]


def _link(view: View, state: RiskState) -> list[Item]:
    """How well the line to the exchange is, and when something came over it last; every number
    in as many cells as it may need, so that what follows stays where it is.
    """
    words, link = view.words, state.connection
    items: list[Item] = []
    if link.lag_s:
        items.append((1, words("header.lag", value=link.lag_s), "warning-fill"))
    if not isinstance(link.latency_ms, Missing):
        latency = words("header.latency", value=f"{link.latency_ms:3.0f}")
        items.append((6, latency, "quiet"))
    ages = present(stream.age_ms for stream in link.streams)
    # How lately a frame came says nothing while what comes is late.
    if ages and not link.lag_s and state.source not in ENDED:
        age = words("header.feed", value=f"{fmt.age(min(ages)):<3}")
        items.append((8, age, "quiet"))
    if not isinstance(link.used_weight_1m, Missing):
        weight = words("header.weight", value=f"{link.used_weight_1m:<4}")
        items.append((9, weight, "quiet"))
    for rank, key, value in (
        (7, "reconnects", link.reconnects),
        (8, "resyncs", link.resyncs),
        (8, "dropped", link.dropped_frames),
    ):
        if value:
            items.append((rank, words(f"header.{key}", value=value), "quiet"))
    return items


def _account(view: View, state: RiskState) -> list[Item]:
    """The day's risk of all positions against its budget, the probability that any is liquidated
    with the age of its simulation, and how much the symbols differ."""
    words, account = view.words, state.account
    items: list[Item] = []
    if account is not None and not isinstance(account.var_1d_95, Missing):
        risk, budget = fmt.compact(account.var_1d_95), fmt.compact(account.var_budget)
        text = words("header.account", value=f"{risk:>5}", budget=budget)
        role = level_role(account.levels.get("var_1d_95"), "quiet")
        items.append((6, text, "stale" if view.lost or account.stale else role))
    if account is not None and not isinstance(account.p_any_liquidation_24h, Missing):
        late = view.lost or account.stale
        chance = fmt.chance(account.p_any_liquidation_24h, 1) + (glyphs.STALE if late else "")
        age = fmt.age(state.time_ms - account.time_ms) if account.time_ms else ""
        chance = chance if age else f"{ESTIMATE}{chance}"
        text = words("header.account_chance", value=chance, age=age).rstrip()
        role = level_role(account.levels.get("p_any_liquidation_24h"), "quiet")
        items.append((6, text, "stale" if late else role))
    bets = state.watchlist.effective_bets
    if not isinstance(bets, Missing):
        items.append((10, words("header.bets", value=fmt.decimal(bets, 1)), "quiet"))
    return items


def _source(view: View) -> str:
    """Where the numbers come from; only mainnet may look like the real thing."""
    assert view.state is not None
    source = view.state.source
    venue = view.config.exchange.venue
    return view.words(f"source.{venue if source == 'binance' and venue != 'mainnet' else source}")


def _right(view: View) -> list[Item]:
    words = view.words
    items: list[Item] = []
    alerts = len(view.unacknowledged())
    if alerts:
        items.append((1, words("header.alerts", value=alerts), "critical-fill"))
    items += _messages(view)
    if view.muted:
        items.append((3, words("header.muted"), "caution"))
    if view.filter:
        items.append((2, words("header.filter", value=view.filter), "accent"))
        items += _filtered_out(view)
    if view.sort not in ("danger", "list"):
        items.append((4, words("header.sort", value=words(f"sort.{view.sort}")), "accent"))
    if view.list_name:
        items.append((5, words("header.list", value=view.list_name), "quiet"))
    items.append((7, f"[{view.theme}]", "faint"))
    if view.state is not None:
        items.append((3, fmt.clock(view.time_ms, view.config.ui.utc), "strong"))
    return items


def _messages(view: View) -> list[Item]:
    """How many messages there are, in the role of the gravest, and the key that lists them."""
    messages = view.pressing_messages
    if not messages:
        return []
    worst = max((message.level for message in messages), key=SEVERITIES.index)
    key = next((c.shown for c in view.commands if c.name == "messages"), "")
    text = view.words(
        "header.message" if len(messages) == 1 else "header.messages",
        value=len(messages), press=key,
    )  # fmt: skip
    return [(2, text, SEVERITY_ROLES[worst])]


def _filtered_out(view: View) -> list[Item]:
    """How many symbols the filter hides, and the most dangerous of them."""
    hidden = view.hidden(view.symbols)
    if not hidden:
        return []
    mark, word, role = view.badge(view.symbol(hidden[0]))
    worst = f"{hidden[0]} {mark} {word}"
    return [(2, view.words("table.filtered", value=len(hidden)), "quiet"), (2, worst, role)]


class Notice(Canvas):
    """A row under the header that says what is wrong; where there is room it stands empty while
    nothing is, so that nothing moves when something is. A long sentence takes up to three rows.
    """

    def show(self, view: View) -> None:
        self.set_class(bool(notice(view)), "shown")
        if self.size.width:
            self.styles.height = len(_rows(_sentence(view), self.size.width)) or 1
        super().show(view)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        rows = _rows(_sentence(view), width)[:height]
        if not rows:
            return Drawn([Row(width).line()])
        usual = not view.frozen and view.connection in ("connecting", "syncing", "live")
        ground = "title" if usual else "notice"
        role = "warming" if usual else "notice"
        return Drawn([Row(width, ground).add(" ").add(row, role).line() for row in rows])


def _rows(text: str, width: int) -> list[str]:
    return wrap(text, width - 2, NOTICE_ROWS)


def _sentence(view: View) -> str:
    """What is wrong with the connection, else the first of the other messages."""
    text = notice(view)
    messages = view.pressing_messages
    if text or not messages or view.connection != "live":
        return text
    first = messages[0]
    text = first.text if first.reason is None else view.words.reason(first.reason)
    return f"{first.symbol}: {text}" if first.symbol else text


def notice(view: View) -> str:
    """What is wrong or awaited, in one row; empty while all is well."""
    words = view.words
    if view.failure:
        return words("notice.failed", message=view.failure)
    if view.silent_ms:
        return words("notice.silent", age=fmt.age(view.silent_ms))
    if view.frozen:
        key = next((c.shown for c in view.commands if c.name == "freeze"), "")
        time = fmt.clock(view.time_ms, view.config.ui.utc)
        return words("notice.frozen", time=time, age=fmt.age(view.behind_ms), press=key)
    if view.state is None:
        return words("notice.connecting")
    link = view.state.connection
    if link.status == "live" or link.message:
        return words.reason(link.message)
    return words(f"notice.{link.status}")
