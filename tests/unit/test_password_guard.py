"""What an Authorization field holds, and what the log gets of it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.messages import masked
from server_core.password_guard import read_credentials


def basic(octets: bytes) -> str:
    return "Basic " + base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    ("value", "credentials"),
    [
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ("Aladdin", "open sesame")),  # RFC 7617 section 2
        ("Basic dGVzdDoxMjPCow==", ("test", "123\u00a3")),  # RFC 7617 section 2.1
        ("bASIC  dGVzdDoxMjPCow==", ("test", "123\u00a3")),
        (basic(b"a:b:c"), ("a", "b:c")),
        (basic(b":"), ("", "")),
        (basic("j\u00fcrgen:gr\u00fcn".encode("latin-1")), ("j\u00fcrgen", "gr\u00fcn")),
    ],
)
def test_a_name_and_a_password_are_read(value, credentials):
    assert read_credentials(value) == credentials


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic",
        "Basic ",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== ",
        "Basic ====",
        "Basic \u00e9",
        "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        'Digest username="a"',
        basic(b"no colon"),
        basic(b"a:b\0"),
        basic(b"a\x7f:b"),
    ],
)
def test_what_is_none_is_none(value):
    assert read_credentials(value) is None


@given(st.text(max_size=60) | st.binary(max_size=60).map(basic))
def test_reading_never_fails(value):
    found = read_credentials(value)
    assert found is None or ":" not in found.name


SECRET = b"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            b"GET / HTTP/1.1\r\nAuthorization: Basic " + SECRET + b"\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\nAuthorization: (not shown)\r\nHost: a\r\n\r\n",
        ),
        (
            b"GET / HTTP/1.1\r\nAUTHORIZATION:" + SECRET + b"\r\n",
            b"GET / HTTP/1.1\r\nAUTHORIZATION: (not shown)\r\n",
        ),
        (
            b"G\r\nAuthorization : x" + SECRET + b"\r\nA: b\r\n",
            b"G\r\nAuthorization : (not shown)\r\nA: b\r\n",
        ),
        (
            b"G\r\nAuthorization: Basic\r\n " + SECRET + b"\r\n\t" + SECRET + b"\r\n",
            b"G\r\nAuthorization: (not shown)\r\n",
        ),
        (b"G\r\nProxy-Authorization: " + SECRET + b"\r\n", b"G\r\nProxy-Authorization: (not shown)\r\n"),
        (2 * (b"Authorization: " + SECRET + b"\r\n"), 2 * b"Authorization: (not shown)\r\n"),
        (b"G\r\nX-Authorization-Kind: basic\r\n", b"G\r\nX-Authorization-Kind: basic\r\n"),
    ],
)
def test_the_log_gets_no_password(head, shown):
    assert masked(head) == shown
