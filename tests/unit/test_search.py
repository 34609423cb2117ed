"""Where else a path may lead: clean addresses, and the page of an app."""

from __future__ import annotations

import pytest

from server_core.messages import Request
from server_core.paths import FilePath, file_path
from server_core.search import app_page, page_beside

APP = FilePath(("index.html",), is_folder=False)
NAVIGATION = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def request(accept: str | None = None) -> Request:
    made = Request()
    made.fields = {} if accept is None else {"accept": accept}
    return made


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/about", ("about.html",)),
        ("/docs/a.b", ("docs", "a.b.html")),
        ("/about.html", ("about.html.html",)),
        ("/about/", None),
        ("/", None),
    ],
)
def test_clean_addresses(path, page):
    for has_folder in (True, False):
        found = page_beside(request(), file_path(path), has_folder)
        assert found == (None if page is None else FilePath(page, is_folder=False))


@pytest.mark.parametrize(
    ("path", "accept", "page"),
    [
        ("/deep/link", NAVIGATION, APP),
        ("/deep/link/", "text/html", APP),
        ("/deep", "*/*, Text/HTML;q=0.1", APP),
        ("/deep.png", NAVIGATION, APP),  # gone to, not shown on a page
        ("/deep", None, None),
        ("/deep", "*/*", None),  # a script, fetch()
        ("/deep", "text/*", None),
        ("/deep.png", "image/avif,image/webp,*/*;q=0.8", None),
        ("/deep.css", "text/css,*/*;q=0.1", None),
        ("/deep", "text/html;q=0, */*", None),
        ("/deep", "application/json", None),
        ("/upload/deep", NAVIGATION, None),
    ],
)
def test_the_page_of_an_app(path, accept, page):
    assert app_page(request(accept), file_path(path), False) == page


def test_a_folder_is_redirected_to_its_slash_and_not_to_the_app():
    assert app_page(request(NAVIGATION), file_path("/docs"), True) is None
