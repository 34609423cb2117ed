"""Files below the root: nothing outside is reached, and what is remembered is what is there."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from server_core import files
from server_core.files import File, Folder, Root
from server_core.paths import FilePath
from server_core.refusals import Refusal
from tests.links import link
from tests.systems import IS_WINE

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs, devices or mode bits")


def path(text: str) -> FilePath:
    *folders, last = text.removeprefix("/").split("/")
    return FilePath((*folders, last) if last else tuple(folders), is_folder=not last)


def refusal_of(root: Root, text: str) -> str:
    with pytest.raises(Refusal) as refused:
        root.find(path(text))
    return refused.value.code


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.html").write_text("secret", "utf-8")
    return folder


class TestFind:
    def test_a_small_file_comes_with_its_content(self, site):
        found = Root(site).find(path("/sample.txt"))
        assert isinstance(found, File)
        assert (found.body, found.signature.size) == (b"0123456789", 10)

    def test_a_large_file_comes_without(self, site):
        (site / "large.txt").write_bytes(bytes(files.SMALL_FILE_BYTES + 1))
        found = Root(site).find(path("/large.txt"))
        assert (found.body, found.signature.size) == (None, files.SMALL_FILE_BYTES + 1)

    def test_the_largest_small_file(self, site):
        (site / "small.txt").write_bytes(bytes(files.SMALL_FILE_BYTES))
        assert len(Root(site).find(path("/small.txt")).body) == files.SMALL_FILE_BYTES

    @pytest.mark.parametrize("text", ["/", "/docs", "/docs/"])
    def test_a_folder(self, site, text):
        assert isinstance(Root(site).find(path(text)), Folder)

    @pytest.mark.parametrize(
        "text",
        ["/missing.html", "/missing/a.html", "/sample.txt/", "/sample.txt/a", "/" + "a" * 300, "/docs/a/b/c"],
    )
    def test_nothing_there(self, site, text):
        root = Root(site)
        assert refusal_of(root, text) == "not-found"
        root.find(path("/sample.txt"))
        assert refusal_of(root, text) == "not-found"  # also when the file itself is remembered

    @POSIX
    def test_a_fifo_is_refused_at_once(self, site):
        os.mkfifo(site / "pipe.html")
        assert refusal_of(Root(site), "/pipe.html") == "not-a-file"

    @POSIX
    def test_a_socket_is_refused(self, site, monkeypatch):
        import socket

        monkeypatch.chdir(site)  # the name of a socket is short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("sock.html")
            assert refusal_of(Root(site), "/sock.html") == "not-a-file"

    @POSIX
    def test_a_device_is_refused(self, site):
        link(site / "zero.html", Path("/dev/zero"))
        assert refusal_of(Root(site), "/zero.html") == "path-outside-root"

    @POSIX
    @pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
    def test_an_unreadable_file(self, site):
        (site / "sample.txt").chmod(0)
        assert refusal_of(Root(site), "/sample.txt") == "unreadable"

    def test_uploads_are_not_served_under_any_name(self, site):
        (site / "uploads" / "upload.json").write_text("{}", "utf-8")
        root = Root(site)
        assert refusal_of(root, "/uploads/upload.json") == "path-uploads"
        assert refusal_of(root, "/uploads/missing.json") == "path-uploads"
        link(site / "open", site / "uploads")
        assert refusal_of(root, "/open/upload.json") == "path-uploads"
        assert refusal_of(root, "/open") == "path-uploads"


class TestLinks:
    """Whatever a link leads to outside, the answer is one and the same."""

    def test_a_link_to_a_file_outside(self, site, outside):
        link(site / "a.html", outside / "secret.html")
        assert refusal_of(Root(site), "/a.html") == "path-outside-root"

    def test_a_link_to_a_folder_outside(self, site, outside):
        link(site / "a", outside)
        root = Root(site)
        assert refusal_of(root, "/a/secret.html") == "path-outside-root"
        assert refusal_of(root, "/a") == "path-outside-root"

    def test_a_dangling_link_out_answers_as_one_whose_goal_exists(self, site, outside):
        link(site / "a.html", outside / "missing.html")
        assert refusal_of(Root(site), "/a.html") == "path-outside-root"
        link(site / "b", outside)
        assert refusal_of(Root(site), "/b/missing.html") == "path-outside-root"

    def test_a_link_to_a_neighbour_whose_name_begins_alike(self, site, tmp_path):
        neighbour = tmp_path / "site-secrets"
        neighbour.mkdir()
        (neighbour / "a.html").write_text("secret", "utf-8")
        link(site / "a.html", neighbour / "a.html")
        assert refusal_of(Root(site), "/a.html") == "path-outside-root"

    def test_a_link_that_climbs(self, site, outside):
        link(site / "docs" / "up", Path("..", ".."))
        assert refusal_of(Root(site), "/docs/up/outside/secret.html") == "path-outside-root"

    def test_a_link_inside_is_followed(self, site):
        link(site / "same.txt", site / "sample.txt")
        assert Root(site).find(path("/same.txt")).body == b"0123456789"

    def test_a_root_that_is_a_link_itself(self, site, tmp_path):
        link(tmp_path / "way", site)
        assert Root(tmp_path / "way").find(path("/sample.txt")).body == b"0123456789"

    def test_links_in_a_circle(self, site):
        link(site / "a.html", site / "b.html")
        link(site / "b.html", site / "a.html")
        assert refusal_of(Root(site), "/a.html") == "not-found"

    def test_a_file_that_becomes_a_link_out_is_no_longer_served(self, site, outside):
        root = Root(site)
        assert root.find(path("/sample.txt")).body == b"0123456789"
        (site / "sample.txt").unlink()
        link(site / "sample.txt", outside / "secret.html")
        assert refusal_of(root, "/sample.txt") == "path-outside-root"

    @pytest.mark.skipif(IS_WINE, reason="Wine shows a link of its host as a plain folder")
    def test_a_folder_that_is_moved_out_and_linked_back_is_no_longer_served(self, site, tmp_path):
        """The file is the very same, remembered and unchanged; its real path is not."""
        root = Root(site)
        assert isinstance(root.find(path("/docs/index.html")), File)
        (site / "docs").rename(tmp_path / "moved")
        link(site / "docs", tmp_path / "moved")
        assert refusal_of(root, "/docs/index.html") == "path-outside-root"

    def test_a_large_file_that_becomes_a_link_out_is_not_opened(self, site, outside):
        large, secret = site / "large.txt", outside / "large.txt"
        large.write_bytes(bytes(files.SMALL_FILE_BYTES + 1))
        secret.write_bytes(bytes(files.SMALL_FILE_BYTES + 1))
        root = Root(site)
        found = root.find(path("/large.txt"))
        large.unlink()
        link(large, secret)
        with pytest.raises(Refusal):
            root.open(found)


class TestMemory:
    @pytest.fixture(autouse=True)
    def _settled(self, monkeypatch):
        monkeypatch.setattr(files, "SETTLED_S", -1.0)

    def test_a_file_just_changed_is_read_again(self, site, monkeypatch):
        """The clock that stamps it may not have ticked before the next change."""
        monkeypatch.setattr(files, "SETTLED_S", 60.0)
        root = Root(site)
        first = root.find(path("/sample.txt"))
        assert not first.is_settled
        assert root.find(path("/sample.txt")) is not first

    def test_a_file_that_stays_is_read_once(self, site):
        root = Root(site)
        assert root.find(path("/sample.txt")) is root.find(path("/sample.txt"))

    @pytest.mark.parametrize("content", [b"9876543210", b"shorter", b"a longer one than it was"])
    def test_a_replaced_file_is_served_changed(self, site, content):
        root = Root(site)
        root.find(path("/sample.txt"))
        before = (site / "sample.txt").stat()
        (site / "new").write_bytes(content)
        os.utime(site / "new", ns=(before.st_atime_ns, before.st_mtime_ns))  # even with the old time
        (site / "new").replace(site / "sample.txt")
        assert root.find(path("/sample.txt")).body == content

    def test_a_rewritten_file_is_served_changed_though_its_time_was_put_back(self, site):
        root = Root(site)
        root.find(path("/sample.txt"))
        before = (site / "sample.txt").stat()
        (site / "sample.txt").write_bytes(b"9876543210")
        if sys.platform == "win32":
            os.utime(site / "sample.txt", ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
        else:
            os.utime(site / "sample.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
        assert root.find(path("/sample.txt")).body == b"9876543210"

    def test_a_removed_file_is_gone(self, site):
        root = Root(site)
        root.find(path("/sample.txt"))
        (site / "sample.txt").unlink()
        assert refusal_of(root, "/sample.txt") == "not-found"

    def test_a_file_that_becomes_a_folder(self, site):
        root = Root(site)
        root.find(path("/sample.txt"))
        (site / "sample.txt").unlink()
        (site / "sample.txt").mkdir()
        assert isinstance(root.find(path("/sample.txt")), Folder)

    def test_it_is_bounded(self, site, monkeypatch):
        monkeypatch.setattr(files, "CACHE_BYTES", 1_000)
        root = Root(site)
        for number in range(20):
            (site / f"{number}.txt").write_bytes(bytes((number,)) * 300)
        for _ in range(2):
            for number in range(20):
                assert root.find(path(f"/{number}.txt")).body == bytes((number,)) * 300
                kept = [file.body for file in root._kept.values()]
                assert sum(map(len, kept)) == root._kept_bytes <= 1_000
        assert len(root._kept) == 3

    def test_many_threads_see_whole_files_while_one_is_replaced(self, site):
        """Every reading is one of the two states, whole."""
        root, name = Root(site), site / "sample.txt"
        states = {b"a" * 5_000, b"b" * 7_000}
        name.write_bytes(min(states))
        wrong: list[bytes] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                body = root.find(path("/sample.txt")).body
                if body not in states:
                    wrong.append(body)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for _ in range(50):
            for state in states:
                (site / "new").write_bytes(state)
                for _ in range(100):  # Windows refuses while a reader has the file open
                    try:
                        (site / "new").replace(name)
                        break
                    except PermissionError:
                        continue
        done.set()
        for reader in readers:
            reader.join()
        assert not wrong
        assert sum(len(file.body) for file in root._kept.values()) == root._kept_bytes


class TestOpen:
    def test_it_opens_what_was_found(self, site):
        (site / "large.txt").write_bytes(b"x" * (files.SMALL_FILE_BYTES + 1))
        root = Root(site)
        found = root.find(path("/large.txt"))
        file, fd = root.open(found)
        try:
            assert file is found
            assert os.read(fd, 3) == b"xxx"
            assert not os.get_inheritable(fd)
        finally:
            os.close(fd)

    def test_a_file_that_was_replaced_meanwhile_is_not_sent_as_the_old_one(self, site):
        (site / "large.txt").write_bytes(b"x" * (files.SMALL_FILE_BYTES + 1))
        root = Root(site)
        found = root.find(path("/large.txt"))
        (site / "new").write_bytes(b"y" * (files.SMALL_FILE_BYTES + 2))
        (site / "new").replace(site / "large.txt")
        file, fd = root.open(found)
        try:
            assert file.signature.size == os.fstat(fd).st_size == found.signature.size + 1
            assert file.validators != found.validators
            assert os.read(fd, 3) == b"yyy"
        finally:
            os.close(fd)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no FIFO in a folder")
    @pytest.mark.parametrize("make", [os.mkdir, getattr(os, "mkfifo", None)])
    def test_what_is_no_file_any_more_is_not_opened(self, site, make):
        (site / "large.txt").write_bytes(b"x" * (files.SMALL_FILE_BYTES + 1))
        root = Root(site)
        found = root.find(path("/large.txt"))
        (site / "large.txt").unlink()
        make(site / "large.txt")
        with pytest.raises(Refusal) as refused:
            root.open(found)
        assert refused.value.code == "not-a-file"

    def test_a_file_that_is_gone_meanwhile(self, site):
        (site / "large.txt").write_bytes(b"x" * (files.SMALL_FILE_BYTES + 1))
        root = Root(site)
        found = root.find(path("/large.txt"))
        (site / "large.txt").unlink()
        with pytest.raises(Refusal) as refused:
            root.open(found)
        assert refused.value.code == "not-found"


def test_validators_change_with_size_and_time(site):
    root = Root(site)
    tags = set()
    for size, time_ns in [(1, 10**18), (2, 10**18), (2, 10**18 + 10**6)]:
        (site / "sample.txt").write_bytes(b"x" * size)
        os.utime(site / "sample.txt", ns=(time_ns, time_ns))
        validators = root.find(path("/sample.txt")).validators
        assert validators.modified_s == 10**9
        assert validators.entity_tag.startswith('"')
        tags.add(validators.entity_tag)
    assert len(tags) == 3
