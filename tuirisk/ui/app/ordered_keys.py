"""Keys that arrive together are handled one after the other, and what they change is painted once.

Textual hands every key at once to whatever has the focus. On a slow line keys arrive in bunches:
those after the one that opens or closes a screen would reach the screen before it, and a key that
is held would paint the whole screen once for each repetition.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import ClassVar

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input

from tuirisk.ui.render.textual_hooks import HookedApp

PATIENCE = 1.0
"""Seconds after which the next key is handled although nothing says that this one is done."""
UNPAINTED = 0.5
"""Seconds for which keys that wait put off what they change."""
HEARD_S = 0.5
"""A key that quits waits no longer for those before it, unless they open a text."""
MOST_WAITING = 250
"""Keys and reports of the mouse that wait; a text that is not pasted as one comes as keys."""
ROUNDS = 2
"""The first :class:`KeyDone` follows the key; the second follows what the key has caused."""


class KeyDone(Message):
    """Takes the way of the key before it; the application gets it when that has been handled."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class OrderedKeys(HookedApp):
    """An application that handles a key once the keys before it are done."""

    PAINT: ClassVar = "paint"

    def __init__(self, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.toggles: frozenset[str] = frozenset()
        """Keys that undo themselves when pressed again."""
        self.quitting: frozenset[str] = frozenset()
        """Keys that end the application."""
        self.opening_texts: frozenset[str] = frozenset()
        """Keys after which others are typed into a text."""
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._target: MessagePump | None = None
        """Where the key that is being handled was sent; None while none is."""
        self._number = 0
        self._rounds = 0
        self._timeout: asyncio.TimerHandle | None = None
        self._postponed: dict[str, Callable[[], object]] = {}
        self._unpainted = ExitStack()
        """Holds Textual's batch of updates while keys wait."""
        self._batched = False
        self._painted = 0.0
        """When what had been put off was done, by ``key_clock``."""
        self.key_clock: Callable[[], float] = time.monotonic
        """A clock in seconds."""

    @property
    def keys_wait(self) -> bool:
        """Whether a key is being handled, or waits for that."""
        return self._target is not None or bool(self._waiting)

    def admits(self, event: Message) -> bool:
        """Whether fewer than :data:`MOST_WAITING` wait; a key that closes or quits may wait behind
        them.
        """
        waiting = len(self._waiting) + self.message_queue_size
        leaves = isinstance(event, events.Key) and event.key in {"escape", *self.quitting}
        return waiting < MOST_WAITING * (2 if leaves else 1)

    def when_keys_are_done(self, name: str, work: Callable[[], object]) -> None:
        """Do ``work`` now; if keys wait, do it after them, unless other work of that ``name`` has
        replaced it by then. That named ``PAINT`` is done every half second in any case.
        """
        if self._waiting:
            self._postponed[name] = work
        else:
            self._postponed.pop(name, None)
            work()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._waiting.append(event)
            if isinstance(event, events.Key) and event.key in self.quitting:
                asyncio.get_running_loop().call_later(HEARD_S, self._quit_if_waiting, event)
            if self._target is None:
                self._painted = self.key_clock()
                await self._handle_next()
        else:
            await super().on_event(event)

    async def on_key_done(self, message: KeyDone) -> None:
        message.stop()
        if message.number != self._number or self._target is None:
            return
        self._rounds -= 1
        if self._rounds > 0 or self._target is not self._receiver:
            self._follow()
        else:
            await self._handle_next()

    async def _handle_next(self) -> None:
        """Hand on the next key; when there is none, or now and then, do what was put off."""
        self._target = None
        if self._timeout is not None:
            self._timeout.cancel()
        self._skip_toggles()
        now = self.key_clock()
        if not self._waiting or now - self._painted > UNPAINTED:
            self._painted = now
            self._batch(False)
            for name in [self.PAINT] if self._waiting else [*self._postponed]:
                work = self._postponed.pop(name, None)
                if work is not None:
                    work()
        if not self._waiting:
            return
        self._batch(len(self._waiting) > 1)
        event = self._waiting.popleft()
        self._rounds = ROUNDS
        self._timeout = asyncio.get_running_loop().call_later(PATIENCE, self._give_up, event)
        self._target = self._receiver
        await super().on_event(event)
        self._follow()

    def _batch(self, keys_wait: bool) -> None:
        """Paint nothing while ``keys_wait``."""
        if keys_wait and not self._batched:
            self._unpainted.enter_context(self.batch_update())
        elif self._batched and not keys_wait:
            self._unpainted.close()
        self._batched = keys_wait

    def _skip_toggles(self) -> None:
        """Two presses of a key that undoes itself change nothing, outside of a text."""
        keys = self._waiting
        while len(keys) > 1 and not isinstance(self.focused, Input):
            first, second = keys[0], keys[1]
            if not (isinstance(first, events.Key) and isinstance(second, events.Key)):
                return
            if first.key != second.key or first.key not in self.toggles:
                return
            keys.popleft()
            keys.popleft()

    def _quit_if_waiting(self, key: events.Key) -> None:
        """Quit by ``key`` if it still waits and is no letter of a text."""
        if key not in self._waiting or not self.is_running:
            return
        in_text = isinstance(self.focused, Input)
        for event in self._waiting:
            if event is key:
                break
            if isinstance(event, events.Key):
                closes = event.key in ("escape", "enter")
                in_text = not closes if in_text else event.key in self.opening_texts
        if not in_text:
            self._waiting.clear()
            self.call_later(self.run_action, "app.quit")

    @property
    def _receiver(self) -> MessagePump:
        """What gets a key now."""
        return self.focused or self.screen

    def _follow(self) -> None:
        """Send a :class:`KeyDone` the way of a key."""
        self._number += 1
        self._target = self._receiver
        self._target.post_message(KeyDone(self._number))

    def _screen_changed(self, _: Screen[object]) -> None:
        """What was under way on a closed screen is lost; a new one gets keys once it is ready."""
        self._batch(False)
        if self._target is not None:
            self._rounds = ROUNDS
            self._follow()

    def _give_up(self, event: events.Event) -> None:
        if self._target is not None:
            self._number += 1
            self.call_later(self._handle_next)

    def on_load(self) -> None:
        self.screen_change_signal.subscribe(self, self._screen_changed, immediate=True)
