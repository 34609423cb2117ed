"""What the pages of the sample site say of its files."""

from __future__ import annotations

import re

import pytest

from server_core.places import SAMPLE_SITE

PAGE = (SAMPLE_SITE / "index.html").read_text("utf-8")
SAID = re.findall(r'href="([a-z]+\.[a-z]+)">[^<]*</a>[^<]*<span class="note">.*?([0-9.]+) KB', PAGE)


def test_all_files_are_said_with_their_sizes():
    assert [name for name, _ in SAID] == ["photo.png", "family.jpg", "friend.jpg", "logo.png", "sample.txt"]


@pytest.mark.parametrize(("name", "said_kb"), SAID)
def test_the_size_on_the_page_is_the_size_of_the_file(name, said_kb):
    digits = len(said_kb.partition(".")[2])
    assert f"{(SAMPLE_SITE / name).stat().st_size / 1000:.{digits}f}" == said_kb
