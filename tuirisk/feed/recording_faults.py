"""What is wrong with a recording: why it cannot be used, or what of it was left out."""

from __future__ import annotations

from dataclasses import dataclass, field

NAMED_FAULTS = 20


class RecordingError(Exception):
    """The recording cannot be opened or written: one line that says which and why."""


@dataclass
class RecordingFaults:
    """Lines that could not be read: how many, and the first of them by number."""

    count: int = 0
    damaged: bool = False
    """Whether bytes of a gzip file are lost."""
    named: list[str] = field(default_factory=list)

    def record(self, line: int, why: str) -> None:
        """Count a line that is left out."""
        self.add(f"line {line}: {why}")

    def add_damage(self, what: str) -> None:
        """Count a place where bytes of a gzip file are lost."""
        self.damaged = True
        self.add(what)

    def add(self, what: str) -> None:
        """Count something that is left out."""
        self.count += 1
        if len(self.named) < NAMED_FAULTS:
            self.named.append(what)
