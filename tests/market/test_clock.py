"""The exchange's clock: what measurements move it, and by how much."""

from __future__ import annotations

from tuirisk.market.clock import ExchangeClock

T0 = 1_790_000_000_000
NS = 1_000_000
HOUR = 3_600_000


def measured(*offsets: float) -> ExchangeClock:
    """A clock after measurements a minute apart that say so many milliseconds."""
    clock = ExchangeClock()
    for minute, offset in enumerate(offsets):
        local = T0 + 60_000 * minute
        clock.measure(int(local + offset), local * NS)
    return clock


def test_before_a_measurement_the_local_clock_counts() -> None:
    clock = ExchangeClock()
    assert (clock.measured, clock.contradicted, clock.exchange_ms(T0 * NS)) == (False, False, T0)


def test_the_first_measurement_counts_whatever_it_says() -> None:
    clock = measured(-HOUR)
    assert (clock.ms, clock.contradicted) == (-HOUR, False)


def test_it_is_the_median_of_those_that_agree() -> None:
    assert measured(100, 130, 90, 700, 110).ms == 110


def test_one_forged_answer_moves_nothing_wherever_it_comes() -> None:
    for place in range(1, 6):
        offsets = [50.0] * 5
        offsets[place:place] = [HOUR]
        clock = measured(*offsets[: place + 1])
        assert (clock.ms, clock.contradicted) == (50, True)
        assert measured(*offsets).ms == 50


def test_a_forged_first_answer_is_outvoted_by_the_next_two() -> None:
    assert measured(HOUR, 50).ms == HOUR
    assert measured(HOUR, 50).contradicted
    clock = measured(HOUR, 50, 60)
    assert (clock.ms, clock.contradicted) == (55, False)


def test_a_clock_that_was_really_set_is_followed_by_the_third_measurement() -> None:
    before = [0.0] * 5
    assert measured(*before, 8_000, 8_010).ms == 0
    assert measured(*before, 8_000, 8_010, 8_020).ms == 8_010


def test_an_event_may_be_two_seconds_ahead_and_five_of_a_clock_not_measured() -> None:
    assert measured(-HOUR).latest_ms(T0 * NS) == T0 - HOUR + 2_000
    assert ExchangeClock().latest_ms(T0 * NS) == T0 + 5_000
