"""A hypothetical portfolio: one position of it and the account judged, once it were held.

What the margin rules say is known at once; the chances of liquidation need a simulation, whose
inputs are taken here and which may then be walked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tuirisk.analytics.asset_prices import asset_prices
from tuirisk.analytics.leverage.account import account_state
from tuirisk.analytics.leverage.late_marks import with_substituted_marks
from tuirisk.analytics.leverage.open_positions import (
    OpenPosition,
    OpenPositions,
    Side,
    open_positions,
)
from tuirisk.analytics.leverage.order_sizing import without
from tuirisk.analytics.leverage.portfolio import Portfolio, contract_of, portfolio_of
from tuirisk.analytics.leverage.position import position_states
from tuirisk.analytics.leverage.position_limits import position_limits
from tuirisk.analytics.leverage.size_limits import CHANCE_7D, CHANCE_24H, DISTANCE, VAR_BUDGET
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.analytics.leverage.stress_result import StressResult, no_horizon
from tuirisk.analytics.portfolio.account_inputs import AccountInputs, account_inputs
from tuirisk.analytics.portfolio.account_part import knowledge_of, with_figures
from tuirisk.analytics.portfolio.co_movement import AccountMarket, account_market, co_movement
from tuirisk.analytics.portfolio.legs import exposures_of, symbols_of
from tuirisk.analytics.portfolio.simulation import AccountSimulation
from tuirisk.analytics.score.freshness import MARK_BUDGET
from tuirisk.analytics.score.levels import judge_account, judge_position, level_rules
from tuirisk.analytics.score.rules import (
    DUE,
    LEVERAGE,
    OVER_BUDGET,
    WATCH,
    RuleInputs,
    evaluate,
    passes,
)
from tuirisk.analytics.stress.inputs import StressInputs, stress_inputs
from tuirisk.analytics.stress.scenario_pnl import scenario_result, shock_outcomes
from tuirisk.config.model import Config, RiskConfig
from tuirisk.market.market import Market
from tuirisk.state import (
    SIMULATING,
    AccountRisk,
    AccountState,
    Position,
    ScenarioResult,
    SymbolState,
    WhatIfAnswer,
    WhatIfPosition,
)
from tuirisk.state.codes import LimitCode

POSITION_RULES = (DUE, LEVERAGE, WATCH, OVER_BUDGET)
LIMITS: Mapping[str, LimitCode] = {
    "distance_sigmas": DISTANCE,
    "p_liquidation_24h": CHANCE_24H,
    "p_liquidation_7d": CHANCE_7D,
    "var_1d_95": VAR_BUDGET,
}
"""Measure of a rule on positions → the limit of sizing that keeps it."""


@dataclass(frozen=True, slots=True)
class WhatIfRequest:
    """A hypothetical position, the portfolio it is valued in, and the inputs of its simulation."""

    symbol: str
    side: Side
    portfolio: Portfolio
    state: SymbolState
    limits: tuple[SizeLimit, ...]
    inputs: StressInputs
    whole: AccountInputs
    known: AccountMarket
    risk: RiskConfig

    def answer(
        self, stress: StressResult | None, simulated: AccountSimulation | None = None
    ) -> WhatIfAnswer:
        """The position and the account; what is not simulated has chances of the closed form."""
        account = AccountRisk.of(self.account(simulated))
        return WhatIfAnswer(self.position(stress), account, self.scenarios())

    def scenarios(self) -> tuple[ScenarioResult, ...]:
        """The symbol's positions under each shock; none where they cannot be valued."""
        inputs, opened = self.inputs, self.inputs.open_positions
        asset = next((one for one in inputs.assets if one.symbol == self.symbol), None)
        if asset is None:
            return ()
        day = no_horizon(SIMULATING)
        return tuple(
            scenario_result(
                asset,
                shock,
                shock_outcomes(inputs.assets, opened.wallet, shock, opened.other_wallets)[0],
                inputs.exits,
                day,
            )
            for shock in inputs.shocks
        )

    def account(self, simulated: AccountSimulation | None) -> AccountState:
        """The account with the position, judged."""
        account = account_state(self.portfolio, self.risk, self.portfolio.daily_bars)
        assert account is not None
        pools = self.whole.pools
        movement = co_movement(symbols_of(pools), self.known, None, exposures_of(pools))
        knowledge = knowledge_of(movement, self.known)
        return judge_account(
            with_figures(account, pools, knowledge, simulated), level_rules(self.risk)
        )

    def position(self, stress: StressResult | None) -> Position:
        """The position; without ``stress`` its chances are of the closed form."""
        portfolio = replace(self.portfolio, stress=stress)
        states = position_states(
            self.symbol, portfolio, self.state.daily, self.limits, self.risk.thresholds
        )
        own = next(position for position in states if position.side == self.side)
        return judge_position(own, level_rules(self.risk))

    def exceeded(self, position: Position) -> LimitCode | None:
        """The limit of sizing that ``position``, an :meth:`answer`, exceeds; None where none is.

        It is asked of the rules of the recommendation, with the account as it would be.
        """
        account = account_state(self.portfolio, self.risk, self.portfolio.daily_bars)
        assert account is not None
        inputs = RuleInputs(
            self.state.score,
            (position,),
            account_var=account.var_1d_95,
            var_budget=account.var_budget,
        )
        for rule in evaluate(inputs, self.risk.thresholds):
            if rule.code in POSITION_RULES and rule.holds:
                beyond = (m for m in rule.measures if passes(m, m.threshold))
                return next((LIMITS[measure.name] for measure in beyond), DISTANCE)
        return None


def what_if_request(
    market: Market,
    config: Config,
    position: WhatIfPosition,
    symbols: Mapping[str, SymbolState],
    now: int,
) -> WhatIfRequest | None:
    """The request for ``position`` in ``market`` at local time ``now`` (ns).

    None for a symbol that is not watched.
    """
    if position.symbol not in market.symbols or position.symbol not in symbols:
        return None
    positions = _with(
        market, open_positions(market.account, config, asset_prices(market)), position
    )
    side: Side = "long" if position.side == "long" else "short"
    return hypothetical(market, config, positions, (position.symbol, side), symbols, now)


def hypothetical(
    market: Market,
    config: Config,
    positions: OpenPositions,
    leg: tuple[str, Side],
    symbols: Mapping[str, SymbolState],
    now: int,
    whole: bool = False,
) -> WhatIfRequest:
    """The position of ``leg``, a watched symbol and a side, among ``positions``.

    Only what shares the symbol or its margin is simulated, for the chances hang on nothing else;
    with ``whole`` all are, so that they are to the last bit those of the account's simulation.
    """
    name, side = leg
    state = symbols[name]
    exchange_ms = market.clock.exchange_ms(now)
    portfolio = with_substituted_marks(
        portfolio_of(market, positions), market, exchange_ms, MARK_BUDGET
    )
    limits = position_limits(
        name, market.symbols[name], portfolio, state.daily, config.risk, state.freshness
    )
    everything = account_inputs(market, positions, config, now)
    daily = {each: symbol.daily for each, symbol in symbols.items()}
    known = account_market(market, symbols_of(everything.pools), daily)
    if not whole:
        positions = replace(positions, positions=positions.sharing_margin(name))
    inputs = stress_inputs(market, positions, config, now)
    return WhatIfRequest(
        name, side, portfolio, state, limits, inputs, everything, known, config.risk
    )


def _with(market: Market, positions: OpenPositions, position: WhatIfPosition) -> OpenPositions:
    """The open positions with ``position`` replacing the one on its side.

    In one-way mode it replaces one on the other side too, which is closed at the mark price.
    """
    isolated = position.margin_mode == "isolated"
    wallet = (
        position.quantity * position.entry_price / max(position.leverage, 1.0) if isolated else 0.0
    )
    side: Side = "long" if position.side == "long" else "short"
    replacing = OpenPosition(
        position.symbol,
        side,
        position.quantity,
        position.entry_price,
        position.leverage,
        isolated,
        wallet,
        positions.margin_asset_of(position.symbol),
        positions.rate_of(positions.margin_asset_of(position.symbol)),
    )
    if not positions.hedge_mode:
        mark = contract_of(market, position.symbol).mark
        for other in positions.of(position.symbol):
            if other.side != side:
                positions = without(other, positions, mark)
    others = (p for p in positions.positions if (p.symbol, p.side) != (position.symbol, side))
    return replace(positions, positions=(replacing, *others))
