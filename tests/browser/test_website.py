"""A real browser on the switches of the Website profile: what a site's visitors and scripts notice of them."""

from __future__ import annotations

import base64
import gzip
import re
from typing import TYPE_CHECKING

import pytest

from server_core.users import add_user
from tests.browser.webm import key_frame, video
from tests.functional.live import serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from server_core.events import Event
    from tests.functional.live import Live

pytestmark = [pytest.mark.browser]

# (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
WASM = bytes.fromhex("0061736d010000000107016002 7f7f017f0302010007070103616464 00000a0901070020002001 6a0b")
APP = """
import { heading } from '/parts/heading.mjs';
const { instance } = await WebAssembly.instantiateStreaming(fetch('/add.wasm'));
const title = document.createElement('h1');
title.textContent = heading(location.pathname) + ' ' + instance.exports.add(20, 22);
document.body.append(title);
"""


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty page of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def write(root: Path, contents: dict[str, str | bytes]) -> None:
    for name, content in contents.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def brotli(content: bytes) -> bytes:
    """RFC 7932 section 9.2: one meta-block of up to 64 KiB that is not compressed, and an empty last one."""
    head = (len(content) - 1) << 4 | 1 << 20
    return head.to_bytes(3, "little") + content + b"\x03"


def test_a_deep_link_into_an_app_of_modules_and_wasm(tab: Page, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "index.html": "<!DOCTYPE html><title>App</title><script type=module src=/app.mjs></script>",
            "app.mjs": APP,
            "parts/heading.mjs": "export const heading = (path) => `at ${path}`;",
            "add.wasm": WASM,
        },
    )
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    with serving(tmp_path, profile="website", spa="yes") as live:
        for path in ("/", "/settings/profile", "/settings/profile/"):
            answer = tab.goto(live.base + path)
            assert answer is not None
            assert answer.status == 200
            tab.wait_for_selector(f"h1:text-is('at {path} 42')")
        tab.reload()
        tab.wait_for_selector("h1:text-is('at /settings/profile/ 42')")
        # What a script asks for and a picture on a page are not gone to.
        assert tab.evaluate("fetch('/missing.mjs').then((answer) => answer.status)") == 404
        failed = "new Promise((done) => { const image = new Image(); image.onerror = done; image.src = '/missing.png' })"
        tab.evaluate(failed + ".then(() => true)")
        assert live.event(lambda event: event.target == "/missing.png").status == 404
    assert faults == []


def test_clean_addresses(tab: Page, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "index.html": "<!DOCTYPE html><title>Home</title><a href=about>About</a>",
            "about.html": "<!DOCTYPE html><title>About us</title><link rel=icon href=data:,>",
        },
    )
    with serving(tmp_path, profile="website", clean_urls="yes") as live:
        tab.goto(live.base)
        tab.click("text=About")
        tab.wait_for_url("**/about")
        assert tab.title() == "About us"


FETCH = """async ([url, method, fields, body]) => {
    try {
        const answer = await fetch(url, { method, headers: fields, body });
        return [answer.status, answer.headers.get('etag') || answer.headers.get('location'), await answer.text()];
    } catch (error) {
        return [0, '', error.name];
    }
}"""
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def page_of_another_origin(tab: Page, tmp_path: Path) -> Iterator[Live]:
    """A page from a server of its own, to ask others from."""
    write(tmp_path / "page", {"index.html": "<!DOCTYPE html><title>Elsewhere</title>"})
    with serving(tmp_path / "page") as live:
        tab.goto(live.base)
        yield live


@pytest.mark.parametrize("everybody", [False, True])
def test_a_page_of_an_allowed_origin_reads_and_uploads(
    tab: Page, tmp_path: Path, page_of_another_origin: Live, everybody: bool
) -> None:
    write(tmp_path / "data", {"a.json": "[1, 2]"})
    cors = "*" if everybody else f"http://other.test {page_of_another_origin.base}"
    with serving(tmp_path / "data", profile="website", cors=cors) as live:
        simple = tab.evaluate(FETCH, [live.base + "/a.json", "GET", {}, None])
        assert simple == [200, live.get("/a.json").fields["etag"], "[1, 2]"]
        asked = tab.evaluate(FETCH, [live.base + "/a.json", "GET", {"X-Own": "1"}, None])
        assert asked == simple
        status, location, _ = tab.evaluate(FETCH, [live.base + "/upload", "POST", JSON, "{}"])
        assert status == 201
        assert location.startswith("/uploads/")
        # Errors can be read as well.
        assert tab.evaluate(FETCH, [live.base + "/missing", "GET", {}, None])[0] == 404
        assert len(live.uploads()) == 1
    preflights = sorted((event.target, event.status) for event in live.events if event.method == "OPTIONS")
    assert preflights == [("/a.json", 200), ("/upload", 200)]


def test_a_page_of_an_allowed_origin_needs_the_password_too(
    tab: Page, tmp_path: Path, page_of_another_origin: Live
) -> None:
    """The preflight comes without; so what a script has to say itself is Authorization."""
    write(tmp_path / "data", {"a.json": "[1, 2]"})
    add_user(tmp_path / "users", "ann", "long secret")
    login = {"Authorization": "Basic " + base64.b64encode(b"ann:long secret").decode()}
    with serving(
        tmp_path / "data", profile="website", cors=page_of_another_origin.base, users=str(tmp_path / "users")
    ) as live:
        assert tab.evaluate(FETCH, [live.base + "/a.json", "GET", {}, None])[0] == 401
        assert tab.evaluate(FETCH, [live.base + "/a.json", "GET", login, None])[::2] == [200, "[1, 2]"]


def test_a_page_of_another_origin_reads_and_sends_nothing(
    tab: Page, tmp_path: Path, page_of_another_origin: Live
) -> None:
    write(tmp_path / "data", {"a.json": "[1, 2]"})
    with serving(tmp_path / "data", profile="website", cors="http://other.test") as live:
        read = tab.evaluate(FETCH, [live.base + "/a.json", "GET", {}, None])
        sent = tab.evaluate(FETCH, [live.base + "/upload", "POST", JSON, "{}"])
        assert read == sent == [0, "", "TypeError"]
        assert live.event(lambda event: event.method == "OPTIONS").status == 200
        assert live.uploads() == []
    assert "POST" not in {event.method for event in live.events}


def test_compressed_files_are_shown_as_what_they_are(tab: Page, tmp_path: Path) -> None:
    page = "<!DOCTYPE html><title>Small</title><link rel=stylesheet href=a.css><script src=a.js></script><p>\xfcber"
    write(
        tmp_path, {"index.html": page, "a.css": "p { color: rgb(1, 2, 3) }", "a.js": "var loaded = 'script'"}
    )
    for name in ("index.html", "a.css", "a.js"):
        content = (tmp_path / name).read_bytes()
        write(tmp_path, {f"{name}.gz": gzip.compress(content)})
        if name != "a.css":
            write(tmp_path, {f"{name}.br": brotli(content)})
    with serving(tmp_path, profile="website", precompressed="yes") as live:
        codings: dict[str, str | None] = {}
        tab.on(
            "response", lambda answer: codings.update({answer.url: answer.headers.get("content-encoding")})
        )
        tab.goto(live.base)
        assert tab.inner_text("p") == "\xfcber"
        assert tab.evaluate("[loaded, getComputedStyle(document.querySelector('p')).color]") == [
            "script", "rgb(1, 2, 3)",
        ]  # fmt: skip
        for name, coding in (("", "br"), ("a.css", "gzip"), ("a.js", "br")):
            assert codings[f"{live.base}/{name}"] == coding


SECONDS, SEEK_S, BYTES_PER_S = 600, 450, 64 * 1024
PICTURE = """(colour) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [64, 48];
    const context = canvas.getContext('2d', { alpha: false });
    context.fillStyle = colour;
    context.fillRect(0, 0, 64, 48);
    return canvas.toDataURL('image/webp', 0.9).split(',')[1];
}"""
SEEK = """async (second) => {
    const video = document.querySelector('video');
    const happened = (what) => new Promise((done, failed) => {
        video.addEventListener(what, done, { once: true });
        video.addEventListener('error', () => failed(video.error), { once: true });
    });
    if (video.readyState < 1) await happened('loadedmetadata');
    const sought = happened('seeked');
    video.currentTime = second;
    await sought;
    const context = document.createElement('canvas').getContext('2d');
    context.drawImage(video, 0, 0);
    const [red, , blue] = context.getImageData(5, 5, 1, 1).data;
    return [video.duration, video.currentTime, blue > 150 && red < 100];
}"""


def test_a_long_video_is_sought_in(tab: Page, tmp_path: Path) -> None:
    """37 MiB: the browser asks for the middle instead of all that lies before."""
    red, blue = (key_frame(base64.b64decode(tab.evaluate(PICTURE, colour))) for colour in ("red", "blue"))
    frames = [red if second < SECONDS // 2 else blue for second in range(SECONDS)]
    content = video(frames, 64, 48, BYTES_PER_S)
    write(
        tmp_path,
        {
            "index.html": "<!DOCTYPE html><video src=long.webm muted preload=metadata></video>",
            "long.webm": content,
        },
    )
    with serving(tmp_path, profile="website") as live:
        tab.goto(live.base)
        assert tab.evaluate(SEEK, SEEK_S) == [SECONDS, SEEK_S, True]
        tab.close()
        until(lambda: any(map(_is_before_the_middle, live.events)))


def _is_before_the_middle(event: Event) -> bool:
    """Whether a part was sent that begins shortly before the second that was sought."""
    start = re.search(rb"Content-Range: bytes ([0-9]+)-", event.response_head)
    if event.status != 206 or start is None:
        return False
    return SEEK_S - 30 <= int(start[1]) / BYTES_PER_S <= SEEK_S + 1
