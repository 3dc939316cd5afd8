"""The log on the screen, and how an escalation makes itself heard."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.ui_driver import Clock, FakeMonitor, screen_text, settle
from support.ui_states import CONFIG, LOG, TIME, entry, five, ready, state

from tuirisk.alerts.message import body, title
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.config.model import Config
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.state import AbsenceSummary, LogEntry, RiskState, ScorePeak
from tuirisk.state.codes import AlertCause
from tuirisk.ui.app.app import TuiriskApp
from tuirisk.ui.view.view import View
from tuirisk.ui.widgets.canvas import Drawn
from tuirisk.ui.widgets.log import Log

MakeApp = Callable[..., TuiriskApp]
HOUR = 3_600
OLD = (
    entry(30 * HOUR, "BTCUSDT", "warning", "ok", 40.0),
    entry(29 * HOUR, "ETHUSDT", "ok", "caution", 51.0, escalation=True),
)
MISSED = (
    entry(3 * HOUR, "BTCUSDT", "ok", "warning", 66.0, escalation=True),
    entry(2 * HOUR, "BTCUSDT", "warning", "ok", 44.0),
)
PEAKS = (
    ScorePeak("BTCUSDT", 86.4, TIME - 3 * HOUR * 1000),
    ScorePeak("SOLUSDT", 71.0, TIME - 30 * HOUR * 1000)
)  # fmt: skip


def away(entries: int, *peaks: ScorePeak) -> AbsenceSummary:
    return AbsenceSummary(TIME - 28 * HOUR * 1000, TIME - HOUR * 1000, entries, peaks)


def drawn(
    shown: RiskState, width: int = 120, height: int = 12, language: str = "en", **options: object
) -> list[str]:
    view = View(CONFIG, Words(language), "nord", state=shown, chosen="BTCUSDT")
    view = replace(view, **options)  # type: ignore[arg-type]
    return ["".join(span.text for span in line) for line in Log().draw(view, width, height).lines]


def told(lines: list[str]) -> list[str]:
    """The lines with single blanks and no rules."""
    return [" ".join(line.replace("─", " ").split()) for line in lines]


def test_entries_of_an_absence_are_marked() -> None:
    shown = replace(
        ready(), log=(*OLD, *MISSED, *LOG[2:3]), history_entries=4, absence=away(2, *PEAKS)
    )
    assert told(drawn(shown)) == [
        "LOG ALERTS 2",
        "^* 11:41:11Z SOLUSDT OK > CAUTION Reduce size, enter and exit in parts score 57",
        "while you were away (1d3h): highest BTCUSDT 86 at 09:02Z, SOLUSDT 71 at 11-21 06:02Z",
        "✓ 10:02:11Z BTCUSDT WARNING > OK Risk under control score 44",
        "!* 09:02:11Z BTCUSDT OK > WARNING market: No new positions, tighten stops score 66",
        "earlier, until 11-21 08:02Z",
        "^ 11-21 07:02:11Z ETHUSDT OK > CAUTION Reduce size, enter and exit in parts score 51",
        "✓ 11-21 06:02:11Z BTCUSDT WARNING > OK Risk under control score 40",
    ]


def test_the_log_says_how_long_nothing_was_monitored() -> None:
    shown = replace(ready(), log=OLD, history_entries=2, absence=away(0))
    heading, line, *rest = told(drawn(shown))
    assert heading == "LOG"
    assert line == "earlier, until 11-21 08:02Z; not monitored for 1d3h"
    assert len(rest) == 2
    brief = replace(away(0), until_ms=TIME - 28 * HOUR * 1000 + 30_000)
    assert told(drawn(replace(shown, absence=brief)))[1] == "earlier, until 11-21 08:02Z"
    assert told(drawn(replace(shown, absence=None)))[1] == "earlier runs"


def test_an_absence_without_entries_is_reported() -> None:
    shown = replace(ready(), log=(), history_entries=0, absence=away(0, PEAKS[0]))
    assert told(drawn(shown)) == [
        "LOG",
        "while you were away (1d3h): highest BTCUSDT 86 at 09:02Z",
    ]


def test_a_narrow_log_leaves_out_what_it_can_and_cuts_no_word() -> None:
    shown = replace(
        ready(), log=(*OLD, *MISSED, *LOG[2:]), history_entries=4, absence=away(2, *PEAKS)
    )
    lines = drawn(shown, 80, 4)
    assert all(len(line) == 80 for line in lines)
    assert told(lines) == [
        "LOG 4 older ALERTS 3",
        "!* 12:01:07Z XRPUSDT CAUTION > WARNING No new positions, tighten stops 66",
        "^* 11:41:11Z SOLUSDT OK > CAUTION Reduce size, enter and exit in.. 57",
        "while you were away (1d3h): highest BTCUSDT 86 at 09:02Z",
    ]
    for width in range(20, 140):
        assert all(len(line) == width for line in drawn(shown, width)), width


def test_the_log_in_chinese() -> None:
    shown = replace(ready(), log=(*OLD, *MISSED), history_entries=4, absence=away(2, PEAKS[0]))
    lines = told(drawn(shown, language="zh"))
    assert lines[1] == "离开期间（1d3h）：最高 BTCUSDT 86（09:02Z）"
    assert lines[3] == "!* 09:02:11Z BTCUSDT 正常 > 警告 市场: 禁止新开仓，收紧止损 评分 66"


@pytest.mark.parametrize(
    ("log_filter", "count"), [("all", 8), ("alerts", 6), ("chosen", 5), ("this_run", 2)]
)
def test_the_filters(log_filter: str, count: int) -> None:
    shown = replace(
        ready(), log=(*OLD, *MISSED, *LOG[2:]), history_entries=4, absence=away(2, *PEAKS)
    )
    assert len(drawn(shown, log_filter=log_filter)) == 1 + count


async def test_rows_stay_where_they_are_while_scrolled(make_app: MakeApp) -> None:
    log = tuple(entry(9_000 - n, "BTCUSDT", "ok", "caution", float(n)) for n in range(40))
    monitor = FakeMonitor(replace(ready(), log=log))
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        panel = app.query_one(Log)
        await pilot.press("pagedown")
        await settle(pilot)
        before = [line for line in screen_text(app).splitlines() if " > CAUTION" in line]
        assert f"{panel.drawn.top} newer" in screen_text(app)
        more = tuple(entry(8_000 - n, "ETHUSDT", "ok", "warning", 70.0) for n in range(3))
        monitor.publish(replace(ready(), log=(*log, *more)))
        await settle(pilot)
        after = [line for line in screen_text(app).splitlines() if " > CAUTION" in line]
        assert after == before
        assert f"{panel.drawn.top} newer" in screen_text(app)
        panel.focus()
        await pilot.press("home")
        await settle(pilot)
        assert panel.drawn.top == 0
        assert "OK > WARNING" in screen_text(app)
        await pilot.press("down", "down", "up")
        assert panel.drawn.top == 1
        await pilot.press("end")
        await settle(pilot)
        assert " older  ALERTS 3" not in screen_text(app)
        await pilot.press("f")
        await settle(pilot)
        assert panel.drawn.top == 0, "what another filter leaves begins with the newest"


async def test_the_wheel_scrolls(make_app: MakeApp) -> None:
    log = tuple(entry(9_000 - n, "BTCUSDT", "ok", "caution", float(n)) for n in range(40))
    app = make_app(FakeMonitor(replace(ready(), log=log)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        panel = app.query_one(Log)
        panel.on_mouse_scroll_down()
        panel.on_mouse_scroll_down()
        panel.on_mouse_scroll_up()
        assert panel.drawn.top == 2


async def test_x_of_the_chosen_symbol_and_capital_x_of_all(make_app: MakeApp) -> None:
    shown = replace(
        ready(), log=(*OLD, *MISSED, *LOG[2:]), history_entries=4, absence=away(2, *PEAKS)
    )
    app = make_app(FakeMonitor(shown))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "ALERTS 3" in screen_text(app), "what came meanwhile nobody has seen"
        await pilot.press("x")
        await settle(pilot)
        assert "ALERTS 2" in screen_text(app)
        await pilot.press("X")
        await settle(pilot)
        assert "ALERTS" not in screen_text(app)
        assert "* " not in "".join(drawn(shown, acknowledged=app.view.acknowledged))


async def test_nothing_is_drawn_while_the_log_stays_as_it_is(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        drawings: list[View] = []

        def draw(_: Log, view: View, width: int, height: int) -> Drawn:
            drawings.append(view)
            return Drawn([])

        monkeypatch.setattr(Log, "draw", draw)
        monitor.publish(replace(ready(), time_ms=TIME + 250))
        await settle(pilot)
        assert not drawings
        monitor.publish(replace(ready(), log=LOG[1:]))
        await settle(pilot)
        assert drawings


# How an escalation makes itself heard.


def rise(name: str, after: str = "critical", rule: AlertCause = "reduce_or_hedge") -> LogEntry:
    return replace(entry(0, name, "ok", after, 90.0, escalation=True), cause=rule)


def alerting(**alerts: object) -> Config:
    return replace(CONFIG, alerts=AlertsConfig(**alerts))  # type: ignore[arg-type]


def said(app: TuiriskApp) -> list[str]:
    return [notice.message for notice in app._notifications]


class Heard:
    """What the terminal gets of an app's alerts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, term: str = "xterm-kitty") -> None:
        self.bells = 0
        self.written: list[str] = []
        for name in ("TMUX", "STY", "ZELLIJ", "TERM_PROGRAM", "LC_TERMINAL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", term)
        monkeypatch.setattr(TuiriskApp, "bell", lambda _: self._ring())

    def _ring(self) -> None:
        self.bells += 1

    def listen(self, app: TuiriskApp, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(app._driver, "write", self._take)

    def _take(self, text: str) -> None:
        if text.startswith("\x1b]"):
            self.written.append(text)


@pytest.mark.parametrize(
    ("config", "term", "bells", "written"),
    [
        (alerting(), "xterm-kitty", 1, 1),
        (alerting(bell=False), "xterm-kitty", 0, 1),
        (alerting(desktop=False), "xterm-kitty", 1, 0),
        (alerting(), "xterm-256color", 1, 0),
    ],
)
async def test_the_configuration_and_the_terminal_decide(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch,
    config: Config, term: str, bells: int, written: int,
) -> None:  # fmt: skip
    heard = Heard(monkeypatch, term)
    monitor = FakeMonitor(ready())
    app = make_app(monitor, config=config)
    async with app.run_test() as pilot:
        await settle(pilot)
        heard.listen(app, monkeypatch)
        monitor.publish(state(five(), log=(*LOG, rise("BTCUSDT"), rise("ETHUSDT"))))
        await settle(pilot)
    assert (heard.bells, len(heard.written)) == (bells, written)


async def test_alerts_close_to_each_other_ring_together_when_the_first_is_over(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, clock = Heard(monkeypatch), Clock()
    monitor = FakeMonitor(ready())
    app = make_app(monitor, clock=clock)
    async with app.run_test() as pilot:
        await settle(pilot)
        heard.listen(app, monkeypatch)
        log: tuple[LogEntry, ...] = LOG
        for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
            log = (*log, rise(name))
            monitor.publish(state(five(), log=log))
            await settle(pilot)
            clock.seconds += 1.0
        assert heard.bells == 1
        app.every_second()
        assert heard.bells == 2
        app.every_second()
        assert heard.bells == 2
    assert heard.written[1:] == ["\x1b]9;tuirisk: ETHUSDT CRITICAL, SOLUSDT CRITICAL\x1b\\"]


async def test_a_frozen_screen_shows_the_text_of_the_alert(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    Heard(monkeypatch)
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("space")
        monitor.publish(state(five(), log=(*LOG, rise("BTCUSDT"))))
        await settle(pilot)
        assert "While frozen: BTCUSDT CRITICAL: Reduce or hedge now" in said(app)


def test_the_text_of_an_alert() -> None:
    words = Words("en")
    assert body([rise("BTCUSDT")], words) == "BTCUSDT CRITICAL: Reduce or hedge now"
    many = [rise(f"A{n}", "caution") for n in range(4)] + [rise("BTCUSDT")]
    assert body(many, words) == "BTCUSDT CRITICAL, A0 CAUTION, A1 CAUTION +2"
    assert body([rise("BTCUSDT", rule="")], words) == "BTCUSDT CRITICAL"
    assert body([rise("BTCUSDT")], Words("zh")) == "BTCUSDT 危急: 紧急减仓或对冲"


@pytest.mark.parametrize(
    ("source", "environment", "expected"),
    [
        ("binance", "mainnet", "tuirisk"),
        ("binance", "testnet", "tuirisk TESTNET"),
        ("simulator", "mainnet", "tuirisk SIMULATED"),
        ("recording", "mainnet", "tuirisk REPLAY"),
    ],
)
def test_the_title_names_the_market(source: str, environment: str, expected: str) -> None:
    shown = replace(ready(), source=source)  # type: ignore[arg-type]
    assert title(shown, environment, Words("en")) == expected


async def test_messages_of_the_screen_are_in_the_log_file_too(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = FakeMonitor(ready())
    app = make_app(monitor)
    failure = "webhook: answered 500; an alert was not passed on"
    with caplog.at_level(logging.INFO):
        async with app.run_test(size=(120, 40)) as pilot:
            await settle(pilot)
            monitor.publish(replace(ready(), notices=(Reason.from_text(failure),)))
            await settle(pilot)
            assert failure in said(app)
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [failure]


def liquidation(seconds_ago: int) -> LogEntry:
    return LogEntry(
        TIME - seconds_ago * 1000,
        "BTCUSDT",
        "liquidated",
        "long 0.52",
        "",
        cause="liquidation",
        text="long 0.52 liquidated, P&L -1,512.30 at 74,436.1",
        pnl=-1_512.3,
        quantity=0.52,
        price=74_436.1,
    )


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "long 0.52 liquidated at 74,436.1"),
        ("zh", "多 0.52 被强平，价格 74,436.1"),
    ],
)
def test_a_liquidation_is_critical_and_has_its_loss(language: str, says: str) -> None:
    shown = replace(ready(), log=(*LOG[:1], liquidation(2)))
    view = View(CONFIG, Words(language), "nord", state=shown, chosen="BTCUSDT")
    row = Log().draw(view, 120, 12).lines[1]
    assert says in "".join(span.text for span in row)
    assert row[0].text.strip() == "!!"
    assert row[0].role == "critical"
    narrow = "".join(span.text for span in Log().draw(view, 80, 12).lines[1])
    assert narrow.rstrip().endswith("-1,512.30"), "the loss, however narrow"


def test_the_alert_of_a_liquidation_has_the_loss_and_comes_first() -> None:
    words = Words("en")
    assert body([liquidation(1)], words) == (
        "BTCUSDT long 0.52 liquidated, P&L -1,512.30 at 74,436.1"
    )
    worst = entry(1, "ETHUSDT", "ok", "critical", 90.0, escalation=True)
    assert body([worst, liquidation(1)], words).startswith("BTCUSDT long 0.52 liquidated")
