"""Links to folders and files on whatever system the tests run."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def link(name: Path, goal: Path) -> None:
    """Make ``name`` lead to ``goal``; skips the test where this account can't."""
    for way in (_junction, _symbolic_link, _host_link):
        with contextlib.suppress(OSError, AttributeError):
            way(name, goal)
            if name.is_symlink() or os.path.realpath(name) == os.path.realpath(goal):
                return
        with contextlib.suppress(OSError):
            name.rmdir()  # what a junction that failed left behind
    pytest.skip("this account can't make links (Windows asks for developer mode or an administrator)")


def _junction(name: Path, goal: Path) -> None:
    """What `mklink /J` makes; needs no right, and leads to folders only."""
    if sys.platform == "win32" and goal.is_dir():
        import _winapi

        _winapi.CreateJunction(str(goal), str(name))


def _symbolic_link(name: Path, goal: Path) -> None:
    name.symlink_to(goal, target_is_directory=goal.is_dir())


def _host_link(name: Path, goal: Path) -> None:
    """Wine makes neither, but what a link of its host leads to is outside all the same, and it runs the
    host's programs.
    """
    if sys.platform == "win32":
        host_name = ctypes.CDLL("kernel32").wine_get_unix_file_name
        host_name.restype = ctypes.c_char_p
        names = [os.fsdecode(host_name(ctypes.c_wchar_p(str(path)))) for path in (goal, name.parent)]
        command = ["start", "/unix", "/bin/ln", "-s", names[0], f"{names[1]}/{name.name}"]
        subprocess.run(command, capture_output=True, check=False, timeout=20)
        end_s = time.monotonic() + 5
        while not os.path.lexists(name) and time.monotonic() < end_s:
            time.sleep(0.05)  # start does not wait for programs of the host
