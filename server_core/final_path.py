"""The name under which the system holds an open file, so that what was opened is judged and not what was
asked for.
"""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _get_final_path = ctypes.WinDLL("kernel32", use_last_error=True).GetFinalPathNameByHandleW
    _get_final_path.argtypes = (wintypes.HANDLE, wintypes.LPWSTR, wintypes.DWORD, wintypes.DWORD)
    _get_final_path.restype = wintypes.DWORD
    _LONGEST = 32_768  # UTF-16 units of a path with the \\?\ prefix

    def final_path(fd: int, opened_as: str) -> str:
        """The real path of an open file. Raises OSError. Any thread."""
        buffer = ctypes.create_unicode_buffer(_LONGEST)
        length = _get_final_path(msvcrt.get_osfhandle(fd), buffer, _LONGEST, 0)
        if not 0 < length < _LONGEST:
            raise ctypes.WinError(ctypes.get_last_error())
        path = buffer.value
        if path.startswith("\\\\?\\UNC\\"):
            return "\\\\" + path[8:]
        return path.removeprefix("\\\\?\\")

elif sys.platform == "linux":

    def final_path(fd: int, opened_as: str) -> str:
        """The real path of an open file. Raises OSError. Any thread."""
        try:
            return os.readlink(f"/proc/self/fd/{fd}")
        except FileNotFoundError:
            return _path_of_same_file(fd, opened_as)  # no /proc in some containers

elif sys.platform == "darwin":
    import fcntl

    def final_path(fd: int, opened_as: str) -> str:
        """The real path of an open file. Raises OSError. Any thread."""
        return os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))

else:

    def final_path(fd: int, opened_as: str) -> str:
        """The real path of an open file. Raises OSError. Any thread."""
        return _path_of_same_file(fd, opened_as)


def _path_of_same_file(fd: int, opened_as: str) -> str:
    """The real path of the name, if it still leads to the open file."""
    path = os.path.realpath(opened_as)
    if not os.path.samestat(os.fstat(fd), os.lstat(path)):
        raise FileNotFoundError(f"{opened_as} was replaced while it was opened")
    return path
