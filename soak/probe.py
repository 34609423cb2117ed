"""One client that asks for a small file five times a second, in a process of its own, so that no other client
delays it: ``python -m soak.probe TARGET``. It prints how long each answer took, in milliseconds, until it is
killed or nobody reads that any more.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import time

from soak.site import content
from soak.tally import PROBE, source_of
from soak.target import Target
from soak.wire import DismissedError

EVERY_S = 0.2


def ask_ms(target: Target, number: int) -> float:
    """Connect, ask, read, or be refused; what that took. Raises WrongError, LostError, OSError."""
    started_s = time.perf_counter()
    answer = None
    with contextlib.suppress(DismissedError), target.line(source_of(PROBE, number)) as line:
        line.send(line.head("GET /small.html HTTP/1.1", "Connection: close"))
        answer = line.answer()
    took_ms = (time.perf_counter() - started_s) * 1000.0
    if answer is not None and answer.status != 503 and answer.body != content("small.html"):
        raise ValueError(f"the probe got an answer of {answer.status} with {len(answer.body)} octets")
    return took_ms


def main(target: str) -> None:
    for number in itertools.count():
        print(f"{ask_ms(Target.from_json(target), number):.3f}", flush=True)
        time.sleep(EVERY_S)


if __name__ == "__main__":
    main(sys.argv[1])
