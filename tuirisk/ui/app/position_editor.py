"""Positions typed on the screen: kept in a file of their own and handed to the monitor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from textual.screen import Screen

from tuirisk.config.model import Config, ConfigError, PositionConfig
from tuirisk.config.positions_csv import read_positions
from tuirisk.config.typed_positions import TypedPositions, merged
from tuirisk.state import WhatIfPosition
from tuirisk.ui.view.position_parser import (
    parse_position,
    parse_what_if,
    position_text,
    what_if_text,
)
from tuirisk.ui.view.view import View

T = TypeVar("T")


class PositionHost(Protocol):
    """What the editor needs of the application."""

    read_only: bool

    @property
    def view(self) -> View: ...

    def warn(self, text: str) -> None: ...

    def show_outcome(self, key: str, *, wrong: bool = False, **values: object) -> None: ...

    def open_dialog(self, screen: Screen[T], answered: Callable[[T | None], None]) -> None: ...

    def use_own_positions(self) -> None: ...


class PositionEditor:
    """Adds, changes and removes positions; without ``own`` (a viewer, a replay) none."""

    def __init__(self, host: PositionHost, own: TypedPositions | None) -> None:
        self._host = host
        self._own = own

    def applied(self, config: Config) -> Config:
        """``config`` with the own positions."""
        if self._own is None:
            return config
        return replace(config, positions=merged(config.positions, self._own.positions))

    def edit(self) -> None:
        """Ask for the position in the chosen symbol."""
        from tuirisk.ui.dialogs.position_dialog import PositionScreen

        host, view = self._host, self._host.view
        state = view.state
        reported = state is not None and (
            state.connection.account is not None
            or (state.account is not None and state.account.source == "account")
        )
        if self._own is None or host.read_only:
            host.show_outcome("own_position.not_here", wrong=True)
        elif reported:
            host.show_outcome("own_position.reported", wrong=True)
        elif view.chosen:
            held = next((p for p in view.config.positions if p.symbol == view.chosen), None)
            text = "" if held is None else position_text(held)
            host.open_dialog(PositionScreen(view, text, self._use), lambda _: None)

    def ask_what_if(self, asked: WhatIfPosition, take: Callable[[WhatIfPosition], None]) -> None:
        """Have a position that is not held typed, beginning with ``asked``."""
        from tuirisk.ui.dialogs.position_dialog import PositionScreen

        def use(text: str) -> str:
            try:
                take(parse_what_if(text, asked.symbol))
            except ConfigError as error:
                return str(error)
            return ""

        view = self._host.view
        screen = PositionScreen(view, what_if_text(asked), use, "what_if")
        self._host.open_dialog(screen, lambda _: None)

    def _use(self, text: str) -> str:
        """Take what was typed: a position, the name of a CSV file, or nothing to remove the own
        position; what is wrong with it, "" when it is taken.
        """
        host, own = self._host, self._own
        assert own is not None
        chosen, problem = host.view.chosen, ""
        if not text:
            return self._remove(own, chosen)
        try:
            if text.lower().endswith(".csv"):
                positions, problem = read_positions(Path(text))
            else:
                positions = (parse_position(text, chosen),)
        except ConfigError as error:
            return str(error)
        return self._put(own, positions) or self._say(own, positions, problem)

    def _put(self, own: TypedPositions, positions: tuple[PositionConfig, ...]) -> str:
        return "" if own.put(positions) else self._host.view.words("own_position.too_many")

    def _say(self, own: TypedPositions, positions: tuple[PositionConfig, ...], problem: str) -> str:
        host = self._host
        host.use_own_positions()
        what = position_text(positions[0]) if len(positions) == 1 else str(len(positions))
        host.show_outcome("own_position.kept", what=what)
        for line in (problem, own.problem):
            if line:
                host.warn(line)
        return ""

    def _remove(self, own: TypedPositions, symbol: str) -> str:
        host = self._host
        if not own.remove(symbol):
            return host.view.words("own_position.none_own", symbol=symbol)
        host.use_own_positions()
        host.show_outcome("own_position.removed", symbol=symbol)
        if own.problem:
            host.warn(own.problem)
        return ""
