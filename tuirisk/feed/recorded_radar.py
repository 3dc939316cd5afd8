"""The whole market of a recording: what the radar received while it was recorded."""

from __future__ import annotations

from tuirisk.events.radar import RadarEvent
from tuirisk.feed.binance.radar.decoder import STREAMS, RadarDecoder, is_radar_request
from tuirisk.feed.frames import Frame, RestFrame, StreamFrame, stream_name


def is_of_whole_market(frame: Frame) -> bool:
    """Whether ``frame`` is of an all-market stream that the radar alone subscribes to."""
    return isinstance(frame, StreamFrame) and (stream_name(frame.data) or "").startswith(STREAMS)


class RecordedRadar:
    """Decodes the frames of a recording in their order.

    A run in which nobody read the radar has no event, and nothing is decoded for it: the newest
    answer to each request waits for the first frame of an all-market stream.
    """

    def __init__(self) -> None:
        self._decoder = RadarDecoder()
        self._earlier: dict[str, RestFrame] | None = {}
        """Request → its newest answer before that frame; None since then."""

    def events(self, frame: Frame) -> list[RadarEvent]:
        """What is known of the whole market after ``frame`` and was not before."""
        if isinstance(frame, StreamFrame):
            if not is_of_whole_market(frame):
                return []
            frames: list[Frame] = [*(self._earlier or {}).values(), frame]
            self._earlier = None
            return [event for one in frames for event in self._decoder.events(one)]
        if self._earlier is None:
            return self._decoder.events(frame)
        if frame.status == 200 and is_radar_request(frame.request):
            self._earlier[frame.request] = frame
        return []
