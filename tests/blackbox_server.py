"""A real server in a process of its own, for the tests that run the black-box scripts."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.systems import IS_WINE

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 20
STOP_LIMIT_S = 15  # the server itself gives what is in flight 10 s

# Windows knows no SIGTERM, and Ctrl+Break spares us only if the server has a process group of its own.
if sys.platform == "win32":
    GROUP, STOP = subprocess.CREATE_NEW_PROCESS_GROUP, signal.CTRL_BREAK_EVENT
else:
    GROUP, STOP = 0, signal.SIGTERM


class RunningServer(NamedTuple):
    base_url: str
    output: Path  # standard output and standard error, as they come
    root: Path  # a copy of resources/, so that uploads leave no trace


@contextmanager
def running_server(folder: Path, *arguments: str) -> Iterator[RunningServer]:
    """Start `server.py 0 127.0.0.1 ARGUMENTS`, stop it as a person would, and insist on exit code 0."""
    root = folder / "resources"
    output = folder / "output.txt"
    shutil.copytree(CHECKOUT / "resources", root)
    command = [sys.executable, str(CHECKOUT / "server.py"), "0", "127.0.0.1", *arguments, "--root", str(root)]
    with output.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, creationflags=GROUP)
    try:
        yield RunningServer(_wait_until_listening(process, output), output, root)
        if not IS_WINE:  # which has no console here for Ctrl+Break
            process.send_signal(STOP)
            assert process.wait(STOP_LIMIT_S) == 0, output.read_text("utf-8")
    finally:
        process.kill()
        process.wait()


def _wait_until_listening(process: subprocess.Popen[bytes], output: Path) -> str:
    deadline_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if found := re.search(r"^Listening on (https?://\S+)/\s", output.read_text("utf-8"), re.MULTILINE):
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"the server does not listen: {output.read_text('utf-8')}")
