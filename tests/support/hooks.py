"""Hooks with short timeouts, and the events they receive."""

from __future__ import annotations

import random

from tuirisk.alerts.delivery import DeliveryTiming
from tuirisk.alerts.hooks import Hooks
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.state import LogEntry

PATIENCE = 10.0
QUICK = DeliveryTiming(limit=5.0, tries=3, pause=0.0)
WRITE = "import sys, pathlib; pathlib.Path(sys.argv[1]).open('a').write(sys.stdin.read() + '\\n')"


def entry(time_ms: int, after: str = "warning", escalation: bool = True) -> LogEntry:
    return LogEntry(time_ms, "BTCUSDT", "severity", "ok", after, 61.5, escalation)


def hooks(
    reports: list[str],
    command: tuple[str, ...] = (),
    webhook: str = "",
    timing: DeliveryTiming = QUICK,
    **environ: str,
) -> Hooks:
    config = AlertsConfig(on_escalation=command, webhook=webhook)
    return Hooks(
        config,
        report=lambda reason: reports.append(str(reason)),
        rng=random.Random(1),
        environ={"PATH": "/bin"} | environ,
        timing=timing,
    )
