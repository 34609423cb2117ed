"""Folders as zip: what another program reads in it is what lies in the folder, and the length is known before."""

from __future__ import annotations

import datetime as dt
import gc
import io
import os
import re
import struct
import sys
import tempfile
import zipfile
import zlib
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core import archive as module
from server_core import zip_format
from server_core.archive import Archive, Archives
from server_core.errors import TruncatedError
from server_core.files import Root
from server_core.refusals import Refusal
from server_core.zip_format import BLOCK_BYTES, Member
from tests.links import link
from tests.systems import IS_WINE

HOST_LINKS = pytest.mark.skipif(
    IS_WINE, reason="links of Wine's host look like folders until they are opened"
)
DESCRIPTORS = Path("/proc/self/fd")


def make(root, *folders: str, name: str = "top") -> Archive:
    return Archives(Root(root)).make(folders, name)


def octets(archive: Archive) -> bytes:
    """The whole zip; its length is the one that was told beforehand."""
    found = b"".join(archive.blocks())
    assert len(found) == archive.length
    return found


def contents(data: bytes) -> dict[str, bytes | None]:
    """What a zip holds by name, None for a folder, as zipfile reads it with every sum checked."""
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert read.testzip() is None
        return {name: None if name.endswith("/") else read.read(name) for name in read.namelist()}


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "upload_1.json").write_bytes(b"{}")
    (tmp_path / "page.html").write_bytes(b"<p>")
    (tmp_path / ".env").write_bytes(b"secret")
    (tmp_path / "sub" / "Größe 漢字.txt").write_bytes(b"many")
    (tmp_path / "sub" / "deep" / "nothing").write_bytes(b"")
    return tmp_path


WHOLE = {
    "top/empty/": None,
    "top/page.html": b"<p>",
    "top/sub/": None,
    "top/sub/Größe 漢字.txt": b"many",
    "top/sub/deep/": None,
    "top/sub/deep/nothing": b"",
}


def test_all_that_is_shown_and_nothing_else(tree):
    assert contents(octets(make(tree))) == WHOLE
    assert contents(octets(make(tree, "sub", name="sub"))) == {
        "sub/Größe 漢字.txt": b"many",
        "sub/deep/": None,
        "sub/deep/nothing": b"",
    }


def test_an_archive_can_be_sent_again(tree):
    archive = make(tree)
    assert octets(archive) == octets(archive)


def test_an_empty_folder(tmp_path):
    assert contents(octets(make(tmp_path))) == {}


@HOST_LINKS
def test_links(tmp_path):
    """Those out of the root are not there, nor those to folders, which may lead in a circle."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").write_bytes(b"1")
    link(root / "out", tmp_path / "outside")
    link(root / "circle", root)
    if sys.platform != "win32":
        (root / "same").symlink_to(root / "file")
        (root / "secret").symlink_to(tmp_path / "outside" / "secret")
    same = {} if sys.platform == "win32" else {"top/same": b"1"}
    assert contents(octets(make(root))) == {"top/file": b"1", **same}


@pytest.mark.parametrize(
    "size",
    [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 4 * BLOCK_BYTES, 4 * BLOCK_BYTES + 1, 1_000_000],
)
def test_contents_of_any_size(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "data").write_bytes(data)
    assert contents(octets(make(tmp_path))) == {"top/data": data}


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=6).map(
    lambda name: "n" + name
)
TREES = st.recursive(
    st.dictionaries(NAMES, st.binary(max_size=300), max_size=4),
    lambda below: st.dictionaries(NAMES, st.one_of(st.binary(max_size=300), below), max_size=4),
    max_leaves=12,
)


@given(TREES, st.sampled_from([zip_format.WIDE_FROM, 1, 100, 700]))
def test_any_tree_comes_out_as_it_went_in(tmp_path_factory, tree, wide_from):
    """Also where fields of 64 bits are used from a small number on."""
    folder = tmp_path_factory.mktemp("tree")
    expected: dict[str, bytes | None] = {}

    def grow(at, path, tree):
        for name, what in tree.items():
            if (at / name).exists():  # the same name to a system that knows no case
                continue
            if isinstance(what, dict):
                (at / name).mkdir()
                expected[f"{path}/{name}/"] = None
                grow(at / name, f"{path}/{name}", what)
            else:
                (at / name).write_bytes(what)
                expected[f"{path}/{name}"] = what

    grow(folder, "top", tree)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zip_format, "WIDE_FROM", wide_from)
        found = contents(octets(make(folder)))
    assert found == expected


def test_a_reader_that_can_not_look_ahead_finds_every_end(tree):
    """Each content ends by itself, and its sum and size follow (APPNOTE 4.3.9)."""
    data, at, found = octets(make(tree)), 0, []
    while data[at : at + 4] == b"PK\3\4":
        flags, method = struct.unpack_from("<HH", data, at + 6)
        name_bytes, extra_bytes = struct.unpack_from("<HH", data, at + 26)
        name = data[at + 30 : at + 30 + name_bytes].decode()
        at += 30 + name_bytes + extra_bytes
        assert flags & 1 << 11
        if method == 8:
            inflater = zlib.decompressobj(-15)
            content = inflater.decompress(data[at:]) + inflater.flush()
            assert inflater.eof
            size = len(data) - at - len(inflater.unused_data)
            signature = struct.unpack_from("<IIII", data, at + size)
            assert signature == (0x08074B50, zlib.crc32(content), size, len(content))
            at += size + 16
        found.append(name)
    assert found == list(WHOLE)
    assert data[at : at + 4] == b"PK\1\2"


@pytest.mark.parametrize("time_s", [1_000_000_000, 0, 4_500_000_000, 2_147_483_648])
def test_times(tmp_path, time_s):
    """In DOS's local time, and to the second where that has a field: DOS knows 1980 to 2107."""
    (tmp_path / "file").write_bytes(b"")
    os.utime(tmp_path / "file", (time_s, time_s))
    if int((tmp_path / "file").stat().st_mtime) != time_s:
        pytest.skip("this file system has no such time")
    with zipfile.ZipFile(io.BytesIO(octets(make(tmp_path)))) as read:
        (info,) = read.infolist()
    assert 1980 <= info.date_time[0] <= 2107
    if time_s == 1_000_000_000:
        local = dt.datetime.fromtimestamp(time_s).astimezone()
        assert abs(dt.datetime(*info.date_time, tzinfo=local.tzinfo) - local) < dt.timedelta(seconds=2)
    assert struct.pack("<HHBI", 0x5455, 5, 1, min(time_s, 0x7FFF_FFFF)) in info.extra


class TestFilesThatChange:
    def test_what_grows_goes_in_with_the_size_it_had(self, tree):
        archive = make(tree)
        with (tree / "page.html").open("ab") as file:
            file.write(b"more")
        assert contents(octets(archive)) == WHOLE

    @pytest.mark.parametrize("change", ["shrinks", "goes", "becomes a folder"])
    def test_what_else_ends_the_zip_early(self, tree, change):
        archive = make(tree)
        page = tree / "page.html"
        page.unlink()
        if change == "shrinks":
            page.write_bytes(b"<")
        elif change == "becomes a folder":
            page.mkdir()
        with pytest.raises(TruncatedError, match=r"top/page\.html"):
            octets(archive)

    def test_a_folder_that_becomes_a_link_is_not_followed(self, tree, tmp_path_factory):
        """What is opened is judged, not what was found."""
        archive = make(tree)
        outside = tmp_path_factory.mktemp("outside")
        (outside / "Größe 漢字.txt").write_bytes(b"secret")
        (tree / "sub").rename(tree / "gone")
        link(tree / "sub", outside)
        with pytest.raises(TruncatedError, match="path-outside-root"):
            octets(archive)

    @pytest.mark.skipif(
        sys.platform == "win32" or not DESCRIPTORS.is_dir(), reason="this system lists no descriptors"
    )
    def test_closing_closes_what_is_open(self, tmp_path):
        for name in "abc":
            (tmp_path / name).write_bytes(bytes(1_000_000))
        before = len([*DESCRIPTORS.iterdir()])
        blocks = make(tmp_path).blocks()
        assert next(blocks)
        assert len([*DESCRIPTORS.iterdir()]) == before + 1
        blocks.close()
        assert len([*DESCRIPTORS.iterdir()]) == before


class TestBounds:
    def test_a_block_is_small_and_opens_few_files(self, tmp_path):
        (tmp_path / "large").write_bytes(bytes(3_000_000))
        for number in range(200):
            (tmp_path / f"small{number}").write_bytes(b"x")
        for block in make(tmp_path).blocks():
            assert len(block) < 400_000
            assert len(re.findall(b"PK\3\4", block)) <= 33

    def test_files_in_one_zip(self, tree, monkeypatch):
        monkeypatch.setattr(module, "ARCHIVE_MEMBERS", 6)
        octets(make(tree))
        (tree / "sub" / "one more").write_bytes(b"")
        with pytest.raises(Refusal) as refused:
            make(tree)
        assert refused.value.code == "archive-too-large"
        assert refused.value.sentence.endswith("The limit is 6.")

    def test_files_in_all_zips_that_are_under_way(self, tree, monkeypatch):
        monkeypatch.setattr(module, "ALL_MEMBERS", 13)
        archives = Archives(Root(tree))
        one, two = (archives.make((), "top") for _ in range(2))
        with pytest.raises(Refusal, match="too-many-archives"):
            archives.make((), "top")
        assert octets(one) == octets(two)
        sending = one.blocks()
        next(sending)
        del one
        gc.collect()
        with pytest.raises(Refusal, match="too-many-archives"):
            archives.make((), "top")
        sending.close()
        del sending
        gc.collect()
        archives.make((), "top")


@pytest.fixture
def sparse_folder(tmp_path):
    """In memory where there is such a place: holes are read from nowhere there, and take no room."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="a file of zeros takes its room on the disk there")
def test_more_than_four_gigabytes(sparse_folder):
    """A sparse file, and one behind it: sizes, offsets and the end need 64 bits."""
    size = 2**32 + 10
    with (sparse_folder / "large").open("wb") as file:
        file.truncate(size)
    (sparse_folder / "small").write_bytes(b"behind")
    archive = make(sparse_folder)
    written, last = 0, deque(maxlen=4)
    for block in archive.blocks():
        written += len(block)
        last.append(block)
    assert written == archive.length
    with zipfile.ZipFile(Tail(b"".join(last), archive.length)) as read:
        large, small = read.infolist()
        assert (large.file_size, large.compress_size) == (size, Member(b"large", size, 0.0).packed_bytes)
        assert large.CRC == 0x6B87B1EC  # of so many zeros, computed once
        assert small.header_offset > 2**32
        assert read.read(small) == b"behind"


class Tail(io.BytesIO):
    """A long file of which only the last part is here."""

    def __init__(self, part: bytes, length: int) -> None:
        super().__init__(part)
        self._before = length - len(part)

    def seek(self, offset: int, whence: int = 0) -> int:
        return super().seek(offset - self._before if whence == 0 else offset, whence) + self._before

    def tell(self) -> int:
        return super().tell() + self._before
