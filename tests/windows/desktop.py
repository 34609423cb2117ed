"""What stands on the Windows desktop: the windows of a process, their texts, and how to close them."""

from __future__ import annotations

import ctypes
import sys
from typing import NamedTuple

WM_CLOSE = 0x0010


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
