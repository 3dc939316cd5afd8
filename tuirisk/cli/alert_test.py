"""``tuirisk alert-test``: one test alert through every way that is configured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from tuirisk.alerts.apprise_service import Service, check_services
from tuirisk.alerts.delivery import DeliveryFailure
from tuirisk.alerts.event import trial_event
from tuirisk.alerts.hooks import hook_ways
from tuirisk.alerts.notifications import way_name
from tuirisk.alerts.outbox import Notification
from tuirisk.cli.exit_codes import ExitCode
from tuirisk.config.alert_model import NotifyConfig
from tuirisk.config.model import Config, ConfigError
from tuirisk.config.quiet_hours import quiet_hours
from tuirisk.feed.clock import WallClock
from tuirisk.foreign.text import printable
from tuirisk.language.words import Words, choose_language

LIMIT_S = 10.0
"""For all ways together: they are tried at once."""
ATTEMPT_S = 9.0


@dataclass
class _Trial:
    """One way, and what became of the alert."""

    name: str
    deliver: Callable[[], None]
    remark: str = ""
    outcome: str = ""
    """Empty while nothing is known; ``ok`` where it was taken."""
    seconds: float = 0.0
    thread: threading.Thread = field(init=False)

    def start(self) -> None:
        """Try it in a thread of its own, which is left alone when it takes too long."""
        self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        begun = time.monotonic()
        try:
            self.deliver()
            outcome = "ok"
        except DeliveryFailure as failure:
            outcome = str(failure)
        self.seconds = time.monotonic() - begun
        self.outcome = outcome


def alert_test(config: Config, environ: Mapping[str, str], limit_s: float = LIMIT_S) -> int:
    """Try every way once and print what became of it; ``OK`` where all took it.

    Raises:
        ConfigError: no way is configured, or apprise cannot use an address.
    """
    check_services(config.notify, config.path)
    trials = list(_trials(config, environ))
    if not trials:
        raise ConfigError(
            "no way of alerting is configured; write alerts.on_escalation, alerts.webhook or "
            "[[notify]], as in config.example.toml"
        )
    for trial in trials:
        trial.start()
    ends = time.monotonic() + limit_s
    for trial in trials:
        trial.thread.join(max(0.0, ends - time.monotonic()))
        taken = trial.outcome == "ok"
        said = f"taken in {trial.seconds:.1f} s" if taken else trial.outcome
        said = said or f"no answer within {limit_s:g} s"
        word = "ok" if taken else "error"
        print(printable(f"{word:<8} {trial.name}: {said}{trial.remark}", most=None))
    return ExitCode.OK if all(one.outcome == "ok" for one in trials) else ExitCode.UNREACHABLE


def _trials(config: Config, environ: Mapping[str, str]) -> Iterator[_Trial]:
    words = Words(choose_language(config.ui.language))
    now_ms = WallClock().now_ns() // 1_000_000
    text = words("notify.test")
    body = msgspec.json.encode(trial_event(now_ms, text, config.exchange.venue))
    for way in hook_ways(config.alerts, environ, ATTEMPT_S):
        name = f"{way.name} {way.host}".strip()
        yield _Trial(name, lambda deliver=way.deliver: deliver(body))  # type: ignore[misc]
    message = Notification("warning", text)
    for place, one in enumerate(config.notify):
        service = Service(one.url)
        yield _Trial(
            way_name(place, one),
            lambda service=service: service.send(message, "tuirisk"),  # type: ignore[misc]
            _remark(one, now_ms),
        )


def _remark(one: NotifyConfig, now_ms: int) -> str:
    """What keeps a way from being used now: its quiet hours."""
    quiet = quiet_hours(one.quiet_hours)
    if quiet is None:
        return ""
    when = " (now)" if quiet.covers(now_ms) else ""
    return f"; quiet {quiet.text(now_ms)}{when}"
