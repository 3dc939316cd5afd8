"""The end of a live run: what is queued is written and sent, and what could not be is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuirisk.cli.errors import print_error
from tuirisk.language.reason import Reason

if TYPE_CHECKING:
    from tuirisk.history.session import LiveSession


def close_session(session: LiveSession, timeout: float = 0.1) -> None:
    """Close ``session``, see :meth:`LiveSession.close`; a loss of alerts is a line of errors."""
    given_up = session.close(timeout)
    if given_up:
        print_error(str(Reason("alerts_given_up", count=given_up)))
