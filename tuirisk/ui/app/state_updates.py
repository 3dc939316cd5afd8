"""What the monitor sends, and its way to the panels.

The monitor's thread calls :class:`MonitorLink`, which posts ``StateChanged``; ``on_state_changed``
hands it to alerts and view, and ``paint`` gives the view to the panels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tuirisk.ui.app.actions import CommandActions
from tuirisk.ui.app.alert_presenter import AlertPresenter
from tuirisk.ui.app.config_follower import ConfigFollower
from tuirisk.ui.app.terminal_title import title_text
from tuirisk.ui.screens import PaintedScreen
from tuirisk.ui.view.messages import (
    AccountHistoryAnswered,
    AccountHistoryRequested,
    HedgesAnswered,
    HedgesRequested,
    MonitorFailed,
    RadarChanged,
    ScoreHistoryAnswered,
    ScoreHistoryRequested,
    StateChanged,
    WhatIfAnswered,
    WhatIfRequested,
)
from tuirisk.ui.widgets.canvas import Canvas
from tuirisk.ui.widgets.closing import Dialog
from tuirisk.ui.widgets.watchlist import WatchlistPanel

SILENCE = 10.0
"""Seconds without a state after which what is shown counts as old."""
PAUSE = 0.9
"""Seconds without a state after which panels that wait for their pace are painted."""
EDITS = "edits"
"""The group of workers that write the person's lists."""


class StateUpdates(CommandActions):
    """Receives states, answers and failures, and paints the view."""

    alerts: AlertPresenter
    config_follower: ConfigFollower
    panels: list[Canvas | WatchlistPanel]
    """The dashboard's, in the order they are painted."""

    def warn(self, text: str) -> None:
        """Show a warning."""
        raise NotImplementedError

    def on_state_changed(self, message: StateChanged) -> None:
        state, before = message.state, self.updates.received
        self.monitor.state_received()
        for notice in state.notices:
            if before is None or notice not in before.notices:
                self.warn(self.view.words.reason(notice))
        playback = self.monitor.playback
        back = before is not None and state.time_ms < before.time_ms
        # What was passed over on the way to a position does not ring.
        self.alerts.present(state if back or (playback and playback.seeking) else before, state)
        self.show_title()
        if self.view.order_size is not None and not state.order_impacts:
            # A monitor that was begun anew has not been asked.
            self.monitor.set_order(self.view.order_size)
        if self.updates.receive(state, playback):
            self.paint()

    def on_monitor_failed(self, message: MonitorFailed) -> None:
        self.update_view(failure=message.reason)
        self.show_title(blind=True)

    def on_what_if_requested(self, message: WhatIfRequested) -> None:
        self.monitor.request_what_if(message.hypothetical)

    def on_what_if_answered(self, message: WhatIfAnswered) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PaintedScreen):
                screen.show_what_if_answer(message.hypothetical, message.answer)

    def on_hedges_requested(self, message: HedgesRequested) -> None:
        self.monitor.request_hedges()

    def on_hedges_answered(self, message: HedgesAnswered) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PaintedScreen):
                screen.show_hedges(message.table)

    def on_score_history_requested(self, message: ScoreHistoryRequested) -> None:
        self.monitor.request_score_history(message.symbol, message.span)

    def on_score_history_answered(self, message: ScoreHistoryAnswered) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PaintedScreen):
                screen.show_score_history(message.history)

    def on_account_history_requested(self, message: AccountHistoryRequested) -> None:
        self.monitor.request_account_history(message.span)

    def on_account_history_answered(self, message: AccountHistoryAnswered) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PaintedScreen):
                screen.show_account_history(message.history)

    def on_radar_changed(self, message: RadarChanged) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, PaintedScreen):
                screen.show_radar(message.state)

    def every_second(self) -> None:
        """What is due without a new state: numbers that nobody renews must not look alive."""
        silence, state = self.monitor.silence, self.updates.received
        if self.choices.unsaved:
            self.run_worker(self._save_choices(), group=EDITS)
        if self.config_follower.due:
            self.run_worker(self.config_follower.look(), group=EDITS)
        if silence >= PAUSE:
            with self.batch_update():
                for panel in self._shown_panels():
                    panel.paint_skipped()
        if state is None:
            return
        self.alerts.present_delayed(state)
        if (
            silence >= SILENCE
            and state.source not in ("recording", "files")
            and not self.view.failure
        ):
            self.update_view(silent_ms=int(silence) * 1000.0)
            self.show_title(blind=True)

    @property
    def terminal_takes(self) -> bool:
        """Whether the terminal takes what is written to it now."""
        return self.output.takes

    def show_title(self, *, blind: bool = False) -> None:
        """Bring the terminal's title up to date; ``blind``: no states come any more."""
        if self.is_headless or not self.terminal_takes:
            return
        view, venue = self.view, self.config.exchange.venue
        blind = blind or bool(view.failure)
        text = title_text(
            self.updates.received, venue, view.words, blind=blind, ascii=self.output.ascii
        )
        self.terminal_title.show(text)

    def paint(self) -> None:
        """Show the view, once for all the keys that wait."""
        self.when_keys_are_done(self.PAINT, self._paint_panels)

    def _paint_panels(self) -> None:
        with self.batch_update():
            for panel in self._shown_panels():
                panel.show(self.view)
            if isinstance(self.screen, Dialog):
                self.screen.show(self.view)
        self.editor.show(self.view)
        in_view = self.query_one(WatchlistPanel).in_view
        self.monitor.look_at(frozenset((self.view.chosen, *in_view)))

    def _shown_panels(self) -> Sequence[PaintedScreen | Canvas | WatchlistPanel]:
        """The screen over the dashboard, or what is on the dashboard."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, PaintedScreen):
                return [screen]
        return self.panels

    async def _save_choices(self) -> None:
        problem = await asyncio.to_thread(self.choices.save)
        if problem:
            self.warn(problem)
