"""A backtest as text, with small pictures: one line a figure, bars for reliability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from tuirisk.backtest.chance_record import ChanceRecord
from tuirisk.backtest.implied_record import ImpliedRecord
from tuirisk.backtest.loss_record import LossRecord
from tuirisk.backtest.result import BacktestRecord, BacktestResult
from tuirisk.backtest.score_record import ScoreRecord
from tuirisk.backtest.scoring import Estimate
from tuirisk.backtest.signal_record import SignalRecord
from tuirisk.backtest.volatility_record import VolatilityRecord

WIDTH = 26
"""Cells of a bar from 0 to 100 %."""
FORECASTERS = {
    "tuirisk": "tuirisk",
    "brownian": "Brownian motion, HAR sigma",
    "climatology_known_before": "rates known before",
    "climatology_in_sample": "rates in sample",
}
HORIZONS = {"24h": "24 h", "7d": "7 d"}


def report_lines(found: BacktestResult, *, ascii_only: bool = False) -> Iterator[str]:
    """The record of all symbols in full, then of each symbol in short, then the notes."""
    pooled = found.pooled
    names = [name for name, record in found.symbols.items() if record.days]
    yield f"{', '.join(names)}: {pooled.first_day} to {pooled.last_day}"
    yield from _record(pooled, ascii_only)
    if len(names) > 1:
        yield from _by_symbol([found.symbols[name] for name in names])
    yield ""
    yield "± is the standard error by day. docs/backtest.md explains each figure."
    for note in found.notes:
        yield f"note: {note}"


def _record(record: BacktestRecord, ascii_only: bool) -> Iterator[str]:
    for chance in record.liquidation.values():
        yield ""
        yield from _chance(chance, ascii_only)
    if record.volatility is not None:
        yield ""
        yield from _volatility(record.volatility)
    if record.implied is not None:
        yield ""
        yield from _implied(record.implied)
    if record.losses:
        yield ""
        yield from _losses(record.losses)
    if record.score is not None:
        yield ""
        yield from _score(record.score, ascii_only)
    if record.signals:
        yield ""
        yield from _signals(record.signals)


def _chance(record: ChanceRecord, ascii_only: bool) -> Iterator[str]:
    yield (
        f"P(LIQUIDATION, {HORIZONS[record.horizon]})  {record.forecasts:,} forecasts on "
        f"{record.days} days, {record.liquidated.value:.1%} liquidated"
    )
    yield f"  {record.mark_share:.0%} judged by the mark price, the others by the last price"
    yield f"  {'':<28}{'Brier':>8}{'log loss':>10}   skill of tuirisk against it"
    for name, score in record.scores.items():
        skill = record.skill.get(name)
        beside = "" if skill is None else f"   {skill.value:+.3f} ± {_number(skill.error, 0, 3)}"
        yield (
            f"  {FORECASTERS[name]:<28}{score.brier.value:8.4f}{score.log_loss.value:10.4f}{beside}"
        )
    yield f"  {'forecast':<12}{'mean':>8}{'realised':>18}{'forecasts':>11}"
    for band in record.bands:
        yield (
            f"  {_range(band.low, band.high):<12}{band.mean:8.2%}"
            f"{band.realised:9.2%} ± {_percent(band.error, 6, 2)}{band.forecasts:11,}  "
            f"{_bar(band.realised, band.mean, ascii_only)}"
        )
    if record.surprise_base:
        shares = ", ".join(
            f"below {float(most):.0%} in {share:.1%}" for most, share in record.surprises.items()
        )
        yield f"  {record.surprise_base} liquidations at up to 25x: forecast {shares}"
    yield f"  {'leverage':<12}{'mean':>8}{'realised':>18}{'Brownian':>11}"
    for row in record.by_leverage:
        yield (
            f"  {f'{row.leverage}x':<12}{row.mean:8.2%}{row.realised:9.2%} ± "
            f"{_percent(row.error, 6, 2)}"
            f"{row.brownian:11.2%}"
        )


def _bar(share: float, mark: float, ascii_only: bool) -> str:
    """A bar of ``share`` from 0 to 1, and where ``mark`` would end."""
    full, empty, at = ("#", ".", "|") if ascii_only else ("█", "·", "│")
    cells = [full if (place + 0.5) / WIDTH <= share else empty for place in range(WIDTH)]
    cells[min(int(mark * WIDTH), WIDTH - 1)] = at
    return "".join(cells)


def _volatility(record: VolatilityRecord) -> Iterator[str]:
    yield f"VOLATILITY, 24 h  {record.forecasts:,} forecasts"
    yield f"  {'':<28}{'rank correlation':>18}{'QLIKE':>18}"
    for name, rank, loss in (
        ("tuirisk", record.rank_correlation, record.qlike),
        ("volatility of the day before", record.rank_correlation_before, record.qlike_before),
    ):
        yield f"  {name:<28}{_number(rank, 18, 3)}{loss.value:9.3f} ± {_number(loss.error, 6, 3)}"
    ratio = record.ratio
    yield f"  realised over forecast variance {ratio.value:.2f} ± {_number(ratio.error, 0, 2)}"


def _implied(record: ImpliedRecord) -> Iterator[str]:
    sources = ", ".join(record.sources)
    yield f"IMPLIED VOLATILITY ({sources}), 24 h  {record.forecasts:,} days"
    yield from _two_forecasts(
        ("options", record.rank_correlation, record.qlike),
        ("tuirisk, the same days", record.rank_correlation_forecast, record.qlike_forecast),
    )
    ratio = record.ratio
    yield f"  realised over implied variance {ratio.value:.2f} ± {_number(ratio.error, 0, 2)}"
    month = record.month
    if month is None:
        return
    yield f"IMPLIED VOLATILITY ({sources}), 30 d  {month.forecasts:,} overlapping months"
    yield from _two_forecasts(
        ("options", month.rank_correlation, month.qlike),
        ("volatility of the 30 d before", month.rank_correlation_before, month.qlike_before),
    )
    premium = month.premium
    yield (
        f"  implied less realised volatility {premium.value:+.1%} ± "
        f"{_percent(premium.error, 0, 1)} a year"
    )


def _two_forecasts(*rows: tuple[str, float, Estimate]) -> Iterator[str]:
    yield f"  {'':<30}{'rank correlation':>16}{'QLIKE':>18}"
    for name, rank, loss in rows:
        yield f"  {name:<30}{_number(rank, 16, 3)}{loss.value:9.3f} ± {_number(loss.error, 6, 3)}"


def _losses(records: Sequence[LossRecord]) -> Iterator[str]:
    yield f"VaR AND ES, 1 day, 95 %, long  {records[0].days:,} days"
    yield (
        f"  {'':<16}{'beyond':>7}{'share':>16}{'Kupiec p':>10}{'indep. p':>10}{'tick e4':>9}"
        f"{'loss/ES':>9}"
    )
    for row in records:
        yield (
            f"  {row.method:<16}{row.exceptions:7}{row.coverage.value:8.1%} ± "
            f"{_percent(row.coverage.error, 5, 1)}{_number(row.kupiec_p, 10, 3)}"
            f"{_number(row.independence_p, 10, 3)}{row.tick_loss.value * 1e4:9.2f}"
            f"{_number(row.es_ratio, 9, 2)}"
        )


def _score(record: ScoreRecord, ascii_only: bool) -> Iterator[str]:
    yield (
        f"SCORE  {record.hours:,} hours; a fall of 5 % or more within 24 h followed "
        f"{record.falls.value:.1%} of them"
    )
    yield f"  {'':<12}{'rank correlation with':>30}{'area under curve':>18}"
    yield f"  {'':<12}{'volatility':>18}{'fall':>12}{'of such a fall':>18}{'hours':>9}"
    for name, part in record.parts.items():
        yield (
            f"  {name:<12}{_number(part.volatility, 18, 3)}{_number(part.fall, 12, 3)}"
            f"{_number(part.area, 18, 3)}{part.hours:9,}"
        )
    yield f"  {'total':<10}{'of hours':>9}{'such a fall':>18}{'volatility':>12}"
    for band in record.bands:
        yield (
            f"  {f'{band.low:g}-{band.high:g}':<10}{band.share:9.1%}{_share(band.falls):>18}"
            f"{band.volatility:12.2%}  {_bar(band.falls.value, record.falls.value, ascii_only)}"
        )


def _signals(records: Sequence[SignalRecord]) -> Iterator[str]:
    yield "SIGNALS  the 24 h after (and after the signal's other values)"
    yield (f"  {'':<18}{'moments':>7}{'mean return':>25}{'fall > 5 %':>15}{'vol. ratio':>13}")
    signal = ""
    for row in records:
        if row.signal != signal:
            signal = row.signal
            yield f"  {signal}"
        after, other = row.followed, row.otherwise
        change = falls = ratio = ""
        if other is not None:
            change = f"({other.change.value:.2%})"
            falls = f"({other.falls.value:.1%})"
            ratio = f"({other.volatility_ratio:.2f})"
        yield (
            f"   {row.value:<17}{after.moments:7,}{after.change.value:8.2%}"
            f" ±{_percent(after.change.error, 6, 2)}"
            f"{change:>9}{after.falls.value:7.1%}{falls:>8}{after.volatility_ratio:6.2f}{ratio:>7}"
        )


def _by_symbol(records: Sequence[BacktestRecord]) -> Iterator[str]:
    yield ""
    yield "BY SYMBOL  skill of P(liquidation): rates known before | in sample | Brownian"
    for record in records:
        parts = []
        for horizon, chance in record.liquidation.items():
            skills = " | ".join(
                _skill(chance.skill.get(name))
                for name in ("climatology_known_before", "climatology_in_sample", "brownian")
            )
            parts.append(f"{HORIZONS[horizon]}: {skills}")
        volatility, score = record.volatility, record.score
        if volatility is not None:
            parts.append(f"volatility rank {_number(volatility.rank_correlation, 0, 3)}")
        if score is not None:
            parts.append(f"score rank {_number(score.parts['total'].volatility, 0, 3)}")
        days = f"{record.first_day} to {record.last_day}, {record.days} days"
        yield f"  {record.name:<14}{days}"
        yield from (f"  {'':<14}{part}" for part in parts)


def _skill(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:+.3f} ± {_number(estimate.error, 0, 3)}"


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.1%} ± {_percent(estimate.error, 0, 1)}"


def _range(low: float, high: float) -> str:
    return f"{low * 100:g}-{high * 100:g} %"


def _number(value: float, width: int, digits: int) -> str:
    return f"{value:{width}.{digits}f}" if isfinite(value) else f"{'-':>{width}}"


def _percent(value: float, width: int, digits: int) -> str:
    return f"{value:{width}.{digits}%}" if isfinite(value) else f"{'-':>{width}}"
