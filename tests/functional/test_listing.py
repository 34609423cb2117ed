"""A folder without an index as a page, as JSON and as a zip, over real sockets."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server_core import archive
from server_core.config import Config
from server_core.errors import ConfigError
from tests.functional.live import BOTH_SCHEMES, serving, until
from tests.links import link
from tests.systems import IS_WINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functional.live import Answer, Live

HTML, JSON = "text/html; charset=utf-8", "application/json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "home").mkdir(parents=True)
    (root / "uploads").mkdir()
    (root / "home" / "index.html").write_bytes(b"own page")
    (root / "a & b").mkdir()
    (root / "a & b" / "film.bin").write_bytes(os.urandom(3_000_000))
    (root / "a & b" / "note.txt").write_bytes(b"note")
    (root / "page.html").write_bytes(b"<p>")
    (root / ".env").write_bytes(b"hidden")
    (root / "uploads" / "upload_1.json").write_bytes(b"{}")
    os.utime(root / "page.html", (1_000_000_000, 1_000_000_000))
    return root


@contextmanager
def listed(root: Path, **texts: str) -> Iterator[Live]:
    with serving(root, profile="website", listing="yes", **texts) as live:
        yield live


@pytest.fixture
def listing(root: Path) -> Iterator[Live]:
    with listed(root) as live:
        yield live


def unpacked(answer: Answer) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.body)) as read:
        assert read.testzip() is None
        return {name: read.read(name) for name in read.namelist()}


def shown(live: Live, target: str) -> list[str]:
    return [each["name"] for each in json.loads(live.get(target, f"Accept: {JSON}").body)["entries"]]


class TestPage:
    def test_a_folder_without_index(self, listing: Live):
        answer = listing.get("/")
        assert answer.status == 200
        assert answer.fields["content-type"] == HTML
        assert answer.fields["cache-control"] == "no-cache"
        assert answer.fields["vary"] == "Accept"
        text = answer.body.decode()
        assert 'href="./a%20%26%20b/"' in text
        assert "a &amp; b/" in text
        for hidden in ("uploads", ".env"):
            assert f"./{hidden}" not in text

    def test_a_folder_with_index_is_its_page(self, listing: Live):
        for target in ("/home/", "/home/?zip", "/home/?sort=size"):
            assert listing.get(target).body == b"own page"

    def test_every_link_leads_to_what_it_names(self, listing: Live):
        for entry in json.loads(listing.get("/", f"Accept: {JSON}").body)["entries"]:
            assert listing.get(entry["link"]).status == 200
        assert listing.get("/.env").body == b"hidden"

    def test_what_changes_is_seen_at_once(self, listing: Live):
        with listing.client() as client:
            for number in range(3):
                assert str(client.get("/").body).count(f"new{number}") == 0
                (listing.root / f"new{number}").write_bytes(b"")
                assert str(client.get("/").body).count(f"new{number}") > 0

    def test_a_folder_without_slash_redirects(self, listing: Live):
        answer = listing.get("/a%20%26%20b?zip")
        assert (answer.status, answer.fields["location"]) == (301, "/a%20%26%20b/?zip")

    def test_other_switches_leave_it_what_it_is(self, root: Path):
        """A folder that exists is shown rather than an app's page, and never kept."""
        (root / "index.html").write_bytes(b"app")
        (root / "a & b.html").write_bytes(b"beside")
        with listed(root, spa="yes", clean_urls="yes", cache="60", cors="*") as live:
            browser = "Accept: text/html"
            assert live.get("/deep/link", browser).body == b"app"
            assert live.get("/a%20%26%20b", browser).body == b"beside"
            answer = live.get("/a%20%26%20b/", browser)
            assert b"note.txt" in answer.body
            assert answer.fields["cache-control"] == "no-cache"
            assert answer.fields["access-control-allow-origin"] == "*"
        with listed(root, cache="none") as live:
            assert live.get("/a%20%26%20b/").fields["cache-control"] == "no-store"

    def test_what_is_no_folder_is_as_before(self, listing: Live):
        assert listing.get("/missing/").reason == "not-found"
        assert listing.get("/page.html/").reason == "not-found"
        assert listing.get("/uploads/").reason == "path-uploads"
        assert listing.get("/page.html?zip").body == b"<p>"

    @pytest.mark.parametrize("target", ["/", "/?sort=time&order=desc", "/?zip"])
    @pytest.mark.parametrize("accept", ["text/html", JSON])
    def test_head(self, listing: Live, target, accept):
        with listing.client() as client:
            for _ in range(2):
                head = client.ask(f"HEAD {target} HTTP/1.1", f"Accept: {accept}")
                get = client.get(target, f"Accept: {accept}")
                assert head.body == b""
                assert head.status == get.status == 200
                for field in ("content-type", "content-length"):
                    assert head.fields[field] == get.fields[field]
                assert len(get.body) == int(get.fields["content-length"])

    def test_a_link_out_of_the_root(self, root: Path, tmp_path: Path):
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "secret.txt").write_bytes(b"secret")
        link(root / "leak", tmp_path / "outside")
        with listed(root) as live:
            for target in ("/leak/", "/leak/?zip", "/leak"):
                assert live.get(target).reason == "path-outside-root"
            if not IS_WINE:  # to which links of its host look like folders until they are opened
                assert "leak" not in shown(live, "/")
                assert not any("leak" in name for name in unpacked(live.get("/?zip")))

    @pytest.mark.parametrize(
        "query",
        [
            "sort",
            "sort=%ff&order=%00",
            "sort=size&sort=name",
            "order=desc;sort=size",
            "&&=&",
            "%",
            "zi%70=",
            "=zip",
        ],
    )
    def test_any_query_is_answered(self, listing: Live, query):
        assert listing.get(f"/?{query}").status == 200

    def test_visitors_who_may_send_files_find_the_way(self, root: Path):
        with listed(root, receive_files="yes") as live:
            assert b'href="/upload"' in live.get("/").body
            assert live.get("/upload").status == 200


class TestJson:
    def test_entries(self, listing: Live):
        answer = listing.get("/?sort=size&order=desc", f"Accept: {JSON}")
        assert answer.fields["content-type"] == JSON
        assert answer.fields["vary"] == "Accept"
        told = json.loads(answer.body)
        assert told["path"] == "/"
        assert (told["left_out"], told["left_out_is_exact"]) == (0, True)
        assert told["entries"][0].pop("modified")
        assert told["entries"][1].pop("modified")
        assert told["entries"] == [
            {"name": "a & b", "type": "folder", "size": None, "link": "/a%20%26%20b/"},
            {"name": "home", "type": "folder", "size": None, "link": "/home/"},
            {
                "name": "page.html",
                "type": "file",
                "size": 3,
                "modified": "2001-09-09T01:46:40Z",
                "link": "/page.html",
            },
        ]
        assert json.loads(listing.get("/a%20%26%20b/", f"Accept: {JSON}").body)["path"] == "/a & b/"

    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            (JSON, JSON),
            ("APPLICATION/JSON;q=0.5, text/html;q=0.4", JSON),
            ("text/html, application/json;q=0.9", HTML),
            ("application/json, text/html", HTML),
            ("*/*", HTML),
            ("image/png", HTML),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
            ("", HTML),
        ],
    )
    def test_who_prefers_it_gets_it(self, listing: Live, accept, media_type):
        assert listing.get("/", f"Accept: {accept}").fields["content-type"] == media_type


@BOTH_SCHEMES
class TestZip:
    def test_a_whole_folder(self, listing: Live):
        answer = listing.get("/?zip")
        assert answer.status == 200
        assert answer.fields["content-type"] == "application/zip"
        assert answer.fields["content-disposition"] == 'attachment; filename="files.zip"'
        assert unpacked(answer) == {
            "files/a & b/": b"",
            "files/home/": b"",
            "files/page.html": b"<p>",
            "files/home/index.html": b"own page",
            "files/a & b/film.bin": (listing.root / "a & b" / "film.bin").read_bytes(),
            "files/a & b/note.txt": b"note",
        }

    @pytest.mark.parametrize("command", ["unzip -t {}", "bsdtar -tf -", "jar t", "7z t {}"])
    def test_other_programs_read_it(self, listing: Live, tmp_path: Path, command):
        """From a file, or as it comes from a pipe, where nobody can look ahead."""
        program, *arguments = command.split()
        found = shutil.which(program)
        if found is None:
            pytest.skip(f"{program} is not installed")
        file = tmp_path / "files.zip"
        file.write_bytes(listing.get("/?zip").body)
        with file.open("rb") as content:
            ran = subprocess.run(
                [found, *(each.format(file) for each in arguments)],
                stdin=content,
                capture_output=True,
                check=False,
            )
        assert ran.returncode == 0, ran.stderr
        if program != "7z":
            assert b"files/a & b/film.bin" in ran.stdout

    def test_it_is_called_as_its_folder(self, listing: Live):
        (listing.root / "Größe").mkdir()
        answer = listing.get("/Gr%C3%B6%C3%9Fe/?zip")
        assert answer.fields["content-disposition"] == (
            "attachment; filename=\"Gr__e.zip\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.zip"
        )
        assert unpacked(answer) == {}

    def test_the_connection_goes_on(self, listing: Live):
        with listing.client() as client:
            client.send(client.octets("GET /?zip HTTP/1.1") * 3 + client.octets("GET /page.html HTTP/1.1"))
            zips = [client.answer() for _ in range(3)]
            assert unpacked(zips[0]) == unpacked(zips[1]) == unpacked(zips[2])
            assert client.answer().body == b"<p>"
        assert listing.event(lambda event: event.target == "/?zip").sent_bytes == len(zips[0].body)

    def test_slow_readers_hold_no_worker(self, root: Path):
        (root / "large.bin").write_bytes(bytes(30_000_000))
        with listed(root, threads="2") as live:
            readers = [live.client(receive_bytes=4096) for _ in range(8)]
            try:
                for reader in readers:
                    reader.send(reader.octets("GET /?zip HTTP/1.1"))
                until(lambda: live.server.snapshot().open_connections == 8)
                for _ in range(5):
                    assert live.get("/page.html").body == b"<p>"
                answer = readers[3].answer()
                assert unpacked(answer)["files/large.bin"] == bytes(30_000_000)
            finally:
                for reader in readers:
                    reader.close()
            until(lambda: not live.server.snapshot().open_connections)

    def test_a_client_that_leaves_in_the_middle(self, root: Path):
        (root / "large.bin").write_bytes(bytes(30_000_000))
        with listed(root) as live:
            with live.client(receive_bytes=4096) as client:
                client.send(client.octets("GET /?zip HTTP/1.1"))
                assert client.stream.read(100_000)
                client.abort()
            assert live.event(lambda event: event.target == "/?zip").reason == "cut"
            if sys.platform == "linux":
                until(lambda: not holds(root / "large.bin"))

    def test_a_stop_in_the_middle(self, root: Path):
        (root / "large.bin").write_bytes(bytes(30_000_000))
        with listed(root) as live, live.client(receive_bytes=4096) as client:
            client.send(client.octets("GET /?zip HTTP/1.1"))
            assert client.stream.read(100_000)
            live.server.stop(0.0)
            rest = b""
            with contextlib.suppress(ConnectionError):
                rest = client.stream.read()
            assert len(rest) < 29_000_000
        if sys.platform == "linux":
            assert not holds(root / "large.bin")

    @pytest.mark.parametrize("grows", [True, False])
    def test_a_file_that_changes_while_it_is_sent(self, root: Path, grows):
        """What grows goes in with the size it had; what shrinks ends the connection early, and the client
        knows.
        """
        size = 30_000_000
        (root / "large.bin").write_bytes(bytes(size))
        with listed(root) as live, live.client(receive_bytes=4096) as client:
            client.send(client.octets("GET /?zip HTTP/1.1"))
            assert client.stream.readline() == b"HTTP/1.1 200 OK\r\n"
            os.truncate(root / "large.bin", size + 10 if grows else size // 2)
            fields = dict(
                iter(lambda: client.stream.readline().decode().strip().partition(": ")[::2], ("", ""))
            )
            body = client.stream.read(int(fields["Content-Length"]))
            if grows:
                with zipfile.ZipFile(io.BytesIO(body)) as read:
                    assert read.read("files/large.bin") == bytes(size)
            else:
                assert len(body) < int(fields["Content-Length"])
                live.message("files/large.bin became shorter while its folder was sent")

    def test_too_many_files(self, listing: Live, monkeypatch):
        monkeypatch.setattr(archive, "ARCHIVE_MEMBERS", 3)
        answer = listing.get("/?zip")
        assert (answer.status, answer.reason) == (403, "archive-too-large")
        assert b"The limit is 3." in answer.body

    def test_too_many_zips(self, root: Path, monkeypatch):
        monkeypatch.setattr(archive, "ALL_MEMBERS", 10)
        (root / "large.bin").write_bytes(bytes(30_000_000))
        with listed(root) as live:
            with live.client(receive_bytes=4096) as client:
                client.send(client.octets("GET /?zip HTTP/1.1"))
                assert client.stream.read(1000)
                answer = live.get("/?zip")
                assert (answer.status, answer.reason) == (503, "too-many-archives")
                assert answer.fields["retry-after"]
                client.abort()
            until(lambda: live.get("/?zip").status == 200)


def holds(file: Path) -> bool:
    """Whether this process has the file open."""
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if entry.readlink() == file:
                return True
    return False


def test_without_the_switch_a_folder_is_not_shown(root: Path):
    with serving(root, profile="website") as live:
        for target in ("/", "/?zip", "/a%20%26%20b/"):
            assert live.get(target, f"Accept: {JSON}").reason == "not-found"


def test_it_belongs_to_the_website_profile():
    with pytest.raises(ConfigError, match="--listing belongs to the Website profile"):
        Config.from_text({"listing": "yes"})
