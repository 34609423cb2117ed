"""The Website profile: all types shown, HEAD, OPTIONS, a page of its own for what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.live import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.live import Answer, Live


@pytest.fixture
def website(tmp_path: Path) -> Iterator[Live]:
    (tmp_path / "index.html").write_text("<h1>Home</h1>", "utf-8")
    (tmp_path / "app.mjs").write_text("export {}", "utf-8")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    (tmp_path / "data.unknown").write_bytes(b"\0\1")
    (tmp_path / "model.glb").write_bytes(b"glTF")
    (tmp_path / "large.bin").write_bytes(bytes(300_000))
    with serving(tmp_path, profile="website", types=".glb=model/own") as live:
        yield live


def ask(live: Live, line: str, *fields: str) -> Answer:
    with live.client() as client:
        return client.ask(line, *fields)


@pytest.mark.parametrize(
    ("target", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/app.mjs", "text/javascript; charset=utf-8"),
        ("/logo.png", "image/png"),
        ("/data.unknown", "application/octet-stream"),
        ("/model.glb", "model/own"),
    ],
)
def test_everything_is_shown_and_nothing_guessed(website: Live, target, media_type):
    answer = website.get(target)
    assert answer.status == 200
    assert answer.fields["content-type"] == media_type
    assert answer.fields["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.fields


@pytest.mark.parametrize("target", ["/", "/logo.png", "/large.bin", "/missing", "/upload", "/../x"])
def test_head_is_get_without_content(website: Live, target):
    """RFC 9110 section 9.3.2; and the next request on the connection is read right."""
    get = website.get(target)
    with website.client() as client:
        for _ in range(3):
            answer = client.ask(f"HEAD {target} HTTP/1.1")
            assert (answer.status, answer.body) == (get.status, b"")
            assert answer.fields["content-length"] == str(len(get.body))
            assert answer.fields.get("etag") == get.fields.get("etag")


def test_conditions_hold_for_head_and_ranges_do_not(website: Live):
    """RFC 9110 sections 13 and 14.2."""
    tag = website.get("/logo.png").fields["etag"]
    with website.client() as client:
        for field, status in (
            (f"If-None-Match: {tag}", 304),
            ('If-Match: "x"', 412),
            ("Range: bytes=0-1", 200),
        ):
            answer = client.ask("HEAD /logo.png HTTP/1.1", field)
            assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize(
    ("target", "allowed"),
    [("/", "GET, HEAD, OPTIONS"), ("/upload", "OPTIONS, POST"), ("*", "GET, HEAD, OPTIONS, POST")],
)
def test_options_and_405_name_the_same_methods(website: Live, target, allowed):
    """RFC 9110 sections 9.3.7 and 15.5.6."""
    answer = ask(website, f"OPTIONS {target} HTTP/1.1")
    assert (answer.status, answer.fields["allow"], answer.body) == (200, allowed, b"")
    if target != "*":
        refused = ask(website, f"DELETE {target} HTTP/1.1")
        assert (refused.status, refused.fields["allow"]) == (405, allowed)


def test_hostile_paths_are_refused_to_every_method(website: Live):
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = ask(website, f"{method} /%2e%2e/x HTTP/1.1", "Content-Length: 0")
        assert answer.status == 403


@pytest.mark.parametrize("size", [20, 400_000])
def test_a_page_of_the_site_says_that_there_is_nothing(tmp_path: Path, size):
    page = b"<h1>Lost?</h1>".ljust(size)
    with serving(tmp_path, profile="website") as live:
        assert live.get("/missing").reason == "not-found"
        (tmp_path / "404.html").write_bytes(page)
        for _ in range(3):
            answer = live.get("/missing?x")
            assert (answer.status, answer.body) == (404, page)
            assert answer.fields["content-type"] == "text/html; charset=utf-8"
            assert "etag" not in answer.fields
        assert live.get("/404.html").status == 200
        assert live.post(b"{}", target="/missing").fields["content-type"] == "application/json"
        (tmp_path / "404.html").unlink()
        assert live.get("/missing").reason == "not-found"
    assert {event.reason for event in live.events if event.status == 404} == {"not-found"}


def test_the_standard_profile_has_none_of_it(live: Live):
    for method in ("HEAD", "OPTIONS"):
        answer = ask(live, f"{method} / HTTP/1.1")
        assert (answer.status, answer.fields["allow"]) == (405, "GET")
    (live.root / "404.html").write_bytes(b"own")
    assert live.get("/missing").reason == "not-found"
