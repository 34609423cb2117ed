"""Which hosts are understood, and which are answered for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.hosts import AllowEntry, Host, HostPolicy, normalise_address, parse_entry, parse_host

PORT = 8080


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("localhost", Host("localhost", None)),
        ("LocalHost", Host("localhost", None)),
        ("localhost.", Host("localhost", None)),
        ("localhost:", Host("localhost", None)),  # RFC 3986 3.2.3
        ("localhost:8080", Host("localhost", 8080)),
        ("localhost:08080", Host("localhost", 8080)),
        ("localhost:65535", Host("localhost", 65535)),
        ("a-b_c.example.test", Host("a-b_c.example.test", None)),
        ("127.0.0.1:80", Host("127.0.0.1", 80)),
        ("127.1", Host("127.1", None)),  # a name to us: no short forms of addresses
        ("0x7f000001", Host("0x7f000001", None)),
        ("[::1]", Host("[::1]", None)),
        ("[0:0:0:0:0:0:0:1]:80", Host("[::1]", 80)),
        ("[2001:DB8::A]", Host("[2001:db8::a]", None)),
        ("x" * 255, Host("x" * 255, None)),
    ],
)
def test_host(value, expected):
    assert parse_host(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", ":", ":80", ".", "..", "a..b", ".a", "-a", "a-", "localhost..", "a b", " a", "a ", "a/b", "a?b", "a#b",
        "u@a", "u:p@a", "a:b", "a:+1", "a:65536", "a:123456", "a:1:2", "a,b", "a;b", "a\\b", "a%20b", "a%00b", "caf\xe9",
        "::1", "[", "]", "[]", "[::1", "::1]", "[::1]a", "[::1]:x", "[:::1]", "[1.2.3.4]", "[fe80::1%eth0]", "[v1.a]",
        "[::1]]", "a\0b", "a\nb", "<script>", "*", "*.a", "x" * 256, "\u0661\u0662", "a:\u0661",
    ],
)  # fmt: skip
def test_no_host(value):
    assert parse_host(value) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.test", AllowEntry("example.test")),
        (" Example.Test. ", AllowEntry("example.test")),
        ("*.example.test", AllowEntry(".example.test")),
        ("*", AllowEntry("*")),
        ("*:*", AllowEntry("*", any_port=True)),
        ("*:81", AllowEntry("*", 81)),
        ("*:1", AllowEntry("*", 1)),
        ("*:65535", AllowEntry("*", 65535)),
        ("example.test:*", AllowEntry("example.test", any_port=True)),
        ("*.example.test:81", AllowEntry(".example.test", 81)),
        ("::1", AllowEntry("[::1]")),
        ("[::0:1]:81", AllowEntry("[::1]", 81)),
        ("192.0.2.1", AllowEntry("192.0.2.1")),
    ],
)
def test_entry(text, expected):
    assert parse_entry(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "http://a", "a/", "a b", "**", "*a", "*.", "*.*", "a.*", ".a", "a:0", "a:65536", "a:b", ":80", "[::g]",
     "a:", "a..b", "*.a..b", "caf\xe9", "u@a"],
)  # fmt: skip
def test_no_entry(text):
    with pytest.raises(ValueError, match=r"is not a host name: write .*\.$"):
        parse_entry(text)


@pytest.mark.parametrize(
    ("entries", "host", "allowed"),
    [
        ((), "localhost", True),
        ((), "LOCALHOST.", True),
        ((), "localhost:8080", True),
        ((), "localhost:8081", False),
        ((), "localhost:0", False),
        ((), "127.0.0.1", True),
        ((), "127.0.0.2", False),
        ((), "[::1]:8080", True),
        ((), "[::2]", False),
        ((), "192.0.2.7", True),  # listened on
        ((), "192.0.2.7:80", False),
        ((), "evil.test", False),  # DNS rebinding
        ((), "localhost.evil.test", False),
        ((), "xlocalhost", False),
        ((), "127.0.0.1.evil.test", False),
        (("example.test",), "example.test", True),
        (("example.test",), "example.test:8080", True),
        (("example.test",), "example.test:80", False),
        (("example.test",), "a.example.test", False),
        (("example.test:*",), "example.test:80", True),
        (("example.test:81",), "example.test:81", True),
        (("example.test:81",), "example.test:8080", False),
        (("*.example.test",), "a.example.test", True),
        (("*.example.test",), "a.b.example.test.", True),
        (("*.example.test",), "example.test", False),
        (("*.example.test",), "xexample.test", False),
        (("*",), "evil.test", True),
        (("*",), "evil.test:80", False),
        (("*:*",), "evil.test:80", True),
        (("*:*",), "[2001:db8::1]:80", True),
    ],
)
def test_policy(entries, host, allowed):
    policy = HostPolicy(tuple(map(parse_entry, entries)), ("192.0.2.7",), PORT)
    assert policy.allows(parse_host(host)) is allowed


@pytest.mark.parametrize(
    ("listening_on", "any_address"),
    [("127.0.0.1", False), ("::1", False), ("0.0.0.0", True), ("::", True)],
)
def test_listening_on_every_address_is_known(listening_on, any_address):
    assert HostPolicy((), (listening_on,), PORT).any_address is any_address


@pytest.mark.parametrize(
    ("host", "local_address", "is_local"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7:8080", "192.0.2.7", True),
        ("192.0.2.7:81", "192.0.2.7", False),
        ("192.0.2.8", "192.0.2.7", False),
        ("[2001:db8::1]", "2001:db8:0::1", True),
        ("[fe80::1]", "fe80::1%eth0", True),
        ("192.0.2.7", "::ffff:192.0.2.7", True),  # an IPv4 client of a socket for both
        ("evil.test", "192.0.2.7", False),
    ],
)
def test_the_address_that_the_client_connected_to(host, local_address, is_local):
    policy = HostPolicy((), ("0.0.0.0",), PORT)
    assert policy.is_local_address(parse_host(host), local_address) is is_local


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
        ("fe80::0:1%3", "[fe80::1]"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
    ],
)
def test_addresses_are_named_as_hosts_are(address, name):
    assert normalise_address(address) == name


@given(st.text(max_size=30))
def test_any_text_is_a_normal_host_or_none(text):
    host = parse_host(text)
    if host is not None:
        assert parse_host(host.name) == Host(host.name, None)
        assert host.name == host.name.lower().rstrip(".")
        assert host.port is None or 0 <= host.port <= 65535


@given(
    st.from_regex(
        r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?){0,3}", fullmatch=True
    )
)
def test_case_and_trailing_dot_do_not_matter(name):
    policy = HostPolicy((parse_entry(name),), (), PORT)
    for spelling in (name, name.upper(), name + ".", f"{name}:{PORT}"):
        assert policy.allows(parse_host(spelling))


@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_ipv6_address_is_one_host(address):
    assert parse_host(f"[{address.exploded}]") == parse_host(f"[{address.compressed.upper()}]")
