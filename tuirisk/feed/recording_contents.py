"""What a recording holds, and where in it a replay begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from tuirisk.feed.binance import listings
from tuirisk.feed.binance.bad_frame import BadFrame
from tuirisk.feed.binance.radar.decoder import is_bars_request
from tuirisk.feed.frames import RestFrame, StreamFrame, stream_name
from tuirisk.feed.recording import read
from tuirisk.feed.recording_faults import RecordingError, RecordingFaults

MOST_SYMBOLS = 1_000
"""Symbols of a file that are known; more are left out."""
_SYMBOL = re.compile(r"\w{1,40}")


class RecordingContents:
    """The contents of a recording, from one pass over it.

    ``symbols`` in the order in which they appear; ``listings`` from its first exchangeInfo, if any;
    ``first`` and ``last`` receive times (ns). ``symbols_left_out``: there are more than
    :data:`MOST_SYMBOLS`.
    """

    def __init__(self, path: Path) -> None:
        self.listings: dict[str, listings.Listing] = {}
        self.first = 0
        self.last = 0
        self.symbols_left_out = False
        seen: dict[str, None] = {}
        for frame in read(path, RecordingFaults()):
            self.first = self.first or frame.received
            self.last = max(self.last, frame.received)
            if isinstance(frame, StreamFrame):
                name = stream_name(frame.data) or ""
                if "@" in name and not name.startswith("!"):
                    self._add_symbol(name.partition("@")[0].upper(), seen)
            elif isinstance(frame, RestFrame) and not is_bars_request(frame.request):
                self._read_listing(frame, seen)
        self.symbols = tuple(seen)

    def _add_symbol(self, symbol: str, symbols: dict[str, None]) -> None:
        if symbol in symbols or not _SYMBOL.fullmatch(symbol):
            return
        if len(symbols) < MOST_SYMBOLS:
            symbols[symbol] = None
        else:
            self.symbols_left_out = True

    def _read_listing(self, frame: RestFrame, symbols: dict[str, None]) -> None:
        path, _, query = frame.request.partition(" ")[2].partition("?")
        symbol = dict(parse_qsl(query)).get("symbol")
        if symbol:
            self._add_symbol(symbol, symbols)
        if path == "/fapi/v1/exchangeInfo" and frame.status == 200:
            try:
                listed = listings.decode_exchange_info(frame.body).listings
            except BadFrame:
                return
            self.listings = self.listings or listed


def start_time(text: str, first: int) -> int:
    """``--from``: an ISO time, a time of day (UTC), or ``+seconds`` from ``first``, as ns.

    Raises:
        RecordingError: it is none of these.
    """
    try:
        if not text:
            return first
        if text.startswith("+"):
            return first + round(float(text[1:].removesuffix("s")) * 1e9)
        begun = datetime.fromtimestamp(first / 1e9, UTC)
        if "T" not in text and " " not in text:
            moment = datetime.combine(begun.date(), time.fromisoformat(text), UTC)
            if moment < begun.replace(microsecond=0):
                moment += timedelta(days=1)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=moment.tzinfo or UTC)
        return round(moment.timestamp() * 1e9)
    except (ValueError, OverflowError):
        raise RecordingError(
            f"--from {text}: not a time; write 2024-07-18T23:58:00Z, 23:58:00 or +90"
        ) from None


def check_replayable(path: Path, start: str) -> None:
    """See that a replay can begin, without reading the recording through.

    Raises:
        RecordingError: the file cannot be read or begins with nothing playable, or ``start`` is
            no time.
    """
    first = next(read(path, RecordingFaults()), None)
    if first is None:
        raise RecordingError(f"{path}: no frames in it; is it a tuirisk recording?")
    start_time(start, first.received)
