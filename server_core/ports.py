"""Who holds a port, and which are free."""

from __future__ import annotations

import contextlib
import socket
import sys
from pathlib import Path, PureWindowsPath

_TCP_LISTEN = "0A"  # the state's number in /proc/net/tcp (include/net/tcp_states.h of Linux)
# How many ports above a taken one are tried before any free one will do.
_TRIED_PORTS = 100


def free_port(host: str, above: int = 0) -> int:
    """A port on ``host`` on which nothing listens at this moment: the next one above ``above``, which people
    find again, or any. Raises OSError where ``host`` is not of this computer.
    """
    for port in range(above + 1, min(above + _TRIED_PORTS, 65535) + 1) if above else ():
        with contextlib.suppress(OSError):
            return _bound_port(host, port)
    return _bound_port(host, 0)


def _bound_port(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, port))
        return int(probe.getsockname()[1])


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _AF_INET, _AF_INET6 = 2, 23
    _TCP_TABLE_OWNER_PID_LISTENER = 3
    _PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
    # Offsets in MIB_TCPROW_OWNER_PID and MIB_TCP6ROW_OWNER_PID (tcpmib.h): size of a row, local port,
    # process.
    _ROWS = {_AF_INET: (24, 8, 20), _AF_INET6: (56, 20, 52)}

    def who_listens(port: int) -> str:
        """The program that listens on ``port``, as "name (process 123)"; empty where that can't be known."""
        for family, (row_bytes, port_at, process_at) in _ROWS.items():
            table = _listeners(family)
            for start in range(4, len(table) - row_bytes + 1, row_bytes):
                row = table[start : start + row_bytes]
                if int.from_bytes(row[port_at : port_at + 2], "big") == port:
                    process = int.from_bytes(row[process_at : process_at + 4], "little")
                    return f"{_program(process)} (process {process})"
        return ""

    def _listeners(family: int) -> bytes:
        get_table = ctypes.WinDLL("iphlpapi").GetExtendedTcpTable
        size = wintypes.DWORD(0)
        get_table(None, ctypes.byref(size), False, family, _TCP_TABLE_OWNER_PID_LISTENER, 0)
        buffer = ctypes.create_string_buffer(size.value + 1024)  # room for listeners that came in between
        size.value = len(buffer)
        if get_table(buffer, ctypes.byref(size), False, family, _TCP_TABLE_OWNER_PID_LISTENER, 0):
            return b""
        rows = int.from_bytes(buffer.raw[:4], "little")
        return buffer.raw[: 4 + rows * _ROWS[family][0]]

    def _program(process: int) -> str:
        kernel = ctypes.WinDLL("kernel32")
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, process)
        if not handle:
            return "another program"
        try:
            name, size = ctypes.create_unicode_buffer(1024), wintypes.DWORD(1024)
            found = kernel.QueryFullProcessImageNameW(wintypes.HANDLE(handle), 0, name, ctypes.byref(size))
            return PureWindowsPath(name.value).name if found else "another program"
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))

else:

    def who_listens(port: int) -> str:
        """The program that listens on ``port``, as "name (process 123)"; empty where that can't be known."""
        sockets = _listening_sockets(port)
        if sockets:
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if any(str(fd.readlink()) in sockets for fd in (process / "fd").iterdir()):
                        return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        return ""

    def _listening_sockets(port: int) -> set[str]:
        """How /proc/PID/fd names the sockets that listen on ``port``."""
        found = set()
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            with contextlib.suppress(OSError):
                for row in Path(table).read_text().splitlines()[1:]:
                    columns = row.split()
                    if columns[3] == _TCP_LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                        found.add(f"socket:[{columns[9]}]")
        return found
