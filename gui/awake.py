"""Keeps the computer from going to sleep, for as long as it is held. The screen may go dark."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

if sys.platform == "win32":
    import ctypes

    # SetThreadExecutionState (winbase.h): holds until the same thread says otherwise, or ends.
    _ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001

    def _set_state(state: int) -> bool:
        return bool(ctypes.windll.kernel32.SetThreadExecutionState(ctypes.c_uint(state)))


_INHIBIT = ("systemd-inhibit", "--what=sleep:idle", "--who=Spindle", "--why=Serving", "--mode=block", "cat")
END_WITHIN_S = 1.0


def is_available() -> bool:
    """Whether this system has something that can be asked."""
    if sys.platform == "win32":
        return True
    return shutil.which(_INHIBIT[0]) is not None and Path("/run/systemd/system").is_dir()


class Awake:
    """Belongs to one thread, the GUI's: on Windows the state is that of the thread."""

    def __init__(self) -> None:
        self._holder: subprocess.Popen[bytes] | None = None
        self.is_held = False

    def hold(self) -> None:
        """Keep awake; does nothing when it is held already or can't be."""
        if self.is_held or not is_available():
            return
        if sys.platform == "win32":
            self.is_held = _set_state(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED)
        else:
            # cat ends with its input: whatever becomes of this program, the lock doesn't outlive it.
            self._holder = subprocess.Popen(
                _INHIBIT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            self.is_held = True

    def release(self) -> None:
        if not self.is_held:
            return
        self.is_held = False
        if sys.platform == "win32":
            _set_state(_ES_CONTINUOUS)
        elif self._holder is not None:
            holder, self._holder = self._holder, None
            if holder.stdin is not None:
                holder.stdin.close()
            try:
                holder.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                holder.kill()
                holder.wait()
