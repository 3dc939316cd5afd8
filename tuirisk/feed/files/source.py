"""A folder of files as a source: everything it holds at the close of its newest bar."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tuirisk.events import Batch, ConnectionReport, Event, SymbolRefused, SymbolRemoved
from tuirisk.feed.files.events import behind, end_of, events_of, mark_at_end, offered
from tuirisk.feed.files.folder import read_folder, symbols_in
from tuirisk.feed.files.folder_error import FolderError
from tuirisk.feed.files.group import Group
from tuirisk.feed.files.histories import put_together
from tuirisk.feed.files.model import FileReport, Folder, Market, SymbolHistory
from tuirisk.language.reason import Reason

MOST_SHOWN = 200
"""Symbols that are watched where none are named: correlations grow with the square."""
MOST_NAMED = 3
"""Symbols that a note names."""
AT_ONCE = 25
"""Symbols whose events are in one batch."""
_PROGRESS_S = 0.25
"""Between two batches while the files are read."""
_EARLY_S = 1.0
"""Between two batches with symbols while other files are read: each is a correlation of all."""
_NEVER = ("order_book", "trades", "liquidations")


class FilesSource:
    """Gives what the files below ``path`` hold, once.

    ``symbols`` None watches those of the folder. ``market`` is that of files which do not say it.
    With ``follow`` the source goes on after that, for symbols that are added or removed; else it
    ends. ``cache`` is a folder for what was read (see ``read_folder``).
    """

    name: Literal["files"] = "files"

    def __init__(
        self,
        path: Path,
        symbols: Sequence[str] | None = None,
        *,
        market: Market | None = None,
        follow: bool = False,
        cache: Path | None = None,
    ) -> None:
        self.path = path
        self.symbols = None if symbols is None else tuple(symbols)
        self._market = market
        self._follow = follow
        self._cache = cache
        self._changed = asyncio.Event()
        self._changes: list[tuple[str, bool]] = []
        """(symbol, whether it was added or removed) since the last batch."""
        self._progress = (0, 0)
        self._closed = False
        self._now = 0
        """The close of the newest bar, UTC ms."""
        self._folder = Folder(str(path), {}, ())
        self._listed: tuple[str, ...] = ()
        self._read_groups: deque[Group] = deque()
        """Read since the last batch; filled by the threads that read."""
        self._early: dict[str, tuple[int, SymbolHistory]] = {}
        """Symbol → what was given of it before all files were read, and ``_now`` at that time."""

    def add(self, symbol: str) -> None:
        """Watch another symbol of the folder from here on."""
        self._change(symbol, True)

    def remove(self, symbol: str) -> None:
        self._change(symbol, False)

    def reconnect(self) -> None:
        """Files have no connection to renew."""

    def resync(self, symbol: str, reason: Reason) -> None:
        """Files have no order book."""

    async def close(self) -> None:
        self._closed = True
        self._changed.set()

    async def batches(self) -> AsyncIterator[Batch]:
        """Batches while the files are read, then all they hold, a few symbols in each.

        A source that follows gives symbols as soon as their files are read, as of the newest bar of
        those read by then, and at the end again where that was not all or not the newest.

        Raises:
            FolderError: the folder cannot be used.
        """
        self._listed = await asyncio.to_thread(symbols_in, self.path)
        reading = asyncio.create_task(self._read(self.symbols))
        try:
            clock, next_early = asyncio.get_running_loop().time, 0.0
            while not reading.done():
                early = self._early_events() if clock() >= next_early else ()
                if early:
                    next_early = clock() + _EARLY_S
                yield self._batch(early, reading=True)
                await asyncio.wait({reading}, timeout=_PROGRESS_S)
            self._folder = reading.result()
        finally:
            reading.cancel()
        histories = self._folder.symbols
        if not histories:
            raise FolderError(_unusable(self._folder))
        self._now = max(map(end_of, histories.values()), default=0)
        names = list(self.symbols if self.symbols is not None else histories)[:MOST_SHOWN]
        gone = [name for name in self._early if name not in names]
        names = [name for name in names if not self._is_whole(name)]
        for first in range(0, max(len(names), 1), AT_ONCE):
            some = names[first : first + AT_ONCE]
            events: list[Event] = [e for name in some for e in self._events_anew(name)]
            done = first + AT_ONCE >= len(names)
            if done:
                events += [SymbolRemoved(name, self._now * 1_000_000) for name in gone]
            yield self._batch(tuple(events), reading=not done, last=done and not self._follow)
        self._early.clear()
        while self._follow and not self._closed:
            await self._changed.wait()
            self._changed.clear()
            changes, self._changes = self._changes, []
            if not self._closed:
                yield self._batch(await self._changed_events(changes), reading=False)

    async def _read(self, symbols: Sequence[str] | None) -> Folder:
        def note(done: int, total: int) -> None:
            self._progress = done, total

        return await asyncio.to_thread(
            read_folder,
            self.path,
            market=self._market,
            symbols=symbols,
            progress=note,
            arrived=self._read_groups.append,
            newest=True,
            cache=self._cache,
        )

    def _early_events(self) -> tuple[Event, ...]:
        """What of the symbols whose files are read by now can be shown."""
        groups = [self._read_groups.popleft() for _ in range(len(self._read_groups))]
        if not self._follow or not groups:
            return ()
        read = put_together(self.path, groups, self._market, self.symbols).symbols
        new = {name: history for name, history in read.items() if name not in self._early}
        room = MOST_SHOWN - len(self._early)
        new = {name: new[name] for name in list(new)[:room] if end_of(new[name])}
        self._now = max(self._now, *map(end_of, new.values()), 0)
        self._early |= {name: (self._now, history) for name, history in new.items()}
        received = self._now * 1_000_000
        return tuple(e for history in new.values() for e in events_of(history, received))

    def _is_whole(self, name: str) -> bool:
        """Whether what was given of the symbol before all files were read is what they say."""
        if name not in self._early:
            return False
        now, early = self._early[name]
        history = self._folder.symbols.get(name)
        return now == self._now and history is not None and _alike(early, history)

    def _events_anew(self, symbol: str) -> Iterator[Event]:
        if symbol in self._early:
            yield SymbolRemoved(symbol, self._now * 1_000_000)
        yield from self._events(symbol)

    def _change(self, symbol: str, added: bool) -> None:
        self._changes.append((symbol, added))
        self._changed.set()

    async def _changed_events(self, changes: Sequence[tuple[str, bool]]) -> tuple[Event, ...]:
        events: list[Event] = []
        for symbol, added in changes:
            if not added:
                events.append(SymbolRemoved(symbol, self._now * 1_000_000))
                continue
            if symbol not in self._folder.symbols:
                with suppress(FolderError):
                    self._take(await self._read((symbol,)))
                self._read_groups.clear()
            events += self._events(symbol)
        return tuple(events)

    def _take(self, more: Folder) -> None:
        """Add what was read of another symbol."""
        known = self._folder
        files = (*known.files, *(f for f in more.files if f not in known.files))
        self._folder = Folder(known.path, {**known.symbols, **more.symbols}, files)
        self._now = max(self._now, *map(end_of, more.symbols.values()), 0)

    def _events(self, symbol: str) -> Iterator[Event]:
        history = self._folder.symbols.get(symbol)
        received = self._now * 1_000_000
        if history is None or not end_of(history):
            yield SymbolRefused(symbol, received, Reason("not_in_folder", name=self.path.name))
        else:
            yield from events_of(history, received)

    def _batch(self, events: tuple[Event, ...], *, reading: bool, last: bool = False) -> Batch:
        done, count = self._progress
        report = ConnectionReport(
            status="syncing" if reading else "live",
            message=Reason("files_reading", done=done, count=count) if reading and count else None,
            notes=() if reading else tuple(notes(self._folder, self.path.name)),
        )
        return Batch(self._now * 1_000_000, events, report, last, self._listed)


def _alike(one: SymbolHistory, other: SymbolHistory) -> bool:
    """Whether the files of a symbol that were read first were all of it."""
    return _lengths(one) == _lengths(other)


def _lengths(history: SymbolHistory) -> tuple[object, ...]:
    prices = (history.bars, history.mark, history.index)
    return (
        history.market,
        [{name: len(bars) for name, bars in some.items()} for some in prices],
        len(history.funding),
        len(history.open_interest),
    )


def _unusable(folder: Folder) -> str:
    problem = next((report.problem for report in folder.files if report.problem), "no candles")
    return (
        f"{folder.path}: no candles that can be used ({problem}); "
        f"`tuirisk doctor --klines {folder.path}` reports each file"
    )


def notes(folder: Folder, name: str) -> Iterator[Reason]:
    """What a person should know of the files: what was assumed, what they lack, what is wrong."""
    yield from assumptions(folder.files)
    histories = folder.symbols.values()
    families = frozenset[str]().union(*map(offered, histories))
    absent = [family for family in ("funding", "open_interest") if family not in families]
    yield Reason("files_without", things=(*_NEVER, *absent))
    if "funding" in families:
        yield Reason("files_settled_rate")
    if any(mark_at_end(history) is None for history in histories):
        yield Reason("files_mark_is_close")
    faulty = sum(bool(report.problem) for report in folder.files)
    if faulty:
        yield Reason("files_with_problems", count=faulty, name=name)
    yield from _ended(histories)


def assumptions(files: Sequence[FileReport]) -> Iterator[Reason]:
    """What was assumed of files that do not say whether they are of spot or perpetuals."""
    silent = [r for r in files if r.kind == "klines" and r.market is None and r.rows]
    markets: tuple[Market, ...] = ("perpetual", "spot")
    for market in markets:
        if any(market in report.assumed for report in silent):
            yield assumed(market)


def assumed(market: Market | None) -> Reason:
    """That files which do not say it are taken to be of ``market``; None is of perpetuals."""
    if market == "spot":
        return Reason("files_assumed_spot")
    return Reason("files_assumed_perpetual")


def _ended(histories: Iterable[SymbolHistory]) -> Iterator[Reason]:
    """Timeframes that end long before others of the same symbol, and of which symbols."""
    found: dict[str, list[str]] = {}
    for history in histories:
        for interval in behind(history):
            found.setdefault(interval, []).append(history.symbol)
    for interval, symbols in found.items():
        things = (*symbols[:MOST_NAMED], *(["…"] if len(symbols) > MOST_NAMED else []))
        yield Reason("files_candles_behind", interval=interval, symbols=things)
