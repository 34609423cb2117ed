"""A real browser on a folder without an index: on a phone, in the dark, without script, and its zip."""

from __future__ import annotations

import os
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from playwright.sync_api import Browser, Page

    from tests.functional.live import Live

pytestmark = [pytest.mark.browser]

PHONE = {"width": 360, "height": 740}
LONG = "a-name-that-goes-on-and-on-" * 9 + ".txt"
# Those of a real system: a browser takes each link back to the very file.
HOSTILE = ("50% off #1 & more.txt", "it's ;x=[1]{2}.txt", "javascript, alert(1).txt", "漢字 é ملف.txt", LONG)


@pytest.fixture
def listing(tmp_path: Path) -> Iterator[Live]:
    folder = tmp_path / "Summer 2026"
    (folder / "day 2").mkdir(parents=True)
    (folder / "day 10").mkdir()
    (folder / "day 10" / "deep.txt").write_bytes(b"deep")
    (folder / "small.txt").write_bytes(b"small")
    (folder / "large.bin").write_bytes(os.urandom(1_500_000))
    (folder / "middle.bin").write_bytes(bytes(20_000))
    os.utime(folder / "small.txt", (1_000_000_000, 1_000_000_000))
    for name in HOSTILE:
        (folder / name).write_text(name, "utf-8")
    with serving(tmp_path, profile="website", listing="yes") as live:
        yield live


@pytest.fixture
def visit(browser: Browser, listing: Live) -> Iterator[Any]:
    """Opens the folder in a window of its own; nothing that the page itself asks for may fail."""
    contexts = []
    faults: list[str] = []

    def visit(**options: Any) -> Page:
        context = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"{listing.base}/Summer%202026/")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not [fault for fault in faults if "404" not in fault]  # a site without favicon.ico


def names(page: Page) -> list[str]:
    return page.locator("tbody bdi").all_inner_texts()


@pytest.mark.parametrize("width", [320, 360, 700, 1200])
def test_no_width_needs_scrolling_to_the_side(visit: Any, width: int) -> None:
    page = visit(viewport={"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for cell in page.locator("tbody th, tbody td, .actions a").all():
        box = cell.bounding_box()
        assert box is None or box["x"] + box["width"] <= width
    assert page.locator(".actions a").is_visible()
    link = page.get_by_role("link", name="small.txt").bounding_box()
    assert link is not None
    assert link["height"] >= 24  # WCAG 2.5.8


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance, of ``rgb(r, g, b)``."""
    parts = [int(part) / 255 for part in re.findall(r"[0-9]+", colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_both_easy_to_read(visit: Any, scheme: str) -> None:
    page = visit(viewport=PHONE, color_scheme=scheme)
    paper = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (paper < 0.1) is (scheme == "dark")
    for where in ("body", "tbody td", "thead a", ".actions a", "h1 a", "header p"):
        ink = luminance(
            page.evaluate("where => getComputedStyle(document.querySelector(where)).color", where)
        )
        contrast = (max(paper, ink) + 0.05) / (min(paper, ink) + 0.05)
        assert contrast >= 4.5, f"{where}: {contrast:.1f}"


@pytest.mark.parametrize("script", [True, False])
def test_a_click_on_a_column_sorts_by_it(visit: Any, script: bool) -> None:
    page = visit(java_script_enabled=script)
    assert names(page)[:2] == ["day 2/", "day 10/"]
    page.get_by_role("link", name="Size").click()
    assert names(page)[:4] == ["day 2/", "day 10/", "large.bin", "middle.bin"]
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Size")
    page.get_by_role("link", name="Size").click()
    assert names(page)[-1] == "large.bin"
    page.get_by_role("link", name="Modified").click()
    assert names(page)[-1] == "small.txt"


def test_times_are_the_visitors_own_and_utc_without_script(visit: Any) -> None:
    row = 'tr:has-text("small.txt")'
    with_script, without = visit(), visit(java_script_enabled=False)
    assert with_script.locator(f"{row} time").inner_text() == "9 Sept 2001, 10:46"
    assert with_script.locator("thead").inner_text().find("UTC") == -1
    assert without.locator(f"{row} time").inner_text() == "2001-09-09 01:46"
    assert "Modified (UTC)" in without.locator("thead").inner_text()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_is_opened(visit: Any, name: str) -> None:
    page = visit()
    page.locator("tbody a").filter(has_text=name).click()
    page.wait_for_url(re.compile(r"\.txt$"))
    assert page.locator("body").inner_text() == name


def test_into_a_folder_and_back(visit: Any) -> None:
    page = visit(viewport=PHONE)
    page.get_by_role("link", name="day 10/").click()
    assert names(page) == ["deep.txt"]
    assert page.locator("h1").inner_text() == "Files/Summer 2026/day 10"
    page.locator("h1").get_by_role("link", name="Summer 2026").click()
    assert "small.txt" in names(page)
    page.get_by_role("link", name="Files").click()
    assert names(page) == ["Summer 2026/"]


def test_it_is_a_table_to_those_who_can_not_see_it(visit: Any) -> None:
    """On a phone too, where it does not look like one."""
    page = visit(viewport=PHONE)
    table = page.get_by_role("table", name="What is in /Summer 2026/, by name, ascending; folders first")
    assert table.count() == 1
    assert table.get_by_role("columnheader").count() == 3
    assert table.get_by_role("rowheader").count() == 10
    assert page.get_by_role("navigation").count() == 1


def test_the_zip_is_downloaded(visit: Any, tmp_path: Path) -> None:
    page = visit(accept_downloads=True)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download as zip").click()
    assert started.value.suggested_filename == "Summer 2026.zip"
    with zipfile.ZipFile(started.value.path()) as read:
        assert read.testzip() is None
        found = {name: read.read(name) for name in read.namelist() if not name.endswith("/")}
    assert found == {
        f"Summer 2026/{file.relative_to(tmp_path / 'Summer 2026').as_posix()}": file.read_bytes()
        for file in (tmp_path / "Summer 2026").rglob("*")
        if file.is_file()
    }


def test_nothing_but_the_page_is_asked_for(browser: Browser, listing: Live) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{listing.base}/Summer%202026/", wait_until="networkidle")
    context.close()
    assert {url for url in asked if not url.endswith("/favicon.ico")} == {f"{listing.base}/Summer%202026/"}
