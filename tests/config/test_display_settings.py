"""What is chosen on the screen is kept between runs, whole, and of several programs at once."""

from __future__ import annotations

from pathlib import Path

from tuirisk.config.display_settings import DisplaySettings, Setting

BASES: dict[Setting, str] = {"theme": "nord", "language": "auto", "sort": ""}


def test_a_choice_lasts_until_the_configuration_changes(tmp_path: Path) -> None:
    path = tmp_path / "new" / "display.json"
    first = DisplaySettings(path, BASES)
    assert first.value("theme") == ""
    assert not first.unsaved
    first.choose("theme", "paper")
    assert first.unsaved
    first.save()
    assert not first.unsaved
    assert first.problem == ""
    assert DisplaySettings(path, BASES).value("theme") == "paper"
    assert DisplaySettings(path, {**BASES, "theme": "aurora"}).value("theme") == ""


def test_what_the_command_line_names_is_neither_read_nor_kept(tmp_path: Path) -> None:
    path = tmp_path / "display.json"
    first = DisplaySettings(path, {"sort": ""})
    first.choose("theme", "paper")
    assert not first.unsaved
    first.choose("sort", "name")
    first.save()
    assert DisplaySettings(path, BASES).value("theme") == ""


def test_two_programs_keep_each_others_choices(tmp_path: Path) -> None:
    path = tmp_path / "display.json"
    one, other = DisplaySettings(path, BASES), DisplaySettings(path, BASES)
    one.choose("theme", "paper")
    one.save()
    other.choose("sort", "name")
    other.save()
    later = DisplaySettings(path, BASES)
    assert (later.value("theme"), later.value("sort")) == ("paper", "name")


def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path) -> None:
    path = tmp_path / "display.json"
    for damage in (b"{", b'{"schema": 1, "choices": {"theme": 3}}', b"\xff" * 9, b" " * 70_000):
        path.write_bytes(damage)
        settings = DisplaySettings(path, BASES)
        assert "damaged; it is kept as display.json.corrupt" in settings.problem
        assert not path.exists()
        settings.choose("sort", "name")
        settings.save()
        assert DisplaySettings(path, BASES).value("sort") == "name"


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "display.json"
    newer = b'{"schema": 2, "choices": {}}'
    path.write_bytes(newer)
    settings = DisplaySettings(path, BASES)
    settings.choose("sort", "name")
    settings.save()
    assert "a newer tuirisk wrote it" in settings.problem
    assert path.read_bytes() == newer


def test_a_folder_that_cannot_be_written_costs_the_keeping_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = DisplaySettings(tmp_path / "file" / "display.json", BASES)
    settings.choose("sort", "name")
    settings.save()
    assert settings.value("sort") == "name"
    assert "for this run only" in settings.problem
