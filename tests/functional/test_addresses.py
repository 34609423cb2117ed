"""Clean addresses (--clean-urls) and single-page apps (--spa), on a running server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_core import files
from tests.functional.live import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Answer, Live

NAVIGATION = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"
TIMES = 3
"""Asked so often, an answer comes by the short way at last."""


@pytest.fixture
def pages(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    root = tmp_path / "site"
    for name in (
        "index.html",
        "about.html",
        "docs/index.html",
        "docs/intro.html",
        "blog.html",
        "blog/post.html",
    ):
        page = root / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<h1>{name}</h1>", "utf-8")
    (root / "app.js").write_text("1", "utf-8")
    return root


def shown(live: Live, target: str, *fields: str) -> str:
    """The page, or the status of whatever else is answered; the same each time."""

    def ask() -> str:
        answer = live.get(target, *fields)
        return answer.body.decode()[4:-5] if answer.status == 200 else str(answer.status)

    first = ask()
    assert {ask() for _ in range(TIMES)} == {first}
    return first


@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("/about", "about.html"),
        ("/about?x=1", "about.html"),
        ("/about.html", "about.html"),  # no second address is made of it
        ("/about/", "404"),  # a slash means a folder
        ("/docs/intro", "docs/intro.html"),
        ("/docs", "301"),
        ("/docs/", "docs/index.html"),
        ("/blog", "blog.html"),  # and not the folder, which has no index
        ("/blog/", "404"),
        ("/blog/post", "blog/post.html"),
        ("/", "index.html"),
        ("/missing", "404"),
        ("/upload", "405"),
        ("/uploads/x", "403"),
        ("/con", "403"),
    ],
)
def test_clean_addresses(pages, target, page):
    with serving(pages, profile="website", clean_urls="yes") as live:
        assert shown(live, target) == page


@pytest.mark.parametrize(
    ("target", "fields", "page"),
    [
        ("/deep/link", (NAVIGATION,), "index.html"),
        ("/deep/link/", (NAVIGATION,), "index.html"),
        ("/deep", (), "404"),
        ("/missing.js", ("Accept: */*",), "404"),
        ("/about.html", (NAVIGATION,), "about.html"),
        ("/about", (NAVIGATION,), "index.html"),
        ("/docs", (NAVIGATION,), "301"),
        ("/upload", (NAVIGATION,), "405"),
        ("/upload/x", (NAVIGATION,), "404"),
        ("/uploads/x", (NAVIGATION,), "403"),
        ("/%2e%2e/x", (NAVIGATION,), "403"),
        ("/con", (NAVIGATION,), "403"),
    ],
)
def test_the_page_of_an_app(pages, target, fields, page):
    with serving(pages, profile="website", spa="yes") as live:
        assert shown(live, target, *fields) == page


def test_a_page_by_its_clean_address_comes_before_the_app(pages):
    with serving(pages, profile="website", spa="yes", clean_urls="yes") as live:
        assert shown(live, "/about", NAVIGATION) == "about.html"
        assert shown(live, "/other", NAVIGATION) == "index.html"


def test_the_app_is_shown_as_a_file_is(pages):
    """To GET and HEAD, with its conditions and ranges; and every answer says that Accept decides."""
    with serving(pages, profile="website", spa="yes") as live, live.client() as client:
        got = client.get("/deep", NAVIGATION)
        assert (got.status, got.fields["vary"]) == (200, "Accept")
        head = client.ask("HEAD /deep HTTP/1.1", NAVIGATION)
        assert (head.status, head.body, head.fields["etag"]) == (200, b"", got.fields["etag"])
        assert client.get("/deep", NAVIGATION, f"If-None-Match: {got.fields['etag']}").status == 304
        assert client.get("/deep", NAVIGATION, "Range: bytes=0-3").body == b"<h1>"
        assert client.get("/deep").fields["vary"] == "Accept"
        posted = client.post(b"{}", NAVIGATION, target="/deep")
        assert (posted.status, posted.fields["vary"]) == (404, "Accept")


def test_an_app_without_its_page_is_missing(pages):
    (pages / "index.html").unlink()
    with serving(pages, profile="website", spa="yes") as live:
        assert shown(live, "/deep", NAVIGATION) == "404"


def replace(file: Path, text: str) -> None:
    """With another length, so that no clock has to tick for the difference to show."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"<h1>{text}</h1>", "utf-8")


def test_what_comes_and_goes_shows_at_once(pages):
    """An answer rests also on what is not there."""
    with serving(pages, profile="website", spa="yes", clean_urls="yes") as live:

        def see() -> str:
            return shown(live, "/new", NAVIGATION)

        assert see() == "index.html"
        replace(pages / "index.html", "changed")
        assert see() == "changed"
        replace(pages / "new.html", "the clean one")
        assert see() == "the clean one"
        replace(pages / "new", "a file of that very name")
        assert live.get("/new", NAVIGATION).fields["content-type"] == "application/octet-stream"
        (pages / "new").unlink()
        assert see() == "the clean one"
        replace(pages / "new" / "index.html", "a folder of that name")
        assert see() == "the clean one"
        (pages / "new.html").unlink()
        assert see() == "301"
        (pages / "new" / "index.html").unlink()
        (pages / "new").rmdir()
        assert see() == "changed"
        (pages / "index.html").unlink()
        assert see() == "404"


def test_it_is_remembered(pages):
    with serving(pages, profile="website", spa="yes", clean_urls="yes") as live:
        for target in ("/deep/link", "/about"):
            assert shown(live, target, NAVIGATION) in {"index.html", "about.html"}
        kept = [each.target for each in live.server._service.heads.requests.values() if each.reply]
        assert sorted(kept) == ["/about", "/deep/link"]


def test_neither_is_so_unless_chosen(pages):
    with serving(pages, profile="website") as live:
        answers: list[Answer] = [live.get(target, NAVIGATION) for target in ("/about", "/deep")]
        assert [answer.status for answer in answers] == [404, 404]
        assert "vary" not in answers[0].fields
