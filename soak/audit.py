"""The server's log, read while it is written: what it says of every request, by who asked."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from typing import IO, NamedTuple

from soak.tally import KINDS

KIND_OF = {str(number): kind for kind, number in KINDS.items()}
DROPPED = re.compile(r"(\d+) log lines were dropped")
TOTALS = re.compile(
    r"answered (\d+) requests with (\d+) bytes of content: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx"
    r"(?:; refused (\d+) connections without an answer)?"
)
CUT = re.compile(r"stopped; (\d+) requests in flight were cut")


class Totals(NamedTuple):
    """What the server counted itself, told when it stops."""

    requests: int
    content_bytes: int
    classes: tuple[int, ...]
    """2xx to 5xx."""
    dismissed: int
    """Connections that were refused without an answer."""


class Audit:
    """Counts what is read from ``lines`` until their end, in a thread of its own."""

    def __init__(self, lines: IO[bytes]) -> None:
        self.recorded: Counter[tuple[str, int]] = Counter()
        """Requests by kind and status."""
        self.content_bytes: Counter[str] = Counter()
        self.cut: Counter[str] = Counter()
        """Answers that were not taken whole."""
        self.dismissed: Counter[str] = Counter()
        """Connections that were refused without an answer."""
        self.reasons: Counter[str] = Counter()
        self.dropped = 0
        self.errors: list[str] = []
        """Messages of what went wrong inside; of lines that are no records."""
        self.totals: Totals | None = None
        self.cut_at_stop = -1
        self.requests = 0
        self._lines = lines
        self._thread = threading.Thread(target=self._run, name="Audit", daemon=True)
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait until the log has ended."""
        self._thread.join(timeout_s)

    def by(self, kind: str) -> Counter[int]:
        """Requests of one kind by status."""
        return Counter({status: count for (who, status), count in self.recorded.items() if who == kind})

    def _run(self) -> None:
        for line in self._lines:
            try:
                self._read(json.loads(line))
            except (ValueError, KeyError):
                self.errors.append(f"no record: {line[:300]!r}")

    def _read(self, record: dict[str, object]) -> None:
        message, status = str(record["message"]), int(str(record["status"]))
        if record["level"] == "error" and status < 500:
            self.errors.append(message)
        reason, client = str(record["reason"]), str(record["client"])
        kind = KIND_OF.get(client.split(".")[2], "unknown") if client else ""
        if status:
            self.requests += 1
            self.recorded[kind, status] += 1
            self.content_bytes[kind] += int(str(record["sent_bytes"]))
            self.cut[kind] += reason == "cut"
        elif reason:
            self.dismissed[kind] += 1
        elif found := DROPPED.match(message):
            self.dropped += int(found[1])
        elif found := TOTALS.fullmatch(message):
            numbers = tuple(map(int, found.groups("0")))
            self.totals = Totals(numbers[0], numbers[1], numbers[2:6], numbers[6])
        elif found := CUT.fullmatch(message):
            self.cut_at_stop = int(found[1])
        if reason:
            self.reasons[reason] += 1
