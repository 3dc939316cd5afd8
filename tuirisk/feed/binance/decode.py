"""Frames to events. Everything that enters, live or recorded, is understood here."""

from __future__ import annotations

from urllib.parse import parse_qsl

from tuirisk import events as ev
from tuirisk.feed.binance.answers import Query, decode_answer
from tuirisk.feed.binance.rows import OnRefused, ignore
from tuirisk.feed.binance.stream_frames import decode_stream
from tuirisk.feed.frames import Frame, StreamFrame


def split_request(request: str) -> tuple[str, Query]:
    """``GET /path?a=b`` as (path, query)."""
    path, _, query = request.partition(" ")[2].partition("?")
    return path, dict(parse_qsl(query))


def decode(frame: Frame, on_refused: OnRefused = ignore) -> list[ev.Event]:
    """The events of a frame; none for messages of no interest (COIN-M rows, error answers).

    ``on_refused`` is called for each row that is left out because it cannot be read.

    Raises:
        BadFrame: not JSON, of wrong types, out of bounds, or of an unknown kind.
    """
    if isinstance(frame, StreamFrame):
        return decode_stream(frame, on_refused)
    if frame.status != 200:
        return []
    path, query = split_request(frame.request)
    return decode_answer(frame, path, query, on_refused)
