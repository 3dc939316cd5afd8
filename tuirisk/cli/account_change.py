"""What an order does to the account, in lines: before and after."""

from __future__ import annotations

from collections.abc import Callable

from tuirisk.cli.summary import chance_text
from tuirisk.state import AccountRisk, AccountState, Missing, Number


def account_lines(before: AccountState | None, after: AccountState) -> list[str]:
    """What is judged of the account, before and after."""
    now, then = (None if before is None else AccountRisk.of(before)), AccountRisk.of(after)

    def change(shown: Callable[[AccountRisk], str]) -> str:
        after = shown(then)
        return after if now is None or shown(now) == after else f"{shown(now)} -> {after}"

    budget = f" of {_plain(then.var_budget, ',.2f')}"
    return [
        f"account        P(liq) cross 24 h {change(lambda a: _short(a.p_liquidation_24h))}, "
        f"7 d {change(lambda a: _short(a.p_liquidation_7d))}; "
        f"any 24 h {change(lambda a: _short(a.p_any_liquidation_24h))}",
        f"account VaR    {change(lambda a: _plain(a.var_1d_95, ',.2f'))}{budget}",
        f"account margin ratio {change(lambda a: _plain(a.margin_ratio, '.1%'))}",
        f"account deadly move {change(_deadly)}",
    ]


def _deadly(account: AccountRisk) -> str:
    """The most likely move that liquidates the cross positions, and those of Bitcoin."""
    if isinstance(account.sigmas, Missing):
        return f"none ({account.sigmas.reason})"
    down, up = (_plain(move, "+.1%") for move in (account.btc_down, account.btc_up))
    return f"{account.sigmas:.1f} sigma (BTC {down}, {up})"


def _plain(value: Number, form: str) -> str:
    return "-" if isinstance(value, Missing) else f"{value:{form}}"


def _short(value: Number) -> str:
    return "-" if isinstance(value, Missing) else chance_text(value, ".2%")
