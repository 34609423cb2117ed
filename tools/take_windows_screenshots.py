"""Take the pictures in docs/screenshots/windows: the packaged Spindle.exe on the screen, with real requests.

    python -m tools.take_windows_screenshots

Windows only; dist/Spindle must have been built, and port 8080 be free. Settings go to a temporary folder.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, nullcontext
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QGuiApplication

from server_core.places import SITE_FOLDER, documents_folder
from tools.desktop import WITHIN_S, Window, windows_of
from tools.package import PROGRAM, ROOT
from tools.take_screenshots import visit

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

TARGET = ROOT / "docs" / "screenshots" / "windows"
PORT = 8080
SIZE_PX = (1220, 760)
DRAWN_AFTER_S = 2.5
ROW_AT = (0.55, 0.3)
"""A place in the table of requests, as parts of the window's width and height."""
MOUSE_DOWN, MOUSE_UP = 0x0002, 0x0004
HOSTILE = (
    "/../outside.txt",
    "/%2e%2e/%2e%2e/windows/win.ini",
    "/aux.txt",
    "/index.html::$DATA",
    "/uploads/a.json",
)


def attack(port: int) -> None:
    """What the server refuses, often enough to fill the table."""
    for target in HOSTILE * 6:
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", target)
            connection.getresponse().read()


def nothing(_port: int) -> None:
    pass


class Shot(NamedTuple):
    name: str
    arguments: tuple[str, ...] = ("--start", "--port", str(PORT))
    requests: Callable[[int], None] = nothing
    chooses_a_row: bool = False
    meanwhile: Callable[[], AbstractContextManager[object]] = nullcontext


SHOTS = (
    Shot("first-start", arguments=()),
    Shot("serving", requests=visit),
    Shot("refusal", requests=attack, chooses_a_row=True),
    Shot("port-in-use", meanwhile=lambda: closing(socket.create_server(("127.0.0.1", PORT)))),
)


def wait_for_window(process: subprocess.Popen[bytes]) -> Window:
    end_s = time.monotonic() + WITHIN_S
    while not (found := windows_of(process.pid)):
        if process.poll() is not None or time.monotonic() > end_s:
            raise SystemExit(f"{PROGRAM} shows no window; its exit status is {process.poll()}")
        time.sleep(0.05)
    return found[0]


def wait_until_it_answers() -> None:
    end_s = time.monotonic() + WITHIN_S
    with closing(socket.socket()) as probe:
        while probe.connect_ex(("127.0.0.1", PORT)) and time.monotonic() < end_s:
            time.sleep(0.05)


def click(window: Window) -> None:
    user32 = ctypes.CDLL("user32")
    user32.SetForegroundWindow(ctypes.c_void_p(window.handle))
    user32.SetCursorPos(*(int(part * size_px) for part, size_px in zip(ROW_AT, SIZE_PX, strict=True)))
    for event in (MOUSE_DOWN, MOUSE_UP):
        user32.mouse_event(event, 0, 0, 0, None)


def take(shot: Shot, settings: str) -> Path:
    environment = {**os.environ, "APPDATA": settings, "LOCALAPPDATA": settings}
    environment.pop("QT_QPA_PLATFORM", None)
    with shot.meanwhile(), subprocess.Popen([PROGRAM, *shot.arguments], env=environment) as process:
        try:
            window = wait_for_window(process)
            ctypes.CDLL("user32").MoveWindow(ctypes.c_void_p(window.handle), 0, 0, *SIZE_PX, 1)
            time.sleep(DRAWN_AFTER_S)
            if shot.requests is not nothing:
                wait_until_it_answers()
                shot.requests(PORT)
            time.sleep(DRAWN_AFTER_S)
            if shot.chooses_a_row:
                click(window)
                time.sleep(DRAWN_AFTER_S)
            file = TARGET / f"{shot.name}.png"
            QGuiApplication.primaryScreen().grabWindow(window.handle).save(str(file))
            return file
        finally:
            process.kill()


def main() -> int:
    app = QGuiApplication(sys.argv[:1])
    TARGET.mkdir(parents=True, exist_ok=True)
    site = documents_folder() / SITE_FOLDER
    was_there = site.exists()
    for shot in SHOTS:
        with tempfile.TemporaryDirectory() as settings:
            print(take(shot, settings))
    if not was_there:
        shutil.rmtree(site)
    app.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
