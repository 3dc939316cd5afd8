"""The tab Market: volatility against its history, regime, drawdown, performance, value at risk."""

from __future__ import annotations

from functools import partial

from tuirisk.ui.render.rows import Line, blank
from tuirisk.ui.screens.cone import cones
from tuirisk.ui.screens.correlation import watchlist_correlation
from tuirisk.ui.screens.forecast import forecast_block
from tuirisk.ui.screens.history import drawdowns, regime
from tuirisk.ui.screens.implied import implied_block, implied_of
from tuirisk.ui.screens.layout import Page, in_columns
from tuirisk.ui.screens.statistics import estimators, performance, timeframes, value_at_risk


def draw(page: Page, height: int) -> list[Line]:
    """The whole tab; what is below ``height`` rows is reached by scrolling."""
    rows = min(12, max(5, (height - 18) // 2))
    space = [blank(page.width)]
    names = page.symbol.volatility.estimators
    implied = [implied_block] if implied_of(page) is not None else []
    return [
        *cones(page, rows),
        *space,
        *in_columns(page, 36, partial(regime, rows=rows - 2), partial(drawdowns, rows=rows - 1)),
        *space,
        *in_columns(page, 36, performance, value_at_risk, timeframes, forecast_block, *implied),
        *space,
        *in_columns(
            page,
            38,
            watchlist_correlation,
            *(partial(estimators, timeframe=name) for name in names),
        ),
    ]
