"""Two symbols, positions in them by hand or by the account, and what the state says of them."""

from __future__ import annotations

from support.build import NOW_NS, assess_market, ready_market
from tuirisk import events as ev
from tuirisk.analytics.leverage.brackets import brackets_of
from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.market.market import Market
from tuirisk.state import AccountState, Position, RiskState

BTC, ETH = "BTCUSDT", "ETHUSDT"
MARK = {BTC: 67_000.0, ETH: 3_500.0}
LONG = PositionConfig(BTC, "long", 0.5, 66_000.0, 20.0)
SHORT = PositionConfig(ETH, "short", 20.0, 3_400.0, 10.0, "cross")
BRACKETS = {name: brackets_of(name, ())[0] for name in MARK}


def given(*positions: PositionConfig, equity: float = 20_000.0) -> Config:
    return Config(account=AccountConfig(equity=equity), positions=positions)


def told(*positions: ev.AccountPosition, wallet: float = 5_000.0) -> Market:
    market = ready_market((BTC, ETH))
    market.apply(ev.AccountReport("", NOW_NS, wallet, True, positions))
    return market


def state(*positions: PositionConfig) -> RiskState:
    return assess_market(ready_market((BTC, ETH)), config=given(*positions))


def only(made: RiskState, symbol: str = BTC) -> Position:
    found = made.symbols[symbol].position
    assert found is not None
    return found


def account(made: RiskState) -> AccountState:
    assert made.account is not None
    return made.account
