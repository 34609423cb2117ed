"""What is shown of a folder: nothing that is not served, in the order that was asked for, within bounds."""

from __future__ import annotations

import os
import socket
import sys
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core import listing as module
from server_core.files import File, Root
from server_core.listing import Entry, Order, in_order, natural, order_of, read_folder
from server_core.listing_page import link
from server_core.paths import file_path
from server_core.refusals import Refusal
from tests.links import link as make_link
from tests.systems import IS_WINE

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names and files")


def names(root, *folders: str, order: Order = Order()) -> list[str]:  # noqa: B008 - immutable
    return [entry.name for entry in read_folder(Root(root), folders, order).entries]


def test_folders_come_first_and_names_as_people_count(tmp_path):
    for name in ("b10.txt", "B9.txt", "a.txt", "c1"):
        (tmp_path / name).write_bytes(b"")
    for name in ("z2", "z10", "y"):
        (tmp_path / name).mkdir()
    assert names(tmp_path) == ["y", "z2", "z10", "a.txt", "B9.txt", "b10.txt", "c1"]
    assert names(tmp_path, order=Order("name", True)) == [
        "z10",
        "z2",
        "y",
        "c1",
        "b10.txt",
        "B9.txt",
        "a.txt",
    ]


def test_what_is_found_is_told(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"12345")
    os.utime(tmp_path / "file", (1_000_000_000, 1_000_000_000))
    folder, file = read_folder(Root(tmp_path), (), Order()).entries
    assert (folder.name, folder.is_folder, folder.size) == ("folder", True, 0)
    assert (file.name, file.is_folder, file.size, file.modified_s) == ("file", False, 5, 1_000_000_000)


class TestWhatIsNotServedIsNotShown:
    def test_uploads_and_hidden_files(self, tmp_path):
        for name in ("uploads", "sub", ".git"):
            (tmp_path / name).mkdir()
        (tmp_path / "sub" / "uploads").mkdir()
        (tmp_path / ".env").write_bytes(b"")
        assert names(tmp_path) == ["sub"]
        assert names(tmp_path, "sub") == ["uploads"]  # of that name only the one in the root is special

    @POSIX
    def test_names_that_no_path_can_have(self, tmp_path):
        for name in (
            b"fine", b"UPLOADS", b"a:b", b"new\nline", b"back\\slash", b"dot.", b"blank ", b"CON", b"nul.txt",
            b"PROGRA~1", b'quo"te', b"<b>", b"a?b", b"a*b", b"\xff\xfe", b"esc\x1b[31m", b"nel\xc2\x85",
        ):  # fmt: skip
            (tmp_path / os.fsdecode(name)).touch()
        assert names(tmp_path) == ["fine"]

    @pytest.mark.skipif(IS_WINE, reason="links of Wine's host look like folders until they are opened")
    def test_links_that_lead_out(self, tmp_path):
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "secret.txt").write_bytes(b"")
        root = tmp_path / "root"
        (root / "inside").mkdir(parents=True)
        (root / "uploads").mkdir()
        make_link(root / "out", tmp_path / "outside")
        make_link(root / "in", root / "inside")
        make_link(root / "saved", root / "uploads")
        make_link(root / "around", root)
        assert names(root) == ["around", "in", "inside"]
        assert "uploads" not in names(root, "around")
        with pytest.raises(Refusal, match="path-outside-root"):
            names(root, "out")

    @POSIX
    def test_links_to_nothing(self, tmp_path):
        (tmp_path / "gone").symlink_to(tmp_path / "missing")
        (tmp_path / "circle").symlink_to(tmp_path / "circle")
        assert names(tmp_path) == []

    @POSIX
    def test_special_files(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(tmp_path / "sock"))
            (tmp_path / "file").write_bytes(b"")
            assert names(tmp_path) == ["file"]

    @pytest.mark.skipif(
        sys.platform == "win32" or not os.geteuid(), reason="the administrator may read everything"
    )
    def test_what_can_not_be_read(self, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        (tmp_path / "file").chmod(0)
        (tmp_path / "folder").mkdir(0o600)
        assert names(tmp_path) == []

    def test_a_folder_that_is_gone(self, tmp_path):
        with pytest.raises(Refusal, match="not-found"):
            names(tmp_path, "missing")


@POSIX
@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=80), max_size=12, unique=True
    )
)
def test_whatever_is_shown_can_be_opened(tmp_path_factory, raw):
    """And what can be opened is shown, but for names that begin with a dot."""
    folder = tmp_path_factory.mktemp("root")
    made = set()
    for name in raw:
        try:
            (folder / name).write_text(name, "utf-8", errors="surrogatepass")
            made.add(name)
        except (OSError, UnicodeEncodeError):
            continue
    root = Root(folder)
    shown = {unquote(link(entry)) for entry in read_folder(root, (), Order()).entries}
    for name in made:
        try:
            found = root.find(file_path("/" + link(Entry(name, "", False, False, 0, 0))))
            assert isinstance(found, File)
            assert (name in shown) is not name.startswith(".")
        except (Refusal, UnicodeEncodeError):
            assert name not in shown
    assert shown <= made


ENTRIES = [
    Entry("b", "", False, False, 20, 3.0),
    Entry("z", "", True, False, 0, 1.0),
    Entry("a", "", False, False, 20, 2.0),
    Entry("c", "", False, False, 3, 9.0),
    Entry("y", "", True, False, 0, 5.0),
]


@pytest.mark.parametrize(
    ("query", "order", "names"),
    [
        ({}, Order("name", False), "yzabc"),
        ({"sort": ["name"], "order": ["desc"]}, Order("name", True), "zycba"),
        ({"sort": ["size"]}, Order("size", False), "yzcab"),
        ({"sort": ["size"], "order": ["desc"]}, Order("size", True), "yzabc"),
        ({"sort": ["time"], "order": ["asc"]}, Order("time", False), "zyabc"),
        ({"sort": ["time"], "order": ["desc"]}, Order("time", True), "yzcba"),
        ({"sort": ["inode"], "order": ["desc"]}, Order("name", False), "yzabc"),
        ({"sort": ["size"], "order": ["sideways"]}, Order("size", False), "yzcab"),
    ],
)
def test_orders(query, order, names):
    assert order_of(query) == order
    assert "".join(entry.name for entry in in_order(ENTRIES, order)) == names


@given(st.lists(st.text()))
def test_any_names_can_be_put_in_order(texts):
    assert sorted(sorted(texts, reverse=True), key=lambda text: (natural(text), text)) == sorted(
        texts, key=lambda text: (natural(text), text)
    )


class TestBounds:
    @pytest.fixture
    def many(self, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "LISTED_ENTRIES", 5)
        monkeypatch.setattr(module, "COUNTED_ENTRIES", 20)
        for number in range(12):
            (tmp_path / f"file{number}").write_bytes(bytes(number))
        (tmp_path / "zoo").mkdir()
        return tmp_path

    def test_the_first_by_name_are_shown_in_any_order(self, many):
        found = read_folder(Root(many), (), Order("size", True))
        assert [entry.name for entry in found.entries] == ["zoo", "file3", "file2", "file1", "file0"]
        assert (found.left_out, found.is_counted) == (8, True)

    def test_beyond_a_number_nothing_is_counted(self, many):
        for number in range(20):
            (many / f"more{number}").write_bytes(b"")
        found = read_folder(Root(many), (), Order())
        assert (len(found.entries), found.left_out, found.is_counted) == (5, 15, False)
