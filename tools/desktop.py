"""What stands on the Windows desktop: the windows of a process, their texts, and how to close them.

python -m tools.desktop PROGRAM [ARGUMENTS]     how long a program takes to show its window, five times
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from typing import NamedTuple

WM_CLOSE = 0x0010
STARTS = 5
WITHIN_S = 60.0


class Window(NamedTuple):
    handle: int
    title: str
    texts: tuple[str, ...]
    """Of its parts, as far as those are windows."""


def _text(handle: int) -> str:
    buffer = ctypes.create_unicode_buffer(4096)
    ctypes.CDLL("user32").GetWindowTextW(ctypes.c_void_p(handle), buffer, len(buffer))
    return buffer.value


def windows_of(pid: int) -> list[Window]:
    """The visible top-level windows of the process, and of no other."""
    if sys.platform != "win32":
        return []
    user32 = ctypes.CDLL("user32")
    found: list[Window] = []
    collect = ctypes.WINFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)

    def look(handle: int, _: int) -> bool:
        owner = ctypes.c_uint32()
        user32.GetWindowThreadProcessId(ctypes.c_void_p(handle), ctypes.byref(owner))
        if owner.value == pid and user32.IsWindowVisible(ctypes.c_void_p(handle)):
            parts: list[str] = []
            user32.EnumChildWindows(
                ctypes.c_void_p(handle), collect(lambda part, _: parts.append(_text(part)) or True), None
            )
            found.append(Window(handle, _text(handle), tuple(parts)))
        return True

    user32.EnumWindows(collect(look), None)
    return found


def close(window: Window) -> None:
    """As its close button does."""
    ctypes.CDLL("user32").PostMessageW(ctypes.c_void_p(window.handle), WM_CLOSE, None, None)


def time_to_window_s(command: list[str]) -> float:
    """From the start of the program until its window is visible; then it is closed and has ended."""
    started_s = time.monotonic()
    with subprocess.Popen(command) as process:
        while not (found := windows_of(process.pid)):
            if process.poll() is not None or time.monotonic() > started_s + WITHIN_S:
                raise SystemExit(f"{command[0]} shows no window; its exit status is {process.poll()}")
            time.sleep(0.01)
        elapsed_s = time.monotonic() - started_s
        close(found[0])
        process.wait(WITHIN_S)
    return elapsed_s


if __name__ == "__main__":
    spans_s = [time_to_window_s(sys.argv[1:]) for _ in range(STARTS)]
    print("window visible after", ", ".join(f"{span_s:.2f} s" for span_s in spans_s))
