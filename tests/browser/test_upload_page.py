"""The page that sends files, in a real browser: chosen, dropped, watched, cancelled, refused, sent again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.functional.live import Live

pytestmark = pytest.mark.browser

PATIENCE_MS = 20_000
LARGE_BYTES = 200_000_000

# Gives the page files as a drop does, by name and content.
DROP = """
files => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  document.querySelector("#drop").dispatchEvent(
    new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}
"""
# Every value that the progress bar takes.
WATCH = """
() => {
  window.seen = [];
  new MutationObserver(() => {
    const bar = document.querySelector("progress");
    if (bar) window.seen.push(bar.value);
  }).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
}
"""


@pytest.fixture
def live(site: Path) -> Iterator[Live]:
    with serving(site, receive_files="yes", min_free_bytes="0", max_file_bytes="300000000") as live:
        yield live


@pytest.fixture
def page(browser: Browser, live: Live) -> Iterator[Page]:
    """The upload page; a script error or a violation of its policy fails the test."""
    context = browser.new_context(base_url=live.base)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    answer = opened.goto("/upload")
    assert answer is not None
    assert answer.status == 200
    yield opened
    context.close()
    assert not faults


def saved(live: Live) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (live.root / "uploads").iterdir()}


def choose(page: Page, *files: Path) -> None:
    page.set_input_files("#files", list(files))


def wait_for(page: Page, text: str) -> None:
    page.get_by_text(text).first.wait_for()


def test_files_that_are_chosen(page: Page, live: Live, tmp_path: Path) -> None:
    files = {
        "one.txt": b"1",
        "zw\u00f6lf & mehr.bin": bytes(100_000),
        "empty": b"",
        "photo #1 100%.jpg": b"jpg",
    }
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    assert chooser.value.is_multiple()
    chooser.value.set_files([tmp_path / name for name in files])
    wait_for(page, "4 of 4 sent.")
    assert saved(live) == files
    assert page.locator("li.sent .state").all_inner_texts() == ["Sent"] * 4


def test_files_that_are_dropped(page: Page, live: Live) -> None:
    page.evaluate(DROP, [["a.txt", "dropped"], ["b.txt", "too"]])
    wait_for(page, "2 of 2 sent.")
    assert saved(live) == {"a.txt": b"dropped", "b.txt": b"too"}


def test_a_name_that_is_taken_is_told(page: Page, live: Live) -> None:
    (live.root / "uploads" / "a.txt").write_bytes(b"first")
    page.evaluate(DROP, [["a.txt", "second"]])
    wait_for(page, "Sent, and saved as a (2).txt")
    assert saved(live) == {"a.txt": b"first", "a (2).txt": b"second"}


def test_a_name_that_is_refused_is_mended_by_whoever_sends_it(page: Page, live: Live) -> None:
    page.evaluate(DROP, [["IMG:1.jpg", "photo"]])
    wait_for(page, "Rename the file and send it again.")
    field = page.get_by_label("Send it as")
    assert field.input_value() == "IMG_1.jpg"
    field.fill("Meer.jpg")
    field.press("Enter")
    wait_for(page, "1 of 1 sent.")
    assert saved(live) == {"Meer.jpg": b"photo"}


def test_a_large_file_with_a_bad_name_still_gets_its_sentence(page: Page, live: Live, tmp_path: Path) -> None:
    """The refusal comes while the browser is still sending."""
    large = tmp_path / ".hidden"
    with large.open("wb") as made:
        made.truncate(50_000_000)
    choose(page, large)
    wait_for(page, "it begins with a dot")
    assert saved(live) == {}


def test_a_file_that_is_too_large_is_not_sent(page: Page, live: Live, tmp_path: Path) -> None:
    huge = tmp_path / "huge.bin"
    with huge.open("wb") as made:
        made.truncate(300_000_001)
    choose(page, huge)
    wait_for(page, "It is larger than the 300 MB that this server accepts.")
    assert page.locator("li button:visible").all_inner_texts() == ["Remove"]
    page.get_by_role("button", name="Remove").click()
    assert page.locator("li").count() == 0
    assert not [event for event in live.events if event.method == "PUT"]


def test_cancelling_leaves_nothing_and_it_can_be_sent_again(page: Page, live: Live, tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(bytes(3_000_000))
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    session.send("Network.emulateNetworkConditions", slow)
    choose(page, file)
    until(lambda: page.evaluate("document.querySelector('progress').value") > 0)
    page.get_by_role("button", name="Cancel: a.bin").click()
    wait_for(page, "Cancelled: nothing of it was kept.")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Send again: a.bin"
    until(lambda: saved(live) == {})
    session.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    page.get_by_role("button", name="Send again: a.bin").press("Enter")
    wait_for(page, "1 of 1 sent.")
    assert saved(live) == {"a.bin": bytes(3_000_000)}


def test_what_happens_is_said_to_a_screen_reader(page: Page) -> None:
    status = page.get_by_role("status")
    assert status.get_attribute("aria-live") == "polite"
    page.evaluate(DROP, [["a.txt", "x"]])
    wait_for(page, "1 of 1 sent.")
    assert status.inner_text() == "a.txt: Sent"
    page.evaluate(DROP, [["con", "x"]])
    wait_for(page, "1 failed")
    assert "name of a Windows device" in status.inner_text()
    names = page.evaluate(
        "[...document.querySelectorAll('progress')].map(bar => bar.getAttribute('aria-label'))"
    )
    assert names == ["Progress of a.txt", "Progress of con"]


def test_a_server_that_is_gone_is_said(page: Page, live: Live) -> None:
    live.server.stop(0.0)
    page.evaluate(DROP, [["a.txt", "x"]])
    wait_for(page, "The connection was lost")
    assert page.locator("li button:visible").all_inner_texts() == ["Send again", "Remove"]


def test_a_page_of_another_origin_can_send_nothing(browser: Browser, live: Live, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "index.html").write_text("<title>Elsewhere</title>", "utf-8")
    send = """async url => {
        try { return (await fetch(url, {method: "PUT", body: "forged", mode: "cors"})).status } catch { return "blocked" }
    }"""
    frame = "url => new Promise(done => { const f = document.createElement('iframe'); f.onload = () => done(f.contentDocument === null); f.src = url; document.body.append(f) })"
    with serving(tmp_path / "elsewhere") as elsewhere:
        context = browser.new_context()
        page = context.new_page()
        page.goto(elsewhere.base.replace("127.0.0.1", "localhost"))
        assert page.evaluate(send, f"{live.base}/upload/forged.txt") == "blocked"
        page.evaluate(
            """url => fetch(url, {method: "POST", body: "{}", mode: "no-cors"}).catch(() => 0)""",
            f"{live.base}/upload",
        )
        assert page.evaluate(frame, f"{live.base}/upload") is True
        context.close()
    assert saved(live) == {}
    assert not [event for event in live.events if event.method == "PUT" and event.status == 201]


def test_without_script_the_page_says_so(browser: Browser, live: Live) -> None:
    context = browser.new_context(base_url=live.base, java_script_enabled=False)
    page = context.new_page()
    page.goto("/upload")
    text = page.locator("main").inner_text()
    assert "needs JavaScript" in text
    assert "curl -T FILE" in text
    assert page.locator("button:visible").count() == 0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(browser: Browser, live: Live, scheme) -> None:
    """Nothing is wider than the screen, buttons are large enough for a finger, and there is one for the camera."""
    context = browser.new_context(
        base_url=live.base, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True,
        device_scale_factor=2, color_scheme=scheme,
    )  # fmt: skip
    page = context.new_page()
    page.goto("/upload")
    page.evaluate(
        DROP, [["A very long name of a photo that was taken at the sea in summer.jpg", "x"], ["a:b.txt", "y"]]
    )
    wait_for(page, "1 of 2 sent, 1 failed.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    heights = page.evaluate(
        "[...document.querySelectorAll('button')].map(b => b.offsetHeight).filter(h => h)"
    )
    assert min(heights) >= 44
    assert page.get_by_role("button", name="Take a photo").is_visible()
    assert page.get_attribute("#camera", "capture") == "environment"
    context.close()


@pytest.mark.slow
def test_two_hundred_megabytes_with_their_progress(page: Page, live: Live, tmp_path: Path) -> None:
    large = tmp_path / "film.mp4"
    with large.open("wb") as made:
        made.truncate(LARGE_BYTES)
    page.evaluate(WATCH)
    began_s = time.monotonic()
    choose(page, large)
    page.get_by_text("1 of 1 sent.").wait_for(timeout=50_000)
    seen = page.evaluate("window.seen")
    print(f"{LARGE_BYTES / 1e6 / (time.monotonic() - began_s):.0f} MB/s, {len(set(seen))} states of the bar")
    assert len({value for value in seen if 0 < value < 1}) >= 3
    assert seen == sorted(seen)
    assert (live.root / "uploads" / "film.mp4").stat().st_size == LARGE_BYTES
