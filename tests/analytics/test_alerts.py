"""Alerts of whole assessments: blind and sighted, acknowledged, and the first of a headless run."""

from __future__ import annotations

from dataclasses import replace

from support.build import LIVE, NOW_NS, mark_price, ready_market

from tuirisk.analytics.assess import assess
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.config.model import Config, PositionConfig, RiskConfig, Thresholds
from tuirisk.events import ConnectionReport
from tuirisk.market.market import Market
from tuirisk.state import Acknowledgement, EarlierRuns, LogEntry, RiskState

BTC = "BTCUSDT"
SECOND = 1_000_000_000
HELD = Config(positions=(PositionConfig(BTC, "long", 0.1, 66_000.0, 3.0),))
OFFLINE = ConnectionReport("offline")


def assessed(
    market: Market,
    config: Config,
    seconds: float,
    before: RiskState | None = None,
    connection: ConnectionReport = LIVE,
) -> RiskState:
    now = NOW_NS + round(seconds * SECOND)
    return assess(market, config, now, before, connection=connection, source="simulator")


def blind_and_sighted(state: RiskState) -> list[str]:
    return [entry.kind for entry in state.log if entry.kind in ("blind", "sighted")]


def test_an_outage_while_something_is_held_is_an_alert_and_so_is_its_end() -> None:
    market = ready_market((BTC,))
    state = assessed(market, HELD, 0)
    level = state.symbols[BTC].severity.level
    for second in range(1, 40):
        state = assessed(market, HELD, second, state, OFFLINE)
    assert blind_and_sighted(state) == ["blind"]
    (blind,) = (entry for entry in state.alerts if entry.kind == "blind")
    assert (blind.symbol, blind.escalation, blind.acknowledged) == (BTC, True, False)
    assert state.symbols[BTC].severity.level == level, "what is not known is never calm"
    for second in range(40, 45):
        market.apply(mark_price(BTC, 67_000.0, now_ns=NOW_NS + second * SECOND))
        state = assessed(market, HELD, second, state)
    assert blind_and_sighted(state) == ["blind", "sighted"]


def test_an_outage_while_nothing_is_held_is_none() -> None:
    market = ready_market((BTC,))
    state = assessed(market, Config(), 0)
    for second in range(1, 40):
        state = assessed(market, Config(), second, state, OFFLINE)
    assert blind_and_sighted(state) == []


def test_an_acknowledgement_changes_the_alert_in_the_next_state() -> None:
    market = ready_market((BTC,))
    state = assessed(market, HELD, 0)
    state = assessed(market, HELD, 31, state)
    alert = state.alerts[-1]
    seen = assess(
        market, HELD, NOW_NS + 32 * SECOND, state, connection=LIVE, source="simulator",
        acknowledgements=(Acknowledgement.of(alert),),
    )  # fmt: skip
    assert seen.alerts[-1] == replace(alert, acknowledged=True)


def test_what_an_earlier_run_left_unacknowledged_alerts_again_at_once_where_nobody_looks() -> None:
    low = RiskConfig(thresholds=Thresholds(reduce_or_hedge=0.5, no_new_positions=0.2))
    config = Config(risk=low, alerts=AlertsConfig(confirm_seconds=0.0))
    time_ms = NOW_NS // 1_000_000
    left = LogEntry(time_ms - 9_000, BTC, "severity", "ok", "critical", 90.0)
    earlier = EarlierRuns({BTC: "critical"}, (left,))

    def first(headless: bool, log: LogEntry = left) -> LogEntry:
        state = assess(
            ready_market((BTC,)), config, NOW_NS, connection=LIVE, source="binance",
            earlier_runs=replace(earlier, log=(log,)), headless=headless,
        )  # fmt: skip
        assert state.symbols[BTC].severity.level == "critical"
        return state.log[0]

    assert first(headless=True) == replace(left, alerted_ms=time_ms, repeats=1)
    assert first(headless=False) == left
    seen = replace(left, acknowledged=True)
    assert first(headless=True, log=seen) == seen
