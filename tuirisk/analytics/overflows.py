"""What was left out because a bound was reached, in words."""

from __future__ import annotations

from collections.abc import Iterator

from tuirisk.events.intervals import HOUR_MS
from tuirisk.language.reason import Reason
from tuirisk.market.external import ExternalData


def overflow_messages(data: ExternalData, exchange_ms: float) -> Iterator[Reason]:
    """Of the providers: liquidations of the last hour that had to give way to newer ones, and
    whatever was not taken because too much is kept already."""
    for (asset, provider), tape in data.tapes.items():
        if tape.dropped and exchange_ms - tape.dropped_ms < HOUR_MS:
            yield Reason("liquidations_dropped", name=provider, asset=asset, count=tape.dropped)
    for provider, count in sorted(data.left_out.items()):
        yield Reason("provider_left_out", name=provider, count=count)
