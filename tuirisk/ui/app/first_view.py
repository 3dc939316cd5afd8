"""The view that the program begins with."""

from __future__ import annotations

from tuirisk.config.model import Config
from tuirisk.language.words import Words, choose_language
from tuirisk.terminal.capabilities import Terminal
from tuirisk.ui.themes.themes import ANSI, DEFAULT, Themes
from tuirisk.ui.view import keys
from tuirisk.ui.view.view import View


def first_view(
    config: Config, terminal: Terminal, themes: Themes, language: str
) -> tuple[View, list[str]]:
    """The view before any state, and one line on each wish that cannot be met.

    Raises:
        ThemeError: the configured theme does not exist.
    """
    theme = themes.check(config.ui.theme)
    if terminal.needs_own_colours(config.ui.theme != DEFAULT) and ANSI in themes.names:
        theme = ANSI
    bound, problems = keys.remap_keys(config.ui.keys)
    chosen = choose_language(language)
    words = Words("en" if terminal.ascii else chosen)
    view = View(
        config,
        words,
        theme,
        chosen=config.symbols[0] if config.symbols else "",
        sort="danger",
        follow_chosen=False,
        ascii=terminal.ascii,
        colourless=terminal.colourless,
        commands=bound,
    )
    unmet = [words("done.ascii")] if chosen != words.language else []
    return view, [*problems, *unmet]
