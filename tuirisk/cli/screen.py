"""Runs the screen with the monitor's thread behind it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from tuirisk.cli.session_end import close_session
from tuirisk.config.model import Config
from tuirisk.monitor.sources import MakeSource
from tuirisk.terminal.watchdog import ExitWatchdog, exit_on_hangup, exit_process

if TYPE_CHECKING:
    from tuirisk.alerts.own_conditions import OwnConditions
    from tuirisk.config.display_settings import DisplaySettings
    from tuirisk.config.reload import ConfigFileWatch
    from tuirisk.config.typed_positions import TypedPositions
    from tuirisk.history.session import LiveSession
    from tuirisk.monitor.thread import MonitorThread
    from tuirisk.state import RiskState
    from tuirisk.state.radar import RadarState
    from tuirisk.ui.app.app import TuiriskApp
    from tuirisk.watchlist.lists import Watchlists


class _Backend:
    """The monitor, once the screen has started it, and the live session."""

    def __init__(
        self,
        make_source: MakeSource,
        config: Config,
        session: LiveSession | None,
        environ: Mapping[str, str],
    ) -> None:
        self._environ = environ
        self._make_source = make_source
        self._config = config
        self._session = session
        self._monitor: MonitorThread | None = None

    def connect(
        self, publish: Callable[[RiskState], None], failed: Callable[[str], None]
    ) -> MonitorThread:
        from tuirisk.backtest.kept_record import track_record
        from tuirisk.history.database import database_path
        from tuirisk.monitor.garbage import examine_rarely
        from tuirisk.monitor.thread import MonitorThread

        # The first paint is out. What was imported for it stays: none of it is garbage.
        examine_rarely()
        self._monitor = MonitorThread(
            self._make_source,
            self._config,
            publish,
            failed,
            self._session,
            partial(track_record, database_path(self._environ, self._config.exchange)),
        )
        return self._monitor

    def open_radar(self, publish: Callable[[RadarState], None]) -> Callable[[], None]:
        """See ``MonitorThread.open_radar``."""
        assert self._monitor is not None, "the monitor is started with the first paint"
        return self._monitor.open_radar(publish)

    def close(self) -> None:
        if self._monitor is not None:
            self._monitor.stop()
        if self._session is not None:
            close_session(self._session)


def run(
    make_source: MakeSource,
    config: Config,
    session: LiveSession | None = None,
    watchlists: Watchlists | None = None,
    settings: DisplaySettings | None = None,
    own_conditions: OwnConditions | None = None,
    config_file: tuple[ConfigFileWatch, Config] | None = None,
    own_positions: TypedPositions | None = None,
    *,
    environ: Mapping[str, str],
    ascii: bool = False,
    low_bandwidth: bool = False,
    debug: bool = False,
) -> NoReturn:
    """Show the monitor until it is quit, then end the process.

    ``session`` records every state; ``environ`` says where the history is, with the user's own
    backtest. The symbols of ``config`` are those of the current list of ``watchlists``, which takes
    the person's edits; ``settings`` keeps what is chosen on the screen. ``ascii`` leaves out every
    other character, ``low_bandwidth`` most colours and all animation; with ``debug`` a bug is shown
    with where it is.

    Raises:
        ThemeError: the configured theme does not exist.
    """
    from tuirisk.terminal.capabilities import terminal

    shown = terminal(os.environ, ascii)
    # Textual reads these once, as it is imported.
    if low_bandwidth:
        os.environ["TEXTUAL_ANIMATIONS"] = "none"
        if not shown.few_colours:
            os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")
    os.environ.pop("NO_COLOR", None)
    if shown.colourless:
        os.environ["NO_COLOR"] = "1"
    from tuirisk.ui.app.app import TuiriskApp
    from tuirisk.ui.themes.themes import load_themes, theme_folders

    backend = _Backend(make_source, config, session, environ)
    app = TuiriskApp(
        config,
        backend.connect,
        themes=load_themes(theme_folders(config.path)),
        language=config.ui.language,
        terminal=shown,
        watchlists=watchlists,
        settings=settings,
        own_conditions=own_conditions,
        config_file=config_file,
        own_positions=own_positions,
        welcome=True,
    )
    app.bugs_in_full = debug
    app.open_radar = backend.open_radar
    app.read_only = "TUIRISK_READ_ONLY" in environ
    ended = threading.Event()
    exit_on_hangup(sys.stdin.fileno(), ended, backend.close)
    watchdog = ExitWatchdog(sys.stderr.fileno(), ended, backend.close)
    app.leaving = lambda: watchdog.start(_exit_code(app))
    try:
        app.run()
    finally:
        ended.set()
        backend.close()
    exit_process(_exit_code(app))


def _exit_code(app: TuiriskApp) -> int:
    return app.return_value or app.return_code or 0
