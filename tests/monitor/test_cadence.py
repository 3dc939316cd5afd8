"""Which symbols are assessed when: what is in view or held at every batch, others once a second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.build import NOW_NS, assess_market, ready_market, touch_book

from tuirisk.events.intervals import SECOND_NS
from tuirisk.monitor.cadence import PERIOD_NS, PHASES, Cadence

NAMES = [f"C{number}USDT" for number in range(40)]
BATCH_NS = SECOND_NS // 4
T0 = 1_790_000_000 * SECOND_NS


def test_before_anyone_says_what_is_in_view_every_symbol_is_due() -> None:
    assert set(Cadence().due(NAMES, (), T0)) == set(NAMES)


@given(st.sets(st.sampled_from(NAMES), max_size=12), st.sets(st.sampled_from(NAMES), max_size=3))
def test_what_is_in_view_or_held_is_due_at_every_batch_others_once_a_second(
    in_view: set[str], held: set[str]
) -> None:
    cadence = Cadence()
    cadence.look_at(in_view)
    last = dict.fromkeys(NAMES, T0)
    for batch in range(1, 20):
        now = T0 + batch * BATCH_NS
        due = set(cadence.due(NAMES, held, now))
        assert in_view | held <= due
        if batch > PHASES:
            assert len(due - in_view - held) <= len(NAMES) // PHASES + 1
        for name in due:
            last[name] = now
        assert max(now - at for at in last.values()) <= PERIOD_NS + BATCH_NS


def test_a_symbol_that_leaves_the_view_or_is_new_is_assessed_at_once() -> None:
    cadence = Cadence()
    cadence.look_at(NAMES[:1])
    cadence.due(NAMES[:2], NAMES[1:2], T0)
    assert set(cadence.due(NAMES[:3], (), T0 + 1)) == set(NAMES[:3])


def test_what_became_overdue_together_is_assessed_in_parts() -> None:
    cadence = Cadence()
    cadence.look_at(())
    cadence.due(NAMES, (), T0)
    sizes = [len(cadence.due(NAMES, (), T0 + SECOND_NS + n * BATCH_NS)) for n in range(8)]
    assert sizes == [len(NAMES) // PHASES] * 8


def test_a_clock_that_was_set_back_makes_no_symbol_wait() -> None:
    cadence = Cadence()
    cadence.look_at(())
    cadence.due(NAMES, (), T0)
    assert set(cadence.due(NAMES, (), T0 - 60 * SECOND_NS)) == set(NAMES)


def test_what_is_not_due_keeps_its_state_and_is_then_what_it_would_have_been() -> None:
    market = ready_market(("BTCUSDT", "ETHUSDT"))
    first = assess_market(market)
    touch_book(market, "BTCUSDT", NOW_NS, 7.0)
    touch_book(market, "ETHUSDT", NOW_NS, 7.0)
    waited = assess_market(market, NOW_NS + BATCH_NS, previous=first, due=("ETHUSDT",))
    assert waited.symbols["BTCUSDT"] is first.symbols["BTCUSDT"]
    assert waited.symbols["ETHUSDT"] is not first.symbols["ETHUSDT"]
    later = NOW_NS + 2 * BATCH_NS
    caught_up = assess_market(market, later, previous=waited)
    assert (
        caught_up.symbols["BTCUSDT"]
        == assess_market(market, later, previous=first).symbols["BTCUSDT"]
    )
