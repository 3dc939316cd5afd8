"""``tuirisk hedge``: the cheapest ways to bring the account within its limits."""

from __future__ import annotations

import sys

import msgspec

from tuirisk.analytics.portfolio.hedge import Candidate, Hedges
from tuirisk.cli.account import print_account
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.snapshot import exit_code
from tuirisk.cli.summary import chance_text
from tuirisk.cli.wait import wait_for_state
from tuirisk.config.model import Config
from tuirisk.monitor.hedging import hedge_table, hedges_of
from tuirisk.monitor.monitor import Monitor
from tuirisk.monitor.sources import MakeSource
from tuirisk.state import AccountState, Missing, Number, RiskState
from tuirisk.state.hedges import hedge_json


def print_hedges(make_source: MakeSource, config: Config, as_json: bool, timeout: float) -> int:
    """Print the candidates; the exit code, that of a snapshot."""
    monitor = wait_for_state(make_source, config, timeout)
    assert isinstance(monitor, Monitor)
    state = monitor.state
    if state is None:
        print_error("no data received; run `tuirisk doctor`")
        return ExitCode.UNREACHABLE
    hedges = hedges_of(monitor, state)
    if as_json:
        body = msgspec.json.format(msgspec.json.encode(hedge_json(hedge_table(hedges))), indent=2)
        sys.stdout.buffer.write(body + b"\n")
    else:
        sys.stdout.buffer.write(("\n".join(_lines(hedges, state)) + "\n").encode())
    sys.stdout.flush()
    return exit_code(state) or print_account(state)


def _lines(hedges: Hedges, state: RiskState) -> list[str]:
    before = hedges.before
    if before is None:
        return ["nothing is held"]
    head = [f"now            {_account(before)}"]
    head += _doubts(before, state)
    if hedges.within:
        return [*head, "the account is within its limits: nothing to do"]
    lines = []
    for one in hedges.candidates:
        lines += [
            f"{_action(one):<42} cost {_money(one.cost):>10}   "
            f"{'within all limits' if one.ok else 'not enough'}",
            f"  then         {_account(one.after)}",
        ]
    if not any(one.ok for one in hedges.candidates):
        lines.append("the account is not within its limits, and no single action is enough")
    warned = [
        f"{name}: {symbol.severity.text}"
        for name, symbol in state.symbols.items()
        if symbol.legs and symbol.severity.level in ("warning", "critical")
    ]
    if warned:
        lines += ["the legs' own rules say", *(f"  {line}" for line in warned)]
    return [*head, *lines]


def _doubts(before: AccountState, state: RiskState) -> list[str]:
    """What the figures rest on where that is not all known and fresh."""
    doubts = []
    account = state.account
    if account is not None and account.stale:
        doubts.append("the account was not read lately: its positions may be others by now")
    stale = [name for name, one in state.symbols.items() if one.legs and one.status != "ready"]
    if stale:
        doubts.append(f"late or missing prices: {', '.join(stale)}; the worst known ones count")
    if before.guessed:
        names = ", ".join(before.guessed)
        doubts.append(f"not all is known of {names}: what makes the account look worse counts")
    return [f"note           {doubt}" for doubt in doubts]


def _action(one: Candidate) -> str:
    if one.action == "add_margin":
        where = f"{one.symbol} {one.side}" if one.symbol else f"the {one.asset} cross wallet"
        return f"add {one.quantity:,.2f} {one.asset} to {where}"
    verb = "close" if one.action == "cut" else "open"
    return f"{verb} {one.quantity:,.8g} {one.symbol} {one.side} ({one.notional:,.0f})"


def _account(account: AccountState) -> str:
    day, week = _chance(account.p_liquidation_24h), _chance(account.p_liquidation_7d)
    any_day = _chance(account.p_any_liquidation_24h)
    ratio = account.margin_ratio
    shown = "-" if isinstance(ratio, Missing) else f"{ratio:.1%}"
    return (
        f"P(liquidation) cross 24h {day}, 7d {week}, any position 24h {any_day}; "
        f"VaR 1d {_money(account.var_1d_95)} of {_money(account.var_budget)}; margin ratio {shown}"
    )


def _chance(value: Number) -> str:
    return "-" if isinstance(value, Missing) else chance_text(value, ".2%")


def _money(value: Number) -> str:
    return "-" if isinstance(value, Missing) else f"{value:,.2f}"
