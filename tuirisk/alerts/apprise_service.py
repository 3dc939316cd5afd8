"""Messages to the services that apprise knows: Telegram, ntfy, Discord, Slack, e-mail and others.

apprise is an extra; it is imported when the first way is opened.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuirisk.alerts.delivery import DeliveryFailure
from tuirisk.alerts.outbox import Notification
from tuirisk.config.alert_model import NotifyConfig
from tuirisk.config.model import ConfigError
from tuirisk.state import Severity

CONNECT_S = 4.0
READ_S = 5.0
"""How long apprise may take to connect, and to be answered, where the address does not say."""
_STATUS = re.compile(r"error=(\d{3})")


class UnknownService(Exception):
    """An address cannot be used; the message says why, without the address."""


class Service:
    """One service, ready to send."""

    def __init__(self, url: str) -> None:
        """``url`` is an address of apprise.

        Raises:
            UnknownService: apprise is not installed, or does not know such an address.
        """
        try:
            import apprise
        except ImportError:
            raise UnknownService(
                "apprise is not installed; run pip install 'tuirisk[notify]'"
            ) from None
        _listen()
        plugin: Any = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if plugin is None:
            raise UnknownService(
                "apprise does not know such an address; write one such as ntfy://my-topic"
            )
        # A redirect could carry the secrets of the address to another host.
        plugin.redirects = False
        if "cto=" not in url:
            plugin.socket_connect_timeout = CONNECT_S
        if "rto=" not in url:
            plugin.socket_read_timeout = READ_S
        self._plugin = plugin
        self._apprise = apprise

    def send(self, message: Notification, title: str) -> None:
        """Send ``message``; it blocks until it is taken or refused.

        Raises:
            DeliveryFailure: it was not taken.
        """
        with _Failures() as failures:
            try:
                taken = self._plugin.notify(
                    body=message.text,
                    title=title,
                    notify_type=_kind(self._apprise, message.level),
                    body_format=self._apprise.NotifyFormat.TEXT,
                )
            except Exception as error:  # noqa: BLE001
                # Whatever a plugin raises: its text may have the address.
                raise DeliveryFailure(f"failed ({type(error).__name__})", final=False) from None
        if not taken:
            status = failures.status
            final = status is not None and status < 500 and status != 429
            raise DeliveryFailure(failures.text, final=final)


def check_services(values: Sequence[NotifyConfig], path: Path | None = None) -> None:
    """Try whether every address can be used, without sending anything.

    ``path``: the file that they are from.

    Raises:
        ConfigError: one cannot; the line names its place in the configuration.
    """
    for place, one in enumerate(values):
        try:
            Service(one.url)
        except UnknownService as error:
            file = "" if path is None else f"{path}: "
            raise ConfigError(f"{file}notify[{place}].url: {error}") from None


def _kind(apprise: Any, level: Severity) -> Any:
    kinds = {"critical": apprise.NotifyType.FAILURE, "warning": apprise.NotifyType.WARNING}
    return kinds.get(level, apprise.NotifyType.INFO)


def _listen() -> None:
    """Keep apprise's own log, which may have addresses, to :class:`_Failures`."""
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.WARNING)
    if not log.handlers:
        log.addHandler(logging.NullHandler())


class _Failures(logging.Handler):
    """What apprise logs in this thread while it is open: a status, or that nobody answered."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.status: int | None = None
        self.unreachable = False
        self._thread = threading.get_ident()

    def __enter__(self) -> _Failures:
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *exception: object) -> None:
        logging.getLogger("apprise").removeHandler(self)

    @property
    def text(self) -> str:
        """Why a message was not taken, in a few words without the address."""
        if self.status is not None:
            return f"answered {self.status}"
        return "cannot be reached" if self.unreachable else "did not take it"

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self._thread:
            return
        text = record.getMessage()
        found = _STATUS.search(text)
        if found is not None:
            self.status = int(found[1])
        self.unreachable = self.unreachable or "onnection error" in text
