"""``tuirisk doctor``: checks of the configuration, the connection, the clock, the keys and the
providers of other people's data.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tuirisk.cli.exit_codes import ExitCode
from tuirisk.config.model import Config, ConfigError
from tuirisk.feed.binance.diagnosis import diagnose
from tuirisk.feed.clock import WallClock
from tuirisk.feed.providers.diagnosis import examine_providers
from tuirisk.foreign.text import printable


def doctor(config: Config, environ: Mapping[str, str]) -> int:
    """Check configuration, connectivity, clock, keys and providers; print findings and remedies.

    Raises:
        ConfigError: the theme does not exist, or a way of notification cannot be used.

    The exit code is ``UNREACHABLE`` where a check failed, else ``OK``.
    """
    if config.notify:
        from tuirisk.alerts.apprise_service import check_services

        check_services(config.notify, config.path)
    remarks = _screen_problems(config)
    print(printable(f"ok       configuration: {config.path or 'all defaults'}", most=None))
    for remark in remarks:
        print(printable(f"warning  configuration: {remark}", most=None))
    findings = asyncio.run(diagnose(config, environ, WallClock()))
    for finding in findings:
        print(printable(f"{finding.status:<8} {finding.what}: {finding.detail}", most=None))
        if finding.remedy:
            print(f"         {finding.remedy}")
    for provider in asyncio.run(examine_providers(config, environ, WallClock())):
        word = "ok" if provider.well else "warning"
        print(printable(f"{word:<8} provider {provider.name}: {provider.detail}", most=None))
    return ExitCode.UNREACHABLE if any(f.status == "error" for f in findings) else ExitCode.OK


def _screen_problems(config: Config) -> tuple[str, ...]:
    """One line on each wish of ``[ui]`` that the screen would not meet.

    Raises:
        ConfigError: the screen would not start, as its theme does not exist.
    """
    from tuirisk.ui.themes.themes import ThemeError, load_themes, theme_folders
    from tuirisk.ui.view.keys import remap_keys

    themes = load_themes(theme_folders(config.path))
    try:
        themes.check(config.ui.theme)
    except ThemeError as error:
        raise ConfigError(str(error)) from None
    return (*themes.problems, *remap_keys(config.ui.keys)[1])
