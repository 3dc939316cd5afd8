"""Whatever stream is lost, and when: no severity falls for it, and none becomes ok."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support.build import NOW_NS, assess_market, depth_snapshot, mark_price, ready_market

from tuirisk.config.model import AccountConfig, Config, PositionConfig
from tuirisk.state import SEVERITIES, RiskState

BTC = "BTCUSDT"
SECOND = 1_000_000_000
CONFIG = Config(
    account=AccountConfig(equity=1_000_000.0),
    positions=(PositionConfig(BTC, "long", 0.1, 67_000.0, 8.0),),
)


def lived(
    prices: list[float], sizes: list[float], lost: frozenset[str], at: int
) -> list[RiskState]:
    """A state a second; from second ``at`` on the streams ``lost`` are silent."""
    market, states = ready_market(), [assess_market(ready_market(), NOW_NS, CONFIG)]
    for second, (price, size) in enumerate(zip(prices, sizes, strict=True), 1):
        now = NOW_NS + second * SECOND
        if "mark" not in lost or second < at:
            market.apply(mark_price(BTC, price, now))
        if "depth" not in lost or second < at:
            bids = [(price - 0.5 - i, size) for i in range(30)]
            asks = [(price + 0.5 + i, size) for i in range(30)]
            market.apply(depth_snapshot(BTC, bids, asks, now_ns=now, update_id=now))
        states.append(assess_market(market, now, CONFIG, states[-1]))
    return states


@settings(max_examples=5, deadline=None)
@given(
    prices=st.lists(st.floats(60_000.0, 70_000.0), min_size=45, max_size=45),
    sizes=st.lists(st.sampled_from([0.001, 50.0]), min_size=45, max_size=45),
    lost=st.sets(st.sampled_from(["mark", "depth"]), min_size=1).map(frozenset),
    at=st.integers(1, 20),
)
def test_a_lost_stream_lowers_nothing_and_yields_no_ok(
    prices: list[float], sizes: list[float], lost: frozenset[str], at: int
) -> None:
    states = lived(prices, sizes, lost, at)
    blind = states[at + 9 :]
    levels = [SEVERITIES.index(state.symbols[BTC].severity.level) for state in blind]
    assert levels == sorted(levels)
    for state in blind:
        assert state.symbols[BTC].severity.level != "ok"
        assert state.symbols[BTC].recommendation.severity != "ok"
    assert lived(prices, sizes, lost, at)[-1].log == states[-1].log
