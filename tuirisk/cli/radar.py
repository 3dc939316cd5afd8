"""``tuirisk radar``: every perpetual that trades, ranked by danger, as text or JSON."""

from __future__ import annotations

import asyncio
import random
import sys
from argparse import Namespace
from typing import Any

import msgspec

from tuirisk.cli.errors import print_error
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.cli.number_text import number_text
from tuirisk.cli.summary import MARKS
from tuirisk.config.model import Config, ExchangeConfig
from tuirisk.feed.clock import WallClock
from tuirisk.feed.recording_writer import RecordingWriter
from tuirisk.monitor.radar import radar_states, replayed_radar, settled_radar
from tuirisk.state import Missing, or_none
from tuirisk.state.codec import iso
from tuirisk.state.radar import FIGURES, RadarRow, RadarState

SCHEMA = 1


def print_radar(arguments: Namespace, config: Config, recorder: RecordingWriter | None) -> int:
    """Print one state of the radar; the exit code.

    Raises:
        RecordingError: the recording of ``--replay`` cannot be read.
    """
    if arguments.replay is not None:
        state = replayed_radar(arguments.replay, config.risk)
        if state is None:
            print_error(
                f"{arguments.replay}: no list of symbols or no all-market streams in it; "
                "`tuirisk radar --record FILE` records them"
            )
            return ExitCode.NOT_READY
    else:
        state = _received(arguments, config, recorder)
        if state is None:
            print_error("no data received; run `tuirisk doctor`")
            return ExitCode.UNREACHABLE
    body = as_json(state) if arguments.json else as_text(state)
    sys.stdout.buffer.write(body)
    sys.stdout.flush()
    return _exit_code(state)


def _received(
    arguments: Namespace, config: Config, recorder: RecordingWriter | None
) -> RadarState | None:
    """A state of the exchange, or of the embedded one."""
    if not arguments.demo:
        states = radar_states(
            config.exchange, config.risk, clock=WallClock(), rng=random.Random(), recorder=recorder
        )
        return asyncio.run(settled_radar(states, arguments.timeout))
    from tuirisk.monitor.demo import CROWD, SimulatedTime
    from tuirisk.simulator.embedded import EmbeddedExchange

    with EmbeddedExchange(
        seed=arguments.seed, scenario=arguments.scenario, speed=arguments.speed or 1.0, crowd=CROWD
    ) as exchange:
        states = radar_states(
            ExchangeConfig(rest_url=exchange.rest_url, stream_url=exchange.stream_url),
            config.risk,
            clock=SimulatedTime(exchange.clock),
            rng=random.Random(arguments.seed),
            source="simulator",
            recorder=recorder,
        )
        return asyncio.run(settled_radar(states, arguments.timeout))


def _exit_code(state: RadarState) -> ExitCode:
    if state.status == "offline" and not state.symbols:
        why = state.message or "no answer"
        print_error(f"the exchange cannot be reached: {why}; run `tuirisk doctor`")
        return ExitCode.UNREACHABLE
    if state.complete:
        return ExitCode.OK
    waiting = sum(not state.columns["days"][i] >= 0 for i in range(len(state.symbols)))
    print_error(f"{waiting} of {len(state.symbols)} symbols have no daily bars yet")
    return ExitCode.NOT_READY


def as_json(state: RadarState) -> bytes:
    """The state as JSON (docs/metrics.md, Radar)."""
    return msgspec.json.format(msgspec.json.encode(_json(state)), indent=2) + b"\n"


def _json(state: RadarState) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "time": iso(state.time_ms),
        "source": state.source,
        "status": state.status,
        "message": str(state.message) if state.message is not None else None,
        "complete": state.complete,
        "request_weight_1m": state.weight_used,
        "not_trading": dict(state.not_trading),
        "rows": [_row_json(state.row(place)) for place in range(len(state.symbols))],
    }


def _row_json(row: RadarRow) -> dict[str, Any]:
    figures = {name: or_none(row[name]) for name in FIGURES}
    missing = {name: value.reason for name in FIGURES if isinstance(value := row[name], Missing)}
    levels = {
        name: {"level": one.level, "rule": one.rule, "threshold": one.threshold}
        for name, one in row.levels.items()
    }
    return {
        "symbol": row.symbol,
        "rank": row.rank,
        "level": row.level,
        "danger": row.danger,
        **figures,
        "levels": levels,
        "missing": missing,
        "age_s": None if isinstance(row.age_ms, Missing) else row.age_ms / 1000.0,
        "stale": row.stale,
    }


def as_text(state: RadarState) -> bytes:
    """A heading and one line a perpetual, the most dangerous first; UTF-8."""
    lines = [
        f"{iso(state.time_ms)}  {state.source}  {state.status}  {len(state.symbols)} perpetuals",
        f"{'':<3}{'SYMBOL':<16}{'PRICE':>14}{'24h':>9}{'MOVE':>8}{'FUND/8h':>10}{'RANK':>5}"
        f"{'BASIS':>9}{'VOLUME':>9}{'VOL':>7}{'RANK':>5}",
    ]
    lines += [_line(state.row(place)) for place in range(len(state.symbols))]
    words = ", ".join(f"{name} {word}" for name, word in state.not_trading.items())
    if words:
        lines.append(f"not trading: {words}")
    return ("\n".join(lines) + "\n").encode()


def _line(row: RadarRow) -> str:
    return (
        f"{MARKS[row.level]:<3}{row.symbol:<16}{number_text(row['price'], '.8g'):>14}"
        f"{number_text(row['move'], '+.2%'):>9}{number_text(row['move_sigmas'], '+.1f', 'σ'):>8}"
        f"{number_text(row['funding_8h'], '+.4%'):>10}{number_text(row['funding_rank'], '.0f'):>5}"
        f"{number_text(row['basis'], '+.2%'):>9}{number_text(row['volume_ratio'], '.1f', '×'):>9}"
        f"{number_text(row['volatility'], '.0%'):>7}{number_text(row['volatility_rank'], '.0f'):>5}"
        f"{'  stale' if row.stale else ''}"
    )
