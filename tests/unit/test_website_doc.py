"""docs/WEBSITE.md tells of each switch, with a line of command and a picture that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server_core.config import SETTINGS
from server_core.settings import Group

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "WEBSITE.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]
SWITCHES = [each.option for each in SETTINGS if each.group in {Group.SITE, Group.HTTPS, Group.ACCESS}]
MOST_BYTES = 1_000_000


@pytest.mark.parametrize("option", SWITCHES)
def test_each_switch_has_its_section(option):
    assert len([each for each in SECTIONS if f"`--{option}`" in each.partition("\n")[0]]) == 1


@pytest.mark.parametrize("section", SECTIONS, ids=[each.partition("\n")[0] for each in SECTIONS])
def test_each_section_has_a_command_and_a_picture(section):
    assert re.search(r"^    python server\.py ", section, re.MULTILINE)
    assert re.search(r"^!\[\w.*\]\((website|screenshots)/[\w-]+\.png\)$", section, re.MULTILINE)


def test_each_picture_is_there_and_all_are_small():
    named = {DOCS / name for name in re.findall(r"\]\(([\w/-]+\.png)\)", TEXT)}
    assert [file for file in named if not file.is_file()] == []
    taken = set((DOCS / "website").iterdir())
    assert taken <= named
    assert sum(file.stat().st_size for file in taken) < MOST_BYTES
