"""The newest data of every perpetual, in columns, for the radar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tuirisk.events.radar import (
    AllMarks,
    DailyBars,
    DayTickers,
    FundingIntervals,
    Perpetuals,
    RadarConnection,
    RadarEvent,
)

Column = npt.NDArray[np.float64]
USUAL_INTERVAL_H = 8.0
"""Hours between settlements of a symbol for which the exchange states no interval."""
DAYS = 30
"""Daily bars kept of each symbol."""
_COLUMNS = ("ticker_ms", "last", "opened", "quote_volume", "mark_ms", "mark", "index", "rate")


class RadarMarket:
    """The columns of :mod:`tuirisk.events.radar` by row; a row is a listed perpetual.

    A cell is NaN until something was received for it. Rows keep their data when the exchange's
    list is read again; what is no longer listed is dropped.
    """

    def __init__(self) -> None:
        self.symbols: tuple[str, ...] = ()
        self.status: tuple[str, ...] = ()
        self.ticker_stream_ms = float("nan")
        """Event time of the newest ticker of any symbol."""
        self.intervals_known = False
        self.connection: RadarConnection | None = None
        """None of a recording."""
        self._hours: dict[str, float] = {}
        self._row: dict[str, int] = {}
        self._cells = np.full((len(_COLUMNS), 0), np.nan)
        self._bars = np.full((2, 0, DAYS), np.nan)
        self._bars_received = np.zeros(0, dtype=bool)

    def apply(self, event: RadarEvent) -> None:
        """Take ``event``, but nothing older than a cell and no symbol that is not listed."""
        match event:
            case Perpetuals():
                self._list(event)
            case DayTickers():
                columns = (event.last, event.opened, event.quote_volume)
                self._write(event.symbols, event.time_ms, 0, columns)
                if len(event.time_ms):
                    newest = float(max(event.time_ms))
                    self.ticker_stream_ms = float(np.fmax(self.ticker_stream_ms, newest))
            case AllMarks():
                columns = (event.mark, event.index, event.rate)
                self._write(event.symbols, event.time_ms, 4, columns)
            case FundingIntervals():
                self._hours = dict(event.hours)
                self.intervals_known = True
            case RadarConnection():
                self.connection = event
            case DailyBars():
                self._keep_bars(event)

    def column(self, name: str) -> Column:
        """One of ``ticker_ms``, ``last``, ``opened``, ``quote_volume``, ``mark_ms``, ``mark``,
        ``index`` (0: none) and ``rate``, of every row; not to be changed.
        """
        cells: Column = self._cells[_COLUMNS.index(name)]
        return cells

    @property
    def interval_h(self) -> Column:
        """Hours between settlements of every row; NaN while they are not known."""
        if not self.intervals_known:
            return np.full(len(self.symbols), np.nan)
        return np.array([self._hours.get(name, USUAL_INTERVAL_H) for name in self.symbols])

    @property
    def closes(self) -> Column:
        """Closes of the last :data:`DAYS` complete days, newest last, NaN where there is none."""
        closes: Column = self._bars[0]
        return closes

    @property
    def day_volumes(self) -> Column:
        """Quote volume of those days."""
        volumes: Column = self._bars[1]
        return volumes

    @property
    def bars_received(self) -> npt.NDArray[np.bool_]:
        """Whether the daily bars of the row were received, few as they may be."""
        return self._bars_received

    def _list(self, event: Perpetuals) -> None:
        symbols = tuple(event.status)
        self.status = tuple(event.status.values())
        if symbols == self.symbols:
            return
        kept = [(i, self._row[name]) for i, name in enumerate(symbols) if name in self._row]
        new, old = [i for i, _ in kept], [j for _, j in kept]
        cells = np.full((len(_COLUMNS), len(symbols)), np.nan)
        bars = np.full((2, len(symbols), DAYS), np.nan)
        received = np.zeros(len(symbols), dtype=bool)
        cells[:, new], bars[:, new] = self._cells[:, old], self._bars[:, old]
        received[new] = self._bars_received[old]
        self._cells, self._bars, self._bars_received = cells, bars, received
        self.symbols = symbols
        self._row = {name: i for i, name in enumerate(symbols)}

    def _write(
        self,
        symbols: Sequence[str],
        time_ms: Sequence[int],
        first: int,
        columns: Sequence[Sequence[float]],
    ) -> None:
        rows = np.fromiter((self._row.get(name, -1) for name in symbols), np.intp, len(symbols))
        new = np.array([time_ms, *columns], dtype=np.float64).reshape(1 + len(columns), -1)
        before = self._cells[first, rows] if len(self.symbols) else np.zeros(len(rows))
        fresh = (rows >= 0) & ~(new[0] < before)
        self._cells[first : first + len(new), rows[fresh]] = new[:, fresh]

    def _keep_bars(self, event: DailyBars) -> None:
        row = self._row.get(event.symbol)
        if row is None:
            return
        count = min(DAYS, len(event.close))
        self._bars[:, row] = np.nan
        if count:
            self._bars[0, row, -count:] = event.close[-count:]
            self._bars[1, row, -count:] = event.quote_volume[-count:]
        self._bars_received[row] = True
