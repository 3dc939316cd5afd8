"""Sends alerts to a command and a webhook, each in the background.

Each hook has a thread of its own and a bounded queue: one that is slow or broken holds up neither
the monitor nor the other. An attempt has a time limit and is repeated a few times, more and more
slowly. What fails in the end is said in one line, which never repeats an address or an argument.
When the monitor ends, a command that runs is left to finish.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tuirisk.alerts.delivery import DeliveryFailure, DeliveryQueue, DeliveryTiming
from tuirisk.alerts.event import Venue, alert_event
from tuirisk.alerts.http import post
from tuirisk.alerts.new_alerts import AlertReader
from tuirisk.alerts.shown_address import shown_address
from tuirisk.config.alert_model import AlertsConfig
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState

SECRETS = (
    "TUIRISK_API_KEY",
    "TUIRISK_API_SECRET",
    "TUIRISK_API_SECRET_FILE",
    "TUIRISK_API_SECRET_PASSWORD",
)
"""A hook's command has no business with these."""


@dataclass(frozen=True, slots=True)
class HookWay:
    """The command or the webhook: what it is called, and how it gets an event."""

    name: str
    host: str
    """Of a webhook, with its scheme; else empty."""
    deliver: Callable[[bytes], None]
    """Raises DeliveryFailure."""


def hook_ways(config: AlertsConfig, environ: Mapping[str, str], limit: float) -> Iterator[HookWay]:
    """The hooks of the configuration; each attempt has ``limit`` seconds."""
    if config.on_escalation:
        command = tuple(config.on_escalation)
        clean = {name: value for name, value in environ.items() if name not in SECRETS}
        name = f"on_escalation ({Path(command[0]).name})"
        yield HookWay(name, "", lambda body: run_command(command, body, limit, clean))
    if config.webhook:
        url = config.webhook
        yield HookWay("webhook", shown_address(url), lambda body: post(url, body, limit))


class Hooks:
    """What the configuration names, told of every alert from the first state on."""

    def __init__(
        self,
        config: AlertsConfig,
        *,
        report: Callable[[Reason], None],
        rng: random.Random,
        environ: Mapping[str, str],
        venue: Venue = "mainnet",
        timing: DeliveryTiming | None = None,
    ) -> None:
        """``venue`` is where live data come from; ``report`` is called in the hooks' threads."""
        timing = timing or DeliveryTiming()
        self._venue = venue
        self._reader = AlertReader()
        self._lines = [
            DeliveryQueue(way.name, way.deliver, report, rng, timing, outlives=not way.host)
            for way in hook_ways(config, environ, timing.limit)
        ]

    def send(self, state: RiskState) -> None:
        """Queue the alerts that are new in ``state``; never blocks."""
        if not self._lines:
            return
        for entry in self._reader.read(state):
            body = msgspec.json.encode(alert_event(entry, state, self._venue))
            for line in self._lines:
                line.put(body)

    def close(self, timeout: float = 0.3) -> int:
        """Give what waits one attempt, within ``timeout`` seconds; no more retries.

        Returns how many alerts were given up.
        """
        deadline = time.monotonic() + timeout
        self.stop()
        return sum(line.join(deadline - time.monotonic()) for line in self._lines)

    def stop(self) -> None:
        """Let what waits have its last attempt; no more is queued."""
        for line in self._lines:
            line.stop()


def run_command(
    command: Sequence[str], body: bytes, limit: float, environ: Mapping[str, str]
) -> None:
    """Run ``command`` (no shell) with ``body`` on its standard input; its output is discarded.

    Raises:
        DeliveryFailure: it cannot be started, does not end within ``limit`` seconds (it is killed
            with all that it started) or ends with another code than 0.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,
        )
    except OSError as error:
        raise DeliveryFailure(f"cannot be started ({_reason(error)})", final=True) from None
    except ValueError:
        raise DeliveryFailure("cannot be started (a null character in it)", final=True) from None
    with process:
        try:
            process.communicate(body, timeout=limit)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            raise DeliveryFailure(f"did not end within {limit:g} s", final=False) from None
    if process.returncode:
        raise DeliveryFailure(f"ended with code {process.returncode}", final=False)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
