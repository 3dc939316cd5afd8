"""From the name that conditions have for a number to the number. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tuirisk.config.condition_values import condition_value
from tuirisk.state import (
    AccountState,
    DataFamily,
    External,
    Missing,
    Number,
    Position,
    SymbolState,
    magnitude,
)
from tuirisk.state.external import NO_PROVIDER, named_value

_OF_SYMBOL: Mapping[str, tuple[Callable[[SymbolState], Number], tuple[DataFamily, ...]]] = {
    "price": (lambda s: s.price.last, ("flow",)),
    "mark": (lambda s: s.price.mark, ("mark",)),
    "index": (lambda s: s.price.index, ("mark",)),
    "change_24h": (lambda s: s.price.change_24h, ("flow",)),
    "move_5m": (lambda s: s.price.move_5m, ("flow",)),
    "move_5m_sigmas": (lambda s: s.price.move_5m_sigmas, ("flow",)),
    "score": (lambda s: _own_score(s), ()),
    "funding": (lambda s: s.funding.rate, ("mark",)),
    "funding_8h": (lambda s: s.funding.rate_8h, ("mark",)),
    "funding_annualised": (lambda s: s.funding.annualised, ("mark",)),
    "basis": (lambda s: s.funding.basis, ("mark",)),
    "spread_bps": (lambda s: s.liquidity.spread_bps, ("depth",)),
    "imbalance": (lambda s: s.liquidity.imbalance, ("depth",)),
    "open_interest_change_1h": (lambda s: s.open_interest.change_1h, ("open_interest",)),
    "open_interest_change_24h": (lambda s: s.open_interest.change_24h, ("open_interest",)),
    "volatility_24h": (lambda s: s.forecast.volatility_24h, ("candles",)),
    "volatility_rank_1y": (lambda s: s.forecast.volatility_rank_1y, ("candles",)),
}
"""Name → the number, and the data that must not be stale."""
_OF_POSITION: Mapping[str, Callable[[Position], Number]] = {
    "distance": lambda p: magnitude(p.distance),
    "distance_sigmas": lambda p: magnitude(p.distance_sigmas),
    "leverage": lambda p: p.leverage,
    "margin_ratio": lambda p: p.margin_ratio,
    "notional": lambda p: p.notional,
    "p_liquidation_24h": lambda p: p.p_liquidation_24h,
    "p_liquidation_7d": lambda p: p.p_liquidation_7d,
}
"""Name → the number of the position that is nearest to its liquidation."""
_OF_ACCOUNT: Mapping[str, Callable[[AccountState], Number]] = {
    "equity": lambda a: a.equity,
    "account_pnl": lambda a: a.unrealised_pnl,
    "available_balance": lambda a: a.available_balance,
    "var_1d_95": lambda a: a.var_1d_95,
    "account_margin_ratio": lambda a: a.margin_ratio,
}


def symbol_number(name: str, symbol: SymbolState) -> Number | None:
    """The number ``name`` of a symbol or its position; missing where its data are stale too.

    None where there is no position that it could be of.
    """
    if name in _OF_SYMBOL:
        read, families = _OF_SYMBOL[name]
        stale = _stale(symbol, families)
        return read(symbol) if stale is None else stale
    position = symbol.position
    if position is None:
        return None
    if position.stale:
        return Missing("stale_family", family="account")
    stale = _stale(symbol, ("mark", "account"))
    if stale is not None:
        return stale
    return symbol.unrealised_pnl if name == "pnl" else _OF_POSITION[name](position)


def account_number(name: str, account: AccountState | None) -> Number | None:
    """The number ``name`` of the account; None where there is neither account nor position."""
    if account is None:
        return None
    return (
        Missing("stale_family", family="account") if account.stale else _OF_ACCOUNT[name](account)
    )


def outside_number(name: str, symbol: str, external: External) -> Number:
    """The number ``name`` of other people's data, of the asset of ``symbol`` or of the market."""
    try:
        return named_value(external, symbol, name)
    except KeyError:
        return NO_PROVIDER


def is_of_provider(name: str) -> bool:
    """Whether the number called ``name`` comes from other people's data."""
    return condition_value(name).scope in ("asset", "market")


def _stale(symbol: SymbolState, families: tuple[DataFamily, ...]) -> Missing | None:
    for family in families:
        if family in symbol.freshness and symbol.freshness[family].stale:
            return Missing("stale_family", family=family)
    return None


def _own_score(symbol: SymbolState) -> Number:
    """The score; missing while a part of it is carried from before its data went missing."""
    if symbol.score.carried:
        return Missing("stale_family", family="candles")
    return symbol.score.total
