"""``tuirisk doctor``: checks of the configuration, the connection, the clock and the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tuirisk.cli.exit_codes import ExitCode
from tuirisk.config.model import Config
from tuirisk.feed.binance.diagnosis import diagnose
from tuirisk.feed.clock import WallClock
from tuirisk.foreign.text import printable


def doctor(config: Config, environ: Mapping[str, str]) -> int:
    """Check configuration, connectivity, clock and API key; print each finding and its remedy.

    The exit code is ``UNREACHABLE`` where a check failed, else ``OK``.
    """
    print(printable(f"ok       configuration: {config.path or 'all defaults'}", most=None))
    findings = asyncio.run(diagnose(config, environ, WallClock()))
    for finding in findings:
        print(printable(f"{finding.status:<8} {finding.what}: {finding.detail}", most=None))
        if finding.remedy:
            print(f"         {finding.remedy}")
    return ExitCode.UNREACHABLE if any(f.status == "error" for f in findings) else ExitCode.OK
