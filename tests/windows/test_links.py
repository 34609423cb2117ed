"""Links (junctions, symbolic links) are followed within the root and never out of it."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest

from server_core import files
from server_core.files import Root
from server_core.final_path import final_path
from server_core.paths import file_path
from server_core.refusals import Refusal
from server_core.uploads import UploadFolder
from tests.functional.live import serving
from tests.links import link
from tests.systems import WINDOWS


@pytest.fixture
def outside(site):
    folder = site.parent / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_bytes(b"secret")
    return folder


def refusal_of(root: Root, path: str) -> str:
    with pytest.raises(Refusal) as refused:
        root.find(file_path(path))
    return refused.value.code


def test_a_folder_linked_out_is_refused(site, outside):
    link(site / "out", outside)
    assert (site / "out" / "secret.txt").read_bytes() == b"secret"
    with serving(site) as live:
        answers = {target: live.get(target) for target in ("/out/secret.txt", "/out/missing.txt", "/out/")}
    assert {target: (answer.status, answer.reason) for target, answer in answers.items()} == dict.fromkeys(
        answers, (403, "path-outside-root")
    )


def test_a_file_linked_out_is_refused(site, outside):
    link(site / "out.txt", outside / "secret.txt")
    assert refusal_of(Root(site), "/out.txt") == "path-outside-root"


def test_a_link_within_the_root_is_followed(site):
    link(site / "again", site / "docs")
    found = Root(site).find(file_path("/again/index.html"))
    assert found.body == (site / "docs" / "index.html").read_bytes()


def test_a_link_to_the_uploads_is_refused(site):
    (site / "uploads" / "upload_x.json").write_bytes(b"{}")
    link(site / "open", site / "uploads")
    assert refusal_of(Root(site), "/open/upload_x.json") == "path-uploads"


def test_a_root_that_is_a_link_serves_what_it_leads_to(site):
    name = site.parent / "linked site"
    link(name, site)
    assert Root(name).find(file_path("/sample.txt")).body == b"0123456789"


def test_uploads_linked_away_are_not_written_to(site, outside):
    (site / "uploads").rmdir()
    link(site / "uploads", outside)
    with pytest.raises(Refusal) as refused:
        UploadFolder(str(site)).save(BytesIO(b"{}"))
    assert refused.value.code == "not-saved"
    assert [file.name for file in outside.iterdir()] == ["secret.txt"]


def test_a_cached_file_whose_folder_turns_into_a_link_out_is_refused(site, outside):
    root = Root(site)
    (site / "docs" / "secret.txt").write_bytes(b"public")
    assert root.find(file_path("/docs/secret.txt")).body == b"public"
    (site / "docs").rename(site / "docs before")
    link(site / "docs", outside)
    assert refusal_of(root, "/docs/secret.txt") == "path-outside-root"


@WINDOWS
def test_the_final_path_is_spelled_as_on_the_disk(site):
    (site / "Mixed Case.TXT").write_bytes(b"x")
    folder = Path(os.path.realpath(site))
    asked = str(folder / "mixed case.txt")
    fd = os.open(asked, os.O_RDONLY)
    try:
        assert final_path(fd, asked) == str(folder / "Mixed Case.TXT")
    finally:
        os.close(fd)


@WINDOWS
def test_a_small_file_is_found_again_without_being_read(site, monkeypatch):
    """What os.stat says of a name and os.fstat of the open file agree, or nothing would ever be cached."""
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    root = Root(site)
    first = root.find(file_path("/sample.txt"))
    assert root.find(file_path("/sample.txt")) is first
    (site / "sample.txt").write_bytes(b"changed")
    assert root.find(file_path("/sample.txt")).body == b"changed"
