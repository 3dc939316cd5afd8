"""Commands wait for an account that was asked for, and end with 4 or 3 where it is not read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace
from support.build import LIVE, NOW_NS, assess_market, ready_market

from tuirisk import events as ev
from tuirisk.cli.account import print_account
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.main import _recording_ended
from tuirisk.cli.snapshot import exit_code
from tuirisk.cli.wait import all_settled
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState

REFUSED = Reason("of_account", reason=Reason("api_secret_wrong"))
LATE = Reason("of_account", reason=Reason("no_answer"))
Status = Literal["awaited", "read", "unfollowed", "failing", "refused"]


def state(
    status: Status | None,
    *messages: Reason,
    connection: ev.ConnectionReport = LIVE,
    late_s: int = 0,
) -> RiskState:
    account = None if status is None else ev.AccountReading(status, messages)
    now = NOW_NS + late_s * 1_000_000_000
    return assess_market(ready_market(), now, connection=replace(connection, account=account))


@pytest.mark.parametrize(
    ("status", "messages", "settled", "code", "said"),
    [
        (None, (), True, ExitCode.OK, ""),
        ("read", (), True, ExitCode.OK, ""),
        ("unfollowed", (Reason("account_stream_lost", seconds=3),), True, ExitCode.OK, ""),
        ("awaited", (), False, ExitCode.NOT_READY, "account: not read yet"),
        ("failing", (LATE,), False, ExitCode.NOT_READY, "account: no answer in time"),
        ("refused", (REFUSED,), True, ExitCode.UNREACHABLE, "account: the API secret is wrong"),
    ],
)
def test_the_account_is_part_of_what_is_waited_for(
    status: Status | None,
    messages: tuple[Reason, ...],
    settled: bool,
    code: ExitCode,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = state(status, *messages)
    assert all_settled(found) is settled
    assert exit_code(found) == code
    errors = capsys.readouterr().err
    assert said in errors
    assert bool(errors) == bool(said)


def test_the_account_has_no_message_before_the_exchange_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    offline = replace(LIVE, status="offline")
    assert print_account(state("awaited", connection=offline)) == ExitCode.OK
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("code", "expected"), [(ExitCode.OK, ExitCode.USAGE), (ExitCode.NOT_READY, ExitCode.NOT_READY)]
)
def test_a_recording_that_cannot_be_ended_is_printed_whatever_else_was_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: ExitCode,
    expected: ExitCode,
) -> None:
    recorder = RecordingWriter(tmp_path / "x.rec.gz")
    monkeypatch.setattr(recorder, "close", lambda: setattr(recorder, "error", "x (disk full)"))
    assert _recording_ended(recorder, code) == expected
    assert capsys.readouterr().err.count("x (disk full)") == 1


def test_what_went_stale_is_not_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(state(None, late_s=60)) == ExitCode.NOT_READY
    assert "BTCUSDT: no order book event within 5 s" in capsys.readouterr().err
