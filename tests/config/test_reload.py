"""The configuration file is read again once it was saved whole; a mistake keeps the old one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tuirisk.config.file import load
from tuirisk.config.model import Config, ExchangeConfig, UiConfig
from tuirisk.config.reload import ConfigFileWatch, running_config

POSITION = """[[positions]]
symbol = "BTCUSDT"
side = "long"
quantity = 0.5
entry_price = 70000
"""


def watch_of(path: Path) -> ConfigFileWatch:
    return ConfigFileWatch(path, lambda: load(path, environ={}))


def test_a_saved_file_is_read_when_it_is_still(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    watch = watch_of(path)
    assert watch.look() is None
    path.write_text(POSITION[:20])
    assert watch.look() is None, "it may be half written"
    path.write_text(POSITION)
    assert watch.look() is None
    assert watch.problem == ""
    config = watch.look()
    assert config is not None
    assert config.positions[0].quantity == 0.5
    assert watch.look() is None


def test_a_mistake_is_said_and_mended(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    watch = watch_of(path)
    path.write_text(POSITION.replace("long", "lang"))
    assert [watch.look(), watch.look()] == [None, None]
    assert "positions" in watch.problem
    assert "\n" not in watch.problem
    path.write_text(POSITION)
    watch.look()
    assert watch.look() is not None
    assert watch.problem == ""


def test_a_file_that_is_gone_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(POSITION)
    watch = watch_of(path)
    path.rename(tmp_path / "old")
    assert [watch.look(), watch.look()] == [None, None]
    assert "is gone" in watch.problem
    new = tmp_path / "new"
    new.write_text(POSITION.replace("0.5", "0.7"))
    os.replace(new, path)
    watch.look()
    config = watch.look()
    assert config is not None
    assert config.positions[0].quantity == 0.7


def test_what_cannot_change_waits_for_the_next_start() -> None:
    old = Config()
    new = replace(
        old,
        exchange=ExchangeConfig(environment="testnet"),
        ui=UiConfig(theme="light"),
        alerts=replace(old.alerts, webhook="https://x", blind_seconds=9.0),
        account=replace(old.account, equity=5.0),
    )
    running, taken, waiting = running_config(old, new)
    assert running.exchange == old.exchange
    assert running.alerts.blind_seconds == 9.0
    assert running.alerts.webhook == ""
    assert taken == ("account", "alerts")
    assert waiting == ("exchange", "ui", "alerts.webhook")
