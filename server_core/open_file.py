"""Files opened for reading such that nobody else is hindered: what is being sent may be changed, renamed and
deleted meanwhile, on Windows too.
"""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _create_file = _kernel32.CreateFileW
    _create_file.argtypes = (
        wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID, wintypes.DWORD, wintypes.DWORD,
        wintypes.HANDLE,
    )  # fmt: skip
    _create_file.restype = wintypes.HANDLE
    _close_handle = _kernel32.CloseHandle
    _close_handle.argtypes = (wintypes.HANDLE,)
    _GENERIC_READ = 0x8000_0000
    _SHARE_READ_WRITE_DELETE = 0x1 | 0x2 | 0x4  # os.open shares no deletion
    _OPEN_EXISTING = 3
    _INVALID_HANDLE = wintypes.HANDLE(-1).value

    def open_file(name: str) -> int:
        """A descriptor to read ``name`` with; child processes do not get it. Raises OSError. Any thread."""
        handle = _create_file(name, _GENERIC_READ, _SHARE_READ_WRITE_DELETE, None, _OPEN_EXISTING, 0, None)
        if handle == _INVALID_HANDLE:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT)
        except OSError:
            _close_handle(handle)
            raise

else:
    # O_NONBLOCK: a FIFO that takes the file's place between the look and the opening must not hold the
    # worker. O_NOCTTY: nor a terminal take us over.
    _FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

    def open_file(name: str) -> int:
        """A descriptor to read ``name`` with; child processes do not get it. Raises OSError. Any thread."""
        return os.open(name, _FLAGS)
