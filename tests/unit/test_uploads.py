"""Uploads: whole or not at all, and never two under one name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path

import pytest

from server_core import parts, uploads
from server_core.parts import refusal_for
from server_core.refusals import Refusal
from server_core.uploads import IN_MEMORY_BYTES, UploadFolder
from tests.links import link

NAME = re.compile(r"upload_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}\.json")


@pytest.fixture
def folder(site):
    return UploadFolder(str(site))


def names(folder: UploadFolder) -> list[str]:
    return sorted(path.name for path in folder.folder.iterdir())


def save_refused(folder: UploadFolder) -> Refusal:
    with pytest.raises(Refusal) as refused:
        folder.save(BytesIO(b"{}"))
    return refused.value


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="small"),
        pytest.param(b' {"a":\t1e400}\r\n', id="its white space stays"),
        pytest.param(b'"' + b"x" * (IN_MEMORY_BYTES + 10) + b'"', id="larger than what stays in memory"),
    ],
)
def test_saved_octets_are_those_received(folder, body):
    upload = folder.begin()
    for at in range(0, len(body), 100_000):
        upload.write(body[at : at + 100_000])
    name = upload.save()
    assert NAME.fullmatch(name)
    assert (folder.folder / name).read_bytes() == body
    assert names(folder) == [name]


def test_what_is_no_json_leaves_nothing(folder):
    upload = folder.begin()
    upload.write(b"{")
    with pytest.raises(Refusal) as refused:
        upload.save()
    assert refused.value.code == "json-syntax"
    assert names(folder) == []


def test_what_is_no_json_takes_no_more_room(folder):
    """The fault is told at the end, so that the connection stays in step; until then nothing is kept."""
    upload = folder.begin()
    for _ in range(20):
        upload.write(b"x" * IN_MEMORY_BYTES)
        assert folder._claimed_bytes == 0
    with pytest.raises(Refusal) as refused:
        upload.save()
    assert refused.value.code == "json-syntax"


def test_unfinished_uploads_share_their_room(site):
    folder = UploadFolder(str(site), 3 * IN_MEMORY_BYTES)
    first, second, small = folder.begin(), folder.begin(), folder.begin()
    first.write(b" " * 2 * IN_MEMORY_BYTES)
    with pytest.raises(Refusal) as refused:
        second.write(b" " * 2 * IN_MEMORY_BYTES)
    assert (refused.value.code, refused.value.reason.status) == ("too-many-uploads", 503)
    second.discard()
    small.write(b" " * (IN_MEMORY_BYTES - 2))
    small.write(b"{}")
    assert small.save()  # what fits into memory needs no room
    first.discard()
    third = folder.begin()
    third.write(b" " * (3 * IN_MEMORY_BYTES - 1))
    third.write(b"0")
    assert third.save()
    assert folder._claimed_bytes == 0


def test_discard_leaves_nothing_and_may_be_repeated(folder):
    upload = folder.begin()
    upload.write(b"x" * (IN_MEMORY_BYTES + 1))
    upload.discard()
    upload.discard()
    assert names(folder) == []


def test_the_folder_is_made_when_it_is_missing(tmp_path):
    folder = UploadFolder(str(tmp_path))
    assert names(UploadFolder(str(tmp_path))) if folder.folder.exists() else True
    assert (tmp_path / "uploads" / folder.save(BytesIO(b"{}"))).read_bytes() == b"{}"


def test_names_are_exclusive_also_when_chance_repeats_itself(folder, monkeypatch):
    """A name that is taken is not overwritten: another is drawn."""
    draws = iter(["00000001", "00000001", "00000001", "00000002"])
    part = iter(range(10))
    monkeypatch.setattr(uploads.time, "strftime", lambda _: "20261122_103015")
    monkeypatch.setattr(
        uploads.secrets, "token_hex", lambda octets: next(draws) if octets == 4 else f"part{next(part)}"
    )
    assert folder.save(BytesIO(b"1")) == "upload_20261122_103015_00000001.json"
    assert folder.save(BytesIO(b"2")) == "upload_20261122_103015_00000002.json"
    assert [path.read_bytes() for path in sorted(folder.folder.iterdir())] == [b"1", b"2"]


def test_names_run_out_in_the_end(folder, monkeypatch):
    monkeypatch.setattr(uploads.time, "strftime", lambda _: "now")
    monkeypatch.setattr(
        uploads.secrets, "token_hex", lambda octets: "same" if octets == 4 else os.urandom(4).hex()
    )
    folder.save(BytesIO(b"1"))
    assert save_refused(folder).code == "not-saved"
    assert names(folder) == ["upload_now_same.json"]


def test_threads_never_share_a_name(folder):
    saved: list[str] = []
    threads = [
        threading.Thread(target=lambda: saved.extend(folder.save(BytesIO(b"{}")) for _ in range(10)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(saved)) == 80
    assert names(folder) == sorted(saved)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows renames exclusively and needs no link")
def test_where_there_are_no_hard_links_a_name_is_still_not_overwritten(folder, monkeypatch):
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # what FAT answers

    monkeypatch.setattr(os, "link", no_links)
    name = folder.save(BytesIO(b"1"))
    part = folder.folder / "part"
    part.write_bytes(b"2")
    with pytest.raises(FileExistsError):
        parts.rename_exclusively(part, folder.folder / name)
    assert (folder.folder / name).read_bytes() == b"1"


def test_a_vanished_root(tmp_path):
    refusal = save_refused(UploadFolder(str(tmp_path / "gone")))
    assert (refusal.code, refusal.reason.status) == ("not-saved", 500)
    assert refusal.sentence.endswith(".")
    assert str(tmp_path) not in refusal.sentence  # the client learns nothing of the disk


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "uploads").write_text("here first", "utf-8")
    assert save_refused(UploadFolder(str(tmp_path))).code == "not-saved"
    assert (tmp_path / "uploads").read_text("utf-8") == "here first"


def test_a_link_in_the_place_of_the_folder(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    link(root / "uploads", elsewhere)
    assert save_refused(UploadFolder(str(root))).code == "not-saved"
    assert not list(elsewhere.iterdir())


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere; Windows has no mode bits"
)
def test_a_folder_that_may_not_be_written_to(folder):
    folder.folder.chmod(0o500)
    try:
        assert save_refused(folder).code == "not-saved"
    finally:
        folder.folder.chmod(0o700)


FULL_DISK = """
import resource, sys
from io import BytesIO
from server_core.refusals import Refusal
from server_core.uploads import UploadFolder

folder = UploadFolder(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
codes = []
for begin in (lambda: folder.save(BytesIO(b" " * 10_000)), lambda: folder.begin().write(b" " * 2_000_000)):
    try:
        begin()
    except Refusal as refusal:
        codes.append((refusal.code, refusal.reason.status))
assert codes == [("disk-full", 507)] * 2, codes
assert not list(folder.folder.iterdir()), "something is left"
assert folder.save(BytesIO(b"{}")), "what fits is saved"
sys.exit(42)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
def test_a_disk_that_is_full(folder):
    """The kernel's own refusal to write on, in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder.folder.parent)],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert result.returncode == 42, result.stderr


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("ENOSPC", "disk-full"),
        ("EDQUOT", "disk-full"),
        ("EFBIG", "disk-full"),
        ("EROFS", "not-saved"),
        ("EACCES", "not-saved"),
        ("EMFILE", "out-of-resources"),
    ],
)
def test_what_the_system_says_becomes_a_refusal(number, code):
    import errno

    if not hasattr(errno, number):
        pytest.skip(f"{sys.platform} has no {number}")
    assert refusal_for(OSError(getattr(errno, number), "Reason")).code == code


def test_the_sweep_takes_what_killed_processes_left_and_nothing_else(folder, tmp_path):
    for name in (".a.part", "upload_x.json", "a.part"):
        (folder.folder / name).write_text("{}", "utf-8")
    (folder.folder / ".folder.part").mkdir()
    link(folder.folder / ".link.part", tmp_path)
    assert folder.sweep() == 1
    assert names(folder) == [".folder.part", ".link.part", "a.part", "upload_x.json"]


SAVING = """
import sys, time
from io import BytesIO
from server_core.uploads import UploadFolder

class Slow(BytesIO):
    def read(self, size=-1):
        print("saving", flush=True)
        time.sleep(60)

UploadFolder(sys.argv[1]).save(Slow())
"""


def test_the_sweep_leaves_what_another_process_is_saving(folder):
    """And takes it once that is killed: nobody has to wait until it is old."""
    with subprocess.Popen(
        [sys.executable, "-c", SAVING, str(folder.folder.parent)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"saving"
            (part,) = names(folder)
            assert part.endswith(".part")
            assert folder.sweep() == 0
            assert names(folder) == [part]
        finally:
            process.kill()
    assert folder.sweep() == 1
    assert names(folder) == []


def test_the_sweep_of_a_folder_that_is_not_there(tmp_path):
    assert UploadFolder(str(tmp_path / "gone")).sweep() == 0
