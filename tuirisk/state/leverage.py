"""What a leveraged position stands on: margin, liquidation, and what simulated paths do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tuirisk.events import AccountMode
from tuirisk.events.holdings import STOP_TYPES
from tuirisk.state.codes import LimitCode
from tuirisk.state.judgement import Judgements, judged
from tuirisk.state.number import (
    NOT_APPLICABLE,
    NOT_YET,
    MaybeCount,
    MaybeText,
    Missing,
    Number,
    published_later,
    ratio,
    screen_only,
)
from tuirisk.state.pnl_today import NO_PNL_TODAY, PnlToday
from tuirisk.state.portfolio import (
    NO_CO_MOVEMENT,
    NO_REVERSE_STRESS,
    CoMovement,
    Contribution,
    LadderRung,
    ReverseStress,
)
from tuirisk.state.score import Recommendation
from tuirisk.state.severity import NOTHING_CONFIRMED, SeverityTracker, SymbolSeverity
from tuirisk.state.stress import SIMULATING, Histogram, Horizon, ScenarioResult

Side = Literal["long", "short"]
MarginMode = Literal["isolated", "cross"]


ChanceModel = Literal["simulation_and_extremes", "simulation", "daily_extremes", "brownian"]


@dataclass(frozen=True, slots=True)
class Tier:
    """A leverage bracket: it holds for notionals in (``floor``, ``cap``], quote asset."""

    floor: float
    cap: Number
    """Missing of the last one where nothing caps it."""
    max_leverage: float
    """Highest initial leverage, a multiple."""
    rate: float
    """Maintenance margin rate, a fraction of the notional …"""
    cumulative: float
    """… less this amount."""


@dataclass(frozen=True, slots=True)
class Brackets:
    """A symbol's leverage brackets, lowest notional first, and where they come from.

    ``source`` is as :attr:`Position.bracket_source`.
    """

    tiers: tuple[Tier, ...]
    source: MaybeText


NO_BRACKETS = Brackets((), NOT_YET)


@dataclass(frozen=True, slots=True)
class StopOrder:
    """An open order that makes a position smaller: a stop, a take-profit, a limit order."""

    type: str
    """The exchange's, in lower case."""
    side: Literal["buy", "sell"]
    trigger: Number
    """The price at which it acts, quote asset; missing of a trailing stop."""
    quantity: Number
    """Base asset; that of the whole position where it closes all of it."""

    @property
    def limits_loss(self) -> bool:
        """Whether it is a stop rather than a take-profit."""
        return self.type in STOP_TYPES

    @property
    def takes_profit(self) -> bool:
        """Whether it waits for a better price, and closes then."""
        return self.type.startswith("take_profit")


@dataclass(frozen=True, slots=True)
class Position:
    """One position. ``leverage`` is the effective one: notional over its margin balance.

    ``quantity`` and ``max_size`` are in the base asset, ``entry_price`` is in the quote asset,
    ``distance`` is a fraction of the mark.
    """

    side: Side
    quantity: float
    entry_price: float
    notional: Number
    """At the mark price, quote asset."""
    unrealised_pnl: Number
    """Quote asset."""
    leverage: Number
    margin_mode: MarginMode
    liquidation_price: Number
    """The nearer one, quote asset."""
    distance: Number
    distance_sigmas: Number
    """``distance`` in standard deviations of a day."""
    distance_atr: Number
    """``distance`` in daily average true ranges."""
    margin_ratio: Number
    """Maintenance margin over margin balance; at 1 the position is liquidated."""
    maintenance_margin: Number
    """Quote asset."""
    bracket_source: MaybeText
    """``account``, ``table`` with its date, or ``none`` where they are not known."""
    p_liquidation_24h: Number
    """Probability of liquidation within 24 hours, 0–1."""
    p_liquidation_7d: Number
    """Probability of liquidation within 7 days, 0–1."""
    max_size: Number
    max_size_limit: LimitCode | Missing
    """Code of the limit that binds ``max_size``."""
    levels: Judgements = judged()
    age_ms: Number = published_later(NOT_APPLICABLE)
    """Since the account was last read, milliseconds in whole seconds; missing of a position of the
    configuration."""
    stale: bool = published_later(False)
    """Whether that is past its budget: the position may be another, or closed, by now."""
    p_liquidation_model: ChanceModel | Missing = published_later(NOT_YET)
    """What the probabilities are from, a :data:`ChanceModel`."""
    p_liquidation_time: MaybeText = published_later(SIMULATING)
    """When the simulation's inputs were taken, ISO; Missing before the first."""
    liquidation_range: tuple[Number, Number] | None = published_later(None)
    """Between which prices the liquidation lies where brackets are not known, quote asset: by the
    strictest brackets of any symbol, and by the mildest; None where they are known."""
    valued_by_exchange: bool = published_later(False)
    """Whether mark price, PnL and margin are those that the exchange told with the account, for no
    stream gives the symbol's."""
    adl: MaybeCount = published_later(NOT_APPLICABLE)
    """Rank in the queue of automatic deleveraging, 0 to 4; 4 comes first."""
    opened: MaybeText = published_later(NOT_APPLICABLE)
    """When it was opened, ISO."""
    funding_paid: Number = published_later(NOT_APPLICABLE)
    """Since it was opened, quote asset; below 0 what it received."""
    realised_pnl: Number = published_later(NOT_APPLICABLE)
    """Since it was opened, quote asset, without fees."""
    stops: tuple[StopOrder, ...] | Missing = published_later(NOT_APPLICABLE)
    """Its open stops and take-profits."""
    margin_to_add: float | None = published_later(None)
    """What ends every rule on leverage, quote asset; None where none holds, or nothing ends it …"""
    notional_to_cut: float | None = published_later(None)
    """… and what to close instead, its margin kept, quote asset."""
    quantity_left: float | None = screen_only(None)
    """What is left of the position after that cut, base asset."""
    liquidation_due: bool = screen_only(False)
    """Whether the margin balance is below the maintenance margin at the mark price."""
    other_liquidation_price: Number = screen_only(NOT_YET)
    """The farther liquidation price, where a hedge in cross margin has one on either side."""
    leverage_setting: Number = screen_only(NOT_YET)
    """The leverage chosen for the symbol, which sets the initial margin."""
    max_leverage: Number = screen_only(NOT_YET)
    """What the bracket of the notional allows at most."""
    margin_balance: Number = screen_only(NOT_YET)
    """Isolated: its wallet and its PnL; cross: the cross wallet and all cross PnL."""
    initial_margin: Number = screen_only(NOT_YET)
    """At the chosen leverage, quote asset."""
    free_collateral: Number = screen_only(NOT_YET)
    """Margin balance above the initial margin, at least 0."""
    size_limits: Mapping[LimitCode, Number] = screen_only({})
    """The largest quantity under each limit, by its code."""
    next_funding: Number = screen_only(NOT_YET)
    """What the next settlement takes at the predicted rate, quote asset; below 0 what it gives."""

    @property
    def return_on_margin(self) -> Number:
        """Unrealised P&L over the initial margin, a fraction."""
        return ratio(self.unrealised_pnl, self.initial_margin, NOT_APPLICABLE)

    @property
    def closed_form(self) -> bool:
        """Whether the probabilities of liquidation are the closed-form estimate alone."""
        model, time = self.p_liquidation_model, self.p_liquidation_time
        return model in ("daily_extremes", "brownian") or isinstance(time, Missing)


@dataclass(frozen=True, slots=True)
class AccountState:
    """Equity, the one-day VaR of all positions together, and its budget; all money in USDT."""

    equity: Number
    var_1d_95: Number
    var_budget: Number
    within_budget: bool | Missing
    levels: Judgements = judged()
    age_ms: Number = published_later(NOT_APPLICABLE)
    """Since it was last read, milliseconds in whole seconds; missing where the configuration
    states the positions."""
    stale: bool = published_later(False)
    """Whether that is past its budget."""
    mode: AccountMode = published_later("single_asset")
    not_counted: tuple[str, ...] = published_later(())
    """Assets with a balance and without a price: no total of the account has them in it."""
    hedge_mode: bool = screen_only(False)
    """Whether a symbol may have a long and a short at once."""
    wallet_balance: Number = published_later(NOT_YET)
    """All wallets without unrealised PnL, at the exchange's index prices, without haircuts."""
    unrealised_pnl: Number = published_later(NOT_YET)
    """Of all positions."""
    margin_balance: Number = published_later(NOT_YET)
    """Of the cross positions: their wallets, after haircuts, and their PnL."""
    available_balance: Number = published_later(NOT_YET)
    """What may be margin of new positions: the exchange's own figure, open orders counted, while it
    is up to date; else the margin balance above the initial margin."""
    initial_margin: Number = published_later(NOT_YET)
    """Of the cross positions; of portfolio margin, the exchange's own figure."""
    maintenance_margin: Number = published_later(NOT_YET)
    """Of the cross positions; of portfolio margin, of all that the account holds."""
    margin_ratio: Number = published_later(NOT_YET)
    """Maintenance margin over margin balance of the cross positions; at 1 they are liquidated. The
    highest, where several wallets are liquidated each by itself; 1 over ``uni_mmr`` of portfolio
    margin, which is liquidated at 1/1.05."""
    uni_mmr: Number = published_later(NOT_APPLICABLE)
    """Equity over maintenance margin of a portfolio-margin account."""
    funding_next_24h: Number = published_later(NOT_YET)
    """What all positions pay within 24 h at the predicted rates; below 0 what they receive."""
    funding_paid: Number = published_later(NOT_APPLICABLE)
    """Of the open positions, each since it was opened; below 0 what they received."""
    realised_pnl: Number = published_later(NOT_APPLICABLE)
    """Of the open positions, each since it was opened, without fees."""
    pnl_today: PnlToday = published_later(NO_PNL_TODAY)
    """Since UTC midnight."""
    source: str = screen_only("")
    """``account`` or ``config``."""
    positions: int = screen_only(0)
    free_collateral: Number = screen_only(NOT_YET)
    """Margin balance above the initial margin of the cross positions, at least 0."""
    horizons: Mapping[str, Horizon] = screen_only({})
    """All positions along the same paths."""
    histogram: Histogram | Missing = screen_only(NOT_YET)
    p_liquidation_24h: Number = published_later(NOT_YET)
    """Probability that the cross positions are liquidated within 24 hours, 0–1 …"""
    p_liquidation_7d: Number = published_later(NOT_YET)
    """… and within 7 days; missing without a cross position."""
    p_any_liquidation_24h: Number = published_later(NOT_YET)
    """Probability that any position is liquidated within 24 hours, 0–1."""
    es_1d_95: Number = published_later(NOT_YET)
    """One-day expected shortfall of all positions together, quote asset."""
    contributions: tuple[Contribution, ...] = published_later(())
    """Of each position, in their order."""
    reverse_stress: ReverseStress = published_later(NO_REVERSE_STRESS)
    ladder: tuple[LadderRung, ...] = published_later(())
    """The account at moves of Bitcoin, the others at their β, ascending."""
    ladder_correlated: tuple[LadderRung, ...] = screen_only(())
    """The same where all symbols move as one, each by its σ."""
    p_liquidation_model: ChanceModel | Missing = screen_only(NOT_YET)
    """What the probabilities are from."""
    p_by_paths_24h: Number = screen_only(NOT_YET)
    """P(liquidation, 24 h) of the cross positions by the paths alone …"""
    p_by_days_24h: Number = screen_only(NOT_YET)
    """… and by whole past days: it is the mean of both."""
    guessed: tuple[str, ...] = screen_only(())
    """Symbols of which something was replaced by what makes the account look worse."""
    liquidation_due: bool = screen_only(False)
    """Whether the cross balance is below its maintenance margin at the mark prices."""
    severity: SymbolSeverity = screen_only(SymbolSeverity())
    recommendation: Recommendation | None = screen_only(None)
    """None before the first assessment of the account as a whole."""
    tracker: SeverityTracker = screen_only(NOTHING_CONFIRMED)
    co_movement: CoMovement = screen_only(NO_CO_MOVEMENT)
    portfolio_basis: tuple[object, ...] = screen_only(())
    """What the numbers of the account as one portfolio were made from."""
    scenarios: tuple[ScenarioResult, ...] = screen_only(())
    time_ms: int = screen_only(0)
    """When the simulation's inputs were taken; 0 before the first."""
