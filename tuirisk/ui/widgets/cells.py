"""Cells that several panels share: a number with its staleness, a score's bar."""

from __future__ import annotations

from typing import NamedTuple

from tuirisk.state import DataFamily, Missing, Number, Position, SymbolState, present
from tuirisk.ui.render import format as fmt
from tuirisk.ui.render import glyphs
from tuirisk.ui.render.rows import Row, Span, measure
from tuirisk.ui.view.view import View, level_role

_FAMILIES_OF: dict[str, tuple[DataFamily, ...]] = {
    "market": ("candles",),
    "liquidity": ("depth",),
    "funding": ("mark", "funding"),
    "correlation": ("candles",),
}
"""Component of the score, in the order of the weights → the families of data it rests on."""
TINY = 1e-6
"""A share of a position that rounding may leave without a stop."""
REGIME_WINDOW = "60"
"""The 15m window that the regime and its sparkline follow; see docs/metrics.md."""


class ValueCell(NamedTuple):
    """A text and the style class it is drawn in."""

    text: str
    role: str


def value_cell(value: object, text: str, stale: bool, role: str = "text") -> ValueCell:
    """A number as it may be shown: a dash when missing, dimmed with ``?`` when stale."""
    if isinstance(value, Missing):
        return ValueCell(fmt.DASH, "quiet")
    return ValueCell(text + glyphs.STALE, "stale") if stale else ValueCell(text, role)


def liquidation_cell(
    view: View, position: Position, value: Number, text: str, stale: bool, role: str = "text"
) -> ValueCell:
    """The liquidation price or the way to it; ``none`` where no price liquidates the position."""
    if cannot_be_liquidated(position):
        return ValueCell(view.words("tile.none"), "quiet")
    return value_cell(value, text, stale, role)


def stop_cell(view: View, position: Position, tick: float, stale: bool) -> ValueCell:
    """The nearest open stop, or that there is none; empty where the exchange does not tell."""
    if isinstance(position.stops, Missing):
        return ValueCell("", "text")
    stops = [order for order in position.stops if order.limits_loss]
    if not stops:
        return ValueCell(view.words("detail.no_stop"), "stale" if stale else "quiet")
    prices = [order.trigger for order in stops if not isinstance(order.trigger, Missing)]
    if not prices:
        return ValueCell(view.words("detail.trailing_stop"), "stale" if stale else "text")
    nearest = max(prices) if position.side == "long" else min(prices)
    text = view.words("detail.stop", price=fmt.price(nearest, tick))
    share = sum(order.quantity for order in stops if not isinstance(order.quantity, Missing))
    if share < position.quantity * (1 - TINY):
        text += view.words("detail.stop_share", share=fmt.percent(share / position.quantity, 0))
    if _past_liquidation(position, nearest):
        text += view.words("detail.stop_past_liquidation")
    return ValueCell(text, "stale" if stale else "text")


def _past_liquidation(position: Position, stop: float) -> bool:
    """Whether the liquidation price comes before ``stop`` on the way of a loss."""
    liquidation, distance = position.liquidation_price, position.distance
    if isinstance(liquidation, Missing) or isinstance(distance, Missing):
        return False
    if position.side == "long":
        return distance < 0 and stop <= liquidation
    return distance > 0 and stop >= liquidation


def take_profit_cell(view: View, position: Position, tick: float, stale: bool) -> ValueCell:
    """The nearest open take-profit; empty where there is none."""
    orders = () if isinstance(position.stops, Missing) else position.stops
    triggers = [order.trigger for order in orders if order.takes_profit]
    prices = [trigger for trigger in triggers if not isinstance(trigger, Missing)]
    if not prices:
        return ValueCell("", "text")
    nearest = min(prices) if position.side == "long" else max(prices)
    text = view.words("detail.take_profit", price=fmt.price(nearest, tick))
    return ValueCell(text, "stale" if stale else "quiet")


def cannot_be_liquidated(position: Position) -> bool:
    """Whether no price can liquidate ``position``."""
    price = position.liquidation_price
    return isinstance(price, Missing) and price.code == "no_liquidation_price"


def advice_cells(view: View, position: Position, stale: bool) -> tuple[ValueCell, ...]:
    """The margin to add, and the quantity to cut to instead; nothing where neither is advised."""
    margin, left = position.margin_to_add, position.quantity_left
    if margin is None:
        return ()
    cells = [value_cell(margin, fmt.compact(margin), stale, "strong")]
    if left is not None:
        text = view.words("detail.cut_to", quantity=fmt.compact(left))
        cells.append(ValueCell(text, "stale" if stale else "text"))
    return tuple(cells)


def price_range(bounds: tuple[Number, Number], tick: float) -> str:
    """Two prices as ``near … far``; a dash for one that is none."""
    return " … ".join(fmt.price(price, tick) for price in bounds)


def add_steady(row: Row, shown: ValueCell, width: int) -> Row:
    """Right-aligned in ``width`` cells, the last of which is the staleness mark's: that it comes
    and goes moves no digit.
    """
    text = shown.text if shown.text.endswith(glyphs.STALE) else f"{shown.text} "
    return row.cell(text, width, shown.role)


def change_role(change: Number) -> str:
    """The style class of a change: ``up``, ``down`` or, where it is missing, ``quiet``."""
    return "quiet" if isinstance(change, Missing) else "up" if change >= 0 else "down"


def last_price(view: View, symbol: SymbolState) -> ValueCell:
    """The last price, to the tick."""
    text = fmt.price(symbol.price.last, symbol.tick_size)
    return value_cell(symbol.price.last, text, view.stale(symbol, "candles"), "strong")


def change_24h(view: View, symbol: SymbolState) -> ValueCell:
    """The change in 24 hours."""
    change = symbol.price.change_24h
    text = fmt.percent(change, signed=True)
    return value_cell(change, text, view.stale(symbol, "candles"), change_role(change))


def funding_rate(view: View, symbol: SymbolState) -> ValueCell:
    """The predicted rate of one interval."""
    rate = symbol.funding.rate
    return value_cell(
        rate, fmt.percent(rate, 4, signed=True), view.stale(symbol, "mark", "funding")
    )


def funding_countdown(view: View, symbol: SymbolState) -> ValueCell:
    """Time to the next settlement."""
    moment = symbol.funding.next_time
    return value_cell(
        moment, fmt.countdown(moment, view.time_ms), view.stale(symbol, "mark"), "quiet"
    )


def components(view: View, symbol: SymbolState) -> tuple[tuple[str, Number, bool], ...]:
    """(name, score, stale or carried) of the four components, in the order of the weights."""
    parts, carried = symbol.score.components, symbol.score.carried
    late = {name: view.stale(symbol, *families) for name, families in _FAMILIES_OF.items()}
    return tuple((name, getattr(parts, name), late[name] or name in carried) for name in late)


def meter(row: Row, share: float, width: int, role: str) -> Row:
    """A thin bar of ``share`` (0–1) on its track."""
    if width <= 0:
        return row
    full, rest = glyphs.line(share, width)
    return row.add(full, role).add(rest, "track")


def spark_limits(symbol: SymbolState) -> tuple[float, float]:
    """The least and greatest 15m volatility of the history kept; of what is drawn while unknown."""
    cone = symbol.volatility.cone.get("15m", {}).get(REGIME_WINDOW)
    low, high = (None, None) if cone is None else (cone.min, cone.max)
    if isinstance(low, float) and isinstance(high, float) and low > 0:
        return low, high
    positive = [value for value in present(symbol.volatility.spark) if value > 0]
    return min(positive, default=1.0), max(positive, default=1.0)


def freshness(view: View, symbol: SymbolState | None, width: int) -> ValueCell:
    """How fresh a symbol is in ``width`` cells: live, what is stale, or what is awaited."""
    words = view.words
    if symbol is None:
        return ValueCell(words("tile.awaiting"), "quiet")
    if view.lost:
        return ValueCell(words("status.stale"), "stale")
    if symbol.status in ("warming", "error"):
        return ValueCell(fmt.DASH, "quiet")
    stale = [name for name, fresh in symbol.freshness.items() if fresh.stale]
    if not stale:
        if view.frozen:
            return ValueCell(words("tile.frozen"), "warning")
        if view.state is not None and view.state.source == "files":
            return ValueCell(words("tile.of_files"), "quiet")
        return ValueCell(words("tile.fresh"), "ok")
    names = [words(f"family.{name}") + glyphs.STALE for name in stale]
    while len(names) > 1 and measure((Span(" ".join(names)),)) > width:
        names.pop()
    return ValueCell(" ".join(names), "stale")


ESTIMATE = "~"
"""Before a probability of the closed-form estimate, which no simulation stands behind."""


def chance_text(position: Position, value: Number, places: int = 2) -> str:
    """A probability of the position's liquidation, ``~`` before that of the closed form."""
    text = fmt.chance(value, places)
    return f"{ESTIMATE}{text}" if position.closed_form and text != fmt.DASH else text


def chance_cell(view: View, symbol: SymbolState, position: Position) -> ValueCell:
    """P(liquidation) within 24 h as :func:`chance_text`, in the colour of its level."""
    value = position.p_liquidation_24h
    role = level_role(position.levels.get("p_liquidation_24h"))
    stale = view.stale(symbol, "mark", "account")
    return value_cell(value, chance_text(position, value, 1), stale, role)


def chance_age(view: View, position: Position) -> str:
    """How old the simulation in P(liquidation) is; empty where the closed form stands alone."""
    if position.closed_form or isinstance(position.p_liquidation_model, Missing):
        return ""
    return fmt.since(position.p_liquidation_time, view.time_ms)


def chance_source(view: View, position: Position) -> ValueCell:
    """How old the simulation in P(liquidation) is, or that the closed form stands alone."""
    if isinstance(position.p_liquidation_model, Missing):
        return ValueCell("", "text")
    if position.closed_form:
        return ValueCell(view.words("detail.closed_form"), "quiet")
    return ValueCell(view.words("detail.simulated", value=chance_age(view, position)), "quiet")
