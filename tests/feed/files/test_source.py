"""A folder of files as the source of a monitor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pytest
from support.candle_files import BEGIN, HOUR, QUARTER, klines, put, six

from tuirisk.config.model import Config, PositionConfig
from tuirisk.events import Batch, SymbolListed, SymbolRemoved
from tuirisk.feed.files import source
from tuirisk.feed.files.folder import read_folder
from tuirisk.feed.files.folder_error import FolderError
from tuirisk.feed.files.group import Group, read_group
from tuirisk.feed.files.model import Folder
from tuirisk.feed.files.source import FilesSource
from tuirisk.monitor.monitor import Monitor
from tuirisk.state import Missing, RiskState

DAYS = 90
CONFIG = replace(
    Config(symbols=()),
    positions=(PositionConfig("BTCUSDT", "long", 1.0, 100.0, 5.0),),
)


def state_of(folder: Path, config: Config = CONFIG, **options: object) -> RiskState:
    """The last state of the files below ``folder``."""

    async def run() -> RiskState:
        monitor = Monitor(FilesSource(folder, **options), config)  # type: ignore[arg-type]
        async for _ in monitor.states():
            pass
        assert monitor.state is not None
        return monitor.state

    return asyncio.run(run())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candles")
    n = DAYS * 96
    put(path, "BTCUSDT_15m.csv", six(klines(n)))
    earlier = klines(280, 24 * HOUR, BEGIN - 280 * 24 * HOUR)
    put(path, "BTCUSDT_1d.csv", six(earlier))
    put(path, "ETHUSDT_15m.csv", six(klines(n - 1)))
    put(path, "um/SOLUSDT_15m.csv", six(klines(n)))
    put(path, "um/SOLUSDT_mark_15m.csv", six([(*r[:4], r[4] * 1.01, 0) for r in raised(n)]))
    rates = "".join(f"{BEGIN + i * 8 * HOUR},0.0001\n" for i in range(DAYS * 3 + 2))
    put(path, "um/SOLUSDT_funding.csv", "funding_time_ms,funding_rate\n" + rates)
    points = "".join(
        f"{BEGIN + i * HOUR},SOLUSDT,{1000 + i % 7},{100_000 + i % 7}\n" for i in range(DAYS * 24)
    )
    header = "timestamp,symbol,sum_open_interest,sum_open_interest_value\n"
    put(path, "um/SOLUSDT_oi.csv", header + points)
    return path


def raised(n: int) -> list[tuple[float, ...]]:
    return [(t, o, h * 1.02, lo, c, 0) for t, o, h, lo, c, _ in klines(n)]


@pytest.fixture(scope="module")
def state(folder: Path) -> RiskState:
    return state_of(folder)


def test_now_is_the_close_of_the_newest_bar(state: RiskState) -> None:
    assert state.time_ms == BEGIN + DAYS * 96 * QUARTER
    assert state.source == "files"
    assert list(state.symbols) == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]


def test_a_symbol_that_ends_earlier_is_stale(state: RiskState) -> None:
    assert {name: symbol.status for name, symbol in state.symbols.items()} == {
        "BTCUSDT": "ready",
        "ETHUSDT": "stale",
        "SOLUSDT": "ready",
    }
    assert state.symbols["ETHUSDT"].message is not None
    assert "candles end at 2025-03-31T23:45" in str(state.symbols["ETHUSDT"].message)


def test_candles_alone_give_what_candles_give(state: RiskState) -> None:
    symbol = state.symbols["BTCUSDT"]
    assert isinstance(symbol.score.total, float)
    assert symbol.score.candles_only
    assert symbol.score.coverage == pytest.approx(1.0)
    assert [rule.code for rule in symbol.recommendation.rules if not rule.known] == []
    position = symbol.position
    assert position is not None
    for number in (
        symbol.price.change_24h,
        symbol.volatility.cone["15m"]["7"].percentile,
        symbol.drawdown["1d"].current,
        symbol.performance.sharpe,
        symbol.value_at_risk.historical_95,
        symbol.forecast.volatility_24h,
        position.p_liquidation_24h,
        position.max_size,
    ):
        assert isinstance(number, float)
    assert symbol.stress is not None
    assert isinstance(symbol.stress.horizons["24h"].var_95, float)
    assert "mark_price_is_close" in symbol.recommendation.notes


def test_what_cannot_be_there_is_missing_for_one_reason(state: RiskState) -> None:
    symbol = state.symbols["BTCUSDT"]
    numbers = (
        symbol.liquidity.spread_bps,
        symbol.liquidity.impact.sell.slippage,
        symbol.funding.rate,
        symbol.open_interest.contracts,
        symbol.flow.cvd,
        symbol.liquidations.long_1h,
        symbol.liquidations.cascade,
        symbol.score.components.liquidity,
        symbol.price.move_5m_sigmas,
    )
    assert {n.code if isinstance(n, Missing) else n for n in numbers} == {"source_never_has_it"}
    codes = [message.code for message in state.messages]
    assert codes.count("files_without") == 1


def test_funding_open_interest_and_mark_files_give_their_families(state: RiskState) -> None:
    symbol = state.symbols["SOLUSDT"]
    assert symbol.funding.rate_8h == pytest.approx(0.0001)
    assert isinstance(symbol.funding.percentile, float)
    assert isinstance(symbol.score.components.funding, float)
    assert isinstance(symbol.open_interest.contracts, float)
    assert isinstance(symbol.price.mark, float)
    assert isinstance(symbol.price.last, float)
    assert symbol.price.mark == pytest.approx(symbol.price.last * 1.01)
    assert "mark_price_is_close" not in symbol.recommendation.notes


def test_nothing_later_than_now_is_used(state: RiskState) -> None:
    """The funding file has a settlement after the last candle."""
    history = state.symbols["SOLUSDT"].funding.history
    assert history[-1][0] <= state.time_ms


def test_what_was_assumed_is_a_message(state: RiskState, folder: Path) -> None:
    assert "files_assumed_perpetual" in [message.code for message in state.messages]
    spot = state_of(folder, symbols=("BTCUSDT",), market="spot")
    assert "files_assumed_spot" in [message.code for message in spot.messages]


def test_two_runs_give_the_same(folder: Path, state: RiskState) -> None:
    assert state_of(folder).symbols["BTCUSDT"].position == state.symbols["BTCUSDT"].position


def test_a_symbol_of_no_file_is_refused(folder: Path) -> None:
    state = state_of(folder, symbols=("XRPUSDT", "BTCUSDT"))
    assert state.symbols["XRPUSDT"].status == "error"
    assert "no candles of it" in str(state.symbols["XRPUSDT"].message)
    assert state.symbols["BTCUSDT"].status == "ready"


def test_forty_days_give_what_forty_days_can(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", six(klines(40 * 96)))
    symbol = state_of(tmp_path).symbols["BTCUSDT"]
    assert symbol.status == "ready"
    assert isinstance(symbol.value_at_risk.historical_95, Missing)
    assert isinstance(symbol.volatility.cone["15m"]["7"].percentile, float)


def test_candles_of_a_timeframe_that_end_long_before_are_not_shown(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", six(klines(96)))
    put(tmp_path, "BTCUSDT_1h.csv", six(klines(24 * 60, HOUR)))
    state = state_of(tmp_path)
    symbol = state.symbols["BTCUSDT"]
    assert isinstance(symbol.volatility.cone["15m"]["7"].current, Missing)
    assert isinstance(symbol.volatility.cone["1h"]["7"].current, float)
    assert symbol.price.last == pytest.approx(klines(24 * 60, HOUR)[-1][4])
    assert "files_candles_behind" in [message.code for message in state.messages]


def test_an_empty_folder_ends_the_source(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no files of candles"):
        state_of(tmp_path)


def test_a_folder_without_usable_candles_ends_the_source(tmp_path: Path) -> None:
    put(tmp_path, "BTCUSDT_15m.csv", "time,price\n1,2\n")
    with pytest.raises(FolderError, match="its columns are time, price"):
        state_of(tmp_path)


async def test_symbols_are_added_and_removed_while_it_follows(folder: Path) -> None:
    source = FilesSource(folder, ("BTCUSDT",), follow=True)
    async with aclosing(source.batches()) as batches:  # type: ignore[type-var]
        first = await _whole(batches)
        assert {event.symbol for event in first.events} == {"BTCUSDT"}
        assert set(first.listed) == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}
        source.add("SOLUSDT")
        added = await anext(batches)
        assert {event.symbol for event in added.events} == {"SOLUSDT"}
        source.remove("BTCUSDT")
        removed = await anext(batches)
        assert [type(event).__name__ for event in removed.events] == ["SymbolRemoved"]
        await source.close()
        with pytest.raises(StopAsyncIteration):
            await anext(batches)


async def _whole(batches: object) -> Batch:
    async for batch in batches:  # type: ignore[attr-defined]
        if batch.connection.status == "live":
            return batch  # type: ignore[no-any-return]
    raise AssertionError("no batch")


def test_the_tick_is_that_of_the_closes(state: RiskState) -> None:
    assert np.isclose(state.symbols["BTCUSDT"].tick_size, 0.01)


def test_symbols_are_shown_as_soon_as_their_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AAA ends a bar before BBB: when that is known it is given again, as of the newest bar."""
    for name, bars in (("AAAUSDT", 299), ("BBBUSDT", 300), ("CCCUSDT", 300)):
        put(tmp_path, f"{name}_15m.csv", six(klines(bars)))
    go_on = [threading.Event() for _ in range(3)]

    def slowly(path: Path, *, arrived: Callable[[Group], None], **options: Any) -> Folder:
        for name, event in zip(("AAAUSDT", "BBBUSDT", "CCCUSDT"), go_on, strict=True):
            arrived(read_group(path, [PurePath(f"{name}_15m.csv")], lambda: None))
            assert event.wait(10.0)
        return read_folder(path, **options)

    monkeypatch.setattr(source, "read_folder", slowly)
    monkeypatch.setattr(source, "_PROGRESS_S", 0.002)
    monkeypatch.setattr(source, "_EARLY_S", 0.0)

    async def run() -> list[tuple[int, str, list[str]]]:
        seen: list[tuple[int, str, list[str]]] = []
        async with aclosing(FilesSource(tmp_path, follow=True).batches()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                changes = [
                    f"{'+' if isinstance(event, SymbolListed) else '-'}{event.symbol[0]}"
                    for event in batch.events
                    if isinstance(event, SymbolListed | SymbolRemoved)
                ]
                status = batch.connection.status
                if changes:
                    late = (batch.now // 1_000_000 - BEGIN) // QUARTER
                    seen.append((late, status, changes))
                    if status == "syncing":
                        go_on[len(seen) - 1].set()
                if status == "live":
                    return seen
        raise AssertionError("unreachable")

    assert asyncio.run(run()) == [
        (299, "syncing", ["+A"]),
        (300, "syncing", ["+B"]),
        (300, "syncing", ["+C"]),
        (300, "live", ["-A", "+A"]),
    ]
