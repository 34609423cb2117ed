"""Which rows the table shows, as a predicate over events. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server_core.events import Event


@dataclass(frozen=True)
class LogFilter:
    text: str = ""
    """Words that must all occur somewhere in the row, without regard to case."""
    status_classes: frozenset[int] = frozenset()
    """4 stands for 400 to 499; empty: all, also rows without a status."""
    levels: frozenset[str] = frozenset()
    """Empty: all."""

    def select(self, events: list[Event], first: int) -> list[int]:
        """The numbers of those ``events`` that pass, where the first of them has the number ``first``."""
        words = self.text.casefold().split()
        classes, levels = self.status_classes, self.levels
        if not (words or classes or levels):
            return list(range(first, first + len(events)))
        return [
            number
            for number, event in enumerate(events, first)
            if (not classes or event.status // 100 in classes)
            and (not levels or event.level in levels)
            and (not words or _holds(event, words))
        ]


def _holds(event: Event, words: list[str]) -> bool:
    about = (event.level, event.kind, event.worker, event.client, event.method, event.target)
    text = " ".join((*about, str(event.status), event.reason, event.message)).casefold()
    return all(word in text for word in words)
