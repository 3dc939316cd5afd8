"""Equity and P&L of the last day, a value a minute."""

from __future__ import annotations

from dataclasses import replace

from support.positions import LONG, account, state

from tuirisk.analytics.account_values import advance_account_values
from tuirisk.events.intervals import DAY_MS, MINUTE_MS
from tuirisk.state import Missing
from tuirisk.state.account_values import AccountValue
from tuirisk.ui.screens.account_chart import sampled
from tuirisk.ui.screens.time_spans import SpanAxis

T0 = 20_000 * DAY_MS


def test_a_minute_has_its_first_value_and_gaps_stay_gaps() -> None:
    held = replace(account(state(LONG)), source="account", equity=100.0)
    one = advance_account_values((), held, T0 + 5_000, current=True)
    assert [(value.time_ms, value.equity) for value in one] == [(T0, 100.0)]
    later = replace(held, equity=101.0)
    assert advance_account_values(one, later, T0 + 59_000, current=True) is one
    for unknown in (
        replace(later, stale=True), replace(later, source="config"),
        replace(later, equity=Missing("not_computed_yet")), None,
    ):  # fmt: skip
        assert advance_account_values(one, unknown, T0 + MINUTE_MS, current=True) is one
    assert advance_account_values(one, later, T0 + MINUTE_MS, current=False) is one
    two = advance_account_values(one, later, T0 + 7 * MINUTE_MS, current=True)
    assert [value.equity for value in two] == [100.0, 101.0]
    aged = advance_account_values(two, later, T0 + DAY_MS + MINUTE_MS, current=True)
    assert [value.time_ms for value in aged] == [T0 + 7 * MINUTE_MS, T0 + DAY_MS + MINUTE_MS]


def test_a_stretch_without_values_is_missing_in_the_chart() -> None:
    values = [AccountValue(T0 + m * MINUTE_MS, float(m), Missing("not_kept")) for m in (0, 1, 40)]
    axis = SpanAxis("1h", T0 + 60 * MINUTE_MS, 6)
    shown = sampled(values, lambda value: value.equity, axis, 6)
    assert shown[0] == 1.0
    assert shown[4] == 40.0
    assert all(isinstance(shown[place], Missing) for place in (1, 2, 3, 5))
