"""Other people's data in plain lines: one an asset, one for the sentiment, one an index."""

from __future__ import annotations

from collections.abc import Iterator

from tuirisk.cli.number_text import number_text
from tuirisk.state import External, ImpliedVolatility, Missing


def outside_lines(external: External) -> Iterator[str]:
    """What the enabled providers give; nothing where none is enabled."""
    for asset, implied in external.implied_volatility.items():
        yield f"outside  {asset} {_implied(implied)}"
    for asset, flow in external.exchange_flow.items():
        yield (
            f"outside  {asset} net flow 1d {number_text(flow.net_1d, '+,.0f')}"
            f", 7d {number_text(flow.net_7d, '+,.0f')} coins"
            f"  rank {number_text(flow.rank_1y, '.0f')}{_from(flow.source, flow.stale)}"
        )
    for asset, one in external.liquidations.items():
        kind = "" if one.complete else ", not complete"
        yield (
            f"outside  {asset} liquidated in 1h: longs {number_text(one.long_1h, ',.0f')}"
            f", shorts {number_text(one.short_1h, ',.0f')}{kind}{_from(one.source, False)}"
        )
    mood = external.sentiment
    if not isinstance(mood.value, Missing):
        label = "" if isinstance(mood.label, Missing) else f" {mood.label}"
        value = number_text(mood.value, ".0f")
        yield f"outside  sentiment {value}{label}{_from(mood.source, mood.stale)}"
    for name, index in external.indices.items():
        yield f"outside  {name} {number_text(index.value, '.6g')}{_from('', index.stale)}"


def _implied(implied: ImpliedVolatility) -> str:
    return (
        f"implied volatility {number_text(implied.value, '.1%')}"
        f"  premium {number_text(implied.premium, '+.1%')}"
        f"  rank {number_text(implied.rank_1y, '.0f')}{_from(implied.source, implied.stale)}"
    )


def _from(source: object, stale: bool) -> str:
    named = "" if isinstance(source, Missing) or not source else f"  {source}"
    return named + ("  STALE" if stale else "")
