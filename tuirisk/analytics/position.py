"""The configured position of a symbol, and the account it belongs to."""

from __future__ import annotations

from tuirisk.config import Config, PositionConfig
from tuirisk.state import Account, Missing, Number, Position

NOT_COMPUTED = Missing("not computed in this version")


def of_symbol(config: Config, symbol: str) -> PositionConfig | None:
    """The first position that the configuration has of ``symbol``."""
    return next((p for p in config.positions if p.symbol == symbol), None)


def sign(position: PositionConfig | None) -> int:
    """−1 for a short; +1 for a long and without a position."""
    return -1 if position is not None and position.side == "short" else 1


def position(configured: PositionConfig | None, mark: Number) -> Position | None:
    """Notional and unrealised profit at the mark price (quote asset), and what was configured."""
    if configured is None:
        return None
    notional, profit = mark, mark
    if not isinstance(mark, Missing):
        notional = configured.quantity * mark
        profit = sign(configured) * configured.quantity * (mark - configured.entry_price)
    return Position(
        side=configured.side,
        quantity=configured.quantity,
        entry_price=configured.entry_price,
        notional=notional,
        unrealised_pnl=profit,
        leverage=configured.leverage,
        margin_mode=configured.margin_mode,
        liquidation_price=NOT_COMPUTED,
        distance=NOT_COMPUTED,
        distance_sigmas=NOT_COMPUTED,
        distance_atr=NOT_COMPUTED,
        margin_ratio=NOT_COMPUTED,
        maintenance_margin=NOT_COMPUTED,
        bracket_source=NOT_COMPUTED,
        p_liquidation_24h=NOT_COMPUTED,
        p_liquidation_7d=NOT_COMPUTED,
        max_size=NOT_COMPUTED,
        max_size_limit=NOT_COMPUTED,
    )


def account(config: Config) -> Account | None:
    """Equity and its VaR budget (quote asset); None without a position."""
    if not config.positions:
        return None
    equity = config.account.equity
    return Account(
        equity=equity,
        var_1d_95=NOT_COMPUTED,
        var_budget=config.risk.var_budget * equity,
        within_budget=NOT_COMPUTED,
    )
