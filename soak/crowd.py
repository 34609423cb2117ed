"""The chaos client, a process of its own:
``python -m soak.crowd TARGET SETUP ROOT SEED SECONDS GUESTS VANDALS REPORT``.

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

from soak import identities, site
from soak.identities import Identities
from soak.repeater import Repeater
from soak.setups import SETUPS
from soak.tally import Tally, add_up
from soak.target import Target
from soak.visitor import BusyError, Visitor
from soak.wire import LostError, WrongError

if TYPE_CHECKING:
    from soak.setups import Setup
    from soak.visitor import Row

BUSY_PAUSE_S = 0.2
EDIT_EVERY_S = 0.05


class Crowd:
    def __init__(self, target: Target, setup: Setup, root: Path, seed: int) -> None:
        self.target = target
        self.setup = setup
        self.root = root
        self.seed = seed
        self.editor = Repeater(
            EDIT_EVERY_S, lambda number: site.replace(root / site.CHANGING, site.edition(number))
        )
        self.renewer = Repeater(identities.EVERY_S, self._renew)
        self.over = threading.Event()
        self.tallies: list[Tally] = []

    def run(self, seconds: float, guests: int, vandals: int) -> Tally:
        tables = (("guest", self.setup.guests, guests), ("vandal", self.setup.vandals, vandals))
        with self.editor, self.renewer:
            threads = [
                threading.Thread(target=self._visit, args=(f"{kind}-{number}", table))
                for kind, table, count in tables
                for number in range(count)
            ]
            for thread in threads:
                thread.start()
            self.over.wait(seconds)
            self.over.set()
            for thread in threads:
                thread.join()
        return add_up(self.tallies)

    def _renew(self, number: int) -> None:
        if self.target.identities:
            Identities(Path(self.target.identities)).use(number)

    def _visit(self, name: str, table: dict[str, Row]) -> None:
        tally = Tally()
        self.tallies.append(tally)
        chance = random.Random(f"{self.seed} {name}")
        visitor = Visitor(self.target, self.root, name, chance, tally, self.editor, self.renewer)
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


def main(
    target: str, setup: str, root: str, seed: str, seconds: str, guests: str, vandals: str, report: str
) -> int:
    crowd = Crowd(Target.from_json(target), SETUPS[setup], Path(root), int(seed))
    threading.Thread(target=_dismissed, args=(crowd,), daemon=True).start()
    tally = crowd.run(float(seconds), int(guests), int(vandals))
    Path(report).write_text(tally.to_json(), "utf-8")
    return int(bool(tally.wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
