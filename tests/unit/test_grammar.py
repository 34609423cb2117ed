"""The patterns of RFC 9110 and RFC 9112: what each takes and what it leaves."""

from __future__ import annotations

import pytest

from server_core import grammar

PATTERNS = {
    "request line": grammar.REQUEST_LINE,
    "field line": grammar.FIELD_LINE,
    "chunk line": grammar.CHUNK_LINE,
    "content length": grammar.CONTENT_LENGTH,
    "origin form": grammar.ORIGIN_FORM,
    "absolute form": grammar.ABSOLUTE_FORM["http"],
}

TAKEN = {
    "request line": [
        b"GET / HTTP/1.1",
        b"M-SEARCH * HTTP/1.1",
        b"!#$%&'*+-.^_`|~ /a HTTP/1.0",
        b'GET /a"<>\\^`{|} HTTP/9.9',
    ],
    "field line": [b"Host:localhost", b"X:", b"X: \t ", b"X:caf\xe9 \x80", b"1:2", b"X:a:b"],
    "chunk line": [
        b"0",
        b"fF",
        b"00000000000001f",
        b"5;a",
        b"5;a=b;c",
        b'5 ; a = "b\\"c;d"',
        b'5;a="caf\xe9\t"',
    ],
    "content length": ["0", "007", "1" * 5000],
    "origin form": ["/", "/a?", "/a?b?c/d", "/%zz"],
    "absolute form": ["http://a", "HTTP://a:1/", "http://a?b", "http:///x", "http://u@a/"],
}

LEFT = {
    "request line": [
        b"GET / HTTP/1.1 ",
        b" GET / HTTP/1.1",
        b"GET  / HTTP/1.1",
        b"GET /\tHTTP/1.1",
        b"GET / http/1.1",
        b"GET / HTTP/1.10",
        b"GET / HTTP/11",
        b"GET /a b HTTP/1.1",
        b"GET /caf\xe9 HTTP/1.1",
        b"GE(T / HTTP/1.1",
        b"GET /",
        b"",
    ],
    "field line": [b"Host", b":a", b"X :a", b" X:a", b"X\xe9:a", b"X:a\x00", b"X:a\x7f", b"X:a\r", b"X:a\n"],
    "chunk line": [
        b"",
        b" 5",
        b"5 ",
        b"0x5",
        b"+5",
        b"-5",
        b"5_0",
        b"g",
        b"5;",
        b"5;=b",
        b"5;a=",
        b'5;a="b',
        b'5;a="\x00"',
        b"1" * 16,
    ],
    "content length": ["", "+1", "-1", "1_0", " 1", "1.0", "1e3", "0x1", "²", "١", "1,1"],
    "origin form": ["", "a", "*", "?a", "/a#b"],
    "absolute form": ["https://a/", "ftp://a/", "http:/a", "http://a/b#c", "//a/"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in TAKEN.items() for text in texts])
def test_pattern_takes(name, text):
    assert PATTERNS[name].fullmatch(text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in LEFT.items() for text in texts])
def test_pattern_leaves(name, text):
    assert not PATTERNS[name].fullmatch(text)


@pytest.mark.parametrize("code", range(256))
def test_octets_that_no_line_may_hold(code):
    found = grammar.FORBIDDEN_OCTET.search(b"a" + bytes((code,)) + b"b")
    assert bool(found) == ((code < 0x20 and code != 0x09) or code == 0x7F)


@pytest.mark.parametrize(
    ("octets", "at"),
    [
        (b"a\r\nb", None),
        (b"a\r", None),  # not yet known to be alone
        (b"a\rb", 1),
        (b"a\r\rb", 1),
        (b"a\nb", 1),
        (b"\n", 0),
        (b"\r\n\n", 2),
        (b"ab\0", 2),
    ],
)
def test_the_first_forbidden_octet_is_found(octets, at):
    found = grammar.FORBIDDEN_OCTET.search(octets)
    assert (found and found.start()) == at
