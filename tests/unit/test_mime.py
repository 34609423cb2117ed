"""What is served, and how (SPEC section 3)."""

from __future__ import annotations

import mimetypes

import pytest

from server_core.mime import kind_of

SAVED = ("application/octet-stream", True)
SHOWN = ("text/html; charset=utf-8", False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("index.html", SHOWN),
        ("INDEX.HTML", SHOWN),
        ("a.b.Html", SHOWN),
        ("sample.txt", SAVED),
        ("logo.png", SAVED),
        ("photo.JPG", SAVED),
        ("family.jpeg", SAVED),
        (" .txt", SAVED),
        ("style.css", None),
        ("page.htm", None),
        ("upload.json", None),
        ("a.html.exe", None),
        ("a.htmlx", None),
        ("a.html~", None),
        ("README", None),
        (".html", None),
        ("html", None),
        ("a.", None),
        ("", None),
        ("a.ＨＴＭＬ", None),
    ],
)
def test_kind(name, expected):
    assert kind_of(name) == expected


def test_what_the_system_believes_of_an_extension_does_not_matter():
    """The registry of a Windows machine may call .html anything."""
    before = mimetypes.guess_type("a.html")[0]
    mimetypes.add_type("text/plain", ".html")
    try:
        assert kind_of("a.html") == SHOWN
    finally:
        mimetypes.add_type(before or "text/html", ".html")
