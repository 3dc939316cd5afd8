"""Sends alerts by every ``[[notify]]`` of the configuration, each by its own rules and thread."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from tuirisk.alerts.alert_level import alert_level
from tuirisk.alerts.apprise_service import Service, UnknownService
from tuirisk.alerts.delivery import DeliveryFailure, DeliveryQueue, DeliveryTiming
from tuirisk.alerts.event import Venue, alert_event
from tuirisk.alerts.message import body, title
from tuirisk.alerts.new_alerts import AlertReader
from tuirisk.alerts.outbox import Notification, Outbox
from tuirisk.alerts.shown_address import shown_address
from tuirisk.config.alert_model import NotifyConfig
from tuirisk.language.reason import Reason
from tuirisk.language.words import Words
from tuirisk.state import LogEntry, RiskState

_NOTHING = (Notification("ok", "", 0), "")
"""In the place of a message: it opens the service and sends nothing."""


class Notifications:
    """The ways of notification, told of every state from the first on."""

    def __init__(
        self,
        ways: Sequence[NotifyConfig],
        words: Words,
        *,
        report: Callable[[Reason], None],
        rng: random.Random,
        venue: Venue = "mainnet",
        timing: DeliveryTiming | None = None,
    ) -> None:
        """``report`` is called in the threads of the ways, at the start for an address that cannot
        be used.
        """
        self._words = words
        self._venue = venue
        self._reader = AlertReader()
        self._title = "tuirisk"
        self._time_ms = 0
        timing = timing or DeliveryTiming()
        self._ways = []
        for place, way in enumerate(ways):
            line = _Line(way_name(place, way), way.url, report, rng, timing)
            line.open()
            self._ways.append((Outbox(way, words), line))

    def send(self, state: RiskState) -> None:
        """Queue what is due by the time of ``state``, with its new alerts; never blocks."""
        self._time_ms = state.time_ms
        entries = self._reader.read(state)
        if entries:
            self._title = title(state, self._venue, self._words)
        for outbox, line in self._ways:
            for entry in entries:
                outbox.add(entry, self._fields(entry, state))
            message = outbox.due(state.time_ms)
            if message is not None:
                line.put((message, self._title))

    def close(self, timeout: float = 0.3) -> int:
        """Give what waits one attempt, within ``timeout`` seconds; no more retries.

        Returns how many alerts were given up, those that quiet hours hold among them.
        """
        deadline = time.monotonic() + timeout
        self.stop()
        held = sum(outbox.waiting for outbox, _ in self._ways)
        return held + sum(line.join(deadline - time.monotonic()) for _, line in self._ways)

    def stop(self) -> None:
        """Let what waits have its last attempt; no more is queued."""
        for outbox, line in self._ways:
            message = outbox.rest(self._time_ms)
            if message is not None:
                line.put((message, self._title))
            line.stop()

    def _fields(self, entry: LogEntry, state: RiskState) -> dict[str, object]:
        fields = alert_event(entry, state, self._venue)
        level = self._words.code("severity", alert_level(entry))
        return fields | {"text": body([entry], self._words), "level": level}


def way_name(place: int, way: NotifyConfig) -> str:
    """``notify[0] tgram (api.telegram.org)``: nothing of its secrets."""
    return f"notify[{place}] {shown_address(way.url)}"


class _Line(DeliveryQueue[tuple[Notification, str]]):
    """The queue of one way; its service is opened in its thread, where importing takes long."""

    def __init__(
        self,
        name: str,
        url: str,
        report: Callable[[Reason], None],
        rng: random.Random,
        timing: DeliveryTiming,
    ) -> None:
        super().__init__(name, self._send, report, rng, timing, alerts=lambda item: item[0].alerts)
        self._url = url
        self._service: Service | None = None

    def open(self) -> None:
        """Have the service opened, so that what is wrong with its address is said at once."""
        self.put(_NOTHING)

    def _send(self, item: tuple[Notification, str]) -> None:
        try:
            if self._service is None:
                self._service = Service(self._url)
        except UnknownService as error:
            if item is not _NOTHING:
                raise DeliveryFailure(str(error), final=True) from None
            self._report(Reason("notify_unusable", what=self._name, reason=str(error)))
            return
        if item is not _NOTHING:
            self._service.send(*item)
