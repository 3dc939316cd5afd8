"""The account on the dashboard: a panel, two rows, or its worst position, as the room allows."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events

from tuirisk.state import AccountState, Missing, Number
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, fit
from tuirisk.ui.screens.account import not_counted, parts_of_today, position_table
from tuirisk.ui.screens.layout import Page
from tuirisk.ui.view.open_positions import HeldPosition, positions_by_danger
from tuirisk.ui.view.view import SEVERITY_ROLES, View, level_role
from tuirisk.ui.widgets import cells, positions
from tuirisk.ui.widgets.account_space import AccountSpace, account_space
from tuirisk.ui.widgets.canvas import Drawn, Hit
from tuirisk.ui.widgets.cells import ValueCell
from tuirisk.ui.widgets.watchlist import SymbolCanvas

METER = 10
"""Cells of the bar of the margin ratio."""
GAP = 3
"""Blanks between two figures."""
CENT = 0.01


class AccountPanel(SymbolCanvas):
    """The account, where there is one. A click on a position chooses its symbol."""

    pace_ms = 1000

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.display = False

    def show(self, view: View) -> None:
        space = self._space(view)
        if self.styles.height is None or self.styles.height.value != space.rows:
            self.styles.height = space.rows
        self.display = bool(space.rows)
        self.set_class(space.form == "panel", "panel")
        super().show(view)

    def draw(self, view: View, width: int, height: int) -> Drawn:
        return draw_account(view, self._space(view), width)

    def on_click(self, event: events.Click) -> None:
        if self.drawn.target_at(event.x, event.y) is None:
            self.app.call_later(self.run_action, "app.account")
        super().on_click(event)

    def _space(self, view: View) -> AccountSpace:
        return account_space(view, *self.screen.size)


def draw_account(view: View, space: AccountSpace, width: int) -> Drawn:
    """The rows of ``space``, each ``width`` cells wide; a position's are hits on its symbol."""
    account = None if view.state is None else view.state.account
    if account is None:
        return Drawn([_unread(view, width)] if space.rows else [])
    held = positions_by_danger(view)
    if space.form == "panel":
        return _panel(view, account, held, space, width)
    lines = [_account_row(view, account, width)] if space.form == "lines" else []
    worst = [_no_position(view, account, width)]
    if held:
        two_rows = space.form == "worst" and space.rows > 1
        worst = list(_worst_rows(view, account, held[0], width, two_rows=two_rows))
    hits = tuple(Hit(y, 0, width, held[0].name) for y in range(len(lines), space.rows) if held)
    return Drawn([*lines, *worst], hits)


def _panel(
    view: View, account: AccountState, held: list[HeldPosition], space: AccountSpace, width: int
) -> Drawn:
    page = Page(view, next(iter(view.state.symbols.values())), width)  # type: ignore[union-attr]
    figures = _figures(view, account, width, space.figures)
    rows = [_title(view, account, width), *figures]
    if not held:
        return Drawn([*rows, _no_position(view, account, width)])
    shown = held[: space.positions]
    hits = tuple(Hit(len(rows) + 1 + y, 0, width, one.name) for y, one in enumerate(shown))
    rows += position_table(page, shown)
    if len(held) > len(shown):
        more = view.words("account.more", value=len(held) - len(shown))
        rows.append(Row(width).add(f" {fit(more, width - 2)}", "quiet").line())
    return Drawn(rows, hits)


def _unread(view: View, width: int) -> Line:
    """That the account cannot be read, and why."""
    state = view.state
    reading = None if state is None else state.connection.account
    row = Row(width, "title").add(f" {view.words('account.title')} ", "title")
    row.add(f" {view.words('account.unread')} ", "warning-fill").add(" ")
    reasons = reading.messages if reading is not None else ()
    text = " · ".join(view.words.reason(reason) for reason in reasons)
    return row.add(fit(text, max(0, row.room - 1)), "warning").line()


def _title(view: View, account: AccountState, width: int) -> Line:
    """The account's severity with its sentence, and how old it is where that is too old."""
    words, severity = view.words, account.severity
    row = Row(width, "title").add(f" {words('account.title')}  ", "title")
    row.extend(_age(view, account))
    if severity.level != "ok" and account.recommendation is not None:
        key = f"code.{severity.rule}"
        sentence = words(key) if words.has(key) else str(severity.text)
        mark, role = glyphs.MARKS[severity.level], SEVERITY_ROLES[severity.level]
        row.add(fit(f"{mark} {sentence}", max(0, row.room - 8)), role)
    own = Span(view.words("account.unit"), "faint")
    return row.right(*not_counted(view, account), own, margin=1).line()


def _age(view: View, account: AccountState) -> tuple[Span, ...]:
    """``STALE 3m ago`` while the account is past its budget, or nothing vouches for it."""
    if not _stale(view, account):
        return ()
    word, age = view.words("status.stale"), account.age_ms
    if account.stale and not isinstance(age, Missing):
        word = f"{word} {view.words('symbol.age', value=fmt.age(age))}"
    return Span(f" {word} ", "warning-fill"), Span("  ")


def _account_row(view: View, account: AccountState, width: int) -> Line:
    """Equity, P&L today, margin ratio with its bar, P(liquidation); what has no room is left out
    from the end."""
    severity = account.severity.level
    row = Row(width, "title").add(" ")
    if severity != "ok":
        row.add(f"{glyphs.MARKS[severity]} ", SEVERITY_ROLES[severity])
    row.extend(_age(view, account))
    begin = row.used
    for part in (
        _figure(view, "equity", _amount(view, account, account.equity)),
        _earned(view, account)[0],
        _margin(view, account, 8),
        _figure(view, "p_any_short", _chance(view, account, "p_any_liquidation_24h")),
    ):
        row.extend(part if row.used == begin else [Span("  "), *part])
    return row.line()


def _figures(view: View, account: AccountState, width: int, rows: int) -> list[Line]:
    """Equity, P&L today and balances, then how near a liquidation is: two wide or three rows."""
    state, stress = view.state, account.reverse_stress
    stale = _stale(view, account)
    lever: Number = Missing("not_applicable") if state is None else state.account_leverage
    role = level_role(account.levels.get("var_1d_95"))
    loss = cells.value_cell(account.var_1d_95, fmt.compact(account.var_1d_95), stale, role)
    budget = view.words("account.of_budget", value=fmt.compact(account.var_budget))
    down, up = (
        cells.value_cell(move, fmt.percent(move, 1, signed=True), stale)
        for move in (stress.btc_down, stress.btc_up)
    )
    earned = [
        _figure(view, "equity", _amount(view, account, account.equity)),
        *_earned(view, account),
    ]
    balances = [
        _figure(view, "free_short", _amount(view, account, account.free_collateral)),
        _figure(view, "available", _amount(view, account, account.available_balance)),
    ]
    margin = [_margin(view, account, METER)]
    risk = [
        [*_figure(view, "var_short", loss), Span(f" {budget}", "quiet")],
        _figure(view, "leverage", cells.value_cell(lever, fmt.leverage(lever), stale)),
    ]
    chances = [
        _figure(view, "p_any_short", _chance(view, account, "p_any_liquidation_24h")),
        _figure(view, "p_7d_short", _chance(view, account, "p_liquidation_7d")),
        [*_figure(view, "deadly", down), Span(" / ", "quiet"), Span(*up)],
    ]
    if rows == 2:
        groups = [[*earned, *balances], [*margin, *risk, *chances]]
    else:
        groups = [earned, [*margin, *balances], [*risk, *chances]]
    return [_figure_row(group, width) for group in groups]


def _earned(view: View, account: AccountState) -> list[list[Span]]:
    """The P&L today and its parts; where nothing of it is known, the unrealised P&L, and why."""
    total, *parts = parts_of_today(account)
    if isinstance(total[1], Missing) and all(isinstance(value, Missing) for _, value in parts):
        return [
            _figure(view, "unrealised", _profit(view, account, account.unrealised_pnl)),
            _figure(view, "today", _profit(view, account, total[1])),
            [Span(view.words.reason(total[1]), "quiet")],
        ]
    return [
        _figure(view, "today", _profit(view, account, total[1])),
        *(_figure(view, name, _profit(view, account, value)) for name, value in parts),
    ]


def _figure_row(parts: list[list[Span]], width: int) -> Line:
    """``parts`` with blanks between them, as many as fit."""
    row = Row(width).add(" ").extend(parts[0])
    for part in parts[1:]:
        row.extend([Span(" " * GAP), *part])
    return row.line()


def _worst_rows(
    view: View, account: AccountState, worst: HeldPosition, width: int, *, two_rows: bool
) -> Iterator[Line]:
    """Symbol, side, P&L, liquidation price and the way to it; then leverage and P(liquidation)."""
    name, symbol, leg = worst
    mark, _, role = view.badge(symbol)
    stale, price = view.stale(symbol, "mark", "account"), leg.liquidation_price
    side, gain = (
        positions.side(view, symbol, leg),
        positions.profit(view, symbol, leg.unrealised_pnl),
    )
    level = cells.liquidation_cell(
        view, leg, price, fmt.price(price, symbol.tick_size), stale,
        level_role(leg.levels.get("distance")),
    )  # fmt: skip
    away = positions.distance(view, symbol, leg)
    sigmas = cells.value_cell(leg.distance_sigmas, fmt.decimal(leg.distance_sigmas, 1) + "σ", stale)
    lever = positions.effective_leverage(view, symbol, leg)
    chance = cells.chance_cell(view, symbol, leg)
    where = [Span(f"{view.words('tile.liquidation')} ", "quiet"), Span(*level)]
    if not cells.cannot_be_liquidated(leg):
        where += [Span(" "), Span(*away)]
    row = Row(width, "title")
    row.extend(
        [Span(f" {mark} " if mark else " ", role), Span(f"{name} ", "strong"), side, Span(" ")]
    )
    if two_rows:
        row.extend(_age(view, account))
    row.extend([Span(*gain), Span("  ")])
    rest = [Span(f"  {sigmas.text}", sigmas.role), Span("  "),
            Span(f"{view.words('account.chance_24h')} ", "quiet"), Span(*chance)]  # fmt: skip
    if two_rows:
        yield row.extend([Span(*lever)]).line()
        row = Row(width, "title").add(" ")
    row.extend(where)
    row.extend(rest)
    if not two_rows:
        row.extend([Span("  "), Span(*lever)])
    yield row.line()


def _no_position(view: View, account: AccountState, width: int) -> Line:
    text = view.words("account.no_position")
    row = Row(width, "title").add(f" {text}", "stale" if _stale(view, account) else "quiet")
    return row.add(glyphs.STALE if _stale(view, account) else "", "stale").line()


def _figure(view: View, name: str, shown: ValueCell) -> list[Span]:
    """A label and its number."""
    return [Span(f"{view.words(f'account.{name}')} ", "quiet"), Span(*shown)]


def _margin(view: View, account: AccountState, width: int) -> list[Span]:
    """The margin ratio and its bar, full at liquidation."""
    ratio, judgement = account.margin_ratio, account.levels.get("margin_ratio")
    stale = _stale(view, account)
    text = cells.value_cell(ratio, fmt.percent(ratio, 1), stale, level_role(judgement))
    spans = _figure(view, "margin_short", text)
    if isinstance(ratio, Missing):
        return spans
    full, rest = glyphs.line(min(1.0, max(0.0, ratio)), width)
    bar = Span(full, "stale" if stale else level_role(judgement, "bar"))
    return [*spans, Span(" "), bar, Span(rest, "track")]


def _amount(view: View, account: AccountState, value: Number) -> ValueCell:
    return cells.value_cell(value, fmt.price(value, CENT), _stale(view, account), "strong")


def _profit(view: View, account: AccountState, value: Number) -> ValueCell:
    text = fmt.compact(value, signed=True)
    return cells.value_cell(value, text, _stale(view, account), cells.change_role(value))


def _chance(view: View, account: AccountState, name: str) -> ValueCell:
    """A probability of liquidation, ``~`` before that of the closed form."""
    value: Number = getattr(account, name)
    text = fmt.chance(value, 1)
    if not account.time_ms and not isinstance(value, Missing):
        text = f"{cells.ESTIMATE}{text}"
    return cells.value_cell(
        value, text, _stale(view, account), level_role(account.levels.get(name))
    )


def _stale(view: View, account: AccountState) -> bool:
    return view.lost or account.stale
