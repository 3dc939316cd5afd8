"""The choices on the screen that later runs begin with: theme, language, sort, order size, zoom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuirisk.config.display_settings import DisplaySettings, Setting
from tuirisk.config.model import Config
from tuirisk.language.words import LANGUAGES, Words
from tuirisk.state import OrderSize
from tuirisk.ui.themes.themes import Themes
from tuirisk.ui.view.order_parser import InvalidOrderSize, order_input, parse_order
from tuirisk.ui.view.sorting import SORTS
from tuirisk.ui.view.view import View


class KeptChoices:
    """Reads the choices of earlier runs and keeps those of this one; without settings nothing."""

    def __init__(self, settings: DisplaySettings | None) -> None:
        self.settings = settings

    def applied_to_config(self, config: Config, themes: Themes) -> Config:
        """``config`` with the theme that was chosen last, if there still is one of that name."""
        theme = self._value("theme")
        if theme not in themes.names:
            return config
        return replace(config, ui=replace(config.ui, theme=theme))

    def language(self, otherwise: str) -> str:
        """The language that was chosen last."""
        chosen = self._value("language")
        return chosen if chosen in LANGUAGES else otherwise

    def applied_to_view(self, view: View) -> View:
        """``view`` with the sort and the order size that were chosen last."""
        sort = self._value("sort")
        if sort in SORTS:
            view = replace(view, sort=sort)
        return replace(view, order_size=_order_of(self._value("order_size")))

    @property
    def zoomed_panel(self) -> str:
        """The name of the panel that was zoomed, empty for none."""
        return self._value("zoom")

    @property
    def first_start(self) -> bool:
        """Whether no run has shown what to press yet; never where nothing is kept."""
        return self.settings is not None and not self._value("welcomed")

    def keep_welcomed(self) -> None:
        """What to press was shown: later runs do not show it."""
        if self.settings is not None:
            self.settings.choose("welcomed", "yes")

    def keep_view(self, changes: Mapping[str, object]) -> None:
        """Keep those of the ``changes`` of the view that a later run begins with."""
        if self.settings is None:
            return
        for name, value in changes.items():
            if name == "theme":
                self.settings.choose("theme", str(value))
            elif name == "sort":
                self.settings.choose("sort", str(value))
            elif name == "words" and isinstance(value, Words):
                self.settings.choose("language", value.language)
            elif name == "order_size":
                order = value if isinstance(value, OrderSize) else None
                self.settings.choose("order_size", _text_of(order))

    def keep_zoom(self, panel: str) -> None:
        """Keep which panel is zoomed, empty for none."""
        if self.settings is not None:
            self.settings.choose("zoom", panel)

    @property
    def unsaved(self) -> bool:
        """Whether a choice waits to be written."""
        return self.settings is not None and self.settings.unsaved

    def save(self) -> str:
        """Write what was chosen; one line on what went wrong, "" when all is well."""
        if self.settings is None:
            return ""
        before = self.settings.problem
        self.settings.save()
        return self.settings.problem if self.settings.problem != before else ""

    def _value(self, name: Setting) -> str:
        return "" if self.settings is None else self.settings.value(name)


def _text_of(order: OrderSize | None) -> str:
    """The order as ``SYMBOL:TEXT``, its text as it is typed; empty for none."""
    return "" if order is None else f"{order.symbol}:{order_input(order)}"


def _order_of(text: str) -> OrderSize | None:
    symbol, _, size = text.partition(":")
    try:
        return parse_order(size, symbol) if size else None
    except InvalidOrderSize:
        return None
