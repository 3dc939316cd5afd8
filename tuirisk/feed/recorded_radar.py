"""The whole market of a recording: what the radar received while it was recorded."""

from __future__ import annotations

from tuirisk.events.radar import DailyBars, FundingIntervals, Perpetuals, RadarEvent
from tuirisk.feed.binance.radar.decoder import KLINES, STREAMS, RadarDecoder, is_bars_request
from tuirisk.feed.frames import Frame, RestFrame, StreamFrame, stream_name


def is_of_whole_market(frame: Frame) -> bool:
    """Whether ``frame`` is of an all-market stream that the radar alone subscribes to."""
    return isinstance(frame, StreamFrame) and (stream_name(frame.data) or "").startswith(STREAMS)


class RecordedRadar:
    """Decodes the frames of a recording in their order.

    A run in which nobody read the radar has no event: what is listed and its bars are given with
    the first frame of an all-market stream.
    """

    def __init__(self) -> None:
        self._decoder = RadarDecoder()
        self._begun = False
        self._earlier: dict[object, RadarEvent] = {}
        """What came before: the newest list, funding intervals, and bars of each symbol."""

    def events(self, frame: Frame) -> list[RadarEvent]:
        """What is known of the whole market after ``frame`` and was not before."""
        if isinstance(frame, RestFrame) and _is_of_history(frame.request):
            return []
        events = self._decoder.events(frame)
        if self._begun:
            return events
        if is_of_whole_market(frame):
            self._begun = True
            events = [*self._earlier.values(), *events]
            self._earlier.clear()
            return events
        for event in events:
            if isinstance(event, DailyBars):
                self._earlier[event.symbol] = event
            elif isinstance(event, Perpetuals | FundingIntervals):
                # The list first: what has no row is not kept.
                self._earlier = {type(event): event} | self._earlier | {type(event): event}
        return []


def _is_of_history(request: str) -> bool:
    """Whether it asks for bars that the radar does not need."""
    return KLINES in request and not is_bars_request(request)
