"""What a folder of files holds, by symbol, and what was found wrong with each file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tuirisk.market.candles import Bars
from tuirisk.market.derivatives import OpenInterestPoints
from tuirisk.market.series import Column, Times

Market = Literal["perpetual", "spot"]
FileKind = Literal[
    "klines", "mark_klines", "index_klines", "premium_klines", "funding", "metrics", "unknown"
]


@dataclass(frozen=True, slots=True)
class Settlements:
    """Settled funding as columns of one length, oldest first: UTC ms, fraction per interval."""

    time: Times = field(default_factory=lambda: np.empty(0, np.int64))
    rate: Column = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return int(self.time.size)


@dataclass(frozen=True, slots=True)
class AccountRatios:
    """Long over short accounts as columns of one length, oldest first: UTC ms, a ratio > 0.

    ``of_all`` is over all accounts, ``of_top`` over the positions of the top traders; NaN where a
    file has none.
    """

    time: Times = field(default_factory=lambda: np.empty(0, np.int64))
    of_all: Column = field(default_factory=lambda: np.empty(0))
    of_top: Column = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class ImpliedDays:
    """What options implied by the end of each day, as columns of one length, oldest first.

    ``time`` is the start of the day (UTC ms), ``value`` a fraction a year; ``source`` who says so.
    """

    source: str = ""
    time: Times = field(default_factory=lambda: np.empty(0, np.int64))
    value: Column = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class SymbolHistory:
    """All files of one symbol, put together.

    ``bars`` are of the last price, ``mark`` and ``index`` of those prices, each by interval
    (``15m``); closed bars alone. Bars finer than ``15m`` are made into ``15m``, ``1h`` and ``1d``
    where those are missing, and left out.
    """

    symbol: str
    market: Market
    bars: Mapping[str, Bars]
    mark: Mapping[str, Bars] = field(default_factory=dict)
    index: Mapping[str, Bars] = field(default_factory=dict)
    funding: Settlements = field(default_factory=Settlements)
    open_interest: OpenInterestPoints = field(default_factory=lambda: OpenInterestPoints.of(()))
    ratios: AccountRatios = field(default_factory=AccountRatios)
    implied: ImpliedDays = field(default_factory=ImpliedDays)


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: what it is, and the rows that were left out, by reason."""

    path: str
    kind: FileKind
    symbol: str = ""
    interval: str = ""
    rows: int = 0
    """Rows that are used."""
    duplicates: int = 0
    conflicts: int = 0
    """Rows that disagree with an earlier one of the same time: the first is kept."""
    holes: int = 0
    """Bars missing between the first and the last."""
    disordered: int = 0
    forming: int = 0
    impossible: int = 0
    """Rows whose prices cannot be: not positive, high below low, off the interval's grid."""
    problem: str = ""
    """Why the file is not used, or not whole, in one line; empty otherwise."""
    market: Market | None = None
    """What its path says; None where it says nothing."""
    assumed: str = ""
    """What the file does not say and was assumed, such as ``perpetual``."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The symbols of a folder, in the order of their names, and a report of each file."""

    path: str
    symbols: Mapping[str, SymbolHistory]
    files: tuple[FileReport, ...]
