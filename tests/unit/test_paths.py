"""The one validator of paths: what it refuses, by name, and that nothing gets past it."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server_core.paths import FilePath, can_be_asked_for, check_segment, file_path
from server_core.refusals import REFUSALS, Refusal

REFUSED = {
    "percent-encoding": ["/%", "/%2", "/%zz", "/a%", "/%u002e%u002e/", "/%%32e"],
    "path-encoding": [
        "/%ff", "/%c0%ae%c0%ae/", "/%c0%af", "/%e0%80%ae", "/%c1%9c", "/%ed%a0%80", "/%f4%90%80%80", "/a%80", "/%c3",
    ],
    "path-encoded-slash": ["/%2f", "/%2F", "/a%2fb", "/..%2f..%2fetc/passwd", "/%2e%2e%2f", "/a%2f"],
    "path-backslash": [
        "/\\", "/a\\b", "/%5c", "/%5Cetc", "/..\\..\\etc", "/..%5c..%5cwindows", "/C%5c", "/%5c%5cserver%5cshare", "/.\\",
    ],
    "path-control": ["/%00", "/a%00.html", "/%0a", "/%0d%0aSet-Cookie", "/%1b[31m", "/%7f", "/%c2%85", "/%09"],
    "path-character": [
        "/C:", "/C:/Windows", "/c%3a/", "/a:b", "/index.html::$DATA", "/index.html:stream", "/a*", "/a%3f", "/%22", "/a<b",
        "/a>b", "/a|b", "/%7c", "/file:///etc",
    ],
    "path-dot-segment": [
        "/.", "/..", "/./", "/../", "/a/..", "/a/../b", "/a/./b", "/%2e", "/%2e%2e", "/.%2e/", "/%2E./a",
        "/../../../../etc/passwd", "/a/%2e%2e/%2e%2e/b", "/../uploads/",
    ],
    "path-empty-segment": ["//", "//a", "/a//", "/a//b", "//server/share", "///", "//localhost@evil.test/", "//a/../b"],
    "path-trailing": ["/a.", "/a%20", "/a./b", "/a%20/b", "/...", "/index.html.", "/index.html%20", "/....//".rstrip("/"), "/%20"],
    "path-device": [
        "/con", "/CON", "/nul", "/Nul.txt", "/aux.html", "/prn", "/com1", "/COM9.tar.gz", "/lpt1", "/LPT0", "/com%c2%b9",
        "/lpt%c2%b2.txt", "/CONIN$", "/conout$.txt", "/clock$", "/a/con/b", "/con%20.txt", "/nul%20%20.a",
    ],
    "path-short-name": [
        "/PROGRA~1", "/progra~1/", "/INDEX~1.HTM", "/a~1", "/AB12CD~1.TXT", "/UPLOAD~1/a", "/A~9", "/A~BLON~1.TXT",
        "/LONGNA~2.J",
    ],
    "path-uploads": ["/uploads", "/uploads/", "/uploads/a.json", "/UPLOADS/a.json", "/Uploads", "/%75ploads/a", "/upload%C5%BF/a"],
}  # fmt: skip

ALLOWED = {
    "/": FilePath((), True),
    "/index.html": FilePath(("index.html",), False),
    "/a/b/c.txt": FilePath(("a", "b", "c.txt"), False),
    "/a/": FilePath(("a",), True),
    "/a%20b": FilePath(("a b",), False),
    "/%e2%82%ac.html": FilePath(("€.html",), False),
    "/%F0%9F%98%80": FilePath(("😀",), False),
    "/.hidden": FilePath((".hidden",), False),
    "/..a": FilePath(("..a",), False),
    "/a..b": FilePath(("a..b",), False),
    "/%252e%252e": FilePath(("%2e%2e",), False),  # decoded once
    "/100%25": FilePath(("100%",), False),
    "/%2525": FilePath(("%25",), False),
    "/a+b&c=d;e,f'(g)!~@$": FilePath(("a+b&c=d;e,f'(g)!~@$",), False),
    "/{a}[b]^`": FilePath(("{a}[b]^`",), False),
    "/console.html": FilePath(("console.html",), False),
    "/com10": FilePath(("com10",), False),
    "/com": FilePath(("com",), False),
    "/nul-values.html": FilePath(("nul-values.html",), False),
    "/xcon": FilePath(("xcon",), False),
    "/backup~2024.txt": FilePath(("backup~2024.txt",), False),
    "/a~1.html": FilePath(("a~1.html",), False),  # no short name has an extension of four
    "/~user": FilePath(("~user",), False),
    "/a~": FilePath(("a~",), False),
    "/uploads2": FilePath(("uploads2",), False),
    "/a/uploads/b": FilePath(("a", "uploads", "b"), False),
    "/upload": FilePath(("upload",), False),
    "/%c2%a0a": FilePath(("\xa0a",), False),
    "/" + "a" * 5000: FilePath(("a" * 5000,), False),
}


@pytest.mark.parametrize(
    ("path", "code"), [(path, code) for code, paths in REFUSED.items() for path in paths]
)
def test_refused(path, code):
    with pytest.raises(Refusal) as refused:
        file_path(path)
    assert refused.value.code == code


@pytest.mark.parametrize(("path", "expected"), ALLOWED.items(), ids=[path[:40] for path in ALLOWED])
def test_allowed(path, expected):
    assert file_path(path) == expected


def test_the_refusals_are_security_records_of_403():
    for code in REFUSED.keys() - {"percent-encoding"}:
        assert (REFUSALS[code].status, REFUSALS[code].security) == (403, True)


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)], ids="U+{:04X}".format)
def test_no_control_character_passes(code):
    with pytest.raises(Refusal) as refused:
        file_path("/" + quote(f"a{chr(code)}b", safe=""))
    assert refused.value.code == "path-control"


def test_every_device_of_windows():
    names = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
    names += [port + digit for port in ("COM", "LPT") for digit in string.digits + "¹²³"]
    for name in names:
        for spelling in (name, name.lower(), f"{name}.html", f"{name} .txt", f"{name}.a.b"):
            with pytest.raises(Refusal) as refused:
                check_segment(spelling)
            assert refused.value.code == "path-device", spelling


# Characters that decide, and a few that don't.
_tricky = st.text(alphabet=st.sampled_from('./\\~:%*?"<>| \0\n\x7f\x85aA1¹€\u2028conulpst$'), max_size=12)


@given(st.one_of(_tricky, st.text(st.characters(exclude_categories=("Cs",)), max_size=20)))
@example("../../etc/passwd")
@example("CON .txt")
def test_nothing_that_passes_can_escape(text):
    try:
        path = file_path("/" + quote(text))
    except Refusal as refusal:
        assert refusal.code == "percent-encoding" or refusal.code.startswith("path-")
        return
    for segment in path.segments:
        assert segment
        assert segment not in {".", ".."}
        assert not set(segment) & set('/\\:*?"<>|\0')
        assert segment[-1] not in ". "
        assert segment.isprintable() or not any(letter < " " or letter == "\x7f" for letter in segment)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40))
def test_any_target_passes_or_is_refused_by_a_row(text):
    try:
        file_path("/" + text)
    except Refusal as refusal:
        assert refusal.code in REFUSALS


@given(
    st.lists(st.text(st.characters(categories=("L", "Nd")), min_size=4, max_size=10), min_size=1, max_size=4)
)
def test_quoted_names_come_back(names):
    if names[0].casefold() == "uploads":
        return
    path = file_path("/" + "/".join(quote(name, safe="") for name in names))
    # Letters and digits alone make no device and no short name, but for COM¹ and the like, which are no such.
    assert path == FilePath(tuple(names), is_folder=False)


@pytest.mark.parametrize(
    ("folders", "name", "can"),
    [
        ((), "page.html", True),
        ((), ".env", True),
        ((), "Uploads", False),
        (("sub",), "uploads", True),
        (("sub",), "a:b", False),
        ((), "not utf-8: \udcff", False),
    ],
)
def test_names_that_a_path_can_have(folders, name, can):
    assert can_be_asked_for(folders, name) is can
