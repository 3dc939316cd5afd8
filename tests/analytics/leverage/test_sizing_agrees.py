"""What sizing allows, held, is ok by every rule on the position: over random accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from support.build import NOW_NS, assess_market, ready_market
from support.examples import examples
from support.positions import BTC, ETH

from tuirisk import events as ev
from tuirisk.analytics.leverage.open_positions import OpenPosition, Side, open_positions
from tuirisk.analytics.leverage.order_sizing import NewOrder, order_sizing
from tuirisk.analytics.leverage.portfolio import contract_of, portfolio_of
from tuirisk.analytics.leverage.position_limits import sizing_inputs
from tuirisk.analytics.leverage.sizing import SizeLimit, largest_size
from tuirisk.analytics.score.rules import passes
from tuirisk.config.model import AccountConfig, Config, PositionConfig, RiskConfig, Thresholds
from tuirisk.state import NO_SCORE_MEMORY, Missing, Position, RiskState

SOL = "SOLUSDT"
MARKET = ready_market((BTC, ETH, SOL))
BASE = assess_market(MARKET)
BASE = replace(
    BASE,
    symbols={
        name: replace(one, score_memory=replace(NO_SCORE_MEMORY, made=one.score_memory.made))
        for name, one in BASE.symbols.items()
    },
)
"""Without a position; what it spares is what no position changes."""
PRICE = {BTC: 67_000.0, ETH: 3_500.0, SOL: 67_000.0}
Mode = Literal["isolated", "cross"]
MARGIN_MODE: st.SearchStrategy[Mode] = st.sampled_from(["isolated", "cross"])
SIDE: st.SearchStrategy[Side] = st.sampled_from(["long", "short"])


def opened_anew(config: Config, symbol: str, side: Side, leverage: float, mode: Mode) -> SizeLimit:
    portfolio = portfolio_of(MARKET, open_positions(None, config))
    contract, market = contract_of(MARKET, symbol), MARKET.symbols[symbol]
    template = OpenPosition(symbol, side, 1.0, 1.0, leverage, mode == "isolated", 1.0)
    daily = BASE.symbols[symbol].daily
    inputs = sizing_inputs(template, contract, market, portfolio, daily, config.risk)
    return largest_size(inputs, market.book, None)


def assessed(config: Config, report: ev.AccountReport | None = None) -> RiskState:
    MARKET.account = report
    return assess_market(MARKET, config=config, previous=BASE)


@st.composite
def held(draw: st.DrawFn, symbol: str, equity: float) -> PositionConfig:
    share = draw(st.floats(0.01, 1.5))
    entry = PRICE[symbol] * draw(st.floats(0.95, 1.05))
    quantity = round(equity * share / entry, 6) or 1e-6
    return PositionConfig(
        symbol, draw(SIDE), quantity, entry, draw(st.sampled_from([2.0, 5.0])), draw(MARGIN_MODE)
    )


@st.composite
def accounts(draw: st.DrawFn) -> Config:
    equity = draw(st.floats(1e3, 1e6))
    symbols = draw(st.lists(st.sampled_from([ETH, SOL]), unique=True, max_size=2))
    positions = tuple(draw(held(symbol, equity)) for symbol in symbols)
    return Config(account=AccountConfig(equity=equity), positions=positions)


@examples(25)
@given(
    config=accounts(),
    side=SIDE,
    leverage=st.sampled_from([1.0, 2.0, 5.0, 10.0, 20.0, 50.0]),
    mode=MARGIN_MODE,
    budget=st.sampled_from([0.02, 0.1, 0.5]),
)
def test_no_rule_on_the_position_holds_of_what_sizing_allows(
    config: Config, side: Side, leverage: float, mode: Mode, budget: float
) -> None:
    config = replace(config, risk=replace(config.risk, var_budget=budget))
    found = opened_anew(config, BTC, side, leverage, mode)
    assert not isinstance(found.quantity, Missing)
    assume(found.quantity > 0)
    mark = contract_of(MARKET, BTC).mark
    assert not isinstance(mark, Missing)
    opened = PositionConfig(BTC, side, found.quantity, mark, leverage, mode)
    made = assessed(replace(config, positions=(*config.positions, opened)))
    (position,) = made.symbols[BTC].positions
    clear_of_every_rule(made, position, config)


def clear_of_every_rule(made: RiskState, position: Position, config: Config) -> None:
    """No rule on ``position`` of BTC, nor on the account, holds."""
    symbol, account = made.symbols[BTC], made.account
    assert not position.liquidation_due
    assert (position.distance_sigmas or 9.0) <= -2.0 or (position.distance_sigmas or 9.0) >= 2.0
    assert (position.p_liquidation_24h or 0.0) <= min(
        0.01, config.risk.thresholds.liquidation_probability
    )
    assert (position.p_liquidation_7d or 0.0) <= 0.20
    assert account is not None
    assert account.within_budget is True
    rules = [rule for rule in symbol.recommendation.rules if rule.holds]
    own = symbol.positions.index(position)
    deciding = {"liquidation_due", "add_margin_or_reduce", "watch_margin", "account_over_budget"}
    holding = {
        rule.code
        for rule in rules
        if any(m.position in (own, None) and passes(m, m.threshold) for m in rule.measures)
    }
    assert not holding & deciding
    if len(symbol.positions) == 1:
        # Of two legs the liquidity component is the worse side's.
        assert (symbol.score.components.liquidity or 0.0) <= config.risk.thresholds.reduce_size
        assert "reduce_size" not in holding


@st.composite
def reports(draw: st.DrawFn) -> ev.AccountReport:
    """An account that holds BTC, perhaps others, and in hedge mode perhaps BTC on both sides."""
    wallet, hedge = draw(st.floats(1e3, 1e6)), draw(st.booleans())
    sides: list[Side] = ["long", "short"]
    own = draw(st.lists(st.sampled_from(sides), unique=True, min_size=1, max_size=1 + hedge))
    others = draw(st.lists(st.sampled_from([ETH, SOL]), unique=True, max_size=2))
    leverage, mode = draw(st.sampled_from([2.0, 5.0, 20.0])), draw(MARGIN_MODE)
    legs = [(BTC, side, leverage, mode) for side in own]
    legs += [(name, draw(SIDE), 5.0, draw(MARGIN_MODE)) for name in others]
    positions = []
    for name, side, chosen, margin_mode in legs:
        entry = PRICE[name] * draw(st.floats(0.95, 1.05))
        quantity = round(wallet * draw(st.floats(0.005, 0.6)) / entry, 3) or 0.001
        margin = quantity * entry / chosen if margin_mode == "isolated" else 0.0
        positions.append(
            ev.AccountPosition(name, side, quantity, entry, chosen, margin_mode, margin)
        )
    return ev.AccountReport("", NOW_NS, wallet, hedge, tuple(positions), wallet / 2)


def filled(
    report: ev.AccountReport, side: Side, quantity: float, leverage: float
) -> ev.AccountReport:
    """The account once an order in BTC is filled at the mark price, as the exchange nets it."""
    mark = PRICE[BTC]
    rest = [p for p in report.positions if p.symbol != BTC]
    legs = {p.side: p for p in report.positions if p.symbol == BTC}
    mode = next(iter(legs.values())).margin_mode
    opposite: Side = "short" if side == "long" else "long"
    against = legs.get(opposite)
    wallet, left = report.wallet_balance, quantity
    if against is not None and not report.hedge_mode:
        taken = min(left, against.quantity)
        sign, share = (1 if opposite == "long" else -1), taken / against.quantity
        wallet += sign * taken * (mark - against.entry_price) + share * against.isolated_wallet
        left -= taken
        del legs[opposite]
        if taken < against.quantity:
            legs[opposite] = msgspec.structs.replace(
                against,
                quantity=against.quantity - taken,
                isolated_wallet=against.isolated_wallet * (1 - share),
            )
    if left > 1e-9:
        old = legs.get(side)
        before, cost, margin = (
            (old.quantity, old.quantity * old.entry_price, old.isolated_wallet)
            if old is not None
            else (0.0, 0.0, 0.0)
        )
        added = left * mark / leverage if mode == "isolated" else 0.0
        total = before + left
        entry = (cost + left * mark) / total
        legs[side] = ev.AccountPosition(BTC, side, total, entry, leverage, mode, margin + added)
        wallet -= added
    return ev.AccountReport("", NOW_NS, wallet, report.hedge_mode, (*legs.values(), *rest))


@examples(30)
@given(
    report=reports(),
    side=SIDE,
    leverage=st.sampled_from([1.0, 2.0, 5.0, 10.0, 20.0]),
    budget=st.sampled_from([0.02, 0.1, 0.5]),
    likely=st.sampled_from([0.05, 0.004]),
    points=st.sampled_from([70.0, 20.0]),
)
def test_an_order_in_a_symbol_that_is_held_leaves_no_rule_on_its_position(
    report: ev.AccountReport,
    side: Side,
    leverage: float,
    budget: float,
    likely: float,
    points: float,
) -> None:
    limits = Thresholds(liquidation_probability=likely, reduce_size=points)
    config = Config(risk=RiskConfig(var_budget=budget, thresholds=limits))
    positions = open_positions(report, config)
    daily = BASE.symbols[BTC].daily
    sizing = order_sizing(
        NewOrder(BTC, side, leverage),
        portfolio_of(MARKET, positions),
        contract_of(MARKET, BTC),
        MARKET.symbols[BTC].candles["1d"].bars(),
        0.001,
        daily,
        config.risk,
    )
    found = sizing.largest(MARKET.symbols[BTC].book, None)
    assert not isinstance(found.quantity, Missing)
    event("nothing" if found.quantity == 0 else "closes" if sizing.closed else "adds")
    assume(found.quantity > 0)
    changed = filled(report, side, found.quantity, leverage)
    after = open_positions(changed, config)
    for own in sizing.after(found.quantity).of(BTC):
        assert own in [
            replace(
                other,
                quantity=approx(other.quantity),
                entry_price=approx(other.entry_price),
                wallet=approx(other.wallet),
            )
            for other in after.of(BTC)
        ]
    assert sizing.after(found.quantity).wallet == approx(after.wallet)
    made = assessed(config, changed)
    untouched = {p for p in positions.of(BTC) if report.hedge_mode and p.side != side}
    for position, own in zip(made.symbols[BTC].positions, after.of(BTC), strict=True):
        if own not in untouched:
            clear_of_every_rule(made, position, config)


def approx(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def test_five_positions_at_their_largest_sizes_share_one_budget() -> None:
    """Each is sized with the others held: the last ones find less."""
    config = Config(account=AccountConfig(equity=1e4))
    for symbol in (BTC, ETH, SOL):
        found = opened_anew(config, symbol, "long", 5.0, "isolated")
        assert not isinstance(found.quantity, Missing)
        price = contract_of(MARKET, symbol).mark or 0.0
        if found.quantity > 0:
            opened = PositionConfig(symbol, "long", found.quantity, price, 5.0)
            config = replace(config, positions=(*config.positions, opened))
    account = assessed(config).account
    assert account is not None
    assert account.within_budget is True
