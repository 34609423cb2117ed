"""Compressed files beside the ones that are asked for (--precompressed), on a running server."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from server_core import files
from server_core.answers import Answer
from server_core.config import Config
from server_core.files import Root
from server_core.handlers import Handler
from server_core.hosts import Host, HostPolicy
from server_core.messages import Request
from tests.functional.live import serving
from tests.links import link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.live import Live

PLAIN = b"export const all = 1\n" * 50
BROTLI = b"\x0b\x02\x80as good as brotli\x03"
GZIP = gzip.compress(PLAIN, mtime=0)
BOTH = "Accept-Encoding: gzip, br"
MADE_S = 1_700_000_000


def put(file: Path, octets: bytes, made_s: int = MADE_S) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(octets)
    os.utime(file, (made_s, made_s))


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    site = tmp_path / "site"
    site.mkdir()
    put(site / "index.html", b"<h1>Home</h1>")
    put(site / "docs" / "app.mjs", PLAIN)
    put(site / "docs" / "app.mjs.br", BROTLI)
    put(site / "docs" / "app.mjs.gz", GZIP)
    return site


@pytest.fixture
def live(root: Path) -> Iterator[Live]:
    with serving(root, profile="website", precompressed="yes") as live:
        yield live


def coding(live: Live, target: str = "/docs/app.mjs", *fields: str) -> str:
    """With which coding the target is shown; the same each time, so the answers remembered are right."""
    answers = [live.get(target, *(fields or (BOTH,))) for _ in range(3)]
    assert len({(each.status, each.body, each.fields.get("content-encoding")) for each in answers}) == 1
    assert all(each.fields["vary"] == "Accept-Encoding" for each in answers)
    return (
        answers[0].fields.get("content-encoding", "") if answers[0].status == 200 else str(answers[0].status)
    )


@pytest.mark.parametrize(
    ("accepted", "expected", "octets"),
    [
        (None, None, PLAIN),
        ("identity", None, PLAIN),
        ("gzip", "gzip", GZIP),
        ("gzip, br", "br", BROTLI),
        ("br;q=0.1, gzip;q=0.2", "gzip", GZIP),
        ("identity;q=1, br;q=0.5", None, PLAIN),
        ("*;q=0", None, PLAIN),
    ],
)
def test_what_is_preferred_is_sent_as_what_it_is(live, accepted, expected, octets):
    fields = () if accepted is None else (f"Accept-Encoding: {accepted}",)
    for _ in range(3):
        answer = live.get("/docs/app.mjs", *fields)
        assert (answer.status, answer.body) == (200, octets)
        assert answer.fields.get("content-encoding") == expected
        assert answer.fields["content-type"] == "text/javascript; charset=utf-8"
        assert answer.fields["vary"] == "Accept-Encoding"
        assert answer.fields["content-length"] == str(len(octets))


def test_what_people_use_unpacks_it(root, live):
    (root / "docs" / "app.mjs.br").unlink()
    answer = requests.get(f"{live.base}/docs/app.mjs", timeout=20)
    assert (answer.headers["Content-Encoding"], answer.content) == ("gzip", PLAIN)
    if curl := shutil.which("curl"):
        command = [curl, "-sS", "--compressed", "-w", "%{size_download}", f"{live.base}/docs/app.mjs"]
        assert subprocess.check_output(command, timeout=30) == PLAIN + str(len(GZIP)).encode()


def test_every_variant_has_a_tag_of_its_own(root, live):
    """RFC 9110 section 8.8.3.3: also where size and time are the same."""
    for suffix in (".br", ".gz"):
        put(root / "docs" / f"app.mjs{suffix}", b"x" * len(PLAIN))
    accepted = ("identity", "gzip", "br")
    answers = [live.get("/docs/app.mjs", f"Accept-Encoding: {each}") for each in accepted]
    assert [answer.fields.get("content-encoding") for answer in answers] == [None, "gzip", "br"]
    assert len({answer.fields["etag"] for answer in answers}) == 3
    for mine, answer in zip(accepted, answers, strict=True):
        for theirs in answers:
            tag = theirs.fields["etag"]
            again = live.get("/docs/app.mjs", f"Accept-Encoding: {mine}", f"If-None-Match: {tag}")
            assert again.status == (304 if theirs is answer else 200)
            assert again.fields["etag"] == answer.fields["etag"]
            assert again.fields["vary"] == "Accept-Encoding"


def test_conditions_and_ranges_are_about_the_variants_octets(live):
    with live.client() as client:
        tag = client.get("/docs/app.mjs", BOTH).fields["etag"]
        part = client.get("/docs/app.mjs", BOTH, "Range: bytes=3-6", f"If-Range: {tag}")
        assert (part.status, part.body) == (206, BROTLI[3:7])
        assert part.fields["content-range"] == f"bytes 3-6/{len(BROTLI)}"
        assert part.fields["content-encoding"] == "br"
        behind = client.get("/docs/app.mjs", BOTH, f"Range: bytes={len(BROTLI)}-")
        assert behind.status == 416
        assert client.get("/docs/app.mjs", BOTH, f"If-Match: {tag}").status == 200
        assert client.get("/docs/app.mjs", f"If-Match: {tag}").status == 412
        head = client.ask("HEAD /docs/app.mjs HTTP/1.1", BOTH)
        assert (head.fields["content-encoding"], head.fields["content-length"]) == ("br", str(len(BROTLI)))


def test_who_names_the_variant_gets_it_as_a_file(root, live):
    put(root / "docs" / "app.mjs.gz.br", b"no variant of a variant")
    answer = live.get("/docs/app.mjs.gz", BOTH)
    assert (answer.body, answer.fields["content-type"]) == (GZIP, "application/gzip")
    assert "content-encoding" not in answer.fields


def test_a_variant_alone_is_not_the_file(root, live):
    put(root / "lonely.css.br", b"x")
    assert coding(live, "/lonely.css") == "404"


def test_what_is_older_than_the_file_is_of_another_text(root, live):
    put(root / "docs" / "app.mjs", PLAIN, MADE_S + 1)
    assert coding(live) == ""
    put(root / "docs" / "app.mjs.gz", GZIP, MADE_S + 1)
    assert coding(live) == "gzip"


def test_what_comes_and_goes_shows_at_once(root, live):
    docs = root / "docs"
    assert coding(live) == "br"
    put(docs / "app.mjs.br", BROTLI + b"changed")
    assert live.get("/docs/app.mjs", BOTH).body == BROTLI + b"changed"
    (docs / "app.mjs.br").unlink()
    assert coding(live) == "gzip"
    (docs / "app.mjs.gz").unlink()
    assert coding(live) == ""
    put(docs / "app.mjs.gz", GZIP)
    assert coding(live) == "gzip"
    put(docs / "app.mjs.br", BROTLI)
    assert coding(live) == "br"
    put(docs / "app.mjs", PLAIN + b"newer", MADE_S + 5)
    assert coding(live) == ""
    put(docs / "app.mjs.br", BROTLI, MADE_S + 5)
    assert coding(live) == "br"
    (docs / "app.mjs").unlink()
    assert coding(live) == "404"


def test_each_choice_is_remembered(root, live):
    # Wine takes a time of change that was set for the time of birth, and so for another file.
    for suffix, octets in (("", PLAIN), (".br", BROTLI), (".gz", GZIP)):
        name = root / "docs" / f"app.mjs{suffix}"
        name.unlink()
        name.write_bytes(octets)
    for accepted in ("br", "gzip", "identity"):
        coding(live, "/docs/app.mjs", f"Accept-Encoding: {accepted}")
    kept = [each.reply for each in live.server._service.heads.requests.values() if each.reply]
    assert sorted(reply.answer.body for reply in kept) == sorted([PLAIN, GZIP, BROTLI])


def test_a_variant_is_opened_as_any_file_is(root, live, tmp_path):
    """It may not lead out of the root, nor be a folder."""
    (tmp_path / "outside").mkdir()
    (root / "docs" / "app.mjs.br").unlink()
    link(root / "docs" / "app.mjs.br", tmp_path / "outside")
    (root / "docs" / "app.mjs.gz").unlink()
    (root / "docs" / "app.mjs.gz").mkdir()
    assert coding(live) == ""


def test_the_index_of_a_folder_and_an_apps_page_have_variants(root):
    put(root / "index.html.gz", GZIP)
    with serving(root, profile="website", precompressed="yes", spa="yes") as live:
        for target in ("/", "/deep"):
            for _ in range(3):
                answer = live.get(target, BOTH, "Accept: text/html")
                assert (answer.fields["content-encoding"], answer.body) == ("gzip", GZIP)
                assert answer.fields["content-type"] == "text/html; charset=utf-8"
                assert answer.fields["vary"] == "Accept, Accept-Encoding"
        (root / "deep").write_bytes(b"here now")
        assert live.get("/deep", BOTH, "Accept: text/html").body == b"here now"


def test_a_large_variant(root, live):
    large = os.urandom(400_000)
    put(root / "large.bin", bytes(900_000))
    put(root / "large.bin.br", large)
    answer = live.get("/large.bin", BOTH)
    assert (answer.fields["content-encoding"], answer.body) == ("br", large)
    assert live.get("/large.bin", BOTH, "Range: bytes=399990-").body == large[399_990:]


@pytest.mark.parametrize("size", [20, 400_000])
def test_a_variant_that_goes_between_the_look_and_the_opening(root, size):
    """Then the file itself is sent; one that is replaced keeps its coding."""
    put(root / "a.css", b"a" * 400_000)
    put(root / "a.css.br", bytes(400_000))
    config = Config.from_text({"root": str(root), "profile": "website", "precompressed": "yes"})
    handler = Handler(Root(root), HostPolicy((), ("127.0.0.1",), 80), config)
    request = Request()
    request.method, request.path, request.query, request.reply = "GET", "/a.css", None, None
    request.host, request.has_body = Host("127.0.0.1", 80), False
    request.fields = {"accept-encoding": "br"}

    answer = handler.begin(request, lambda: "127.0.0.1")
    assert isinstance(answer, Answer)
    assert b"Content-Encoding: br" in answer.opening
    put(root / "a.css.br", bytes(size), MADE_S + 9)
    answer, fd = handler.open(request, answer)
    os.close(fd)
    assert answer.length == size
    assert b"Content-Encoding: br" in answer.opening
    (root / "a.css.br").unlink()
    answer, fd = handler.open(request, answer)
    os.close(fd)
    assert answer.length == 400_000
    assert b"Content-Encoding" not in answer.opening


def test_nobody_looks_for_variants_unless_chosen(root):
    with serving(root, profile="website") as live:
        answer = live.get("/docs/app.mjs", BOTH)
        assert answer.body == PLAIN
        assert not {"vary", "content-encoding"} & set(answer.fields)
