"""A RiskState in plain lines, for ``tuirisk snapshot`` without ``--json``."""

from __future__ import annotations

from collections.abc import Mapping

from tuirisk.cli.log_line import padded
from tuirisk.cli.messages import message_line
from tuirisk.cli.number_text import number_text
from tuirisk.cli.outside_text import outside_lines
from tuirisk.foreign.text import printable
from tuirisk.state import (
    AccountState,
    Missing,
    Number,
    Position,
    RiskState,
    Severity,
    SymbolState,
)
from tuirisk.state.codec import iso, milliseconds

MARKS: Mapping[Severity, str] = {
    "critical": "!!",
    "warning": "!",
    "caution": "^",
    "unknown": "?",
    "ok": "",
}
NAME = 14
"""Cells of a symbol's name."""
LEAST_CHANCE = 0.001
"""The least probability that is printed as a number."""
HEADINGS = (
    f"{'':<3}{'SYMBOL':<14}{'STATUS':<9}{'LAST':>14}{'24h':>9}{'SCORE':>7}{'COVER':>7}"
    f"{'FUND/8h':>10}{'SPREAD':>9}  SEVERITY"
)


def summary(state: RiskState) -> bytes:
    """A heading, one line a symbol and position, the account and the messages; UTF-8.

    The most dangerous symbol comes first.
    """
    lines = [f"{iso(state.time_ms)}  {state.source}  {state.connection.status}", HEADINGS]
    for name in state.danger_order or state.symbols:
        symbol = state.symbols[name]
        lines.append(_line(name, symbol))
        lines += [_position(position, symbol, state.time_ms) for position in symbol.positions]
    if state.account is not None:
        lines += [
            _account(state.account),
            _pnl_today(state.account),
            _account_risk(state.account, state.account_leverage),
        ]
    lines += outside_lines(state.external)
    lines += [message_line(message) for message in state.messages if message.level != "unknown"]
    return ("\n".join(lines) + "\n").encode()


def _line(name: str, symbol: SymbolState) -> str:
    severity = symbol.severity
    held_mark = " (held)" if severity.held else ""
    return (
        f"{MARKS[severity.level]:<3}{padded(name, NAME)}{symbol.status:<9}"
        f"{number_text(symbol.price.last, '.10g'):>14}"
        f"{number_text(symbol.price.change_24h, '+.2%'):>9}"
        f"{number_text(symbol.score.total, '.0f'):>7}{symbol.score.coverage:>7.0%}"
        f"{number_text(symbol.funding.rate_8h, '+.4%'):>10}"
        f"{number_text(symbol.liquidity.spread_bps, '.2f', 'bp'):>9}"
        f"  {severity.level}{held_mark}: {severity.text or symbol.recommendation.text}"
    )


def _position(position: Position, symbol: SymbolState, time_ms: int) -> str:
    due = "  liquidation due" if position.liquidation_due else ""
    return (
        f"   {position.side} {position.quantity:.10g} at {position.entry_price:.10g}, "
        f"{number_text(position.leverage, '.3g', 'x')} {position.margin_mode}"
        f"  mark {number_text(symbol.price.mark, '.10g')}"
        f"  P&L {number_text(position.unrealised_pnl, '+,.2f')}"
        f"  ROE {number_text(position.return_on_margin, '+.1%')}"
        f"{_liquidation(position)}{_stop(position)}"
        f"  P(liquidation) 24h {_chance(position, time_ms)}"
        f", 7d {chance_text(position.p_liquidation_7d, '.1%')}{due}"
        f"  next funding {number_text(-position.next_funding, '+,.2f')}"
        f"  ADL {number_text(position.adl, 'd')}"
        f"{_advice(position)}{_stale(position)}"
    )


def _liquidation(position: Position) -> str:
    """The liquidation price and the way to it; ``none`` where no price can cause one."""
    price = position.liquidation_price
    if isinstance(price, Missing) and price.code == "no_liquidation_price":
        return "  liquidation none"
    return (
        f"  liquidation {number_text(price, '.10g')}"
        f"  distance {number_text(position.distance, '.1%')}"
        f" = {number_text(position.distance_sigmas, '.1f')} sigma"
    )


def _stop(position: Position) -> str:
    """The open stops, or that there is none; nothing where the exchange does not tell."""
    if isinstance(position.stops, Missing):
        return ""
    stops = [order for order in position.stops if order.limits_loss]
    if not stops:
        return "  no stop"
    return "  stop " + ", ".join(number_text(order.trigger, ".10g") for order in stops)


def _chance(position: Position, time_ms: int) -> str:
    """P(liquidation) with the age of its simulation, or ``~`` before the closed-form estimate."""
    text, moment = chance_text(position.p_liquidation_24h, ".1%"), position.p_liquidation_time
    if isinstance(position.p_liquidation_24h, Missing):
        return text
    if position.closed_form or isinstance(moment, Missing):
        return f"~{text}"
    return f"{text} ({(time_ms - milliseconds(moment)) // 1000} s old)"


def _account(account: AccountState) -> str:
    return (
        f"account  equity {number_text(account.equity, ',.2f')}"
        f"  P&L {number_text(account.unrealised_pnl, '+,.2f')}"
        f"  margin ratio {number_text(account.margin_ratio, '.1%')}"
        f"  VaR 1d 95 % {number_text(account.var_1d_95, ',.2f')}"
        f" of {number_text(account.var_budget, ',.2f')}"
        f"{_not_counted(account)}{_stale(account)}"
    )


def _not_counted(account: AccountState) -> str:
    """That the totals lack assets, and which."""
    names = ", ".join(map(printable, account.not_counted))
    return f"  (without {names})" if names else ""


def _pnl_today(account: AccountState) -> str:
    """The P&L since UTC midnight and its parts; why there is none."""
    today = account.pnl_today
    text = f"         P&L today {number_text(today.total, '+,.2f')}"
    if isinstance(today.total, Missing):
        return f"{text}  ({today.total.reason})"
    return (
        f"{text}  (realised {number_text(today.realised, '+,.2f')}"
        f"  unrealised {number_text(today.unrealised, '+,.2f')}"
        f"  funding {number_text(today.funding, '+,.2f')}"
        f"  fees {number_text(today.fees, '+,.2f')}){_stale(account)}"
    )


def _account_risk(account: AccountState, leverage: Number) -> str:
    """The balances, the effective leverage, P(liquidation) and the moves that liquidate it."""
    stress = account.reverse_stress
    return (
        f"         available {number_text(account.available_balance, ',.2f')}"
        f"  free {number_text(account.free_collateral, ',.2f')}"
        f"  leverage {number_text(leverage, '.3g', 'x')}"
        f"  P(liquidation) cross 24h {chance_text(account.p_liquidation_24h, '.1%')}"
        f", 7d {chance_text(account.p_liquidation_7d, '.1%')}"
        f", any 24h {chance_text(account.p_any_liquidation_24h, '.1%')}"
        f"  deadly BTC move {number_text(stress.btc_down, '+.1%')}"
        f" / {number_text(stress.btc_up, '+.1%')}"
        f"{_stale(account)}"
    )


def _stale(read: Position | AccountState) -> str:
    """How old what was read of the account is, where that is past its budget."""
    if not read.stale or isinstance(read.age_ms, Missing):
        return ""
    return f"  STALE, {read.age_ms / 1000:.0f} s old"


def _advice(position: Position) -> str:
    """What ends the rules on the leverage of ``position`` that hold."""
    if position.margin_to_add is None:
        return ""
    left = position.quantity_left
    cut = "" if left is None else f", or cut to {left:.6g}"
    return f"  (add {position.margin_to_add:,.6g}{cut})"


def chance_text(value: Number, form: str) -> str:
    """A probability estimated from 10 000 paths or some years of days: never printed as 0."""
    if isinstance(value, float) and value < LEAST_CHANCE:
        return "< 0.1%"
    return number_text(value, form)
