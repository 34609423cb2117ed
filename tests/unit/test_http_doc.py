"""docs/HTTP.md says what the program's tables say, and names no reason that does not exist."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path

import pytest

from server_core import grammar, limits
from server_core.refusals import REFUSALS, Reason

ROOT = Path(__file__).resolve().parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "http_doc.py"))
DOCUMENT = TOOL["DOCUMENT"].read_text("utf-8")


def test_the_tables_are_up_to_date():
    assert TOOL["filled"](DOCUMENT) == DOCUMENT, "run python tools/http_doc.py"


def test_every_refusal_has_its_row_once():
    for code, reason in REFUSALS.items():
        rows = [
            line
            for line in DOCUMENT.splitlines()
            if f"| `{code}` |" in line and line.startswith(f"| {reason.status} ")
        ]
        assert len(rows) == 1, code


def test_a_changed_refusal_changes_the_document(monkeypatch):
    monkeypatch.setitem(REFUSALS, "method", Reason(405, "No."))
    assert "| 405 | `method` | No. | stays open | request |  |" in TOOL["filled"](DOCUMENT)


def test_a_changed_limit_changes_the_document(monkeypatch):
    monkeypatch.setattr(grammar, "HEAD_FIELDS", 50)
    assert "| 50 | Fields in a head" in TOOL["filled"](DOCUMENT)


@pytest.mark.parametrize("module", [grammar, limits])
def test_every_limit_is_there(module):
    names = re.findall(r"^([A-Z_]+) = [0-9A-Z]", inspect.getsource(module), re.MULTILINE)
    names = [name for name in names if isinstance(getattr(module, name), (int, float)) and name != "KIB"]
    assert len(names) >= 7
    for name in names:
        assert f"`{name}`" in DOCUMENT


def test_what_is_written_by_hand_names_reasons_that_exist():
    by_hand = re.sub(r"<!-- (\w+): written.*?<!-- end of \1 -->", "", DOCUMENT, flags=re.DOTALL)
    reasons = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", by_hand)) - {"utf-8", "keep-alive"}
    assert len(reasons) > 30
    assert reasons <= set(REFUSALS)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("A_BYTES", 1023, "1,023 bytes"),
        ("A_BYTES", 8192, "8 KiB"),
        ("max_body_bytes", 10 * 2**20, "10 MiB"),
        ("A_BYTES_PER_S", 1024, "1 KiB/s"),
        ("A_S", 0.5, "0.5 s"),
        ("A_DIGITS", 18, "18 digits"),
        ("FIELDS", 1_000_000, "1,000,000"),
    ],
)
def test_amounts_have_their_unit(name, value, text):
    assert TOOL["amount"](name, value) == text


def test_a_missing_marker_is_told():
    with pytest.raises(ValueError, match="needs the markers of limits once"):
        TOOL["filled"](DOCUMENT.replace("<!-- end of limits -->", ""))


def test_the_check_tells_a_difference_and_changes_nothing(tmp_path, monkeypatch, capsys):
    copy = tmp_path / "HTTP.md"
    copy.write_text(DOCUMENT.replace("| 405 | `method`", "| 406 | `method`"), "utf-8", newline="\n")
    stale = copy.read_bytes()
    monkeypatch.setitem(TOOL["main"].__globals__, "DOCUMENT", copy)
    assert TOOL["main"](["--check"]) == 1
    assert "run python tools/http_doc.py" in capsys.readouterr().err
    assert copy.read_bytes() == stale
    assert TOOL["main"]([]) == 0
    assert TOOL["main"](["--check"]) == 0
    assert copy.read_text("utf-8") == DOCUMENT
