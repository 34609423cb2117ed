"""What must hold of those who say who they are, and of the networks that they come from."""

from __future__ import annotations

import base64
import ipaddress

from server_core import networks, password_guard
from server_core.messages import masked

_BASE64 = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def check_credentials(data: bytes) -> None:
    """An Authorization field's value."""
    found = password_guard.read_credentials(data.decode("latin-1"))
    assert (None if found is None else tuple(found)) == _expected_credentials(data)


def _expected_credentials(data: bytes) -> tuple[str, str] | None:
    """RFC 7617 section 2, letter by letter."""
    scheme, space, token = data.partition(b" ")
    token = token.lstrip(b" ")
    bare = token.rstrip(b"=")
    if scheme.lower() != b"basic" or not space or not bare or not set(bare) <= _BASE64:
        return None
    if len(token) % 4 or len(token) - len(bare) > 2:
        return None
    octets = base64.b64decode(token)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    if ":" not in text or any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in text):
        return None
    name, _, password = text.partition(":")
    return name, password


def check_masked(data: bytes) -> None:
    """The lines of a head: none of a password is left, and all else is."""
    lines = data.replace(b"\r", b"").split(b"\n")
    head = b"".join(line + b"\r\n" for line in lines)
    expected: list[bytes] = []
    hidden = False
    for line in lines:
        if line[:1] in (b" ", b"\t") and hidden:
            continue
        name, colon, _ = line.partition(b":")
        hidden = bool(colon) and name.rstrip(b" \t").lower() in (b"authorization", b"proxy-authorization")
        expected.append(name + b": (not shown)" if hidden else line)
    assert masked(head) == b"".join(line + b"\r\n" for line in expected)


def check_network(data: bytes) -> None:
    text = data.decode("latin-1")
    try:
        network = networks.parse_network(text)
    except ValueError as error:
        assert str(error).endswith(".")
        assert "network" in str(error)
        return
    assert networks.parse_network(str(network)) == network
    table = networks.Networks([text])
    assert table.covers(str(network))
    assert not (_is_mapped(network.network_address) and _is_mapped(network.broadcast_address))
    for address in (network.network_address, network.broadcast_address):
        assert _is_mapped(address) or str(address) in table
    beyond = int(network.broadcast_address) + 1
    if beyond < 1 << network.max_prefixlen:
        outside = type(network.network_address)(beyond)
        assert _is_mapped(outside) or str(outside) not in table


def _is_mapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is an IPv4 address, and in no network of IPv6, also in one that goes around it."""
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
