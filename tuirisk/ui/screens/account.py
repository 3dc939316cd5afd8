"""The account: what it is worth, how near its liquidation is, and every position by danger."""

from __future__ import annotations

from collections.abc import Sequence

from tuirisk.foreign.text import printable
from tuirisk.state import AccountState, LadderRung, Missing, Number, Position, SymbolState
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Line, Row, Span, blank
from tuirisk.ui.screens.ladder_picture import ladder_picture
from tuirisk.ui.screens.layout import (
    GAP,
    Block,
    Page,
    fact_rows,
    heading,
    in_columns,
    missing_reason,
    paragraph,
    stacked,
    table,
)
from tuirisk.ui.view.open_positions import HeldPosition, positions_by_danger
from tuirisk.ui.view.view import View, level_role
from tuirisk.ui.widgets import cells, positions
from tuirisk.ui.widgets.cells import ValueCell, change_role

LEAST = 38
"""Cells of a block at least."""
METER = 12
"""Cells of the bar of the margin ratio."""
COLUMNS = (
    "side", "pnl", "liquidation", "distance", "in_sigmas", "chance_24h", "chance_7d", "size",
    "entry", "mark", "roe", "next", "adl", "stop",
)  # fmt: skip
"""Of the table, the most urgent first: where there is no room the last ones are left out."""


def not_counted(view: View, account: AccountState) -> tuple[Span, ...]:
    """Which assets the account's totals do not have in them; nothing where there is none."""
    names = ", ".join(map(printable, account.not_counted))
    return (Span(f"{view.words('account.without', names=names)}  ", "warning"),) if names else ()


def draw(page: Page, account: AccountState, hedges: Sequence[Line] = ()) -> list[Line]:
    """The screen without its charts; ``page`` is of any symbol. ``hedges`` stand on top, where
    they are asked for.
    """
    figures, today = Figures(account).draw, Today(account).draw
    risk, ladder = Risk(account).draw, Ladder(account).draw
    blocks: tuple[Block, ...]
    if page.width >= 3 * LEAST + 2 * GAP:
        blocks = (stacked(figures, today), risk, ladder)
    else:
        blocks = (stacked(figures, risk), stacked(ladder, today))
    return [
        *hedges,
        *_positions(page),
        blank(page.width),
        *in_columns(page, LEAST, *blocks),
    ]


class _Block:
    """A block of the account's numbers, dimmed while the account is stale."""

    def __init__(self, account: AccountState) -> None:
        self.account = account

    def money(self, page: Page, value: Number, signed: bool = False, role: str = "") -> ValueCell:
        text = fmt.compact(value, signed=signed)
        return cells.value_cell(value, text, self.stale(page), role or "text")

    def amount(self, page: Page, value: Number) -> ValueCell:
        """Money to the cent."""
        return cells.value_cell(value, fmt.price(value, 0.01), self.stale(page))

    def percent(self, page: Page, name: str, text: str) -> ValueCell:
        """A judged number of the account in the colour of its level."""
        value: Number = getattr(self.account, name)
        role = level_role(self.account.levels.get(name))
        return cells.value_cell(value, text, self.stale(page), role)

    def stale(self, page: Page) -> bool:
        return page.view.lost or self.account.stale

    def age(self, page: Page) -> Span:
        """How old the account is, while it is past its budget."""
        age = self.account.age_ms
        if not self.account.stale or isinstance(age, Missing):
            return Span(page.view.words("status.stale") if self.stale(page) else "", "stale")
        return Span(page.words("age", value=fmt.age(age)), "stale")


class Figures(_Block):
    """What the account is worth and what is left of it for new positions."""

    def draw(self, page: Page) -> list[Line]:
        """Equity, P&L, margin ratio with its bar, balances, effective leverage."""
        account, words = self.account, page.view.words
        state = page.view.state
        lever = Missing("not_applicable") if state is None else state.account_leverage
        ratio = self.percent(page, "margin_ratio", fmt.percent(account.margin_ratio, 1))
        realised, funding = account.realised_pnl, account.funding_paid
        received = -funding
        rows: list[tuple[str, Sequence[ValueCell]]] = [
            (words("account.equity"), [self.amount(page, account.equity)]),
            (
                words("account.unrealised"),
                [self.money(page, account.unrealised_pnl, True,
                            change_role(account.unrealised_pnl))],
            ),
            (
                words("account.realised"),
                [self.money(page, realised, True, change_role(realised))],
            ),
            (
                words("account.funding"),
                [self.money(page, received, True, change_role(received))],
            ),
            *self._mode(page),
            (words("account.margin_ratio"), [ratio, *self._meter(page)]),
            (words("account.free"), [self.amount(page, account.free_collateral)]),
            (words("account.available"), [self.amount(page, account.available_balance)]),
            (
                words("account.leverage"),
                [cells.value_cell(lever, fmt.leverage(lever), self.stale(page))],
            ),
        ]  # fmt: skip
        return [
            heading(page, words("account.title"), *not_counted(page.view, account),
                    Span("USDT", "faint"), self.age(page)),
            *fact_rows(page, rows),
            *missing_reason(page, account.equity, account.margin_ratio),
        ]  # fmt: skip

    def _mode(self, page: Page) -> list[tuple[str, Sequence[ValueCell]]]:
        """What stands behind the positions, hedge mode, and the ratio of portfolio margin."""
        account, words = self.account, page.view.words
        if account.source == "config":
            return []
        parts = [words(f"account.{account.mode}")]
        if account.hedge_mode:
            parts.append(words("account.hedge_mode"))
        rows: list[tuple[str, Sequence[ValueCell]]] = [
            # One cell each: what has no room is left out, not the whole.
            (
                words("account.mode"),
                [ValueCell(part + ("," if part != parts[-1] else ""), "text") for part in parts],
            )
        ]
        if not isinstance(account.uni_mmr, Missing):
            ratio = fmt.decimal(account.uni_mmr, 2)
            rows.append(("uniMMR", [cells.value_cell(account.uni_mmr, ratio, self.stale(page))]))
        return rows

    def _meter(self, page: Page) -> list[ValueCell]:
        """The bar of the margin ratio, full at liquidation."""
        ratio = self.account.margin_ratio
        if isinstance(ratio, Missing) or page.width < METER * 3:
            return []
        role = level_role(self.account.levels.get("margin_ratio"), "bar")
        full, rest = glyphs.line(min(1.0, max(0.0, ratio)), METER)
        return [ValueCell(full, "stale" if self.stale(page) else role), ValueCell(rest, "track")]


def parts_of_today(account: AccountState) -> list[tuple[str, Number]]:
    """The P&L today and what it is the sum of, each with the name of its label."""
    today = account.pnl_today
    return [
        ("today_total", today.total),
        ("today_realised", today.realised),
        ("today_unrealised", today.unrealised),
        ("today_funding", today.funding),
        ("today_fees", today.fees),
    ]


class Today(_Block):
    """What the account earned since UTC midnight."""

    def draw(self, page: Page) -> list[Line]:
        """The P&L today and its parts."""
        words, parts = page.view.words, parts_of_today(self.account)
        rows = [
            (words(f"account.{name}"), [self.money(page, value, True, change_role(value))])
            for name, value in parts
        ]
        return [
            heading(page, words("account.today_title"), Span(words("account.unit"), "faint"),
                    self.age(page)),
            *fact_rows(page, rows),
            *missing_reason(page, *(value for _, value in parts)),
        ]  # fmt: skip


class Risk(_Block):
    """What may happen to the account: VaR, P(liquidation), the move that liquidates it."""

    def draw(self, page: Page) -> list[Line]:
        """VaR against its budget, chances of liquidation, reverse stress."""
        account, words = self.account, page.view.words
        budget = words("account.of_budget", value=fmt.compact(account.var_budget))
        stress, coming = account.reverse_stress, -account.funding_next_24h
        rows: list[tuple[str, Sequence[ValueCell]]] = [
            *(
                (words(f"account.{name}"), [self._chance(page, name)])
                for name in ("p_liquidation_24h", "p_liquidation_7d", "p_any_liquidation_24h")
            ),
            (
                words("account.var"),
                [self.percent(page, "var_1d_95", fmt.compact(account.var_1d_95)),
                 ValueCell(budget, "quiet")],
            ),
            (words("account.shortfall"), [self.money(page, account.es_1d_95)]),
            (words("account.btc_down"), [self._move(page, stress.btc_down)]),
            (words("account.btc_up"), [self._move(page, stress.btc_up)]),
            (
                words("account.sigmas"),
                [cells.value_cell(stress.sigmas, fmt.decimal(stress.sigmas, 1) + "σ",
                                  self.stale(page))],
            ),
            (
                words("account.funding_next"),
                [self.money(page, coming, True, change_role(coming))],
            ),
        ]  # fmt: skip
        severity = account.severity
        key = f"code.{severity.rule}"
        advice = words(key) if words.has(key) else severity.text
        return [
            heading(page, words("account.risk"), self.age(page)),
            *paragraph(page, advice, severity.level, 2),
            *fact_rows(page, rows),
            *missing_reason(page, account.p_liquidation_24h, stress.btc_down, stress.btc_up),
        ]

    def _chance(self, page: Page, name: str) -> ValueCell:
        value: Number = getattr(self.account, name)
        text = fmt.chance(value, 1)
        estimated = not self.account.time_ms and not isinstance(value, Missing)
        return self.percent(page, name, f"{cells.ESTIMATE}{text}" if estimated else text)

    def _move(self, page: Page, move: Number) -> ValueCell:
        return cells.value_cell(move, fmt.percent(move, 1, signed=True), self.stale(page))


class Ladder(_Block):
    """The account at moves of Bitcoin, the others at their β."""

    def draw(self, page: Page) -> list[Line]:
        """The equity as a curve, then a row a move: equity, margin ratio, who is liquidated."""
        words = page.view.words
        head = tuple(words(f"account.{name}") for name in ("btc", "equity", "margin_ratio", "gone"))
        title = heading(page, words("account.ladder"), self.age(page))
        if not self.account.ladder:
            return [title, *paragraph(page, words("account.no_ladder"))]
        rungs = _telling(self.account.ladder)
        picture = ladder_picture(page, self.account.ladder, self.stale(page))
        return [title, *picture, *table(page, head, [self._rung(page, one) for one in rungs])]

    def _rung(self, page: Page, rung: LadderRung) -> tuple[str, Sequence[ValueCell]]:
        ratio = rung.margin_ratio
        gone = " ".join(rung.liquidated)
        return fmt.percent(rung.btc, 0, signed=True), (
            self.money(page, rung.equity),
            cells.value_cell(ratio, fmt.percent(ratio, 1), self.stale(page)),
            ValueCell(gone, "critical"),
        )


def _telling(ladder: Sequence[LadderRung]) -> list[LadderRung]:
    """The moves by tens of percent, and the first in each direction that liquidates a symbol."""
    rise = [rung for rung in ladder if rung.btc >= 0]
    fall = [rung for rung in reversed(ladder) if rung.btc < 0]
    kept = []
    for way in (fall, rise):
        before: tuple[str, ...] = ()
        for rung in way:
            if round(rung.btc * 100) % 10 == 0 or rung.liquidated != before:
                kept.append(rung)
            before = rung.liquidated
    return sorted(kept, key=lambda rung: rung.btc)


def _positions(page: Page) -> list[Line]:
    """Every position in one table, in danger order."""
    view, words = page.view, page.view.words
    held = positions_by_danger(view)
    count = Span(str(len(held)), "quiet")
    title = heading(page, words("symbol.positions"), count)
    if not held:
        return [title, *paragraph(page, words("account.no_position"))]
    return [title, *position_table(page, held), *_reasons(page, held)]


def position_table(page: Page, held: Sequence[HeldPosition]) -> list[Line]:
    """A heading and a row for each position of ``held``, in their order."""
    head = ["", *(page.view.words(f"account.{name}") for name in COLUMNS)]
    return table(page, head, [(name, _row(page.view, one, leg)) for name, one, leg in held])


def _reasons(page: Page, held: Sequence[HeldPosition]) -> list[Line]:
    """Why a liquidation price or chance is missing where a price could liquidate the position."""
    for name, _, leg in held:
        if not cells.cannot_be_liquidated(leg):
            lines = missing_reason(page, leg.liquidation_price, leg.p_liquidation_24h, limit=1)
            if lines:
                return [Row(page.width).add(f" {name}", "quiet").line(), *lines]
    return []


def _row(view: View, symbol: SymbolState, leg: Position) -> list[ValueCell]:
    """The cells of one position, in the order of :data:`COLUMNS`."""
    stale = view.stale(symbol, "mark", "account")
    tick = symbol.tick_size
    side = positions.side(view, symbol, leg)
    price = leg.liquidation_price
    near = level_role(leg.levels.get("distance"))
    roe = leg.return_on_margin

    def shown(value: object, text: str, role: str = "text") -> ValueCell:
        return cells.value_cell(value, text, stale, role)

    return [
        ValueCell(side.text, side.role),
        positions.profit(view, symbol, leg.unrealised_pnl),
        cells.liquidation_cell(view, leg, price, fmt.price(price, tick), stale, near),
        positions.distance(view, symbol, leg),
        cells.liquidation_cell(
            view, leg, leg.distance_sigmas, fmt.decimal(leg.distance_sigmas, 1), stale, near
        ),
        cells.chance_cell(view, symbol, leg),
        shown(
            leg.p_liquidation_7d,
            cells.chance_text(leg, leg.p_liquidation_7d, 1),
            level_role(leg.levels.get("p_liquidation_7d")),
        ),
        shown(leg.quantity, fmt.compact(leg.quantity)),
        shown(leg.entry_price, fmt.price(leg.entry_price, tick)),
        shown(symbol.price.mark, fmt.price(symbol.price.mark, tick)),
        shown(roe, fmt.percent(roe, 1, signed=True), change_role(roe)),
        shown(leg.next_funding, fmt.compact(-leg.next_funding, signed=True)),
        shown(leg.adl, fmt.score(leg.adl)),
        cells.stop_cell(view, leg, tick, stale),
    ]
