#!/usr/bin/env python3
"""Take the pictures in docs/screenshots: the real window, a real server on the sample site, real requests.

    python tools/take_screenshots.py [--only NAME]

Each picture is taken by a process of its own, because Qt reads scale and theme once. On Linux it needs a
display, for example `xvfb-run -a -s "-screen 0 2600x1800x24"`. Uploads go to a copy of
the site that is removed again. Needs Pillow.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from gui.app import Parts

PORT = 8080
# People read these paths in the pictures.
SITE = Path(tempfile.gettempdir()) / "my-site"
CONFIG = SITE.with_name("my-settings")
TIMEOUT_S = 60
# A family that the picture is set in where the computer has it; people's own windows use the system's.
FONT = "Inter"


class Shot(NamedTuple):
    name: str
    scene: str
    dark: bool = False
    size_px: tuple[int, int] = (1280, 800)
    scale: int = 1
    threads: int = 10


SMALL_PX, LARGE_PX = (900, 600), (1920, 1080)
SHOTS = (
    Shot("window-light", "serving"),
    Shot("window-dark", "serving", dark=True),
    Shot("window-small", "serving", size_px=SMALL_PX),
    Shot("window-large", "serving", size_px=LARGE_PX, dark=True),
    Shot("window-200-percent", "serving", size_px=SMALL_PX, scale=2),
    Shot("workers-64", "busy", threads=64),
    Shot("workers-64-small", "busy", threads=64, size_px=SMALL_PX, dark=True),
    Shot("workers-1", "busy", threads=1, size_px=SMALL_PX),
    Shot("workers-10", "busy", dark=True),
    Shot("first-start", "first-start", size_px=SMALL_PX),
    Shot("first-start-200-percent", "first-start", size_px=SMALL_PX, scale=2, dark=True),
    Shot("wrong-values", "wrong-values", size_px=SMALL_PX),
    Shot("port-in-use", "port-in-use", size_px=SMALL_PX),
    Shot("inbox", "inbox"),
    Shot("self-test", "self-test"),
    Shot("load-test", "load-test"),
    Shot("load-test-dark", "load-test", dark=True),
    Shot("qr-code", "qr-code"),
    Shot("more-settings", "more-settings"),
    Shot("more-settings-dark", "more-settings", dark=True),
    Shot("more-settings-200-percent", "more-settings", scale=2),
    Shot("users", "users"),
    Shot("certificate", "certificate"),
)

UPLOAD = b'{"from": "take_screenshots", "numbers": [1, 2, 3]}'
JSON = {"Content-Type": "application/json"}
# What a visitor, a script and somebody with bad intent ask for.
REQUESTS: tuple[tuple[str, str, bytes | None, dict[str, str]], ...] = (
    ("GET", "/", None, {}),
    ("GET", "/logo.png", None, {}),
    ("GET", "/photo.png", None, {}),
    ("GET", "/about.html", None, {}),
    ("GET", "/family.jpg", None, {}),
    ("GET", "/friend.jpg", None, {}),
    ("GET", "/sample.txt", None, {"Range": "bytes=0-999"}),
    ("GET", "/contact.html", None, {}),
    ("POST", "/upload", UPLOAD, JSON),
    ("GET", "/favicon.ico", None, {}),
    ("GET", "/../etc/passwd", None, {}),
    ("GET", "/admin.html", None, {}),
    ("POST", "/upload", b'{"half": ', JSON),
    ("GET", "/", None, {"Host": "rebound.example"}),
    ("DELETE", "/index.html", None, {}),
    ("GET", "/index.html?from=search", None, {}),
    ("POST", "/upload", UPLOAD, JSON),
    ("GET", "/photo.png", None, {}),
)


def visit(port: int) -> None:
    for method, target, body, headers in REQUESTS:
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request(method, target, body, headers)
            connection.getresponse().read()


def take(shot: Shot, target: Path) -> None:
    """Take one picture. In a process of its own."""
    from PySide6.QtCore import QLocale, Qt
    from PySide6.QtGui import QFont, QFontDatabase
    from PySide6.QtWidgets import QDialog

    from gui.app import compose, make_application
    from gui.settings import Settings
    from server_core.places import copy_sample_site

    app = make_application()
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark if shot.dark else Qt.ColorScheme.Light)
    app.processEvents()
    app.setStyle(app.style().name())  # styles take their palette from the scheme when they are set
    if FONT in QFontDatabase.families():
        app.setFont(QFont(FONT, 10))
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    root = copy_sample_site(SITE)
    port = PORT if port_is_free() else 0
    texts = {"root": str(root), "port": str(port), "threads": str(shot.threads)}
    parts = compose(Settings(CONFIG / "spindle.ini", texts))
    parts.window.resize(*shot.size_px)
    parts.window.show()
    end = SCENES[shot.scene](app, parts)
    settle(app, 300)
    dialogs = [each for each in parts.window.findChildren(QDialog) if each.isVisible()]
    save((dialogs or [parts.window])[0].grab().toImage(), target)
    end()
    parts.controller.shut_down(2.0)
    settle(app, 100)
    parts.window.close()
    shutil.rmtree(SITE)
    shutil.rmtree(CONFIG)


def save(picture: QImage, target: Path) -> None:
    """A window has few colours besides the edges of letters: those that matter make a small file."""
    from PIL import Image

    picture.save(str(target))
    with Image.open(target) as opened:
        full = opened.convert("RGB")
    chosen: list[tuple[int, int, int]] = []
    for _, colour in sorted(full.getcolors(full.width * full.height), reverse=True):
        # What is near to one that is more frequent is no colour of its own.
        if all(sum(abs(a - b) for a, b in zip(colour, other, strict=True)) > 6 for other in chosen):
            chosen.append(colour)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in chosen[:256] for part in colour])
    full.quantize(palette=palette, dither=Image.Dither.NONE).save(target, optimize=True)


def port_is_free() -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) != 0


def settle(app: QApplication, span_ms: int) -> None:
    from PySide6.QtCore import QDeadlineTimer, QEventLoop

    deadline = QDeadlineTimer(span_ms)
    while not deadline.hasExpired():
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def nothing() -> None:
    """What there is to end after most scenes."""


def start(app: QApplication, parts: Parts) -> int:
    """Serve; returns the port."""
    parts.window.start()
    settle(app, 700)
    return int(parts.controller.url.rstrip("/").rpartition(":")[2])


def serving(app: QApplication, parts: Parts) -> Callable[[], None]:
    port = start(app, parts)
    visitor = threading.Thread(target=visit, args=(port,))
    visitor.start()
    while visitor.is_alive():
        settle(app, 50)
    settle(app, 300)
    log = parts.window.log
    refused = (row for row in range(parts.model.visible_rows) if parts.model.event_at(row).status == 403)
    log.table.selectRow(next(refused))
    return nothing


def busy(app: QApplication, parts: Parts) -> Callable[[], None]:
    """Visitors who never stop, one who takes a large page slowly, one who sends half an upload."""
    (SITE / "manual.html").write_bytes(bytes(24 * 1024 * 1024))
    port = start(app, parts)
    stop = threading.Event()
    visitors = [threading.Thread(target=visit_on, args=(port, stop)) for _ in range(12)]
    for visitor in visitors:
        visitor.start()
    host = f"Host: 127.0.0.1:{port}\r\n"
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", port))
    slow.sendall(f"GET /manual.html HTTP/1.1\r\n{host}\r\n".encode())
    half = socket.create_connection(("127.0.0.1", port))
    length = f"Content-Type: application/json\r\nContent-Length: {2 * len(UPLOAD)}\r\n"
    half.sendall(f"POST /upload HTTP/1.1\r\n{host}{length}\r\n".encode() + UPLOAD)
    for _ in range(300):
        slow.recv(65536)
        settle(app, 15)
    parts.window.lower_pane.bring_up(parts.window.board)

    def end() -> None:
        stop.set()
        for visitor in visitors:
            visitor.join()
        slow.close()
        half.close()

    return end


def visit_on(port: int, stop: threading.Event) -> None:
    while not stop.is_set():
        visit(port)
        stop.wait(0.05)


def first_start(_app: QApplication, _parts: Parts) -> Callable[[], None]:
    return nothing


def wrong_values(_app: QApplication, parts: Parts) -> Callable[[], None]:
    form = parts.window.form
    form.set_folder(str(SITE.with_name("no-such-folder")))
    form.set_port(99999)
    form.field("threads").editor.setProperty("text", "0")
    form.field("allow_hosts").editor.setProperty("text", "http://example.test/")
    parts.window.start()
    return nothing


def port_in_use(app: QApplication, parts: Parts) -> Callable[[], None]:
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        parts.window.form.set_port(holder.getsockname()[1])
        parts.window.start()
        settle(app, 1000)
    return nothing


def inbox(app: QApplication, parts: Parts) -> Callable[[], None]:
    end = serving(app, parts)
    parts.window.lower_pane.bring_up(parts.window.feature("InboxFeature").view)
    return end


def self_test(app: QApplication, parts: Parts) -> Callable[[], None]:
    parts.window.start()
    settle(app, 500)
    parts.window.actions_by_name["self_test"].trigger()
    while parts.window.feature("SelfTestFeature").dialog.is_running:
        settle(app, 100)
    return nothing


def load_test(app: QApplication, parts: Parts) -> Callable[[], None]:
    parts.window.start()
    settle(app, 500)
    parts.window.actions_by_name["load_test"].trigger()
    dialog = parts.window.feature("LoadFeature").dialog
    dialog.start()
    while dialog.is_running:
        settle(app, 100)
    return nothing


def qr_code(app: QApplication, parts: Parts) -> Callable[[], None]:
    parts.window.form.field("host").editor.setProperty("currentIndex", 1)
    parts.window.start()
    settle(app, 500)
    parts.window.actions_by_name["share"].trigger()
    return nothing


def more_settings(app: QApplication, parts: Parts) -> Callable[[], None]:
    site = {"profile": "website", "listing": "yes", "cors": "https://app.example", "cache": "revalidate"}
    parts.window.form.set_texts({**parts.window.form.texts(), **site})
    parts.window.actions_by_name["more_settings"].trigger()
    settle(app, 200)
    return nothing


def users(app: QApplication, parts: Parts) -> Callable[[], None]:
    parts.window.form.field("host").editor.setProperty("currentIndex", 1)
    parts.window.actions_by_name["users"].trigger()
    dialog = parts.window.feature("UsersFeature").dialog
    for name in ("ann", "bob", "carla"):
        for editor, text in (
            (dialog.name, name),
            (dialog.password, "secret words"),
            (dialog.again, "secret words"),
        ):
            editor.setText(text)
        dialog.save()
    settle(app, 400)
    return nothing


def certificate(app: QApplication, parts: Parts) -> Callable[[], None]:
    parts.window.form.set_texts({**parts.window.form.texts(), "host": "0.0.0.0", "tls_self_signed": "yes"})
    parts.window.start()
    settle(app, 1500)
    parts.window.actions_by_name["share"].trigger()
    settle(app, 200)
    return nothing


SCENES = {
    "serving": serving,
    "busy": busy,
    "first-start": first_start,
    "wrong-values": wrong_values,
    "port-in-use": port_in_use,
    "inbox": inbox,
    "self-test": self_test,
    "load-test": load_test,
    "qr-code": qr_code,
    "more-settings": more_settings,
    "users": users,
    "certificate": certificate,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Take the pictures of the window in docs/screenshots.")
    parser.add_argument("--only", choices=[shot.name for shot in SHOTS], help="take one picture")
    parser.add_argument("--target", type=Path, default=TARGET, metavar="DIR", help="folder to put them in")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    for shot in SHOTS:
        if options.only not in {None, shot.name}:
            continue
        target = options.target / f"{shot.name}.png"
        if options.child:
            take(shot, target)
            continue
        environment = {**os.environ, "QT_SCALE_FACTOR": str(shot.scale), "XDG_CONFIG_HOME": str(CONFIG)}
        if sys.platform.startswith("linux"):
            environment["QT_QPA_PLATFORMTHEME"] = "gnome"  # Qt's own theme that can be asked for dark
        arguments = ["--child", "--only", shot.name, "--target", str(options.target)]
        command = [sys.executable, __file__, *arguments]
        done = subprocess.run(
            command, env=environment, timeout=TIMEOUT_S, capture_output=True, text=True, check=False
        )
        if done.returncode:  # what Qt says of a missing desktop is of no interest otherwise
            print(done.stderr, file=sys.stderr)
            return 1
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
