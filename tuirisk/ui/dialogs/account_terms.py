"""The numbers of the account's screen and of the radar."""

from __future__ import annotations

from tuirisk.state import Missing
from tuirisk.ui.dialogs.tab_values import adl, stop
from tuirisk.ui.dialogs.terms import (
    Shown,
    Subject,
    Term,
    cents,
    chance,
    change,
    gain,
    money,
    of_account,
    own,
    percent,
    price,
    received,
    sigmas,
    term,
)
from tuirisk.ui.render import format as fmt


def account_leverage(subject: Subject) -> Shown:
    """Of all positions together."""
    state = subject.view.state
    if state is None or state.account is None:
        return None
    value = state.account_leverage
    return value if isinstance(value, Missing) else fmt.leverage(value)


def on_margin(subject: Subject) -> Shown:
    """The return of the chosen symbol's position."""
    position = None if subject.symbol is None else subject.symbol.position
    if position is None:
        return None
    margin, pnl = position.initial_margin, position.unrealised_pnl
    if isinstance(margin, Missing):
        return margin
    if isinstance(pnl, Missing):
        return pnl
    return fmt.percent(pnl / margin, 1, signed=True) if margin > 0 else None


def ladder(subject: Subject) -> Shown:
    """The account at a fall of 10 %."""
    state = subject.view.state
    rungs = () if state is None or state.account is None else state.account.ladder
    for rung in rungs:
        if round(rung.btc * 100) == -10:
            gone = " ".join(rung.liquidated)
            return f"-10% {fmt.compact(rung.equity)} {fmt.percent(rung.margin_ratio, 1)} {gone}"
    return None


def newest_equity(subject: Subject) -> Shown:
    """The newest value of the chart."""
    values = () if subject.view.state is None else subject.view.state.account_values
    return fmt.price(values[-1].equity, 0.01) if values else None


def newest_pnl(subject: Subject) -> Shown:
    """The newest value of the chart."""
    values = () if subject.view.state is None else subject.view.state.account_values
    if not values:
        return None
    value = values[-1].pnl_today
    return value if isinstance(value, Missing) else fmt.compact(value, signed=True)


ACCOUNT = (
    of_account("account.equity", "equity", cents),
    of_account("account.unrealised", "unrealised_pnl", gain),
    of_account("account.realised", "realised_pnl", gain),
    of_account("account.funding", "funding_paid", received),
    of_account("account.today_title|account.today_total", "pnl_today.total", gain),
    of_account("account.today_realised", "pnl_today.realised", gain),
    of_account("account.today_funding", "pnl_today.funding", gain, "account.pnl_today.realised"),
    of_account("account.today_fees", "pnl_today.fees", gain, "account.pnl_today.realised"),
    of_account("account.today_unrealised", "pnl_today.unrealised", gain),
    of_account("account.margin_ratio", "margin_ratio", percent),
    of_account("account.free", "free_collateral", cents, "screen.free_collateral"),
    of_account("account.available", "available_balance", cents),
    Term("account.leverage", "screen.account_leverage", account_leverage),
    of_account("account.var", "var_1d_95", money),
    of_account("help.budget", "var_budget", money),
    of_account("account.shortfall", "es_1d_95", money),
    of_account("account.p_liquidation_24h", "p_liquidation_24h", chance),
    of_account("account.p_liquidation_7d", "p_liquidation_7d", chance),
    of_account("account.p_any_liquidation_24h", "p_any_liquidation_24h", chance),
    of_account("account.btc_down", "reverse_stress.btc_down", change),
    of_account("account.btc_up", "reverse_stress.btc_up", change),
    of_account("account.sigmas", "reverse_stress.sigmas", sigmas),
    of_account("account.funding_next", "funding_next_24h", received),
    Term("account.ladder|account.btc", "account.ladder.*.btc", ladder),
    term("account.pnl", "position.unrealised_pnl", gain),
    term("account.liquidation", "position.liquidation_price", price),
    term("account.distance", "position.distance", change),
    term("account.in_sigmas", "position.distance_sigmas", sigmas),
    term("account.chance_24h", "position.p_liquidation_24h", chance),
    term("account.chance_7d", "position.p_liquidation_7d", chance),
    term("account.size", "position.quantity", money),
    term("account.entry", "position.entry_price", price),
    term("account.mark", "price.mark", price),
    Term("account.roe", "screen.return_on_margin", on_margin, ("mark", "account")),
    term("account.next", "position.next_funding", received, "screen.next_funding"),
    Term("account.adl", "position.adl", adl),
    Term("account.stop", "position.stops.*.trigger", stop),
    Term("account.equity_chart", "screen.equity_chart", newest_equity),
    Term("account.pnl_chart", "screen.pnl_chart", newest_pnl),
)
"""Those of a position are of the chosen symbol, else of the most dangerous one."""
RADAR = (
    *(
        own(f"radar.{name}", f"radar.{name}", name)
        for name in (
            "price",
            "move",
            "move_sigmas",
            "funding_8h",
            "funding_rank",
            "basis",
            "volume_ratio",
            "volatility",
            "volatility_rank",
        )
    ),
    own("radar.age", "radar.age_s", "age"),
)
"""Those of the marked row."""
