"""A disk that is full, may not be written to, or is gone: the answer says why, and what is left is whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import serving, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.functional.live import Answer, Live

DISK_BYTES = 1024 * 1024


@pytest.fixture
def small_disk() -> Iterator[Callable[[Path], None]]:
    """Puts a disk of a megabyte in the place of a folder."""
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        if sys.platform != "linux":
            pytest.skip("only Linux has tmpfs")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("whoever is not root can't mount a disk")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def body_of(size: int) -> bytes:
    return b'"' + b"x" * (size - 2) + b'"'


def message(answer: Answer) -> str:
    return str(json.loads(answer.body)["message"])


def test_a_full_disk(live: Live, small_disk):
    """Disk full: 507. What was saved stays, nothing of the other is left, and with room all is well again."""
    small_disk(live.root / "uploads")
    answers = [live.post(body_of(300_000)) for _ in range(5)]
    assert [answer.status for answer in answers] == [201, 201, 201, 507, 507]
    assert answers[-1].reason == "disk-full"
    assert message(answers[-1]) == "The disk is full: nothing was saved. Make room and send it again."
    assert [len(path.read_bytes()) for path in (live.root / "uploads").iterdir()] == [300_000] * 3
    assert live.post(b"{}").status == 201
    max(live.uploads(), key=lambda path: path.stat().st_size).unlink()
    assert live.post(body_of(200_000)).status == 201


def test_no_room_for_what_is_on_its_way(live: Live, small_disk, tmp_path: Path, monkeypatch):
    """The folder for temporary files is another disk than that of the uploads."""
    (tmp_path / "temporary").mkdir()
    small_disk(tmp_path / "temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    answer = live.post(body_of(2 * DISK_BYTES))
    assert (answer.status, answer.reason) == (507, "disk-full")
    assert list((live.root / "uploads").iterdir()) == []
    assert live.post(body_of(DISK_BYTES // 2)).status == 201


def test_a_disk_that_may_not_be_written_to(live: Live, small_disk):
    small_disk(live.root / "uploads")
    subprocess.run(["mount", "-o", "remount,ro", str(live.root / "uploads")], check=True)
    answer = live.post(b"{}")
    assert (answer.status, answer.reason) == (500, "not-saved")
    assert message(answer).endswith("The system says: Read-only file system.")


def test_a_folder_that_vanishes(site: Path):
    with serving(site) as live:
        shutil.rmtree(site / "uploads")
        assert live.post(b"{}").status == 201  # it is made again
        shutil.rmtree(site)
        answer = live.post(b"{}")
        assert (answer.status, answer.reason) == (500, "not-saved")
        assert "The system says: " in message(answer)
        assert str(site) not in message(answer)
        assert live.get("/sample.txt").status == 404


def test_many_uploads_share_the_room_for_what_is_unfinished(site: Path, monkeypatch):
    monkeypatch.setattr("server_core.handlers.UNFINISHED_BYTES", 3_000_000)
    with serving(site, max_body_bytes="2000000") as live, live.client() as first, live.client() as second:
        head = ("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 2000000")
        for client in (first, second):
            assert client.ask(*head, "Expect: 100-continue").status == 100
        first.send(body_of(2_000_000)[:-1])
        until(lambda: live.server._service.handler._uploads._claimed_bytes == 1_999_999)
        second.send(body_of(2_000_000)[:-1])
        answer = second.answer()
        assert (answer.status, answer.reason, answer.closes) == (503, "too-many-uploads", True)
        assert int(answer.fields["retry-after"]) > 0
        assert live.post(b"{}").status == 201  # what is small needs no room
        first.send(b'"')
        assert first.answer().status == 201
        assert live.post(body_of(2_000_000)).status == 201
