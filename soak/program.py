"""The server under test: the program itself, as a process of its own, watched and stopped from outside."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

PROJECT = Path(__file__).resolve().parent.parent
ANNOUNCED_WITHIN_S = 60.0
# Ten for what is in flight, two for the workers, five for the log; and a busy machine.
STOPPED_WITHIN_S = 60.0
# Windows: the server has a console of its own, without a window, and Ctrl+C is pressed there by a process
# that joins it for that.
_OWN_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_PRESS_CTRL_C = """
import ctypes, sys
console = ctypes.windll.kernel32
console.FreeConsole()
if not console.AttachConsole(int(sys.argv[1])):
    sys.exit("no console")
console.SetConsoleCtrlHandler(None, True)
console.GenerateConsoleCtrlEvent(0, 0)
"""


class Program:
    """``python server.py`` on a free port of this computer. It is killed at the end of the block if it still
    runs then.
    """

    def __init__(
        self, python: str, root: Path, work: Path, *options: str, env: Mapping[str, str] | None = None
    ) -> None:
        """``work`` takes what it says on standard error."""
        self.port = 0
        """After the block has begun."""
        self.errors = work / "stderr.txt"
        command = [python, str(PROJECT / "server.py"), "0", "127.0.0.1", "10", "--root", str(root), *options]
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, cwd=PROJECT,
                env={**os.environ, **(env or {})}, creationflags=_OWN_CONSOLE,
            )  # fmt: skip
        assert self.process.stdout is not None
        self.output = self.process.stdout
        """What it prints after its announcement."""

    def __enter__(self) -> Self:
        watchdog = threading.Timer(ANNOUNCED_WITHIN_S, self.process.kill)
        watchdog.start()
        announced = re.fullmatch(rb"Listening on https?://[\d.]+:(\d+)/\s*", self.output.readline())
        watchdog.cancel()
        if announced is None:
            self.__exit__()
            raise RuntimeError(f"the server did not start: {self.said_on_stderr}")
        self.port = int(announced[1])
        self.watch = psutil.Process(self.process.pid)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.output.close()

    @property
    def said_on_stderr(self) -> str:
        return self.errors.read_text("utf-8", "replace")

    def ask_to_stop(self) -> None:
        """As Ctrl+C, or ``kill``, does."""
        if sys.platform == "win32":
            subprocess.run([sys.executable, "-c", _PRESS_CTRL_C, str(self.process.pid)], check=True)
        else:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Stop gracefully; the exit status. Raises TimeoutExpired. Nothing reads the output meanwhile."""
        self.ask_to_stop()
        return self.process.wait(STOPPED_WITHIN_S)


def descriptors(process: psutil.Process) -> int:
    """How many descriptors, on Windows handles, it has open."""
    if sys.platform == "win32":
        return process.num_handles()
    return process.num_fds()
