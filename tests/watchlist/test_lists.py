"""Watchlists: edits that last, undo, and files that are not as they should be."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuirisk.watchlist.file import DEFAULT
from tuirisk.watchlist.lists import Watchlists, difference, watchlists_path

CONFIGURED = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "watchlists.json"


def opened(path: Path | None, configured: tuple[str, ...] = CONFIGURED) -> Watchlists:
    return Watchlists(path, configured)


def test_without_a_file_there_is_the_configuration_and_none_is_made(path: Path) -> None:
    lists = opened(path)
    assert lists.symbols == CONFIGURED
    assert lists.names == (DEFAULT,)
    assert lists.problem == ""
    assert not path.parent.exists()


def test_edits_are_saved(path: Path) -> None:
    lists = opened(path)
    assert lists.add("DOGEUSDT")
    assert lists.remove("ETHUSDT")
    assert lists.create("alts", ["SOLUSDT", "XRPUSDT", "SOLUSDT"])
    again = opened(path)
    assert again.names == (DEFAULT, "alts")
    assert again.current == "alts"
    assert again.symbols == ("SOLUSDT", "XRPUSDT")
    assert again.symbols_of(DEFAULT) == ("BTCUSDT", "SOLUSDT", "DOGEUSDT")
    assert [file.name for file in path.parent.iterdir()] == ["watchlists.json"]


def test_an_invalid_edit_changes_nothing(path: Path) -> None:
    lists = opened(path)
    assert not lists.add("BTCUSDT")
    assert not lists.add("btc usdt")
    assert not lists.remove("DOGEUSDT")
    assert not lists.switch("nowhere")
    assert not lists.create("", ["BTCUSDT"])
    assert not lists.create("tab\there", ["BTCUSDT"])
    assert not lists.create(DEFAULT, ["BTCUSDT"])
    assert not lists.create("none", ["not a symbol"])
    assert not lists.delete(DEFAULT)
    assert not path.exists()
    lists.remove("BTCUSDT")
    lists.remove("ETHUSDT")
    assert not lists.remove("SOLUSDT"), "the last one stays"


def test_undo_restores_positions_latest_removal_first(path: Path) -> None:
    lists = opened(path)
    lists.remove("BTCUSDT")
    lists.remove("SOLUSDT")
    assert lists.undo() == "SOLUSDT"
    assert lists.undo() == "BTCUSDT"
    assert lists.undo() is None
    assert lists.symbols == CONFIGURED
    assert opened(path).symbols == CONFIGURED


def test_undo_is_of_the_current_list_and_skips_symbols_added_again(path: Path) -> None:
    lists = opened(path)
    lists.remove("BTCUSDT")
    lists.remove("ETHUSDT")
    lists.create("alts", ["XRPUSDT", "ADAUSDT"])
    assert lists.undo() is None
    lists.switch(DEFAULT)
    lists.add("ETHUSDT")
    assert lists.undo() == "BTCUSDT"
    assert lists.symbols == ("BTCUSDT", "SOLUSDT", "ETHUSDT")


def test_each_list_has_its_removed_symbols_until_they_are_back(path: Path) -> None:
    lists = opened(path)
    lists.remove("ETHUSDT")
    lists.remove("BTCUSDT")
    assert lists.removed == ("ETHUSDT", "BTCUSDT")
    lists.create("alts", ["XRPUSDT"])
    assert not lists.removed
    assert not lists.undoable
    lists.switch(DEFAULT)
    lists.add("ETHUSDT")
    assert list(lists.removed) == ["BTCUSDT"]
    lists.undo()
    assert not lists.undoable


def test_a_deleted_list_is_brought_back_and_is_current_again(path: Path) -> None:
    lists = opened(path)
    lists.create("alts", ["XRPUSDT", "ADAUSDT"])
    lists.remove("ADAUSDT")
    assert lists.delete("alts")
    assert lists.undoable
    assert opened(path).names == (DEFAULT,)
    assert lists.undo() == "alts"
    assert (lists.current, lists.symbols) == ("alts", ("XRPUSDT",))
    assert opened(path).symbols_of("alts") == ("XRPUSDT",)


def test_two_programs_keep_each_others_edits(path: Path) -> None:
    one, two = opened(path), opened(path)
    one.add("DOGEUSDT")
    two.create("alts", ["XRPUSDT"])
    one.remove("ETHUSDT")
    two.add("ADAUSDT")
    assert one.switch("alts"), "what the other made is there"
    again = opened(path)
    assert again.symbols_of(DEFAULT) == ("BTCUSDT", "SOLUSDT", "DOGEUSDT")
    assert again.symbols_of("alts") == ("XRPUSDT", "ADAUSDT")


def test_the_current_list_stays_though_another_program_deletes_it(path: Path) -> None:
    one = opened(path)
    one.create("alts", ["XRPUSDT"])
    opened(path).delete("alts")
    assert one.add("ADAUSDT")
    assert opened(path).symbols_of("alts") == ("XRPUSDT", "ADAUSDT")


def test_edits_of_many_programs_at_once_are_all_kept(path: Path) -> None:
    opened(path).add("DOGEUSDT")
    code = (
        "import sys; from pathlib import Path; from tuirisk.watchlist.lists import Watchlists\n"
        f"lists = Watchlists(Path(sys.argv[1]), {CONFIGURED!r})\n"
        "for i in range(20): lists.add(f'{sys.argv[2]}{i}USDT')\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("AAA", "BBB")
    ]
    assert [one.wait(timeout=60) for one in running] == [0, 0]
    assert set(opened(path).symbols) == {
        *CONFIGURED, "DOGEUSDT", *(f"{name}{i}USDT" for name in ("AAA", "BBB") for i in range(20))
    }  # fmt: skip


def test_a_file_damaged_meanwhile_is_renamed_and_written_anew(
    path: Path,
) -> None:
    lists = opened(path)
    lists.add("DOGEUSDT")
    path.write_text("{")
    lists.add("ADAUSDT")
    assert "damaged" in lists.problem
    assert opened(path).symbols == (*CONFIGURED, "DOGEUSDT", "ADAUSDT")
    path.unlink()
    lists.add("XRPUSDT")
    assert lists.problem == ""
    assert opened(path).symbols == (*CONFIGURED, "DOGEUSDT", "ADAUSDT", "XRPUSDT")


def test_switching_goes_round(path: Path) -> None:
    lists = opened(path)
    lists.create("alts", ["XRPUSDT"])
    lists.create("majors", ["BTCUSDT"])
    assert [lists.switch_next() for _ in range(3)] == [DEFAULT, "alts", "majors"]
    assert lists.switch_next(-1) == "alts"
    assert lists.delete("alts")
    assert lists.current == DEFAULT
    assert opened(path).names == (DEFAULT, "majors")


def test_the_default_list_follows_the_configuration(path: Path) -> None:
    lists = opened(path)
    lists.remove("ETHUSDT")
    lists.add("DOGEUSDT")
    changed = opened(path, ("BTCUSDT", "ETHUSDT", "BNBUSDT"))
    assert changed.symbols == ("BTCUSDT", "DOGEUSDT", "BNBUSDT")
    assert opened(path).symbols == ("BTCUSDT", "SOLUSDT", "DOGEUSDT"), "reading alone saves nothing"
    assert opened(path, ("ETHUSDT",)).symbols == ("DOGEUSDT",)
    lists.remove("DOGEUSDT")
    assert opened(path, ("ETHUSDT",)).symbols == ("ETHUSDT",), "never empty"


@pytest.mark.parametrize(
    "damage",
    [
        *(b"", b"{", b"\xff\xfe", b"[]", b'{"schema":1,"current":"x"}', b'{"schema":"one"}'),
        b'{"schema":1,"current":"default","lists":{},"x":' + b"[" * 200_000,
        b'{"schema":' + b"9" * 5_000 + b"}",
    ],
    ids=["empty", "cut", "no UTF-8", "list", "no lists", "no number", "nested", "digits"],
)
def test_a_damaged_file_is_renamed_and_reported(path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    lists = opened(path)
    assert lists.symbols == CONFIGURED
    assert "damaged" in lists.problem
    assert "watchlists.json.corrupt" in lists.problem
    assert "\n" not in lists.problem
    assert path.with_name("watchlists.json.corrupt").read_bytes() == damage
    path.write_bytes(b"{")
    opened(path)
    assert path.with_name("watchlists.json.corrupt-2").read_bytes() == b"{"
    lists.add("DOGEUSDT")
    assert opened(path).symbols == (*CONFIGURED, "DOGEUSDT")


def test_invalid_lists_and_symbols_of_a_file_are_left_out(path: Path) -> None:
    path.parent.mkdir()
    body = {
        "schema": 1,
        "current": "gone",
        "lists": {
            "default": {"symbols": ["BTCUSDT", "ethusdt", "rm -rf", "\x1b[31mX"], "base": None},
            "empty": {"symbols": []},
            "\x07": {"symbols": ["BTCUSDT"]},
        },
    }
    path.write_text(json.dumps(body))
    lists = opened(path)
    assert lists.names == (DEFAULT,)
    assert lists.symbols == ("BTCUSDT", "ETHUSDT")
    assert lists.current == DEFAULT
    assert "\n" not in lists.problem
    assert '"rm -rf" cannot be on the list "default"' in lists.problem
    kept = path.with_name("watchlists.json.corrupt")
    assert json.loads(kept.read_text()) == body, "nothing that a person wrote is lost"
    assert opened(path).problem == "", "it is said once"
    assert opened(path).symbols == ("BTCUSDT", "ETHUSDT")


def test_a_newer_file_is_neither_used_nor_overwritten(path: Path) -> None:
    path.parent.mkdir()
    text = '{"schema":2,"groups":[]}'
    path.write_text(text)
    lists = opened(path)
    assert "newer tuirisk" in lists.problem
    assert lists.add("DOGEUSDT")
    assert path.read_text() == text
    assert lists.symbols == (*CONFIGURED, "DOGEUSDT")


def test_edits_go_on_where_the_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lists = opened(tmp_path / "file" / "watchlists.json")
    assert lists.problem.endswith("cannot be read (not a directory); edits last for this run only")
    assert lists.add("DOGEUSDT")
    assert lists.symbols[-1] == "DOGEUSDT"


def test_a_write_that_fails_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = opened(path)
    lists.add("DOGEUSDT")
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tuirisk.config.shared_file.os.fsync", full)
    lists.remove("DOGEUSDT")
    assert path.read_bytes() == before
    assert "no space left" in lists.problem
    assert [file.name for file in path.parent.iterdir()] == ["watchlists.json"]


def test_without_a_path_nothing_is_saved(tmp_path: Path) -> None:
    lists = opened(None)
    assert lists.add("DOGEUSDT")
    assert lists.undo() is None
    assert lists.problem == ""
    assert list(tmp_path.iterdir()) == []


def test_a_switch_names_what_leaves_and_what_joins() -> None:
    assert difference(("A", "B", "C"), ("C", "D")) == (("A", "B"), ("D",))


def test_the_file_is_in_the_state_directory() -> None:
    assert watchlists_path({"XDG_STATE_HOME": "/s"}) == Path("/s/tuirisk/watchlists.json")
    assert watchlists_path({"XDG_STATE_HOME": "not/absolute"}) == watchlists_path({})


def test_a_file_that_another_program_keeps_locked_is_written_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuirisk.config.shared_file.LOCK_SECONDS", 0.0)
    path = tmp_path / "lists.json"
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        lists = Watchlists(path, ("BTCUSDT",))
        assert lists.problem == "", "reading alone overwrites nothing"
        assert lists.add_all(("ETHUSDT", "BTCUSDT", "ETHUSDT", "XRPUSDT")) == ("ETHUSDT", "XRPUSDT")
        assert "another program keeps it locked; saved all the same" in lists.problem
    finally:
        os.close(handle)
    assert Watchlists(path, ("BTCUSDT",)).symbols == ("BTCUSDT", "ETHUSDT", "XRPUSDT")
    lists.remove("XRPUSDT")
    assert lists.problem == ""
