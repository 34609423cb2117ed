"""The chunked coding: RFC 9112 section 7.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core import grammar
from server_core.parser import END
from tests.unit.octets import chunked, drip, get, outcome, post


def decode(body: bytes, max_body_bytes: int = 1_000_000) -> list[object]:
    """What follows the head of an upload with this body."""
    octets = post("Transfer-Encoding: chunked", body=body)
    whole = outcome([octets], max_body_bytes=max_body_bytes)[1:]
    if len(octets) < 5_000:
        assert outcome(drip(octets), max_body_bytes=max_body_bytes)[1:] == whole
    return whole


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(chunked(b"hello"), id="one chunk"),
        pytest.param(chunked(b"h", b"ell", b"o"), id="three chunks"),
        pytest.param(b"005\r\nhello\r\n000\r\n\r\n", id="leading zeros"),
        pytest.param(b"0" * 20 + b"5\r\nhello\r\n" + b"0" * 20 + b"\r\n\r\n", id="as many as 20 of them"),
        pytest.param(b"5;a\r\nhello\r\n0\r\n\r\n", id="extension"),
        pytest.param(b"5 ;\ta = b ; c\r\nhello\r\n0\r\n\r\n", id="extension with bad white space (7.1.1)"),
        pytest.param(b'5;a="\\"; \xe9"\r\nhello\r\n0;b="c"\r\n\r\n', id="extension in quotes"),
        pytest.param(chunked(b"hello", trailers=b"Digest: x\r\n"), id="trailer (7.1.2)"),
        pytest.param(chunked(b"hello", trailers=b"A:\r\n" * grammar.HEAD_FIELDS), id="100 trailers"),
        pytest.param(
            chunked(b"hello", trailers=b"Content-Length: 9\r\n"), id="trailer that would frame (6.5.1)"
        ),
    ],
)
def test_accepted(body):
    assert decode(body) == [b"hello", END]


def test_upper_and_lower_case_digits():
    assert decode(b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n") == [b"0123456789" * 2, END]


def test_no_octets_at_all():
    assert decode(b"0\r\n\r\n") == [END]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"\r\n", "chunk-syntax", id="no size"),
        pytest.param(b"0x5\r\n", "chunk-syntax", id="0x"),
        pytest.param(b"+5\r\n", "chunk-syntax", id="plus"),
        pytest.param(b"-1\r\n", "chunk-syntax", id="minus"),
        pytest.param(b"5_0\r\n", "chunk-syntax", id="underscore"),
        pytest.param(b" 5\r\n", "chunk-syntax", id="space before the size"),
        pytest.param(b"5 \r\n", "chunk-syntax", id="space after the size"),
        pytest.param(b"5;\r\n", "chunk-syntax", id="extension without a name"),
        pytest.param(b"5;a=\r\n", "chunk-syntax", id="extension without a value"),
        pytest.param(b"1" + b"0" * 15 + b"\r\n", "chunk-syntax", id="size of 16 digits (CVE-2013-2028)"),
        pytest.param(b"f" * 15 + b"\r\n", "body-too-large", id="size of 15 digits"),
        pytest.param(b"5\nhello\r\n", "bare-lf", id="bare LF after the size"),
        pytest.param(b"5;a\nb\r\nhello\r\n", "bare-lf", id="bare LF in an extension (CVE-2025-55315)"),
        pytest.param(b"5;a\rb\r\nhello\r\n", "bare-cr", id="bare CR in an extension"),
        pytest.param(b"5;\0\r\n", "control-character", id="NUL in an extension"),
        pytest.param(b"5\r\nhello0\r\n", "chunk-syntax", id="no line end after the data (CVE-2025-43859)"),
        pytest.param(b"5\r\nhello\n0\r\n", "chunk-syntax", id="bare LF after the data"),
        pytest.param(b"5\r\nhello\rX", "chunk-syntax", id="bare CR after the data"),
        pytest.param(b"3\r\nhello\r\n", "chunk-syntax", id="more data than announced"),
        pytest.param(b"0\r\nA: b\nC: d\r\n\r\n", "bare-lf", id="bare LF in a trailer"),
        pytest.param(b"0\r\nA : b\r\n\r\n", "space-before-colon", id="space before a trailer's colon"),
        pytest.param(b"0\r\nA: b\r\n c\r\n\r\n", "obs-fold", id="folded trailer"),
        pytest.param(b"0\r\nno colon\r\n\r\n", "field-syntax", id="trailer without a colon"),
        pytest.param(b"0\r\nA: " + b"a" * grammar.HEAD_BYTES, "trailer-syntax", id="trailers beyond 32 KiB"),
        pytest.param(b"0\r\n" + b"A:\r\n" * 101, "trailer-syntax", id="101 trailers"),
    ],
)
def test_refused(body, code):
    assert decode(body)[-1] == code


def test_line_limit():
    line = b"1;" + b"a" * (grammar.CHUNK_LINE_BYTES - 4)
    assert decode(line + b"\r\nx\r\n0\r\n\r\n") == [b"x", END]
    assert decode(b"1;a" + line[2:] + b"\r\nx\r\n0\r\n\r\n") == ["chunk-syntax"]


def test_overhead_limit():
    """CVE-2023-39326: framing that outweighs what it frames."""
    line = b"1;" + b"a" * 1000
    count = grammar.CHUNK_OVERHEAD_BYTES // (len(line) - 1)
    one = line + b"\r\nx\r\n"
    assert decode(one * count + b"0\r\n\r\n")[-1] is END
    assert decode(one * (count + 1) + b"0\r\n\r\n")[-1] == "chunk-syntax"


def test_chunks_of_one_octet_are_fine_as_long_as_they_are_bare():
    assert decode(chunked(*[b"x"] * 100_000)) == [b"x" * 100_000, END]


def test_body_limit():
    assert decode(chunked(b"a" * 600, b"b" * 400), 1_000)[-1] is END
    assert decode(chunked(b"a" * 600, b"b" * 401), 1_000) == [b"a" * 600, "body-too-large"]


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8))
def test_what_was_chunked_comes_out(chunks):
    following = get(target="/next")
    seen = outcome(
        [post("Transfer-Encoding: chunked", body=chunked(*chunks)) + following], max_body_bytes=1_000
    )
    body = b"".join(chunks)
    assert seen[1:-1] == ([body, END] if body else [END])
    assert isinstance(seen[-1], dict)
    assert seen[-1]["path"] == "/next"
