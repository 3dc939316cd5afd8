"""Help lists the options that do something there; doctor refuses what the screen would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tuirisk.cli.arguments import parse
from tuirisk.cli.doctor import doctor
from tuirisk.cli.inputs import recorder_of
from tuirisk.config.model import Config, ConfigError, UiConfig


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
    assert recorder_of(arguments) is None
    assert "are not recorded; left out" in capsys.readouterr().err
