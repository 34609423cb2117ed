"""What a person sees who opens the address: pages with pictures, files saved under their names, an upload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.blackbox_server import RunningServer

pytestmark = pytest.mark.browser

PAGES = ("/", "/about.html", "/contact.html")
DOWNLOADS = ("sample.txt", "logo.png", "photo.png", "family.jpg", "friend.jpg")


@pytest.mark.parametrize("path", PAGES)
def test_page_is_shown_with_all_its_pictures(page: Page, path: str) -> None:
    answer = page.goto(path, wait_until="load")
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    pictures = page.evaluate(
        "[...document.images].map(image => [image.src, image.complete, image.naturalWidth])"
    )
    assert [source for source, complete, width in pictures if not (complete and width)] == []
    if path == "/":
        assert len(pictures) >= 4


def test_pages_link_to_each_other_and_to_nothing_that_is_missing(page: Page) -> None:
    seen: dict[str, int] = {}
    for path in PAGES:
        page.goto(path)
        for link in page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)"):
            target = link.partition("#")[0]
            if target.startswith("http") and target not in seen:
                seen[target] = page.request.get(target).status
    assert seen
    assert set(seen.values()) == {200}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_file_is_saved_byte_for_byte_under_its_own_name(page: Page, server: RunningServer, name: str) -> None:
    page.goto("/")
    with page.expect_download() as started:
        page.evaluate("name => { location.href = name }", name)
    assert started.value.suggested_filename == name
    assert Path(started.value.path()).read_bytes() == (server.root / name).read_bytes()


def test_form_uploads_json_and_shows_the_answer(page: Page, server: RunningServer) -> None:
    before = set((server.root / "uploads").glob("*.json"))
    page.goto("/")
    text = '{"from": "a browser", "umlaut": "\u00e4"}'
    page.fill("textarea", text)
    with page.expect_response("**/upload") as answered:
        page.click("form button[type=submit], form button:not([type])")
    assert answered.value.status == 201
    assert answered.value.json()["status"] == "success"
    (saved,) = set((server.root / "uploads").glob("*.json")) - before
    assert json.loads(saved.read_bytes()) == json.loads(text)
    assert page.locator("body").inner_text().find(saved.name) >= 0


def test_form_explains_a_refused_upload(page: Page) -> None:
    page.goto("/")
    page.fill("textarea", '{"broken": ')
    with page.expect_response("**/upload") as answered:
        page.click("form button[type=submit], form button:not([type])")
    assert answered.value.status == 400
    assert answered.value.json()["reason"] == "json-syntax"
    assert "line 1 column" in page.locator("body").inner_text()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/missing.html", 404, "nothing at this address"),
        ("/uploads/x.json", 403, "not served"),
        ("/icons/spindle.svg", 415, "not served"),
    ],
)
def test_refusal_is_a_readable_page(page: Page, path: str, status: int, words: str) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status
    assert str(status) in page.title()
    assert words in page.locator("body").inner_text()
