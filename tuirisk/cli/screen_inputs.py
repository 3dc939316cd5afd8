"""What a screen is given beside its source: lists, conditions, positions and choices of its own."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tuirisk.cli.inputs import configuration, has_other_source, is_live
from tuirisk.config.model import Config

if TYPE_CHECKING:
    from tuirisk.alerts.own_conditions import OwnConditions
    from tuirisk.cli.config_following import ConfigFollowing
    from tuirisk.config.display_settings import DisplaySettings
    from tuirisk.config.reload import ConfigFileWatch
    from tuirisk.config.typed_positions import TypedPositions


def own_conditions(
    arguments: Namespace, environ: Mapping[str, str]
) -> tuple[OwnConditions | None, str]:
    """The conditions made on the screen, of what has a live session, and what is wrong with their
    file. A demo and a replay neither read nor keep any: None.
    """
    if not is_live(arguments):
        return None, ""
    from tuirisk.alerts.own_conditions import OwnConditions, own_conditions_path

    own = OwnConditions(own_conditions_path(environ))
    return own, own.problem


def config_file_watch(
    arguments: Namespace, environ: Mapping[str, str]
) -> tuple[ConfigFileWatch, Config] | None:
    """What reads the configuration file again when it is saved, and what it says now.

    None for a recording, files and a viewer, and where the file cannot be read any more.
    """
    from tuirisk.config.model import ConfigError
    from tuirisk.config.paths import config_file
    from tuirisk.config.reload import ConfigFileWatch

    if has_other_source(arguments) or "TUIRISK_READ_ONLY" in environ:
        return None
    path = config_file(environ) if arguments.config is None else arguments.config
    watch = ConfigFileWatch(path, lambda: configuration(arguments, environ))
    try:
        return watch, configuration(arguments, environ)
    except ConfigError:
        return None


def config_following(
    arguments: Namespace, own: TypedPositions | None, environ: Mapping[str, str]
) -> ConfigFollowing | None:
    """What follows the configuration file of a word without a screen that runs on; else None."""
    if arguments.command not in ("watch", "serve", "web"):
        return None
    read = config_file_watch(arguments, environ)
    if read is None:
        return None
    from tuirisk.cli.config_following import ConfigFollowing
    from tuirisk.cli.inputs import watched
    from tuirisk.config.typed_positions import merged

    def completed(config: Config) -> Config:
        typed = () if own is None else own.positions
        config = replace(config, positions=merged(config.positions, typed))
        return watched(arguments, config, environ)[0]

    return ConfigFollowing(*read, completed)


def own_positions(arguments: Namespace, environ: Mapping[str, str]) -> TypedPositions | None:
    """The positions typed on the screen; None for a recording, files and a viewer.

    Those of a demo last as long as it does.
    """
    from tuirisk.config.typed_positions import TypedPositions, typed_positions_path

    if has_other_source(arguments) or "TUIRISK_READ_ONLY" in environ:
        return None
    return TypedPositions(None if arguments.demo else typed_positions_path(environ))


def with_own_positions(config: Config, own: TypedPositions) -> Config:
    """``config`` with the positions typed on the screen; prints what is wrong with their file."""
    from tuirisk.cli.errors import print_error
    from tuirisk.config.typed_positions import merged

    if own.problem:
        print_error(own.problem)
    return replace(config, positions=merged(config.positions, own.positions))


def display_settings(
    arguments: Namespace, config: Config, environ: Mapping[str, str]
) -> DisplaySettings | None:
    """What earlier runs chose on the screen; None for a viewer that may write nothing here.

    What an option of the command line names is neither read nor kept.
    """
    from tuirisk.config.display_settings import DisplaySettings, Setting, display_settings_path

    if "TUIRISK_READ_ONLY" in environ:
        return None
    bases: dict[Setting, str] = {"sort": "", "order_size": "", "zoom": "", "welcomed": ""}
    if arguments.theme is None:
        bases["theme"] = config.ui.theme
    if arguments.lang is None:
        bases["language"] = config.ui.language
    return DisplaySettings(display_settings_path(environ), bases)


def viewer_options(arguments: Namespace) -> tuple[str, ...]:
    """The options of the screen in a tab of ``tuirisk web``: its own where they were given."""
    given = (
        ("--config", arguments.config),
        ("--theme", arguments.theme),
        ("--lang", arguments.lang),
        ("--symbols", arguments.symbols),
    )
    return tuple(word for name, value in given if value is not None for word in (name, str(value)))
