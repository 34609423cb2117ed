#!/usr/bin/env python3
"""Take the pictures in docs/website: the real server with one switch each, a real browser, real commands.

    python tools/take_website_pictures.py [--only NAME]

Needs playwright with a Chromium on the PATH, curl, openssl, bash and Pillow. What is asked of the server and
what it answers is shown as it is, but for the port, which is a free one here and 8080 in the pictures, and
for the folder of the temporary home.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "website"
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from tools.website_samples import VIDEO_S, make_all  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
WIDE_PX, PAGE_PX, PHONE_PX = (760, 560), (620, 240), (290, 560)
SHOWN_PORT = 8080
COLOURS = 48
START_S = 20.0

TERMINAL = """<!DOCTYPE html><meta charset=utf-8><style>
body { margin: 0; padding: 14px 18px; width: 824px; background: #1d2026; color: #d8dce4;
       font: 13px/1.5 'DejaVu Sans Mono', monospace; white-space: pre-wrap; overflow-wrap: anywhere }
b { color: #fff } i { color: #7fb4ff; font-style: normal }
</style>"""
FRAME = """<!DOCTYPE html><meta charset=utf-8><style>
body { margin: 0; display: inline-flex; gap: 14px; padding: 1px; background: #fff }
figure { margin: 0; border: 1px solid #b9bec8; border-radius: 8px; overflow: hidden }
figcaption { background: #e8eaee; padding: 6px 10px }
figcaption span { display: block; background: #fff; border-radius: 12px; padding: 3px 12px; color: #333;
       font: 13px Inter, sans-serif; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
img { display: block }
</style>"""


class Stage:
    """One running server, and what draws its pictures."""

    def __init__(self, browser: Browser, home: Path, port: int, said: str) -> None:
        self.browser = browser
        self.home = home
        self.said = said
        """What the server printed when it started."""
        self.scheme = "https" if "https://" in said else "http"
        self.base = f"{self.scheme}://127.0.0.1:{port}"
        self._port = port

    def shown(self, text: str) -> str:
        """``text`` with the port and the home that people have."""
        return text.replace(str(self.home), "~").replace(f":{self._port}", f":{SHOWN_PORT}")

    def type(self, *commands: str) -> bytes:
        """A terminal after ``commands``; URL stands for the server's address, AUTHORITY for its end."""
        text = ""
        for pattern in commands:
            command = pattern.replace("URL", self.base).replace("AUTHORITY", self.base.partition("//")[2])
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.home, env={**os.environ, "HOME": str(self.home)},
                capture_output=True, text=True, check=False, timeout=30,
            )  # fmt: skip
            typed = self.shown(command)
            text += (
                f"<i>$</i> <b>{html.escape(typed)}</b>\n{html.escape(self.shown(done.stdout).strip())}\n\n"
            )
        return self.paper(TERMINAL + text.rstrip().replace("\r", ""))

    def printed(self, command: str) -> bytes:
        """A terminal in which ``command`` has started the server."""
        said = html.escape(self.shown(self.said).strip())
        return self.paper(f"{TERMINAL}<i>$</i> <b>{html.escape(command)}</b>\n{said}")

    def paper(self, page: str) -> bytes:
        tab = self.browser.new_page(viewport={"width": 1200, "height": 100})
        tab.set_content(page)
        box = tab.evaluate("(({width, height}) => [width, height])(document.body.getBoundingClientRect())")
        tab.set_viewport_size({"width": int(box[0]) + 1, "height": int(box[1]) + 1})
        picture = tab.screenshot()
        tab.close()
        return picture

    def look(
        self,
        target: str,
        act: Callable[[Page], None] = lambda _page: None,
        size_px: tuple[int, int] = WIDE_PX,
        *,
        dark: bool = False,
    ) -> str:
        """A browser at ``target`` after ``act``, as a figure for :meth:`framed`."""
        tab = self.browser.new_page(
            viewport={"width": size_px[0], "height": size_px[1]},
            color_scheme="dark" if dark else "light",
            ignore_https_errors=True,
            timezone_id="Europe/Berlin",
        )
        tab.goto(self.base + target)
        act(tab)
        picture = base64.b64encode(tab.screenshot()).decode()
        address = html.escape(self.shown(tab.url))
        tab.close()
        caption = f"<figcaption><span style='max-width:{size_px[0] - 44}px'>{address}</span></figcaption>"
        return f"<figure>{caption}<img src='data:image/png;base64,{picture}'></figure>"

    def framed(self, *figures: str) -> bytes:
        return self.paper(FRAME + "".join(figures))


class Picture(NamedTuple):
    name: str
    options: str
    """What the server is started with; HOME stands for the folder above the site."""
    draw: Callable[[Stage], bytes]


# --- what is shown ---


def listing(stage: Stage) -> bytes:
    return stage.framed(
        stage.look("/Holidays/"),
        stage.look("/Holidays/?sort=size&order=desc", size_px=PHONE_PX, dark=True),
    )


def sought(stage: Stage) -> bytes:
    def seek(page: Page) -> None:
        page.evaluate(
            "second => new Promise(done => { const video = document.querySelector('video');"
            " video.onseeked = done; video.currentTime = second })",
            VIDEO_S * 2 // 3,
        )
        page.mouse.move(200, 200)
        page.wait_for_timeout(300)

    return stage.framed(stage.look("/", seek, (660, 380)))


def received(stage: Stage) -> bytes:
    def send(page: Page) -> None:
        names = ("family.jpg", "friend.jpg", "photo.png")
        page.set_input_files("input[type=file] >> nth=0", [ROOT / "resources" / name for name in names])
        page.wait_for_function("document.body.innerText.split('photo.png').length > 1")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)

    return stage.framed(
        stage.look("/upload", send, (560, 560)), stage.look("/upload", size_px=PHONE_PX, dark=True)
    )


def page(target: str) -> Callable[[Stage], bytes]:
    return lambda stage: stage.framed(stage.look(target, size_px=PAGE_PX))


def typed(*commands: str) -> Callable[[Stage], bytes]:
    return lambda stage: stage.type(*commands)


def only(names: str) -> str:
    """The status line and some fields of what curl shows."""
    return f"| grep -iE '^(HTTP|{names})'"


PREFLIGHT = (
    "curl -si -X OPTIONS URL/upload -H 'Origin: https://app.example' "
    "-H 'Access-Control-Request-Method: POST' "
    f"-H 'Access-Control-Request-Headers: content-type' {only('access|vary')}"
)
ETAG = "$(curl -sI URL/ | sed -n 's/^ETag: //p' | tr -d '\\r')"
VERIFY = (
    "openssl s_client -connect AUTHORITY -servername www.example.test -CAfile ca.pem "
    "-verify_hostname www.example.test -brief < /dev/null 2>&1 | grep -E 'Protocol|Cipher|Verif'"
)
FIELDS = "content|etag|vary"
PICTURES = (
    Picture("website", "--profile website", page("/rooms.html")),
    Picture(
        "type", "--profile website --type .glb=model/gltf-binary",
        typed(f"curl -sI URL/robot.glb {only('content-|x-')}", f"curl -sI URL/app.js {only('content-|x-')}"),
    ),
    Picture("spa", "--root HOME/app --profile website --spa", page("/settings/profile")),
    Picture("clean-urls", "--profile website --clean-urls", page("/about")),
    Picture(
        "cors", "--profile website --cors https://app.example",
        typed(PREFLIGHT, f"curl -sI URL/ -H 'Origin: https://elsewhere.example' {only('access|vary')}"),
    ),
    Picture(
        "header",
        "--profile website --header 'Referrer-Policy: no-referrer' --header 'X-Frame-Options: DENY'",
        typed("curl -sI URL/"),
    ),
    Picture(
        "cache", "--profile website --cache revalidate",
        typed(
            f"curl -sI URL/ {only('cache|etag')}",
            f'curl -sI URL/ -H "If-None-Match: {ETAG}" {only("cache")}',
        ),
    ),
    Picture("listing", "--profile website --listing", listing),
    Picture(
        "precompressed", "--profile website --precompressed",
        typed(
            f"curl -sI URL/app.js -H 'Accept-Encoding: gzip' {only(FIELDS)}",
            f"curl -sI URL/app.js {only(FIELDS)}",
        ),
    ),
    Picture("video", "--root HOME/videos --profile website", sought),
    Picture(
        "tls-self-signed", "--tls-self-signed",
        lambda stage: stage.printed("python server.py 8080 --root ~/site --tls-self-signed"),
    ),
    Picture(
        "tls-cert", "--tls-cert HOME/fullchain.pem --tls-key HOME/privkey.pem --allow-host www.example.test",
        typed(VERIFY),
    ),
    Picture(
        "users", "--users HOME/users",
        typed(
            f"curl -si URL/ {only('www-')}",
            f"curl -si -u ann:'correct horse' URL/ {only('content-type')}",
        ),
    ),
    Picture(
        "networks", "--deny-client 127.0.0.13",
        typed(
            "curl -so /dev/null -w '%{http_code}\\n' URL/",
            "curl -si --interface 127.0.0.13 URL/ | grep -oE '^HTTP.*|This server[^<]*'",
        ),
    ),
    Picture(
        "limits", "--max-client-rate 2",
        typed(
            "for i in {1..14}; do curl -so /dev/null -w '%{http_code} ' URL/; done",
            f"curl -si URL/ {only('retry')}",
        ),
    ),
    Picture("receive-files", "--receive-files", received),
)  # fmt: skip


# --- taking them ---


@contextmanager
def served(browser: Browser, home: Path, picture: Picture) -> Iterator[Stage]:
    """A server of its own for ``picture``."""
    options = shlex.split(picture.options.replace("HOME", str(home)))
    root = [] if "--root" in options else ["--root", str(home / "site")]
    command = [sys.executable, str(ROOT / "server.py"), "0", "127.0.0.1", "--quiet", *root, *options]
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    said = home / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        last = "curl " if "--tls-self-signed" in options else "Listening "
        text = wait_for(said, last, process)
        port = re.findall(r"Listening on \w+://\S+:(\d+)/", text)[0]
        yield Stage(browser, home, int(port), text)
    finally:
        process.terminate()
        process.wait(START_S)


def wait_for(said: Path, words: str, process: subprocess.Popen[bytes]) -> str:
    """What the server has said once ``words`` stand in a whole line of it."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        text = said.read_text("utf-8")
        if words in text and text.endswith("\n"):
            return text
        time.sleep(0.05)
    raise SystemExit(f"The server did not start: {said.read_text('utf-8')}")


def save(octets: bytes, target: Path) -> None:
    """Few colours, since a page has few: a small file."""
    with Image.open(io.BytesIO(octets)) as opened:
        picture = opened.convert("RGB")
    photographic = len(picture.getcolors(picture.width * picture.height) or ()) > 4_000
    picture.quantize(224 if photographic else COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Take the pictures of the website's switches in docs/website."
    )
    parser.add_argument("--only", choices=[picture.name for picture in PICTURES], help="take one picture")
    parser.add_argument("--target", type=Path, default=TARGET, metavar="DIR", help="folder to put them in")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    found = os.environ.get("SPINDLE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_all(Path(folder))
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            if options.only in {None, picture.name}:
                target = options.target / f"{picture.name}.png"
                with served(browser, Path(folder), picture) as stage:
                    save(picture.draw(stage), target)
                print(target, target.stat().st_size)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
