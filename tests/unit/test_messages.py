"""What a right head means: RFC 9112 sections 3, 6 and 9. What is refused stands in test_parser."""

from __future__ import annotations

import pytest

from server_core.hosts import Host
from server_core.refusals import Refusal
from tests.unit.octets import get, one_request, post, request


@pytest.mark.parametrize(
    ("line", "host", "expected"),
    [
        ("GET / HTTP/1.1", "localhost", (Host("localhost", None), "/", None)),
        ("GET /a%20b?c=d?e HTTP/1.1", "localhost:80", (Host("localhost", 80), "/a%20b", "c=d?e")),
        ("GET /a? HTTP/1.1", "LOCALHOST.", (Host("localhost", None), "/a", "")),
        ("GET //a HTTP/1.1", "[::0:1]:8080", (Host("[::1]", 8080), "//a", None)),
        ("GET http://example.test HTTP/1.1", "localhost", (Host("example.test", None), "/", None)),
        ("GET HTTP://Example.test:81/b?c HTTP/1.1", "localhost", (Host("example.test", 81), "/b", "c")),
        ("GET http://example.test?c HTTP/1.1", "localhost", (Host("example.test", None), "/", "c")),
        ("OPTIONS * HTTP/1.1", "localhost", (Host("localhost", None), "", None)),
        ("CONNECT example.test:443 HTTP/1.1", "localhost", (Host("localhost", None), "", None)),
    ],
)
def test_target_and_host(line, host, expected):
    """RFC 9112 section 3.2: the absolute form names the host, else the field does."""
    parsed = one_request(request(line, host=host))
    assert (parsed.host, parsed.path, parsed.query) == expected
    assert parsed.target == line.split()[1]


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        ("1.1", None, True),
        ("1.1", "keep-alive", True),
        ("1.1", "Close", False),
        ("1.1", "keep-alive, close", False),
        ("1.1", "upgrade ,\tCLOSE", False),
        ("1.1", "closed", True),
        ("1.1", "", True),
        ("1.0", None, False),
        ("1.0", "Keep-Alive", True),
        ("1.0", "close, keep-alive", False),
    ],
)
def test_persistence(version, connection, keeps):
    """RFC 9112 section 9.3."""
    fields = () if connection is None else (f"Connection: {connection}",)
    assert one_request(request(f"GET / HTTP/{version}", *fields)).keep_alive is keeps


@pytest.mark.parametrize(
    ("fields", "length", "is_chunked", "has_body", "states_length"),
    [
        ((), 0, False, False, False),
        (("Content-Length: 0",), 0, False, False, True),
        (("Content-Length: 5",), 5, False, True, True),
        (("Content-Length: 0005",), 5, False, True, True),
        (("Content-Length: 5, 5",), 5, False, True, True),
        (("Content-Length: 5", "content-length:\t5 "), 5, False, True, True),
        (("Transfer-Encoding: chunked",), 0, True, True, True),
        (("Transfer-Encoding: CHUNKED ",), 0, True, True, True),
    ],
)
def test_framing(fields, length, is_chunked, has_body, states_length):
    """RFC 9112 section 6.3."""
    parsed = one_request(post(*fields))
    assert (parsed.content_length, parsed.chunked, parsed.has_body, parsed.states_length) == (
        length,
        is_chunked,
        has_body,
        states_length,
    )


@pytest.mark.parametrize("digits", [19, 20, 100, 5_000], ids="{} digits".format)
def test_a_huge_length_is_a_number_larger_than_any_limit(digits):
    assert one_request(post("Content-Length: " + "9" * digits)).content_length >= 10**18


@pytest.mark.parametrize(
    ("line", "expect", "expects"),
    [
        ("POST /upload HTTP/1.1", "100-continue", True),
        ("POST /upload HTTP/1.1", "100-Continue", True),
        ("POST /upload HTTP/1.1", None, False),
        ("POST /upload HTTP/1.0", "100-continue", False),
        ("POST /upload HTTP/1.0", "a miracle", False),
    ],
)
def test_expectation(line, expect, expects):
    """RFC 9110 section 10.1.1: ignored in HTTP/1.0."""
    fields = () if expect is None else (f"Expect: {expect}",)
    assert one_request(request(line, *fields)).expects_continue is expects


def test_fields_are_joined_by_lower_case_name_in_their_order():
    """RFC 9110 section 5.3."""
    parsed = one_request(get("X-A: 1 ", b"x-b: caf\xe9", "X-a:\t2", "X-Empty:"))
    assert parsed.fields == {"host": "localhost", "x-a": "1, 2", "x-b": "caf\xe9", "x-empty": ""}


def test_a_request_keeps_its_octets():
    octets = get("X-A:  1")
    assert one_request(octets).head == octets


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_missing_host_is_refused_in_either_version(version):
    with pytest.raises(Refusal) as refused:
        one_request(request(f"GET / HTTP/{version}", host=None))
    assert refused.value.code == "host-missing"
