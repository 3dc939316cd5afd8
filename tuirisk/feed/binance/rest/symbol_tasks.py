"""Tasks that end with the symbol they work for."""

from __future__ import annotations

import asyncio

from tuirisk.feed.binance.task_group import TaskGroup, Work


class SymbolTasks:
    """The running tasks of each symbol."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._running: dict[str, list[asyncio.Task[None]]] = {}

    def start(self, symbol: str, work: Work) -> None:
        """Run ``work`` for ``symbol``."""
        tasks = self._running.setdefault(symbol, [])
        tasks[:] = [task for task in tasks if not task.done()]
        tasks.append(self._tasks.start(work))

    def cancel(self, symbol: str) -> None:
        """End the tasks of ``symbol``."""
        for task in self._running.pop(symbol, []):
            task.cancel()
