"""What a crowd of clients did and saw, to be compared with what the server says."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Who a client is, by the third number of its address, 127.0.N.x: so the server's log tells them apart.
GUEST, OFFENDER, WRECKER, PROBE = "guest", "offender", "wrecker", "probe"
GUESSER, STRANGER, GREEDY, HOARDER = "guesser", "stranger", "greedy", "hoarder"
KINDS = {GUEST: 1, OFFENDER: 2, WRECKER: 3, PROBE: 4, GUESSER: 5, STRANGER: 6, GREEDY: 7, HOARDER: 8}
"""A guest behaves. An offender asks for what is forbidden, a guesser tries passwords, a stranger comes from a
network that may not come, one who is greedy asks too often, and a hoarder opens too many connections. A
wrecker leaves before it has read what it asked for.
"""
EXACT = (GUEST, OFFENDER, GUESSER, STRANGER, GREEDY, HOARDER)
"""Those who read every answer."""


def source_of(kind: str, number: int) -> str:
    return f"127.0.{KINDS[kind]}.{number % 250 + 1}"


@dataclass
class Tally:
    """Counters of one thread, or the sum over several."""

    rows: Counter[str] = field(default_factory=Counter)
    """How often each row of the tables was played."""
    asked: Counter[str] = field(default_factory=Counter)
    """Requests begun, by kind."""
    heard: Counter[str] = field(default_factory=Counter)
    """Answers read in full, by ``kind status``."""
    heard_bytes: Counter[str] = field(default_factory=Counter)
    """Their content, by kind."""
    dismissed: Counter[str] = field(default_factory=Counter)
    """Handshakes that the server ended, by kind."""
    connections: int = 0
    reopened: int = 0
    """Kept connections that the server had closed when the next request came."""
    parcels: int = 0
    """Uploads that were confirmed, and then found whole on the disk."""
    kept: list[str] = field(default_factory=list)
    """Where those are that were left there for a last look."""
    wrong: list[str] = field(default_factory=list)
    """Broken promises, a sentence each."""

    def hear(self, kind: str, status: int, content_bytes: int) -> None:
        self.heard[f"{kind} {status}"] += 1
        self.heard_bytes[kind] += content_bytes

    def heard_by(self, kind: str) -> Counter[int]:
        """Answers by status."""
        return Counter(
            {int(key.split()[1]): count for key, count in self.heard.items() if key.split()[0] == kind}
        )

    def to_json(self) -> str:
        return json.dumps(vars(self))

    @classmethod
    def from_json(cls, text: str) -> Tally:
        tally = cls()
        for name, value in json.loads(text).items():
            setattr(tally, name, Counter(value) if isinstance(value, dict) else value)
        return tally


def add_up(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for each in tallies:
        for name in vars(total):
            # Counters forget zeros in +, which is what is wanted.
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return total
