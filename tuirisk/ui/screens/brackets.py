"""The leverage brackets of a symbol, with those that its positions are in."""

from __future__ import annotations

from tuirisk.state import MaybeText, Tier, present
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render.rows import Line, Span
from tuirisk.ui.screens.layout import Page, heading, missing_reason, paragraph, table
from tuirisk.ui.widgets import cells
from tuirisk.ui.widgets.cells import ValueCell


def source_of(page: Page, source: MaybeText) -> str:
    """Where brackets come from, in words: the account, a table of some date, or nowhere."""
    if not source:
        return fmt.DASH
    kind, _, date = source.partition(" ")
    key = f"symbol.bracket_of_{kind}"
    return page.view.words(key, date=date) if page.view.words.has(key) else source


def bracket_table(page: Page) -> list[Line]:
    """Highest notional, most leverage and maintenance rate; ``>`` marks what positions are in."""
    part = page.symbol.brackets
    title = heading(
        page,
        page.words("bracket_table"),
        Span(page.quote, "faint"),
        Span(source_of(page, part.source), "quiet"),
    )
    if not part.tiers:
        if not part.source:
            return [title, *missing_reason(page, part.source)]
        return [title, *paragraph(page, page.words("bracket_unknown"), "faint", 3)]
    active = _active(page)
    head = (
        f"  {page.words('up_to')}",
        page.words("most_times"),
        page.words("rate_of_margin"),
        page.words("less_amount"),
    )
    rows = [_row(page, tier, i in active) for i, tier in enumerate(part.tiers)]
    lines = [title, *table(page, head, rows)]
    return [*lines, *paragraph(page, page.words("bracket_note"), "faint", 3)]


def _active(page: Page) -> set[int]:
    """Places of the brackets that hold at the positions' notionals."""
    symbol, tiers = page.symbol, page.symbol.brackets.tiers
    positions = symbol.positions
    rows = set()
    for notional in present(position.notional for position in positions):
        inside = (i for i, tier in enumerate(tiers) if _holds(tier, notional))
        rows.add(next(inside, len(tiers) - 1))
    return rows


def _holds(tier: Tier, notional: float) -> bool:
    return not tier.cap or notional <= tier.cap


def _row(page: Page, tier: Tier, active: bool) -> tuple[str, list[ValueCell]]:
    stale = active and page.stale("mark", "account")
    role = "strong" if active else "quiet"
    cap = fmt.compact(tier.cap) if tier.cap else page.words("no_cap")
    return f"{'> ' if active else '  '}{cap}", [
        cells.value_cell(tier.max_leverage, f"{tier.max_leverage:g}x", stale, role),
        cells.value_cell(tier.rate, f"{tier.rate * 100:g}%", stale, role),
        cells.value_cell(tier.cumulative, fmt.compact(tier.cumulative), stale, role),
    ]
