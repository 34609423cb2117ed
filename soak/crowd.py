"""The chaos client, a process of its own:
``python -m soak.crowd PORT ROOT SEED SECONDS GUESTS VANDALS REPORT``.

So many threads of each kind draw rows from their table until the time is over or a promise is broken; then
the file REPORT tells what they did and saw. The seed decides what each thread does, in which order.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from soak.guests import GUESTS
from soak.tally import Tally, add_up
from soak.vandals import VANDALS
from soak.visitor import BusyError, Editor, Visitor
from soak.wire import LostError, WrongError

if TYPE_CHECKING:
    from soak.visitor import Row

BUSY_PAUSE_S = 0.2


class Crowd:
    def __init__(self, port: int, root: Path, seed: int) -> None:
        self.port = port
        self.root = root
        self.seed = seed
        self.over = threading.Event()
        self.tallies: list[Tally] = []

    def run(self, seconds: float, guests: int, vandals: int) -> Tally:
        with Editor(self.root) as editor:
            threads = [
                threading.Thread(target=self._visit, args=(f"{kind}-{number}", table, editor))
                for kind, table, count in (("guest", GUESTS, guests), ("vandal", VANDALS, vandals))
                for number in range(count)
            ]
            for thread in threads:
                thread.start()
            self.over.wait(seconds)
            self.over.set()
            for thread in threads:
                thread.join()
        return add_up(self.tallies)

    def _visit(self, name: str, table: dict[str, Row], editor: Editor) -> None:
        tally = Tally()
        self.tallies.append(tally)
        chance = random.Random(f"{self.seed} {name}")
        visitor = Visitor(self.port, self.root, name, chance, tally, editor)
        names, weights = list(table), [row.weight for row in table.values()]
        while not self.over.is_set():
            (drawn,) = chance.choices(names, weights)
            tally.rows[drawn] += 1
            try:
                table[drawn].play(visitor)
            except BusyError:
                time.sleep(BUSY_PAUSE_S)
            except (WrongError, LostError, OSError) as error:
                self._report(tally, f"{name}, {drawn}: {error}")
            except Exception as error:  # what is wrong with the client must not pass for a kept promise
                self._report(tally, f"{name}, {drawn}: the client failed: {error!r}")
        visitor.leave()

    def _report(self, tally: Tally, sentence: str) -> None:
        tally.wrong.append(sentence)
        self.over.set()


def _dismissed(crowd: Crowd) -> None:
    """Standard input ends when whoever started this wants it to end, or has ended."""
    sys.stdin.read()
    crowd.over.set()


def main(port: str, root: str, seed: str, seconds: str, guests: str, vandals: str, report: str) -> int:
    crowd = Crowd(int(port), Path(root), int(seed))
    threading.Thread(target=_dismissed, args=(crowd,), daemon=True).start()
    tally = crowd.run(float(seconds), int(guests), int(vandals))
    Path(report).write_text(tally.to_json(), "utf-8")
    return int(bool(tally.wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
