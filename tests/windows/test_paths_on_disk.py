"""What Windows reads in a second way never reaches its file system: the validator against the real disk."""

from __future__ import annotations

import ctypes
from pathlib import Path
from urllib.parse import quote

import pytest

from server_core.files import Root
from server_core.paths import check_segment, file_path
from server_core.refusals import Refusal
from tests.functional.live import serving
from tests.systems import IS_WINE, WINDOWS

DEVICES = (
    "aux.txt", "nul", "NUL.html", "COM1.png", "com1", "CONIN$", "conout$.html", "COM¹", "LPT³.txt",
    "con.html", "PRN", "nul.tar.gz", "NUL .txt",
)  # fmt: skip
REFUSED = {
    "path-device": [*DEVICES, *(f"docs/{name}" for name in DEVICES)],
    "path-trailing": ["index.html.", "index.html ", "index.html...", "docs./index.html", "docs /index.html"],
    "path-character": [
        "C:", "C:/Windows/win.ini", "sample.txt::$DATA", "sample.txt:stream",
        "docs::$INDEX_ALLOCATION/index.html",
    ],
    "path-backslash": [
        "docs\\index.html", "..\\site\\index.html", "C\\Windows", "\\\\127.0.0.1\\c$\\x", "\\\\?\\C:\\x",
    ],
    "path-empty-segment": ["/127.0.0.1/c$/x", "/%3f/C:/x"],
    "path-short-name": ["SAMPLE~1.TXT", "DOCS~1/index.html"],
    "path-uploads": ["uploads/", "Uploads/", "UPLOADS/upload_x.json", "uPLOADS/nothing-here.json"],
    "path-dot-segment": ["../site/index.html", "docs/../../outside.txt", "."],
}  # fmt: skip


@pytest.fixture
def live(site):
    (site / "uploads" / "upload_x.json").write_bytes(b"{}")
    (site.parent / "outside.txt").write_bytes(b"outside")
    with serving(site) as live:
        yield live


@pytest.mark.parametrize(
    ("code", "name"), [(code, name) for code, names in REFUSED.items() for name in names]
)
def test_one_answer_whether_it_exists_or_not(live, code, name):
    answer = live.get("/" + (name if "%" in name else quote(name, safe="/:$\\?")))
    assert (answer.status, answer.reason) == (403, code)
    assert live.event(lambda event: event.reason == code).level == "warning"


@WINDOWS
@pytest.mark.parametrize("name", ["index.html.", "index.html ", "docs./index.html", "INDEX.HTML"])
def test_windows_would_have_opened_it(live, name):
    """The reason for these refusals: the disk holds one name, Windows finds it under several."""
    assert Path(f"{live.root}\\{name}").is_file()


@WINDOWS
def test_case_does_not_matter_to_windows(live):
    assert live.get("/INDEX.HTML").body == live.get("/index.html").body
    assert live.get("/DOCS/").body == live.get("/docs/").body


@WINDOWS
@pytest.mark.skipif(IS_WINE, reason="Wine makes 8.3 names in a way of its own")
def test_the_name_that_windows_keeps_short_is_refused(live):
    """Where the volume makes 8.3 names, the real one."""
    long_name = live.root / "a long name of a page.html"
    long_name.write_bytes(b"<title>long</title>")
    buffer = ctypes.create_unicode_buffer(1024)
    assert ctypes.CDLL("kernel32").GetShortPathNameW(str(long_name), buffer, 1024)
    short_name = Path(buffer.value).name
    if short_name.lower() == long_name.name:
        pytest.skip("this volume makes no 8.3 names")
    with pytest.raises(Refusal) as refused:
        check_segment(short_name)
    assert refused.value.code == "path-short-name"


@WINDOWS
def test_no_path_that_passes_names_a_device(live):
    """Whatever else Windows takes for a device, what is opened is a regular file of the root."""
    root = Root(live.root)
    for name in ("console.html", "com.html", "com10.html", "nul-values.html", "auxiliary.html"):
        (live.root / name).write_bytes(b"x")
        assert root.find(file_path("/" + name)).body == b"x"
