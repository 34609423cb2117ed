"""How hard the properties are searched, and the site that tests serve.

``SPINDLE_HYPOTHESIS=thorough`` looks for counterexamples afresh and long; without it the same few cases run
every time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from pathlib import Path

hypothesis.settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("thorough", max_examples=3_000, deadline=None, database=None)
hypothesis.settings.load_profile(os.environ.get("SPINDLE_HYPOTHESIS", "quick"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder to serve, with a page, a text, a picture, a folder with an index and one without."""
    root = tmp_path / "site"
    (root / "docs").mkdir(parents=True)
    (root / "bare").mkdir()
    (root / "uploads").mkdir()
    (root / "index.html").write_bytes(b"<!DOCTYPE html><title>Home</title>")
    (root / "docs" / "index.html").write_bytes(b"<!DOCTYPE html><title>Docs</title>")
    (root / "sample.txt").write_bytes(b"0123456789")
    (root / "picture.png").write_bytes(b"\x89PNG" + bytes(range(256)))
    (root / "style.css").write_bytes(b"p { }")
    return root
