"""``python server.py`` as a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.functional.live import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-W", "error", str(CHECKOUT / "server.py")]


class Running(NamedTuple):
    process: subprocess.Popen[str]
    address: tuple[str, int]

    def wait(self) -> tuple[int, str, str]:
        """Exit status, standard output after the announcement, and standard error."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


def run(*arguments: str, command: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        [*(command or COMMAND), *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=CHECKOUT,
        check=False,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """A server that has announced itself; killed where it still runs at the end of the block."""
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if announced := re.fullmatch(r"Listening on https?://([\d.]+):(\d+)/\n", line):
                    yield Running(process, (announced[1], int(announced[2])))
                    break
            else:
                raise AssertionError(process.communicate()[1])
        finally:
            process.kill()
            process.communicate()
