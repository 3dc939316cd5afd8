"""The published connection: whatever is degraded or offline says why."""

from __future__ import annotations

from typing import Literal, get_args

import pytest

from tuirisk.analytics.connection import connection_state, with_lag
from tuirisk.events import AccountReading, ConnectionReport
from tuirisk.events.connection import StreamReport, StreamStatus


@pytest.mark.parametrize("stream", get_args(StreamStatus))
@pytest.mark.parametrize("lag_s", [0, 8])
@pytest.mark.parametrize("status", ["degraded", "offline", "live"])
@pytest.mark.parametrize("reading", [None, "read", "failing", "refused", "unfollowed"])
def test_what_is_degraded_says_why(
    stream: StreamStatus,
    lag_s: int,
    status: Literal["degraded", "offline", "live"],
    reading: Literal["read", "failing", "refused", "unfollowed"] | None,
) -> None:
    report = ConnectionReport(status=status, streams=(StreamReport("depth", stream, 1.0),))
    if reading is not None:
        report = report.with_account(AccountReading(reading), None)
    made = connection_state(with_lag(report, lag_s), lag_s)
    assert (made.message is None) == (made.status == "live")
