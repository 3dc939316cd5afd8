"""The advice in money: applied, no rule on leverage holds any more."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.build import assess_market, ready_market
from support.positions import BTC

from tuirisk.analytics.leverage.open_positions import OpenPosition, OpenPositions, Side
from tuirisk.analytics.leverage.portfolio import portfolio_of
from tuirisk.analytics.leverage.position import position_states
from tuirisk.analytics.leverage.sizing import SizeLimit
from tuirisk.state import Missing, Position

MARKET = ready_market((BTC,))
DAILY = assess_market(MARKET).symbols[BTC].daily
NONE = SizeLimit(0.0, "margin", {})
SIDE: st.SearchStrategy[Side] = st.sampled_from(["long", "short"])


def assessed(position: OpenPosition, wallet: float) -> Position:
    held = OpenPositions("account", wallet, None, False, (position,))
    (found,) = position_states(BTC, portfolio_of(MARKET, held), DAILY, (NONE,))
    return found


def clear(position: Position) -> bool:
    """Whether the rules on leverage let go of one that held."""
    sigmas = position.distance_sigmas
    near = not isinstance(sigmas, Missing) and abs(sigmas) < 2.0 * 1.03
    day, week = position.p_liquidation_24h or 0.0, position.p_liquidation_7d or 0.0
    return not (near or position.liquidation_due or day > 0.0097 or week > 0.194)


@settings(max_examples=60, deadline=None)
@given(
    side=SIDE,
    quantity=st.floats(0.01, 50.0),
    entry=st.floats(60_000.0, 75_000.0),
    leverage=st.floats(5.0, 100.0),
    isolated=st.booleans(),
)
def test_the_advice_ends_every_rule_on_leverage(
    side: Side, quantity: float, entry: float, leverage: float, isolated: bool
) -> None:
    margin = quantity * entry / leverage
    own, wallet = (margin, 0.0) if isolated else (0.0, margin)
    position = OpenPosition(BTC, side, quantity, entry, leverage, isolated, own)
    found = assessed(position, wallet)
    add, cut, left = found.margin_to_add, found.notional_to_cut, found.quantity_left
    if add is None:
        assert clear(found) or not found.liquidation_due
        return
    assert cut is not None
    assert left is not None
    more = (own + add, wallet) if isolated else (own, wallet + add)
    assert clear(assessed(replace(position, wallet=more[0]), more[1]))
    less = (own + add * 0.98, wallet) if isolated else (own, wallet + add * 0.98)
    assert not clear(assessed(replace(position, wallet=less[0]), less[1])) or add < 1.0
    assume(left > 0.0)
    mark = found.notional
    assert not isinstance(mark, Missing)
    realised = position.profit(mark / quantity) * (1 - left / quantity)
    smaller = replace(position, quantity=left, wallet=own + realised if isolated else 0.0)
    assert clear(assessed(smaller, wallet if isolated else wallet + realised))
    assert cut == abs(cut)


def test_a_position_far_from_its_liquidation_gets_no_advice() -> None:
    found = assessed(OpenPosition(BTC, "long", 0.1, 67_000.0, 1.0, True, 6_700.0), 0.0)
    assert (found.margin_to_add, found.notional_to_cut) == (None, None)
