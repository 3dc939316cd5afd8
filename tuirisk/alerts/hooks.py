"""Sends alerts to a command and a webhook, each in the background.

Each hook has a thread of its own and a short queue: one that is slow or broken holds up neither
the monitor nor the other. An attempt has a time limit and is repeated a few times, more and more
slowly. What fails in the end is said in one line, which never repeats an address or an argument.
When the monitor ends, a command that runs is left to finish.
"""

from __future__ import annotations

import contextlib
import os
import queue
import random
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tuirisk import __version__
from tuirisk.alerts.event import Venue, alert_event
from tuirisk.alerts.new_alerts import AlertReader
from tuirisk.config.model import AlertsConfig
from tuirisk.language.reason import Reason
from tuirisk.state import RiskState

if TYPE_CHECKING:
    from urllib.request import Request

SECRETS = (
    "TUIRISK_API_KEY",
    "TUIRISK_API_SECRET",
    "TUIRISK_API_SECRET_FILE",
    "TUIRISK_API_SECRET_PASSWORD",
)
"""A hook's command has no business with these."""


@dataclass(frozen=True, slots=True)
class DeliveryTiming:
    """How patient a hook is, seconds."""

    limit: float = 10.0
    """For one attempt."""
    tries: int = 3
    pause: float = 2.0
    """Before the second attempt, at most; twice as much before each one that follows."""
    queue: int = 32
    """Events that may wait; beyond that the oldest is given up."""


class HookFailure(Exception):
    """An attempt failed: a few words that say why. ``final``: another would fail as well."""

    def __init__(self, why: str, final: bool) -> None:
        super().__init__(why)
        self.final = final


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
        self._lines: list[_DeliveryQueue] = []
        if config.on_escalation:
            command = tuple(config.on_escalation)
            clean = {name: value for name, value in environ.items() if name not in SECRETS}
            self._lines.append(
                _DeliveryQueue(
                    f"on_escalation ({Path(command[0]).name})",
                    lambda body: run_command(command, body, timing.limit, clean),
                    report,
                    rng,
                    timing,
                )
            )
        if config.webhook:
            url = config.webhook
            self._lines.append(
                _DeliveryQueue(
                    "webhook", lambda body: post(url, body, timing.limit), report, rng, timing
                )
            )

    def send(self, state: RiskState) -> None:
        """Queue the alerts that are new in ``state``; never blocks."""
        if not self._lines:
            return
        for entry in self._reader.read(state):
            body = msgspec.json.encode(alert_event(entry, state, self._venue))
            for line in self._lines:
                line.put(body)

    def close(self, timeout: float = 0.3) -> None:
        """Give what waits one attempt, within ``timeout`` seconds; no more retries."""
        for line in self._lines:
            line.stop()
        for line in self._lines:
            line.join(timeout)


def run_command(
    command: Sequence[str], body: bytes, limit: float, environ: Mapping[str, str]
) -> None:
    """Run ``command`` (no shell) with ``body`` on its standard input; its output is discarded.

    Raises:
        HookFailure: it cannot be started, does not end within ``limit`` seconds (it is killed
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
        raise HookFailure(f"cannot be started ({_reason(error)})", final=True) from None
    except ValueError:
        raise HookFailure("cannot be started (a null character in it)", final=True) from None
    with process:
        try:
            process.communicate(body, timeout=limit)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            raise HookFailure(f"did not end within {limit:g} s", final=False) from None
    if process.returncode:
        raise HookFailure(f"ended with code {process.returncode}", final=False)


def post(url: str, body: bytes, limit: float) -> None:
    """POST ``body`` as JSON; a redirect is not followed. Proxies are those of the environment.

    User and password in ``url`` are sent as basic authentication.

    Raises:
        HookFailure: connecting, or waiting for the answer, took more than ``limit`` seconds, or
            the answer is not 2xx.
    """
    # Imported late: a monitor without hooks does not need it before its first frame.
    from http.client import HTTPException, InvalidURL
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (request.ProxyHandler(), request.HTTPHandler(), request.HTTPSHandler()):
        opener.add_handler(handler)
    try:
        with opener.open(_request(url, body), timeout=limit) as answer:
            status = answer.status
    except (ValueError, InvalidURL):
        raise HookFailure("the address makes no sense", final=True) from None
    except (HTTPException, OSError) as error:
        cause = getattr(error, "reason", error)
        if isinstance(cause, TimeoutError):
            raise HookFailure(f"no answer within {limit:g} s", final=False) from None
        # The text of these may contain the address, and that may contain a token.
        raise HookFailure(f"cannot be reached ({type(cause).__name__})", final=False) from None
    if not 200 <= status < 300:
        raise HookFailure(f"answered {status}", final=status != 429 and status < 500)


def _request(url: str, body: bytes) -> Request:
    """The POST of ``body`` to ``url``, with its user and password in a header.

    Raises:
        ValueError: it is not an HTTP address.
    """
    from base64 import b64encode
    from urllib.parse import quote, unquote, urlsplit
    from urllib.request import Request

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(url)
    headers = {"Content-Type": "application/json", "User-Agent": f"tuirisk/{__version__}"}
    userinfo, _, host = parts.netloc.rpartition("@")
    if userinfo:
        credentials = b64encode(unquote(userinfo).encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    path, query = (quote(part, safe="/%:=&?~+!$,;'@()*[]") for part in (parts.path, parts.query))
    address = parts._replace(netloc=host, path=path, query=query, fragment="").geturl()
    return Request(address, body, headers, method="POST")


class _DeliveryQueue:
    """One hook: its queue and its thread, which starts with the first event."""

    def __init__(
        self,
        name: str,
        attempt: Callable[[bytes], None],
        report: Callable[[Reason], None],
        rng: random.Random,
        timing: DeliveryTiming,
    ) -> None:
        self._name = name
        self._attempt = attempt
        self._report = report
        self._rng = rng
        self._timing = timing
        self._queue: queue.Queue[bytes | None] = queue.Queue(timing.queue)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, body: bytes) -> None:
        if self._stopped.is_set():
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        if self._queue.full():
            with contextlib.suppress(queue.Empty):
                self._queue.get_nowait()
                self._report(Reason("hook_too_slow", what=self._name))
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(body)

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)

    def join(self, timeout: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while (body := self._queue.get()) is not None:
            self._deliver(body)
            if self._stopped.is_set() and self._queue.empty():
                return

    def _deliver(self, body: bytes) -> None:
        """Attempts with pauses between (full jitter on a bound that doubles)."""
        for number in range(self._timing.tries):
            try:
                self._attempt(body)
                return
            except HookFailure as failure:
                last = number == self._timing.tries - 1
                if failure.final or last or self._stopped.is_set():
                    self._report(Reason("hook_failed", what=f"{self._name}: {failure}"))
                    return
            bound = self._timing.pause * 2**number
            self._stopped.wait(self._rng.uniform(bound / 2, bound))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
