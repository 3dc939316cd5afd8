"""The connection's state: what its source reports, and how far the streams are behind."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from tuirisk.analytics.score.freshness import lagging
from tuirisk.events import ConnectionReport
from tuirisk.language.reason import Reason, joined
from tuirisk.market.market import Market
from tuirisk.state import ConnectionState, Missing, StreamState, SymbolState


def lag_seconds(market: Market, symbols: Mapping[str, SymbolState], now: int) -> int:
    """By how many seconds frames come late that are past their budget at local time ``now`` (ns);
    0 where there is none.
    """
    late = (
        seconds
        for name, symbol in market.symbols.items()
        if name in symbols
        for seconds in lagging(symbol, symbols[name].freshness, now).values()
    )
    return max(late, default=0)


def with_lag(report: ConnectionReport, lag_s: int) -> ConnectionReport:
    """``report``, degraded where frames come ``lag_s`` seconds late.

    One that is not live without saying why gets a sentence that says what is known.
    """
    if report.status in ("degraded", "offline") and report.line is None:
        report = replace(report, message=_why(report))
    if not lag_s:
        return report
    status = "degraded" if report.status == "live" else report.status
    lag = Reason("streams_lag", seconds=lag_s)
    return replace(report, status=status, message=joined(lag, report.message, by="lines"))


def _why(report: ConnectionReport) -> Reason:
    """What the streams tell of a fault that nothing names."""
    if any(stream.status == "closed" for stream in report.streams):
        return Reason("connection_to_exchange_lost")
    silent = [stream.name for stream in report.streams if stream.status == "silent"]
    if silent:
        return Reason("stream_silent", stream=silent[0])
    return Reason("fault_without_name")


def connection_state(report: ConnectionReport, lag_s: int) -> ConnectionState:
    """The published form of ``report``; frames come ``lag_s`` seconds late."""
    unknown = Missing("not_measured")
    return ConnectionState(
        status=report.status,
        latency_ms=unknown if report.latency_ms is None else report.latency_ms,
        used_weight_1m=unknown if report.used_weight_1m is None else report.used_weight_1m,
        reconnects=report.reconnects,
        resyncs=report.resyncs,
        dropped_frames=report.dropped_frames,
        streams=tuple(
            StreamState(s.name, s.status, Missing("no_frame") if s.age_ms is None else s.age_ms)
            for s in report.streams
        ),
        message=report.line,
        lag_s=lag_s,
        account=report.account,
        recording=report.recording,
    )
