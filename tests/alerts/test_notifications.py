"""Notifications, heartbeat and ``alert-test`` over real sockets to this machine."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support import build
from support.hooks import PATIENCE, QUICK, entry
from support.http_sink import Sink, http_sink

from tuirisk.alerts.apprise_service import Service, check_services
from tuirisk.alerts.heartbeat import Heartbeat, data_fresh
from tuirisk.alerts.notifications import Notifications
from tuirisk.alerts.shown_address import shown_address
from tuirisk.cli.main import main
from tuirisk.config.alert_model import AlertsConfig, NotifyConfig
from tuirisk.config.file import load
from tuirisk.config.model import Config
from tuirisk.history.session import LiveSession
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.state import RiskState, Sight

SECRET = "hunter2"


@pytest.fixture(scope="module")
def ready() -> RiskState:
    return build.state(("BTCUSDT",))


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as made:
        yield made


def notifications(reports: list[str], *ways: NotifyConfig) -> Notifications:
    return Notifications(
        ways,
        Words("en"),
        report=lambda reason: reports.append(str(reason)),
        rng=random.Random(1),
        timing=QUICK,
    )


def test_an_alert_is_sent_as_its_way_says_and_later_ones_follow(
    ready: RiskState, sink: Sink
) -> None:
    said: list[str] = []
    url = f"json://{sink.host}/{SECRET}"
    line = notifications(
        said, NotifyConfig(url, template="{symbol} {level}"), NotifyConfig(url, "critical")
    )
    line.send(ready)
    line.send(replace(ready, log=(entry(1),)))
    assert sink.wait(1)
    line.send(replace(ready, time_ms=ready.time_ms + 60_000, log=(entry(1), entry(2, "critical"))))
    assert sink.wait(3)
    line.close(PATIENCE)
    bodies = [json.loads(body) for _, _, body in sink.got]
    assert bodies[0]["message"] == "BTCUSDT WARNING"
    assert {body["message"] for body in bodies[1:]} == {"BTCUSDT CRITICAL"}
    assert [body["type"] for body in bodies] == ["warning", "failure", "failure"]
    assert said == []


def test_what_is_not_taken_is_tried_again_and_said_without_the_secret(
    ready: RiskState, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    sink.status = 500
    line = notifications(
        said,
        NotifyConfig(f"json://user:{SECRET}@{sink.host}/{SECRET}?token={SECRET}"),
        NotifyConfig(f"nosuch://{SECRET}"),
        NotifyConfig(f"json://127.0.0.1:1/{SECRET}"),
    )
    line.send(replace(ready, log=(entry(1),)))
    assert sink.wait(3)
    line.close(PATIENCE)
    assert len(said) == 4
    assert any(text.startswith(f"notify[0] json://{sink.host}: answered 500") for text in said)
    assert any("notify[1] nosuch: apprise does not know such an address" in text for text in said)
    assert any("notify[2] json://127.0.0.1:1: cannot be reached" in text for text in said)
    logged = [record.getMessage() for record in caplog.records if "urllib3" not in record.name]
    assert SECRET not in "\n".join((*said, *logged))


def test_a_redirect_is_not_followed(ready: RiskState, sink: Sink) -> None:
    said: list[str] = []
    sink.status = 302
    line = notifications(said, NotifyConfig(f"json://{sink.host}/{SECRET}"))
    line.send(replace(ready, log=(entry(1),)))
    assert sink.wait(1)
    line.close(PATIENCE)
    assert [path for _, path, _ in sink.got] == [f"/{SECRET}"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://user:{SECRET}@example.com:8443/{SECRET}?a={SECRET}", "https://example.com:8443"),
        (f"tgram://1234:{SECRET}/1", "tgram (api.telegram.org)"),
        (f"discord://{SECRET}/{SECRET}", "discord (discord.com)"),
        (f"slack://{SECRET}/B/x", "slack (hooks.slack.com)"),
        (f"ntfy://{SECRET}", "ntfy (ntfy.sh)"),
        (f"ntfys://user:{SECRET}@ntfy.example.com/{SECRET}", "ntfys://ntfy.example.com"),
        (f"mailtos://me:{SECRET}@example.com?to=you@example.com", "mailtos://example.com"),
        (f"signal://{SECRET}", "signal"),
        (f"json://[{SECRET}", "(an address)"),
    ],
)
def test_of_an_address_scheme_and_host_are_shown(url: str, shown: str) -> None:
    assert shown_address(url) == shown


def test_the_heart_beats_once_a_minute_while_data_are_fresh(ready: RiskState, sink: Sink) -> None:
    reports: list[Reason] = []
    heart = Heartbeat(f"http://{sink.host}/{SECRET}", reports.append)
    offline = replace(ready, connection=replace(ready.connection, status="offline"))
    for second in range(121):
        state = ready if second < 90 else offline
        heart.beat(replace(state, time_ms=ready.time_ms + second * 1000))
        if second in (0, 60):
            assert sink.wait(1 + second // 60)
    heart.close(PATIENCE)
    assert sink.got == [("GET", f"/{SECRET}", "")] * 2
    assert reports == []


def test_a_heartbeat_that_fails_is_said_once_without_the_address(
    ready: RiskState, sink: Sink
) -> None:
    reports: list[Reason] = []
    sink.status = 302
    heart = Heartbeat(f"http://{sink.host}/{SECRET}", reports.append)
    for minute in range(3):
        heart.beat(replace(ready, time_ms=ready.time_ms + minute * 60_000))
        assert sink.wait(minute + 1)
    heart.close(PATIENCE)
    assert [str(one) for one in reports] == [f"heartbeat http://{sink.host} answered 302"]
    assert len(sink.got) == 3, "and no redirect is followed"


def test_data_are_not_fresh_while_something_held_is_not_seen(ready: RiskState) -> None:
    assert data_fresh(ready)
    blind = Sight(0, blind_since_ms=0)
    assert not data_fresh(replace(ready, sights={"BTCUSDT": blind}))
    stale = {name: replace(one, status="stale") for name, one in ready.symbols.items()}
    assert not data_fresh(replace(ready, symbols=stale))


def alert_test(tmp_path: Path, text: str) -> int:
    config = tmp_path / "config.toml"
    config.write_text(text)
    return main(["--config", str(config), "alert-test"])


def test_alert_test_tries_every_way_once_and_names_its_host(
    tmp_path: Path, sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = f"""
    [alerts]
    on_escalation = ["sh", "-c", "cat > {tmp_path}/event", "{SECRET}"]
    webhook = "http://{sink.host}/{SECRET}"
    [[notify]]
    url = "json://{sink.host}/{SECRET}"
    level = "critical"
    quiet_hours = "00:00-23:59 UTC"
    """
    assert alert_test(tmp_path, ways) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 3
    assert "on_escalation (sh)" in lines[0]
    assert f"webhook http://{sink.host}: " in lines[1]
    assert f"notify[0] json://{sink.host}: " in lines[2]
    assert json.loads((tmp_path / "event").read_text())["event"] == "test"
    assert len(sink.got) == 2
    sink.status = 404
    assert alert_test(tmp_path, ways) == 3
    failed = capsys.readouterr()
    assert failed.out.count("answered 404") == 2
    assert SECRET not in printed.out + printed.err + failed.out + failed.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no way of alerting is configured"),
        (f'[[notify]]\nurl = "nosuch://{SECRET}"', "notify[0].url: apprise does not know"),
        (f'[[notify]]\nurl = "{SECRET}"', "notify[0].url: not an address"),
    ],
)
def test_alert_test_refuses_what_cannot_be_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert alert_test(tmp_path, text) == 2
    error = capsys.readouterr().err
    assert said in error
    assert SECRET not in error
    assert error.count("\n") == 1


def test_the_recipes_are_taken_by_the_configuration_and_by_apprise(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/alerts.md").read_text(encoding="utf-8")
    recipes = text.partition("### Five recipes")[2].partition("### Heartbeat")[0]
    written = [line[4:] for line in recipes.splitlines() if line.startswith("    ")]
    file = tmp_path / "config.toml"
    file.write_text("\n".join(written), encoding="utf-8")
    config = load(file, environ={})
    check_services(config.notify)
    services = [type(Service(way.url)._plugin).__name__ for way in config.notify]
    assert services == [
        "NotifyTelegram", "NotifyNtfy", "NotifyDiscord", "NotifySlack", "NotifyEmail",
    ]  # fmt: skip


def test_a_live_run_notifies_and_beats(tmp_path: Path, ready: RiskState, sink: Sink) -> None:
    config = Config(
        notify=(NotifyConfig(f"json://{sink.host}/{SECRET}"),),
        alerts=AlertsConfig(heartbeat=f"http://{sink.host}/beat"),
    )
    session = LiveSession(config, {"XDG_DATA_HOME": str(tmp_path)}, random.Random(1))
    session.record(ready)
    session.record(replace(ready, log=(entry(1),)))
    assert sink.wait(2)
    session.close(PATIENCE)
    assert sorted(path for _, path, _ in sink.got) == ["/beat", f"/{SECRET}"]
    assert session.notices() == ()
