"""``tuirisk backtest --live``: the record of the forecasts that live runs issued."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tuirisk.backtest.forecast_table import write_lines
from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.config.model import ConfigError
from tuirisk.history.database import error_text
from tuirisk.history.forecast_rows import judged
from tuirisk.history.live_record import live_record
from tuirisk.history.log import open_for_reading
from tuirisk.state.track_record import ChanceBand, LossOutcome, TrackRecord, VolatilityOutcome


def print_live_forecasts(path: Path, now_ms: int, as_json: bool, table: Path | None) -> int:
    """Print the record in the history at ``path`` as of ``now_ms`` (UTC); the exit code.

    ``table``: a file that gets every judged forecast, as CSV.

    Raises:
        ConfigError: there is no history, it cannot be read, or ``table`` cannot be written.
    """
    try:
        with contextlib.closing(open_for_reading(path)) as connection:
            record = live_record(connection, now_ms)
            if table is not None:
                with table.open("w", encoding="utf-8", newline="") as out:
                    write_lines(judged(connection), out)
    except sqlite3.Error as error:
        why = "no live run has kept a forecast yet" if not path.exists() else error_text(error)
        raise ConfigError(f"{path}: {why}") from error
    except OSError as error:
        raise ConfigError(f"{table}: cannot be written ({error.strerror})") from error
    if record is None:
        print_error("no live run has kept a forecast yet")
        return ExitCode.OK
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(record), indent=2).decode())
    else:
        print("\n".join(_lines(record)))
    sys.stdout.flush()
    return ExitCode.OK


def _lines(record: TrackRecord) -> Iterator[str]:
    span = f"{record.first_day} to {record.last_day}" if record.first_day else "none judged yet"
    yield f"LIVE FORECASTS  {', '.join(record.symbols) or '-'}: {span}"
    yield (
        f"  {record.awaited:,} await their day; {record.not_judged:,} are not judged: prices of "
        "their time are missing"
    )
    for horizon, bands in (("24 h", record.chance_24h), ("7 d", record.chance_7d)):
        if bands:
            yield f"\nP(LIQUIDATION, {horizon})"
            yield from _chances(bands)
    if (volatility := record.volatility) is not None:
        yield "\nVOLATILITY, 24 h"
        yield f"  realised over forecast variance {volatility.ratio:.2f} ({_of(volatility)})"
    if (implied := record.implied) is not None:
        yield f"  of what options implied {implied.ratio:.2f} ({_of(implied)})"
    if (loss := record.loss) is not None:
        yield "\nVaR, 1 day, 95 %, long"
        yield f"  {loss.beyond:.1%} of losses beyond it, 5 % if right ({_of(loss)})"
    if record.score:
        yield f"\nSCORE  a fall of {record.fall:.0%} or more within 24 h"
        yield "  total          hours  after it      else  volatility"
        for band in record.score:
            yield (
                f"  {f'{band.low:g}-{band.high:g}':<10}{band.hours:>10,}{band.falls:>10.1%}"
                f"{band.falls_otherwise:>10.1%}{band.volatility:>12.2%}"
            )


def _chances(bands: tuple[ChanceBand, ...]) -> Iterator[str]:
    yield "  forecast        mean  realised  forecasts      days"
    for band in bands:
        yield (
            f"  {f'{band.low * 100:g}-{band.high * 100:g} %':<10}{band.mean:>10.2%}"
            f"{band.realised:>10.2%}{band.forecasts:>11,}{band.days:>10,}"
        )


def _of(outcome: LossOutcome | VolatilityOutcome) -> str:
    return f"{outcome.forecasts:,} forecasts of {outcome.days:,} days"
