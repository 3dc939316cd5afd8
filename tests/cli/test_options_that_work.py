"""Help lists the options that do something there; doctor refuses what the screen would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tuirisk.cli.arguments import parse
from tuirisk.cli.doctor import doctor
from tuirisk.cli.inputs import recorder_of
from tuirisk.config.model import Config, ConfigError, RecordConfig, UiConfig


@pytest.mark.parametrize(
    ("command", "absent"),
    [("log", "--record"), ("doctor", "--ascii"), ("backtest", "--theme"), ("replay", "--record")],
)
def test_help_lists_no_option_without_an_effect(
    command: str, absent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse([command, "--help"])
    text = capsys.readouterr().out
    assert absent not in text
    assert "--config" in text


def test_doctor_refuses_a_theme_that_the_screen_would() -> None:
    config = replace(Config(), ui=replace(UiConfig(), theme="nrod"))
    with pytest.raises(ConfigError, match="unknown theme 'nrod'; did you mean 'nord'"):
        doctor(config, {})


def test_a_replay_says_that_it_is_not_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = parse(["replay", "x.gz", "--record", str(tmp_path / "y.gz")])
    assert recorder_of(arguments, Config(), {}) is None
    assert "are not recorded; left out" in capsys.readouterr().err


@pytest.mark.parametrize("keeps_account", [True, False])
def test_that_the_account_is_recorded_is_said_where_keys_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keeps_account: bool
) -> None:
    path = tmp_path / "a.gz"
    arguments = parse(["--record", str(path)])
    config = Config(record=RecordConfig(keeps_account))
    for environ, told in (({}, False), ({"TUIRISK_API_KEY": "k"}, keeps_account)):
        recorder = recorder_of(arguments, config, environ)
        assert recorder is not None
        recorder.close()
        assert ("keeps the account" in capsys.readouterr().err) == told
