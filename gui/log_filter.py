"""Which rows the table shows, as a predicate over events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.translation import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.events import Event


def _is_client(event: Event, value: str) -> bool:
    return event.client == value or event.client.rpartition(":")[0] == value


# What may stand before a colon; values are in lower case. status:4xx is every status that begins with 4.
NAMED: dict[str, Callable[[Event, str], bool]] = {
    "status": lambda event, value: str(event.status).startswith(value.rstrip("x")),
    "client": _is_client,
    "method": lambda event, value: event.method.casefold() == value,
    "worker": lambda event, value: event.worker.casefold() == value,
    "level": lambda event, value: event.level == value,
    "kind": lambda event, value: event.kind == value,
    "target": lambda event, value: value in event.target.casefold(),
    "reason": lambda event, value: value in _why(event).casefold(),
    "connection": lambda event, value: str(event.connection) == value,
}


@dataclass(frozen=True)
class LogFilter:
    text: str = ""
    """Words that must all occur somewhere in the row, without regard to case; ``name:word`` looks in one
    place (:data:`NAMED`), ``-word`` must not occur.
    """
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
        tests = [_test_for(word) for word in words]
        return [
            number
            for number, event in enumerate(events, first)
            if (not classes or event.status // 100 in classes)
            and (not levels or event.level in levels)
            and all(test(event) for test in tests)
        ]


def _test_for(word: str) -> Callable[[Event], bool]:
    if word.startswith("-") and len(word) > 1:
        unwanted = _test_for(word[1:])
        return lambda event: not unwanted(event)
    name, _, value = word.partition(":")
    if value and name in NAMED:
        test = NAMED[name]
        return lambda event: test(event, value)
    return lambda event: word in _all_text(event)


def _all_text(event: Event) -> str:
    about = (event.level, event.kind, event.worker, event.client, event.method, event.target)
    return " ".join((*about, str(event.status), _why(event))).casefold()


def _why(event: Event) -> str:
    """In both languages: what is shown here, and what stands in the log file and in the answer."""
    return f"{event.reason} {event.message} {told(event.message)}" if event.message else event.reason
