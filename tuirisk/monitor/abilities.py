"""What some sources and monitors can do and others cannot."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from tuirisk.config.model import Config

RadarReader = Literal["conditions", "screen"]
"""Who reads the whole market."""


@runtime_checkable
class Configurable(Protocol):
    """A monitor that takes another configuration while it runs; a viewer's does not."""

    def configure(self, config: Config) -> None: ...


@runtime_checkable
class RadarSource(Protocol):
    """A source that can receive every perpetual beside the watchlist's symbols."""

    def read_radar(self, reader: RadarReader, reads: bool) -> None:
        """``reader`` reads the whole market from now on, or no longer; call it in the event loop.

        It is received while anyone reads it.
        """
        ...
