"""The facts of one symbol that the panel WHY lists, most urgent first."""

from __future__ import annotations

from typing import NamedTuple

from tuirisk.state import Missing, Position, SymbolState, mapped, or_none
from tuirisk.ui.render import format as fmt
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets import positions
from tuirisk.ui.widgets.cells import (
    ValueCell,
    advice_cells,
    cannot_be_liquidated,
    chance_cell,
    chance_source,
    funding_countdown,
    funding_rate,
    liquidation_cell,
    price_range,
    value_cell,
)
from tuirisk.ui.widgets.track_record import (
    chance_record,
    live_chance_record,
    score_label,
    score_record,
)


class FactRow(NamedTuple):
    """A labelled row of the detail panel."""

    label: str
    cells: tuple[ValueCell, ...]
    """Its value, then what is to be said of it."""


def facts(view: View, symbol: SymbolState) -> list[FactRow]:
    """Facts of ``symbol`` in the order in which they give way to lack of room (last first)."""
    return [
        *contract_facts(view, symbol),
        *_positions(view, symbol),
        _regime(view, symbol),
        *_funding(view, symbol),
        _interest(view, symbol),
        _flow(view, symbol),
        _liquidations(view, symbol),
        *_score_record(view, symbol),
        *_history(view, symbol),
    ]


def contract_facts(view: View, symbol: SymbolState) -> list[FactRow]:
    """What sets the contract apart from a perpetual in USDT: kind, quote asset, its end."""
    contract, words = symbol.contract, view.words
    parts = []
    if contract.type not in ("PERPETUAL", "SPOT", ""):
        parts.append(ValueCell(contract.type.lower().replace("_", " "), "text"))
    if not isinstance(contract.quote_asset, Missing) and contract.quote_asset != "USDT":
        parts.append(ValueCell(words("detail.money_in", asset=contract.quote_asset), "text"))
    if not isinstance(contract.expiry, Missing):
        end = contract.expiry[:16].replace("T", " ")
        parts.append(ValueCell(words("detail.ends", time=end), "text"))
    return [FactRow(words("detail.contract"), tuple(parts))] if parts else []


def _positions(view: View, symbol: SymbolState) -> list[FactRow]:
    """The leg nearest to liquidation, the others, and the P&L of all."""
    if not symbol.legs:
        return []
    words, position = view.words, symbol.legs[0]
    stale = view.stale(symbol, "mark", "account")
    price = position.liquidation_price
    size = value_cell(position.notional, positions.amount(symbol, position.notional), stale)
    side = positions.side(view, symbol, position)
    leverage = value_cell(position.leverage, fmt.leverage(position.leverage), stale)
    chosen = mapped(lambda x: words("detail.set", value=fmt.multiple(x)), position.leverage_setting)
    level = liquidation_cell(view, position, price, fmt.price(price, symbol.tick_size), stale)
    away = positions.distance(view, symbol, position)
    if cannot_be_liquidated(position):
        away = ValueCell(words("detail.no_liquidation"), "quiet")
    elif position.liquidation_range is not None:
        away = ValueCell(price_range(position.liquidation_range, symbol.tick_size), "quiet")
    likely = chance_cell(view, symbol, position)
    return [
        FactRow(words("detail.position"), (size, ValueCell(side.text, side.role))),
        FactRow(words("detail.leverage"), (leverage, ValueCell(or_none(chosen) or "", "quiet"))),
        *(_leg(view, symbol, leg) for leg in symbol.legs[1:]),
        FactRow(words("detail.pnl"), (positions.summed(view, symbol),)),
        FactRow(words("detail.liquidation"), (level, away)),
        FactRow(words("detail.chance"), (likely, chance_source(view, position))),
        *_chance_record(view, position),
        *_advice(view, symbol, position),
    ]


def _chance_record(view: View, position: Position) -> list[FactRow]:
    chance = position.p_liquidation_24h
    found = {
        "record.chance_label": chance_record(view, "24h", chance),
        "record.live_label": live_chance_record(view, "24h", chance),
    }
    return [FactRow(view.words(label), tuple(cells)) for label, cells in found.items() if cells]


def _score_record(view: View, symbol: SymbolState) -> list[FactRow]:
    cells = score_record(view, symbol.score.total)
    return [FactRow(score_label(view), tuple(cells))] if cells else []


def _advice(view: View, symbol: SymbolState, position: Position) -> list[FactRow]:
    """The margin to add or the quantity to cut to, where a rule on leverage holds."""
    cells = advice_cells(view, position, view.stale(symbol, "mark", "account"))
    return [FactRow(view.words("detail.add_margin"), cells)] if cells else []


def _leg(view: View, symbol: SymbolState, leg: Position) -> FactRow:
    """Another leg: its size, side and P&L."""
    stale = view.stale(symbol, "mark", "account")
    side = positions.side(view, symbol, leg)
    size = value_cell(leg.notional, positions.amount(symbol, leg.notional), stale)
    gain = positions.profit(view, symbol, leg.unrealised_pnl)
    return FactRow(view.words("detail.other_leg"), (size, ValueCell(side.text, side.role), gain))


def _regime(view: View, symbol: SymbolState) -> FactRow:
    words, regime = view.words, symbol.volatility.regime
    stale = view.stale(symbol, "candles")
    word = words.code("regime", regime.state)
    parts = [value_cell(regime.state, word, stale)]
    if regime.since:
        parts.append(ValueCell(fmt.since(regime.since, view.time_ms), "quiet"))
    if not isinstance(regime.percentile_30d, Missing):
        rank = f"{words('detail.percentile')} {regime.percentile_30d:.0f}"
        parts.append(ValueCell(rank, "quiet"))
    return FactRow(words("detail.regime"), tuple(parts))


def _funding(view: View, symbol: SymbolState) -> list[FactRow]:
    words, funding = view.words, symbol.funding
    stale = view.stale(symbol, "mark", "funding")
    a_year, three_days, basis = funding.annualised, funding.cumulative_3d, funding.basis
    carry = funding.carry.annualised_net
    rate = words("detail.per_year", value=fmt.percent(a_year, 1))
    yearly = ValueCell(words("detail.yearly"), "quiet")
    signal = words.code("signal", funding.signal)
    rows = (
        ("funding", (funding_rate(view, symbol), value_cell(a_year, rate, stale, "quiet"))),
        (
            "next",
            (funding_countdown(view, symbol), value_cell(funding.signal, signal, stale, "quiet")),
        ),
        ("three_days", (value_cell(three_days, fmt.percent(three_days, 3, signed=True), stale),)),
        ("basis", (value_cell(basis, f"{fmt.slippage_bps(basis)}bp", view.stale(symbol, "mark")),)),
        ("carry", (value_cell(carry, fmt.percent(carry, 1, signed=True), stale), yearly)),
    )
    return [FactRow(words(f"detail.{key}"), parts) for key, parts in rows]


def _interest(view: View, symbol: SymbolState) -> FactRow:
    interest, stale = symbol.open_interest, view.stale(symbol, "open_interest")
    change, quadrant = interest.change_24h, interest.quadrant
    word = view.words.code("quadrant", quadrant)
    parts = (
        value_cell(interest.value, positions.amount(symbol, interest.value), stale),
        value_cell(change, fmt.percent(change, 1, signed=True), stale),
        ValueCell(word, "quiet"),
    )
    return FactRow(view.words("detail.interest"), parts)


def _flow(view: View, symbol: SymbolState) -> FactRow:
    value = symbol.flow.imbalance.get("5m", Missing("no_window", window="5m"))
    text = fmt.decimal(value, 2, signed=True)
    return FactRow(
        view.words("detail.flow"), (value_cell(value, text, view.stale(symbol, "flow")),)
    )


def _liquidations(view: View, symbol: SymbolState) -> FactRow:
    sample, words = symbol.liquidations, view.words
    parts = []
    for side, value in (("long", sample.long_1h), ("short", sample.short_1h)):
        parts += [
            value_cell(value, positions.amount(symbol, value), view.lost),
            ValueCell(words(f"side.{side}"), "quiet"),
        ]
    if sample.sampled:
        parts.append(ValueCell(words("detail.sampled"), "faint"))
    return FactRow(words("detail.liquidations"), tuple(parts))


def _history(view: View, symbol: SymbolState) -> list[FactRow]:
    words, stale = view.words, view.stale(symbol, "candles")
    falls = tuple(
        part
        for name, window in symbol.drawdown.items()
        for part in (
            value_cell(window.current, fmt.percent(window.current, 1), stale),
            ValueCell(name, "quiet"),
        )
    )
    loss = symbol.value_at_risk.historical_95
    ratio = symbol.performance.sharpe
    return [
        FactRow(words("detail.drawdown"), falls),
        FactRow(words("detail.risk"), (value_cell(loss, fmt.percent(loss, 1), stale),)),
        FactRow(words("detail.performance"), (value_cell(ratio, fmt.decimal(ratio), stale),)),
    ]
