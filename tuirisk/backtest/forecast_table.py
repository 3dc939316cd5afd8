"""Every forecast with its outcome as rows of a CSV, so that others can judge them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import TextIO

from tuirisk.backtest.portfolios import PortfolioRow
from tuirisk.backtest.score_record import ScoreRows
from tuirisk.backtest.symbol_rows import SymbolRows
from tuirisk.state.codec import iso

COLUMNS = ("time", "symbol", "what", "parameter", "forecast", "outcome")
Line = tuple[int, str, str, str, float, float]
"""time (UTC ms), symbol, what, parameter, forecast, outcome"""


def write_forecasts(
    rows: Sequence[SymbolRows], out: TextIO, accounts: Sequence[PortfolioRow] | None = None
) -> int:
    """Write a heading and a line for each forecast that has an outcome, by time; how many.

    With ``accounts`` there is a seventh column, ``outcome_worst``, empty but in their lines.

    ``time`` is that of the forecast (ISO 8601, UTC). ``what`` and ``parameter``: see
    docs/backtest.md.
    """
    lines = sorted(line for symbol in rows for line in _lines(symbol))
    if accounts is None:
        return write_lines(lines, out)
    table = csv.writer(out, lineterminator="\n")
    table.writerow((*COLUMNS, "outcome_worst"))
    seven = [(*_text(line), "") for line in lines]
    for row in accounts:
        what = f"p_account_liquidation_{row.horizon}"
        line = (row.time_ms, "account", what, row.parameter, row.forecast, row.outcome)
        seven.append((*_text(line), f"{row.worst:.8g}"))
    table.writerows(sorted(seven))
    return len(seven)


def write_lines(lines: Iterable[Line], out: TextIO) -> int:
    """Write a heading and ``lines`` in their order; how many lines."""
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    count = 0
    for line in lines:
        table.writerow(_text(line))
        count += 1
    return count


def _text(line: Line) -> tuple[str, ...]:
    time_ms, symbol, what, parameter, forecast, outcome = line
    return iso(time_ms), symbol, what, parameter, f"{forecast:.8g}", f"{outcome:.8g}"


def _lines(rows: SymbolRows) -> Iterator[Line]:
    name = rows.symbol
    for chance in rows.chances:
        what = f"p_liquidation_{chance.horizon}"
        held = f"{chance.side} {chance.leverage}"
        yield chance.time_ms, name, what, held, chance.forecast, chance.outcome
    for day in rows.volatility:
        yield day.time_ms, name, "volatility_24h", "", day.forecast, day.outcome
    for one in rows.implied:
        yield one.time_ms, name, "implied_volatility_24h", one.source, one.implied, one.outcome
    for loss in rows.losses:
        yield loss.time_ms, name, "var_95", loss.method, loss.var, loss.loss
        yield loss.time_ms, name, "es_95", loss.method, loss.es, loss.loss
    if rows.score is not None:
        yield from _hours(name, rows.score)


def _hours(name: str, score: ScoreRows) -> Iterator[Line]:
    for part, column in score.parts.items():
        for outcome, followed in (("volatility", score.volatility), ("fall", score.fall)):
            what = f"score_{part}_{outcome}_24h"
            for time_ms, points, after in zip(
                score.time_ms.tolist(), column.tolist(), followed.tolist(), strict=True
            ):
                if isfinite(points) and isfinite(after):
                    yield time_ms, name, what, "", points, after
