"""Files on their way in: what they may be called, and that the disk keeps room."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core import received
from server_core.paths import check_segment
from server_core.received import FLUSH_BYTES, NAME_BYTES, ReceivedFile, Room, free_names, received_name
from server_core.refusals import Refusal
from server_core.uploads import UploadFolder

if TYPE_CHECKING:
    from pathlib import Path


class Usage(NamedTuple):
    free: int


@pytest.fixture
def folder(site: Path) -> UploadFolder:
    return UploadFolder(str(site))


def names(folder: UploadFolder) -> list[str]:
    return sorted(path.name for path in folder.folder.iterdir())


def file_in(
    folder: UploadFolder, name: str, size_bytes: int | None, room: Room | None = None
) -> ReceivedFile:
    return ReceivedFile(name, size_bytes, 2**40, folder, room or Room(folder, 0))


@pytest.mark.parametrize(
    ("sent", "saved"),
    [
        ("IMG_0001.HEIC", "IMG_0001.HEIC"),
        ("Urlaub am Meer (2).jpg", "Urlaub am Meer (2).jpg"),
        ("caf\u00e9.txt", "caf\u00e9.txt"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),  # as macOS writes it
        ("\u0646\u0635.txt", "\u0646\u0635.txt"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467.png", "\U0001f468\u200d\U0001f469\u200d\U0001f467.png"),
        ("100 % & more; it's+#1.tar.gz", "100 % & more; it's+#1.tar.gz"),
        ("no extension", "no extension"),
        ("a" * NAME_BYTES, "a" * NAME_BYTES),
        ("\u00e9" * 127, "\u00e9" * 127),
        ("e\u0301" * 127, "\u00e9" * 127),
        ("link.txt", "link.txt"),
        ("desktop.ini.txt", "desktop.ini.txt"),
        ("upload_20261123_101530_0a1b2c3d.json.txt", "upload_20261123_101530_0a1b2c3d.json.txt"),
    ],
)  # fmt: skip
def test_names_that_are_taken(sent, saved):
    assert received_name(sent) == saved


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("IMG:1.jpg", "path-character", "< > |"),
        ("what?.txt", "path-character", "< > |"),
        ("a\\b", "path-backslash", "backslash"),
        ("a\nb", "path-control", "control"),
        ("", "path-empty-segment", "empty"),
        ("..", "path-dot-segment", ".."),
        ("con.txt", "path-device", "device"),
        ("COM\u00b9", "path-device", "device"),
        ("CLOC\u212a$", "path-device", "device"),  # the Kelvin sign is composed to K
        ("PROGRA~1.TXT", "path-short-name", "8.3"),
        ("a.", "path-trailing", "dot"),
        ("a ", "path-trailing", "space"),
        (".htaccess", "file-name", "begins with a dot"),
        (".0123456789abcdef.part", "file-name", "begins with a dot"),
        ("upload_20261123_101530_0a1b2c3d.json", "file-name", "JSON uploads"),
        ("UPLOAD_20261123_101530_0A1B2C3D.JSON", "file-name", "JSON uploads"),
        ("holiday.lnk", "file-name", "Windows acts on"),
        ("holiday.jpg.URL", "file-name", "Windows acts on"),
        ("a\u2028.scf", "file-name", "Windows acts on"),
        ("Desktop.ini", "file-name", "Windows acts on"),
        ("x.library-ms", "file-name", "Windows acts on"),
        ("invoice\u202efdp.exe", "file-name", "direction"),
        ("\u2066a", "file-name", "direction"),
        ("a" * (NAME_BYTES + 1), "file-name", "255 bytes"),
        ("\u00e9" * 128, "file-name", "255 bytes"),
    ],
)  # fmt: skip
def test_names_that_are_refused(name, code, words):
    with pytest.raises(Refusal) as refused:
        received_name(name)
    assert refused.value.code == code
    assert words in refused.value.sentence
    if code == "file-name":
        assert refused.value.sentence.endswith("Rename the file and send it again.")


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("photo.jpg", "photo (2).jpg"),
        ("archive.tar.gz", "archive.tar (2).gz"),
        ("README", "README (2)"),
        ("v1.0 of the very long story that has no extension", "v1.0 of the very long story that has no extension (2)"),
        ("a" * 251 + ".jpg", "a" * 247 + " (2).jpg"),
        ("\u20ac" * 85, "\u20ac" * 83 + " (2)"),
    ],
)  # fmt: skip
def test_a_name_that_is_taken_gets_a_number(name, second):
    assert list(itertools.islice(free_names(name), 2)) == [name, second]


def test_after_the_numbers_comes_chance():
    tried = list(free_names("image.jpg"))
    assert tried[98] == "image (99).jpg"
    assert len(set(tried)) == len(tried) > 100


letters = st.text(
    st.characters(codec="utf-8") | st.sampled_from("~. :e\u0301\u212a\u202e()$1"), min_size=1, max_size=300
)


@given(letters)
def test_every_name_under_which_a_file_is_saved_is_one_that_may_be_sent(name):
    try:
        saved = received_name(name)
    except Refusal as refusal:
        assert refusal.reason.status == 403
        return
    assert received_name(saved) == saved
    for free in free_names(saved):
        check_segment(free)
        assert free[0] != "."
        assert len(free.encode()) <= NAME_BYTES


@pytest.mark.parametrize("size", [0, 1, 70_000, 2 * FLUSH_BYTES + 5])
@pytest.mark.parametrize("is_known", [True, False])
def test_saved_octets_are_those_received(folder, size, is_known):
    body = os.urandom(size)
    room = Room(folder, 0)
    file = file_in(folder, "a.bin", size if is_known else None, room)
    for at in range(0, size, 65_536):
        file.write(body[at : at + 65_536])
        assert all(name.startswith(".") for name in names(folder))
    assert file.save() == "a.bin"
    assert (folder.folder / "a.bin").read_bytes() == body
    assert names(folder) == ["a.bin"]
    assert room._claimed_bytes == 0


def test_nothing_is_there_before_the_first_octet_and_nothing_after_a_discard(folder):
    file = file_in(folder, "a.bin", 10)
    assert names(folder) == []
    file.write(b"12345")
    assert len(names(folder)) == 1
    file.discard()
    file.discard()
    assert names(folder) == []


def test_a_file_is_never_replaced(folder):
    (folder.folder / "a.txt").write_text("first", "utf-8")
    (folder.folder / "a (2).txt").mkdir()
    file = file_in(folder, "a.txt", 6)
    file.write(b"second")
    assert file.save() == "a (3).txt"
    assert (folder.folder / "a.txt").read_text("utf-8") == "first"


def test_files_on_their_way_share_the_room(folder, monkeypatch):
    free = [10_000]
    monkeypatch.setattr(received.shutil, "disk_usage", lambda _: Usage(free[0]))
    room = Room(folder, 1_000)
    first = file_in(folder, "a", 5_000, room)
    with pytest.raises(Refusal) as refused:
        file_in(folder, "b", 4_001, room)
    assert (refused.value.code, refused.value.reason.status) == ("disk-room", 507)
    second = file_in(folder, "b", 4_000, room)
    first.write(bytes(5_000))
    free[0] = 5_000
    first.save()
    with pytest.raises(Refusal):
        file_in(folder, "c", 1, room)
    second.discard()
    file_in(folder, "c", 4_000, room).discard()
    assert room._claimed_bytes == 0


@pytest.mark.parametrize("is_known", [True, False])
def test_a_disk_that_others_fill_meanwhile(folder, monkeypatch, is_known):
    free = [10**12]
    monkeypatch.setattr(received.shutil, "disk_usage", lambda _: Usage(free[0]))
    room = Room(folder, 10**9)
    file = file_in(folder, "a", 3 * FLUSH_BYTES if is_known else None, room)
    file.write(bytes(FLUSH_BYTES - 1))
    free[0] = 10**9
    with pytest.raises(Refusal) as refused:
        file.write(b"12")
    assert refused.value.code == "disk-room"
    file.discard()
    assert names(folder) == []
    assert room._claimed_bytes == 0


def test_room_where_nothing_was_uploaded_yet(tmp_path):
    room = Room(UploadFolder(str(tmp_path)), 0)
    room.claim(1)
    (tmp_path / "gone").mkdir()
    gone = UploadFolder(str(tmp_path / "gone" / "root"))
    with pytest.raises(Refusal) as refused:
        Room(gone, 0).claim(1)
    assert refused.value.code == "not-saved"
