"""Each kind of the log's entries as a row: what is essential is whole at every width."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ui_states import CONFIG, TIME, entry, ready

from tuirisk.language.words import Words
from tuirisk.state import NOT_APPLICABLE, LogEntry
from tuirisk.state.codes import AlertCause
from tuirisk.state.sight_text import sight_sentence
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.log import Log

DAY = 86_400
RISE = entry(60, "ETHUSDT", "warning", "critical", 86.0, escalation=True)
SWINGS = replace(
    entry(50, "BTCUSDT", "ok", "warning", 66.0, escalation=True),
    count=12,
    since_ms=TIME - 6 * 3_600_000,
)
GROUP = replace(
    entry(40, "", "", "warning", 66.0, escalation=True),
    symbols=("1000PEPEUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT"),
)


def position(
    kind: str, before: str, after: str, cause: AlertCause = "user", **changes: object
) -> LogEntry:
    made = LogEntry(
        TIME - 30_000, "BTCUSDT", kind, before, after,  # type: ignore[arg-type]
        cause=cause, pnl=-1_512.3, quantity=0.52, price=74_436.1,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


LIQUIDATED = position("liquidated", "long 0.52", "", "liquidation")
BLIND = LogEntry(
    TIME - 20_000, "BTCUSDT", "blind", "", "", cause="no_data", text="no data of BTCUSDT for 30 s"
)
BACK = LogEntry(
    TIME - 10_000, "", "sighted", "", "", cause="no_data", symbols=("BTCUSDT", "ETHUSDT"),
    text="data of BTCUSDT, ETHUSDT come again, after 61 s without any",
)  # fmt: skip
ACCOUNT = LogEntry(
    TIME - 5_000, "", "blind", "", "", cause="account_late", text="account: not read for 101 s"
)


def row(one: LogEntry, width: int, language: str = "en", **options: object) -> str:
    """The entry's row, without the heading."""
    shown = replace(ready(), log=(one,))
    view = View(CONFIG, Words(language), "nord", state=shown, chosen="BTCUSDT", **options)  # type: ignore[arg-type]
    lines = Log().draw(view, width, 4).lines
    return "".join(span.text for span in lines[1])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [38, 60, 80, 120, 200])
def test_symbol_event_and_level_are_whole_at_every_width(language: str, width: int) -> None:
    words = Words(language)
    for one, essential in (
        (RISE, ("ETH", f"> {words('severity.critical')}")),
        (SWINGS, ("BTC", f"> {words('severity.warning')} ×12")),
        (GROUP, (words("log.symbols", count=5), words("severity.warning"))),
        (LIQUIDATED, ("BTC", words("alert.liquidated"), "-1")),
        (position("flipped", "long 0.3", "short 0.1"), (words("alert.flipped"), "-1")),
        (position("opened", "", "long 0.52", pnl=NOT_APPLICABLE), (words("alert.opened"),)),
        (BLIND, ("BTC", words("alert.blind"))),
        (BACK, (words("log.symbols", count=2), words("alert.sighted"))),
        (ACCOUNT, (words("alert.account"), words("alert.blind"))),
    ):
        for later in (one, replace(one, time_ms=one.time_ms - DAY * 1000)):
            text = row(later, width, language)
            assert all(part in text for part in essential), text
            assert ("11-21" in text) == (later is not one)


def test_the_loss_of_a_liquidation_is_whole_from_60_cells_on() -> None:
    for width in (60, 80, 120, 200):
        assert row(LIQUIDATED, width).rstrip().endswith("-1,512.30")
    assert row(LIQUIDATED, 120).count("512.30") == 1


def test_swings_say_since_when_with_the_date_of_another_day() -> None:
    assert "OK > WARNING ×12  since 06:02Z: " in row(SWINGS, 80)
    yesterday = replace(SWINGS, since_ms=TIME - DAY * 1000)
    assert "since 11-21 12:02Z: " in row(yesterday, 120)
    assert "自 06:02Z 起" in row(SWINGS, 120, "zh")


def test_symbols_that_rose_together_are_named_as_far_as_there_is_room() -> None:
    text = "rose: 1000PEPEUSDT, ETHUSDT, SOLUSDT, XRPUSDT, BNBUSDT: No new positions"
    assert text in row(GROUP, 200)
    assert "5 symbols  WARNING  rose: 1000PEPE, ETH, SOL, XRP" in row(GROUP, 80)
    assert "升级：1000PEPE" in row(GROUP, 80, "zh")


def test_a_rise_names_the_component_that_rose_with_its_points() -> None:
    risen = replace(RISE, component_before=48.0, component_after=92.0, repeats=3)
    assert "repeated ×3: market 48 > 92: Reduce or hedge now" in row(risen, 120)


@pytest.mark.parametrize(
    ("one", "english", "chinese"),
    [
        (BLIND, "no data of BTCUSDT for 30 s", "BTCUSDT 已 30 秒没有数据"),
        (ACCOUNT, "account: not read for 101 s", "账户：已 101 秒未能读取"),
        (
            BACK,
            "data of BTCUSDT, ETHUSDT come again, after 61 s without any",
            "BTCUSDT, ETHUSDT 数据恢复，此前中断 61 秒",
        ),
    ],
)
def test_data_that_stop_or_come_again_have_a_sentence_in_both_languages(
    one: LogEntry, english: str, chinese: str
) -> None:
    assert english in row(one, 120)
    assert chinese in row(one, 120, "zh")


def test_of_another_kind_there_is_no_such_sentence() -> None:
    assert sight_sentence(RISE) is None
    assert sight_sentence(replace(BLIND, text="")) is None


def test_the_filter_of_the_chosen_symbol_keeps_the_entries_of_several() -> None:
    together = replace(GROUP, symbols=("ETHUSDT", "BTCUSDT"))
    assert "2 symbols" in row(together, 80, log_filter="chosen")


def test_a_click_on_an_entry_of_several_is_for_the_first_and_on_the_account_for_none() -> None:
    shown = replace(ready(), log=(GROUP, ACCOUNT))
    view = View(CONFIG, Words("en"), "nord", state=shown, chosen="BTCUSDT")
    assert [hit.target for hit in Log().draw(view, 80, 4).hits] == ["1000PEPEUSDT"]
