"""docs/ARCHITECTURE.md names every file of both packages, and no other."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("package", ["server_core", "gui"])
def test_every_file_has_its_layer(package):
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.partition(f"## The files of {package}\n")[2].partition("\n## ")[0]
    rows = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    named = Counter(re.findall(r"`(\w+)`", rows))
    files = {file.stem for file in (ROOT / package).glob("*.py") if not file.stem.startswith("__")}
    assert set(named) == files
    assert max(named.values()) == 1
