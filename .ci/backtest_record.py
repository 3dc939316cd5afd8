"""Make the track record that is shipped.

    python .ci/backtest_record.py ../shared/data 2024-01-01 > tuirisk/backtest/record.json

The folder is read as ``tuirisk backtest --klines`` reads it; forecasts from the date on are judged,
earlier days are history alone.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tuirisk.backtest.result import backtest_result
from tuirisk.backtest.run import ProgressLine, walk_symbols
from tuirisk.backtest.symbol_rows import Period
from tuirisk.backtest.track_record import record_of
from tuirisk.cli.command_options import LAST_MS
from tuirisk.config.model import RiskConfig
from tuirisk.feed.files.folder import read_folder


def main(folder: str, first: str) -> None:
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    period = Period(round(begin.timestamp() * 1000), LAST_MS)
    histories = list(read_folder(Path(folder)).symbols.values())
    rows = walk_symbols(histories, period, RiskConfig(), ProgressLine(sys.stderr, "days judged"))
    record = record_of(backtest_result(rows, period), "shipped")
    print(msgspec.json.format(msgspec.json.encode(record), indent=1).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
