"""What a command says of an account that was asked for and is not read."""

from __future__ import annotations

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState


def account_settled(state: RiskState) -> bool:
    """Whether the account is read, refused, or not asked for."""
    reading = state.connection.account
    return reading is None or reading.status in ("read", "unfollowed", "refused")


def print_account(state: RiskState) -> ExitCode:
    """Print why the account is not read, on standard error; the exit code for it.

    Nothing is printed where it is read, where there is no key, before the exchange answers, and
    of a recording, which asks for no account: its messages say how the reading fared.
    """
    reading = state.connection.account
    if state.source == "recording" or reading is None or reading.status in ("read", "unfollowed"):
        return ExitCode.OK
    if state.connection.status in ("connecting", "offline"):
        return ExitCode.OK
    for message in reading.messages or (Reason("account_awaited"),):
        print_error(str(message))
    return ExitCode.UNREACHABLE if reading.status == "refused" else ExitCode.NOT_READY
